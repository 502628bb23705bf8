#!/usr/bin/env python3
"""Measures what the Python client costs the training thread. Standard library; with torch installed also its tensors.

    python3 scripts/measure-client.py [--rounds N] [--genai-tui PROGRAM]

1. `run.log` of 10 metrics: microseconds of the training thread for each call, by what the metrics are, with a panel that reads
   and with one that is stopped.
2. What a loop of about 2,000 steps a second loses to `run.steps` and `run.log` of 4 and of 10 metrics: each round runs the loop with and without the
   client, in turns of a tenth of a second. By the clock, and by the time of the processors, which other programs disturb less. The loop is
   Python that does nothing else, and holds the interpreter: all that the client's thread does is lost.

Medians over the rounds, with the least and the greatest. The panel is the one of `clients/python/conformance.py`, in a process
of its own, or `genai-tui run` where --genai-tui names the program.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CLIENT = Path(__file__).resolve().parent.parent / "clients" / "python"


def processor() -> str:
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def values_of(kind: str, count: int) -> dict:
    if kind == "float":
        return {f"metric_{index}": 0.5 + index for index in range(count)}
    import torch

    return {f"metric_{index}": torch.tensor(0.5 + index) for index in range(count)}


def cost_of_log(kind: str, calls: int) -> float:
    """Microseconds of one call, less those of the loop around it."""
    import genai_tui

    run = genai_tui.current()
    metrics = values_of(kind, 10)
    log = run.log
    clock = time.thread_time_ns

    def empty(**named: object) -> None:
        pass

    def timed(call: object) -> float:
        began = clock()
        for _ in range(calls):
            call(**metrics)
        return (clock() - began) / calls / 1000

    # As fast as 2,000 steps a second would: the thread has something to do meanwhile.
    costs = []
    for _ in range(20):
        costs.append(timed(log) - timed(empty))
        time.sleep(0.02)
    return statistics.median(costs)


def work(size: int) -> int:
    """Python that keeps the interpreter to itself: the worst that the client's thread can meet."""
    total = 0
    for number in range(size):
        total += number * number & 7
    return total


def turn(size: int, steps: int, with_client: bool, count: int = 4) -> tuple:
    """Seconds of a loop, by the clock and of the processors."""
    import genai_tui

    run = genai_tui.current()
    metrics = values_of("float", count)
    clock, used = time.perf_counter(), time.process_time()
    if with_client:
        for _ in run.steps(steps):
            work(size)
            run.log(**metrics)
    else:
        for _ in range(steps):
            work(size)
    return time.perf_counter() - clock, time.process_time() - used


def loop(size: int, steps: int, count: int) -> tuple:
    """What a loop of so many steps loses, in percent by the clock and of the processors, and its steps a second without."""
    spent = {False: [0.0, 0.0], True: [0.0, 0.0]}
    turns = max(1, steps // 200)
    for index in range(turns):
        for with_client in [False, True] if index % 2 == 0 else [True, False]:
            for unit, seconds in enumerate(turn(size, 200, with_client, count)):
                spent[with_client][unit] += seconds
    lost = [100 * (spent[True][unit] / spent[False][unit] - 1) for unit in range(2)]
    return (*lost, turns * 200 / spent[False][1])


def child(rounds: int, calls: int, steps: int, what: str) -> None:
    sys.path.insert(0, str(CLIENT))
    import genai_tui

    run = genai_tui.init(title="measurement")
    time.sleep(0.3)
    assert run.active, "there is no panel"
    found: dict = {}
    if what == "log":
        kinds = ["float"]
        try:
            import torch  # noqa: F401

            kinds.append("tensor")
        except ImportError:
            pass
        for kind in kinds:
            cost_of_log(kind, calls)
            found[kind] = [cost_of_log(kind, calls) for _ in range(rounds)]
    else:
        size = 1000
        while turn(size, 50, False)[1] / 50 < 1 / 2000:
            size += size // 20
        lost = [loop(size, steps, int(what)) for _ in range(rounds)]
        for place, name in enumerate(("clock", "processors", "rate")):
            found[name] = [one[place] for one in lost]
    with open(os.environ["MEASURED"], "w") as file:
        json.dump(found, file)


def measure(arguments: list, panel: str, program: str | None) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        measured = os.path.join(folder, "measured.json")
        environment = {**os.environ, "MEASURED": measured}
        command = [sys.executable, os.path.abspath(__file__), *arguments]
        if program is not None:
            run = ["run", "--no-tui", "--run-dir", os.path.join(folder, "run"), "--", *command]
            subprocess.run([program, *run], env=environment, check=True, stdout=subprocess.DEVNULL)
        else:
            path = os.path.join(folder, "socket")
            server = [sys.executable, str(CLIENT / "conformance.py"), "serve", path]
            with subprocess.Popen(server, stdout=subprocess.DEVNULL) as process:
                try:
                    while not os.path.exists(path):
                        time.sleep(0.01)
                    environment["GENAI_TUI_SOCKET"] = path
                    if panel == "stopped":
                        process.send_signal(signal.SIGSTOP)
                    subprocess.run(command, env=environment, check=True)
                finally:
                    process.send_signal(signal.SIGCONT)
                    process.terminate()
        with open(measured) as file:
            return json.load(file)


def row(what: str, unit: str, values: list) -> str:
    return f"{what:<72} {statistics.median(values):7.2f} {unit} ({min(values):.2f} to {max(values):.2f})"


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--rounds", type=int, default=11)
    options.add_argument("--calls", type=int, default=500)
    options.add_argument("--steps", type=int, default=2000)
    options.add_argument("--genai-tui", metavar="PROGRAM")
    options.add_argument("--child", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.child is not None:
        child(given.rounds, given.calls, given.steps, given.child)
        return
    print(f"{processor()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    common = ["--rounds", str(given.rounds), "--calls", str(given.calls), "--steps", str(given.steps)]
    for panel in ["reads", "stopped"] if given.genai_tui is None else ["reads"]:
        found = measure([*common, "--child", "log"], panel, given.genai_tui)
        for kind, values in found.items():
            print(row(f"run.log of 10 metrics ({kind}), the panel {panel}", "µs", values))
        for count in ("4", "10"):
            found = measure([*common, "--child", count], panel, given.genai_tui)
            rate = statistics.median(found["rate"])
            for unit in ("clock", "processors"):
                what = f"lost of {rate:.0f} steps/s with {count} metrics by the {unit}, the panel {panel}"
                print(row(what, "%", found[unit]))


if __name__ == "__main__":
    main()
