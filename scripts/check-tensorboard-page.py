#!/usr/bin/env python3
"""Opens TensorBoard's page of some runs in headless Chromium, and looks whether it shows their scalars.

    genai-tui --no-tui --steps 500 --tensorboard --name a
    scripts/check-tensorboard-page.py runs/a [PICTURE.png]

Needs the packages tensorboard and playwright, and a Chromium (`CHROMIUM`, or one on the path). Says so and exits with 0 where there is
none of them; exits with 1 where the page lacks a tag of the run.
"""
import os, pathlib, shutil, socket, subprocess, sys, time, urllib.request


def skip(reason):
    print(f'skipped: {reason}')
    sys.exit(0)


try:
    from playwright.sync_api import sync_playwright
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError as error:
    skip(f'no {error.name}')
BROWSER = os.environ.get('CHROMIUM') or next(filter(None, map(shutil.which, ['chromium', 'chromium-browser', 'google-chrome'])), None)


def main(run, picture):
    if not BROWSER:
        skip('no Chromium')
    accumulator = EventAccumulator(str(run), size_guidance={'scalars': 0})
    accumulator.Reload()
    wanted = sorted(accumulator.Tags()['scalars'])
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    place = f'http://127.0.0.1:{port}/'
    server = subprocess.Popen([sys.executable, '-m', 'tensorboard.main', '--logdir', str(run), '--port', str(port)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(place, timeout=2).read()
                break
            except OSError:
                if server.poll() is not None:
                    sys.exit('TensorBoard did not start')
                time.sleep(0.5)
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=BROWSER, args=['--no-sandbox'])
            page = browser.new_page(viewport={'width': 1400, 'height': 1000})
            page.goto(place + '#timeseries')
            missing = wanted
            for _ in range(60):
                page.wait_for_timeout(500)
                # Cards are made as they come into sight; groups have buttons that open them.
                text = page.evaluate('document.body.innerText')
                missing = [tag for tag in wanted if tag not in text]
                if not missing:
                    break
                page.mouse.move(900, 600)
                page.mouse.wheel(0, 500)
                for button in page.query_selector_all('button[aria-label*="xpand group"]'):
                    button.click()
            if picture:
                page.screenshot(path=picture)
            browser.close()
    finally:
        server.terminate()
        server.wait()
    print(f'{len(wanted)} tags, {len(missing)} are not on the page {missing[:5]}')
    return 1 if missing or not wanted else 0


if __name__ == '__main__':
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2] if len(sys.argv) == 3 else None))
