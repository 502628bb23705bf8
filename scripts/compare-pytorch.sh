#!/usr/bin/env bash
# The training step against the same step in PyTorch, side by side on this machine, as a table in Markdown.
#
#   scripts/compare-pytorch.sh [--quick] PYTHON SCRIPT [PROGRAM]
#
# PYTHON has torch; SCRIPT is a benchmark that takes --loss, --batch-size, --steps, --repeats, --mode and --concat and
# prints one line of JSON with "images_per_s"; PROGRAM is genai-tui (default: target/release/genai-tui).
#
# Runs take turns, so that a machine that gets slower is slower for all of them; the median of the rounds counts. PyTorch's
# threads spin: on a machine that does anything else its figures collapse and compare to nothing. --quick does one round of
# short runs.
set -euo pipefail

rounds=5
seconds=2.0
if [ "${1:-}" = --quick ]; then
  rounds=1
  seconds=0.3
  shift
fi
if [ $# -lt 2 ] || [ $# -gt 3 ]; then
  sed -n '2,12s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
# An OpenBLAS kernel chosen by the environment would slow PyTorch's host down without being asked for.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE

exec "$1" - "$rounds" "$seconds" "$1" "$2" "${3:-target/release/genai-tui}" <<'PYTHON'
import json, os, platform, statistics, subprocess, sys

rounds, seconds = int(sys.argv[1]), float(sys.argv[2])
python, script, program = sys.argv[3:]
columns = ["genai-tui", "eager", "fused", "fused, concat", "compile"]
modes = {
    "eager": ["--mode", "eager"],
    "fused": ["--mode", "fused"],
    "fused, concat": ["--mode", "fused", "--concat"],
    "compile": ["--mode", "compile"],
}
rows = [(loss, batch) for loss in ["gan", "lsgan", "wgan"] for batch in [64, 128, 256, 512]] + [("wgan-gp", 64)]
versions, products, failed = {}, {}, set()


def run(column, loss, batch, ms):
    # As many steps to a block as fill the time, from what the last run of this kind took.
    steps = max(3, int(seconds * 1000 / 3 / ms))
    common = ["--batch-size", str(batch), "--steps", str(steps), "--repeats", "3", "--loss", loss]
    if column == "genai-tui":
        command = [program, "bench", "train", "--device", "cpu", "--format", "json"] + common
    else:
        command = [python, script, "--device", "cpu"] + modes[column] + common
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        failed.add(column)
        print(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr[-2000:]}", file=sys.stderr)
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def processor():
    try:
        for line in open("/proc/cpuinfo"):
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


print(f"| objective | batch | {' | '.join(columns)} | against fused | against PyTorch's best | step / products |")
print(f"|---|---|{'---|' * len(columns)}---|---|---|")
for loss, batch in rows:
    speeds, ratios, took = {c: [] for c in columns}, [], {}
    for turn in range(rounds):
        for column in columns:
            # What compiles for half a minute each time is run once.
            if column in failed or (column == "compile" and turn > 0):
                continue
            found = run(column, loss, batch, took.get(column, batch * (6 if "wgan" in loss else 1) * 0.3))
            if found is None:
                continue
            versions[column] = found["framework"]
            took[column] = found["ms_per_step"]
            speeds[column].append(found["images_per_s"])
            if found.get("shares"):
                ratios.append(found["ms_per_step"] / found["shares"]["products_ms"])
    median = {c: statistics.median(v) for c, v in speeds.items() if v}
    ours, theirs = median.get("genai-tui"), [median[c] for c in columns[1:] if c in median]
    cells = [f"{median[c]:,.0f}" if c in median else "-" for c in columns]
    cells.append(f"{ours / median['fused']:.2f}×" if ours and "fused" in median else "-")
    cells.append(f"{ours / max(theirs):.2f}×" if ours and theirs else "-")
    cells.append(f"{statistics.median(ratios):.2f}" if ratios else "-")
    print(f"| {loss} | {batch} | {' | '.join(cells)} |", flush=True)
    if failed & {"genai-tui"}:
        sys.exit(1)
print(f"\nImages per second, median of {rounds} round{'s' if rounds > 1 else ''} taken in turns; compile in the first.")
print(f"{' and '.join(sorted(set(versions.values())))}; {processor()}, {os.cpu_count()} cores, {platform.system()}.")
PYTHON
