#!/usr/bin/env python3
"""Opens TensorBoard's page of a run in headless Chromium, looks whether it shows the run's scalars, and compares every value that the
server gives the page with the run's record.

    genai-tui --no-tui --steps 500 --tensorboard --name a
    scripts/check-tensorboard-page.py runs/a [PICTURE.png]

Needs the packages tensorboard and playwright, and a Chromium (`CHROMIUM`, or one on the path). Says so and exits with 0 where there is
none of them; exits with 1 where the page lacks a tag of the run, or a value differs.
"""
import importlib.util, json, os, pathlib, shutil, socket, subprocess, sys, time, urllib.parse, urllib.request


def skip(reason):
    print(f'skipped: {reason}')
    sys.exit(0)


try:
    from playwright.sync_api import sync_playwright
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError as error:
    skip(f'no {error.name}')
BROWSER = os.environ.get('CHROMIUM') or next(filter(None, map(shutil.which, ['chromium', 'chromium-browser', 'google-chrome'])), None)


def values(place, run):
    """How many values of the record the server has, and what differs."""
    beside = pathlib.Path(__file__).with_name('check-tensorboard.py')
    spec = importlib.util.spec_from_file_location('check', beside)
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    get = lambda path: json.loads(urllib.request.urlopen(place + 'data/plugin/scalars/' + path, timeout=20).read(), parse_constant=float)
    found = {}
    for name, tags in get('tags').items():
        for tag in tags:
            query = urllib.parse.urlencode({'run': name, 'tag': tag})
            for _, step, value in get('scalars?' + query):
                found[tag, step] = float(value)
    recorded = check.recorded(run)
    wrong = [f'{name} at step {step}: {found.get((name, step))}, not {value}'
             for (name, step), value in recorded.items() if not check.is_same(found.get((name, step)), value)]
    return len(recorded), wrong


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
    server = subprocess.Popen([sys.executable, '-m', 'tensorboard.main', '--logdir', str(run), '--port', str(port),
                               '--samples_per_plugin', 'scalars=10000000'],
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
        count, wrong = values(place, run)
    finally:
        server.terminate()
        server.wait()
    print(f'{len(wanted)} tags, {len(missing)} are not on the page {missing[:5]}')
    print(f'{count} values of the record, {len(wrong)} differ {wrong[:5]}')
    return 1 if missing or wrong or not count else 0


if __name__ == '__main__':
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2] if len(sys.argv) == 3 else None))
