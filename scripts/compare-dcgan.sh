#!/usr/bin/env bash
# DCGAN's training step against the same step in PyTorch, side by side on this machine, as a table in Markdown.
#
#   scripts/compare-dcgan.sh [--avx2] [--rounds N] [--sizes "28 32 64"] PYTHON SCRIPT [PROGRAM]
#
# PYTHON has torch; SCRIPT is a benchmark that takes --size, --channels, --batch-size, --steps, --repeats and --mode, and prints one
# line of JSON with "ms_per_step"; PROGRAM is genai-tui (default: target/release/genai-tui). --avx2 keeps both to the vectors of
# AVX2. Images are grey at 28 pixels and in colour above; the batch is 64. At 28 pixels both have SCRIPT's networks, whose
# discriminator has a convolution less than those of `--arch dcgan`.
#
# Runs take turns; the median of N rounds (3) counts. PyTorch's threads spin: on a machine that does anything else its figures
# collapse and compare to nothing.
set -euo pipefail

rounds=3
sizes="28 32 64"
narrow=
while [[ "${1:-}" == --* ]]; do
  case $1 in
    --avx2) narrow=--avx2 && export ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 MKL_ENABLE_INSTRUCTIONS=AVX2 ;;
    --rounds) rounds=${2:?--rounds needs a number} && shift ;;
    --sizes) sizes=${2:?--sizes needs sides} && shift ;;
    *) break ;;
  esac
  shift
done
if [ $# -lt 2 ] || [ $# -gt 3 ] || [[ $1 == --* ]]; then
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
exec "$1" - "$1" "$rounds" "$sizes" "$narrow" "$2" "${3:-target/release/genai-tui}" <<'PYTHON'
import json, statistics, subprocess, sys

python, rounds, sizes, narrow, script, program = sys.argv[1:]
modes = ["eager", "fused", "channels-last"]


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


# The networks of SCRIPT at 28 pixels.
NETWORKS = {
    "latent_dim": "100",
    "arch.kind": "custom",
    "arch.generator": """
        ConvTranspose2d(100, 128, 7, bias=False), BatchNorm2d(128), ReLU()
        ConvTranspose2d(128, 64, 4, 2, 1, bias=False), BatchNorm2d(64), ReLU()
        ConvTranspose2d(64, 1, 4, 2, 1), Tanh()
    """,
    "arch.discriminator": """
        Conv2d(1, 64, 4, 2, 1), LeakyReLU(0.2)
        Conv2d(64, 128, 4, 2, 1), LeakyReLU(0.2)
        Conv2d(128, 1, 7)
    """,
}
SETTINGS = [flag for key, value in NETWORKS.items() for flag in ("--set", f"{key}={value}")]

print(f"| side | genai-tui, ms | {' | '.join(modes)}, ms | against channels-last | against the best |")
print("|" + "---|" * (len(modes) + 4))
for size in map(int, sizes.split()):
    steps = {28: 10, 32: 6}.get(size, 2)
    common = ["--channels", "1" if size == 28 else "3", "--batch-size", "64", "--steps", str(steps), "--repeats", "3"]
    ours, theirs = [], {mode: [] for mode in modes}
    for _ in range(int(rounds)):
        networks = SETTINGS if size == 28 else ["--arch", "dcgan"]
        report = run([program, "bench", "train", *networks, "--image-size", str(size), "--format", "json", *common, *[narrow] * bool(narrow)])
        ours.append(report["ms_per_step"])
        for mode in modes:
            theirs[mode].append(run([python, script, "--size", str(size), "--mode", mode, *common])["ms_per_step"])
    ms = statistics.median(ours)
    of = {mode: statistics.median(times) for mode, times in theirs.items()}
    cells = [f"{of[mode]:.0f}" for mode in modes]
    print(f"| {size} | {ms:.0f} | {' | '.join(cells)} | {of['channels-last'] / ms:.2f} | {min(of.values()) / ms:.2f} |", flush=True)
print(f"\n{report['processor']}, {report['threads']} threads, batch 64; medians of {rounds} rounds in turn")
PYTHON
