#!/usr/bin/env python3
"""Measures what the activations of a training step take in memory, beside what they take on paper.

    python3 scripts/step-memory.py [--genai-tui PROGRAM] [--arch dcgan] [--image-size 64] [--channels 3]

Trains two steps with batches of 8 and of 64 images of the built-in digits. What the peaks of the two processes differ by is what 56
images take; `genai-tui model` says what they take on paper: values and gradients between layers, of one pass through G and three
through D.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile

BATCHES = (8, 64)


def peak(command: list[str]) -> float:
    """The most memory that a process had, in MB."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    return usage.ru_maxrss * 1024 / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--genai-tui", default="target/release/genai-tui")
    parser.add_argument("--arch", default="dcgan")
    parser.add_argument("--image-size", default="64")
    parser.add_argument("--channels", default="3")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    networks = ["--arch", args.arch, "--image-size", args.image_size, "--channels", args.channels]

    paper, found = [], []
    for batch in BATCHES:
        settings = [*networks, "--batch-size", str(batch)]
        model = subprocess.run([args.genai_tui, "model", *settings, "--format", "json"], capture_output=True, check=True)
        paper.append(json.loads(model.stdout)["activation_bytes"] / 1e6)
        peaks = []
        for _ in range(args.rounds):
            with tempfile.TemporaryDirectory() as run:
                peaks.append(
                    peak(
                        [args.genai_tui, "--no-tui", *settings, "--dataset", "digits", "--steps", "2", "--run-dir", f"{run}/run"]
                        + ["--set", "samples.count=1", "--set", "evaluation.every_steps=0"]
                    )
                )
        found.append(sorted(peaks)[len(peaks) // 2])
        print(f"batch {batch}: the process {found[-1]:.0f} MB, activations on paper {paper[-1]:.0f} MB")
    more, planned = found[1] - found[0], paper[1] - paper[0]
    print(f"{BATCHES[1] - BATCHES[0]} images more: {more:.0f} MB, on paper {planned:.0f} MB: {more / planned:.2f} times")


if __name__ == "__main__":
    main()
