#!/usr/bin/env bash
# The training step against the same step in PyTorch, side by side on this machine, as a table in Markdown.
#
#   scripts/compare-pytorch.sh [--cuda|--avx2] [--no-compile] [--only ROW] [--rounds N] [--seconds S] PYTHON SCRIPT [PROGRAM]
#
# PYTHON has torch; SCRIPT is a benchmark that takes --loss, --batch-size, --steps, --repeats, --device, --mode and --concat
# and prints one line of JSON with "images_per_s"; PROGRAM is genai-tui (default: target/release/genai-tui). --cuda compares
# on the first CUDA device; --avx2 keeps both to the vectors of AVX2; --no-compile leaves out torch.compile, which takes half a
# minute for each line; --only wgan-gp/512 measures that objective with that batch size alone.
#
# Runs take turns, so that a machine that gets slower is slower for all of them; the median of N rounds (5) counts, each a
# run of S seconds (2) in addition to its warm-up. PyTorch's threads spin: on a machine that does anything else its figures collapse
# and compare to nothing.
set -euo pipefail

rounds=5
seconds=2.0
device=cpu
narrow=
compile=yes
only=
while [[ "${1:-}" == --* ]]; do
  case $1 in
    --cuda) device=cuda ;;
    --avx2) narrow=--avx2 && export ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 MKL_ENABLE_INSTRUCTIONS=AVX2 ;;
    --no-compile) compile= ;;
    --only) only=${2:?--only needs an objective and a batch size, as in wgan-gp/512} && shift ;;
    --rounds) rounds=${2:?--rounds needs a number} && shift ;;
    --seconds) seconds=${2:?--seconds needs a number} && shift ;;
    *) break ;;
  esac
  shift
done
if [ $# -lt 2 ] || [ $# -gt 3 ] || [[ $1 == --* ]]; then
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
# An OpenBLAS kernel chosen by the environment would slow PyTorch's host down without being asked for.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE

exec "$1" - "$rounds" "$seconds" "$device" "$compile" "$narrow" "$only" "$2" "${3:-target/release/genai-tui}" <<'PYTHON'
import io, json, os, platform, runpy, statistics, subprocess, sys

import torch  # once: each of its runs is a fork of this process

rounds, seconds = int(sys.argv[1]), float(sys.argv[2])
device, compile, narrow, only, script, program = sys.argv[3:]
modes = {
    "eager": ["--mode", "eager"],
    "fused": ["--mode", "fused"],
    "fused, concat": ["--mode", "fused", "--concat"],
    "compile": ["--mode", "compile"],
}
if not compile:
    del modes["compile"]
if device == "cuda":
    modes = {
        "fused": ["--mode", "fused"],
        "graph": ["--mode", "graph"],
        "graph, concat": ["--mode", "graph", "--concat"],
    }
columns = ["genai-tui", *modes]
rows = [(loss, batch) for loss in ["gan", "lsgan", "wgan", "wgan-gp"] for batch in [64, 128, 256, 512]]
if only:
    rows = [row for row in rows if f"{row[0]}/{row[1]}" == only]
    if not rows:
        sys.exit(f"--only {only}: no row of the table; one is wgan-gp/512")
versions, peaks, failed = {}, [], set()
vectors = ""


def run(column, loss, batch, ms):
    # As many steps to a block as fill the time, from what the last run of this kind took.
    steps = max(3, int(seconds * 1000 / 3 / ms))
    common = ["--device", device, "--batch-size", str(batch), "--steps", str(steps), "--repeats", "3", "--loss", loss]
    if column == "genai-tui":
        command = [program, "bench", "train", "--format", "json"] + common + [narrow] * bool(narrow)
        # The script's lsgan has no penalty. Noise and the average of weights stay, which it does not have either.
        command += ["--set", "critic.r1=0"] * (loss == "lsgan")
        done = subprocess.run(command, capture_output=True, text=True)
        code, out, err = done.returncode, done.stdout, done.stderr
    else:
        command = [script] + modes[column] + common
        code, out, err = forked(command)
    if code != 0:
        failed.add(column)
        print(f"{' '.join(command)}: exit code {code}\n{err[-2000:]}", file=sys.stderr)
        return None
    return json.loads(out.strip().splitlines()[-1])


def forked(command):
    """Runs a script of Python's in a fork of this process. Gives its exit code and what it printed."""
    ends = os.pipe()
    sys.stdout.flush()
    if (child := os.fork()) == 0:
        code, out = 0, io.StringIO()
        sys.argv, sys.stdout = command, out
        try:
            runpy.run_path(command[0], run_name="__main__")
        except BaseException as error:
            code = 1
            print(f"{type(error).__name__}: {error}", file=out)
        with os.fdopen(ends[1], "w") as pipe:
            pipe.write(out.getvalue())
        os._exit(code)
    os.close(ends[1])
    with os.fdopen(ends[0]) as pipe:
        text = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text, text


def processor():
    try:
        for line in open("/proc/cpuinfo"):
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


print(f"| objective | batch | {' | '.join(columns)} | against fused | against PyTorch's best | step / products | products of peak |")
print(f"|---|---|{'---|' * len(columns)}---|---|---|---|")
for loss, batch in rows:
    speeds, ratios, reached, took = {c: [] for c in columns}, [], [], {}
    for turn in range(rounds):
        for column in columns:
            # What compiles for half a minute each time is run once.
            if column in failed or (column == "compile" and turn > 0):
                continue
            found = run(column, loss, batch, took.get(column, batch * (6 if "wgan" in loss else 1) * 0.3))
            if found is None:
                continue
            versions[column] = found["framework"]
            vectors = found.get("processor", vectors).rsplit(", ", 1)[-1]
            took[column] = found["ms_per_step"]
            speeds[column].append(found["images_per_s"])
            if found.get("shares"):
                ratios.append(1 / found["shares"]["products"])
                rate = found["gflop_per_step"] / found["shares"]["products_ms"] * 1e3
                reached.append(rate / found["peak_gflop_per_s"])
                peaks.append(found["peak_gflop_per_s"])
    median = {c: statistics.median(v) for c, v in speeds.items() if v}
    ours, theirs = median.get("genai-tui"), [median[c] for c in columns[1:] if c in median]
    cells = [f"{median[c]:,.0f}" if c in median else "-" for c in columns]
    cells.append(f"{ours / median['fused']:.2f}×" if ours and "fused" in median else "-")
    cells.append(f"{ours / max(theirs):.2f}×" if ours and theirs else "-")
    cells.append(f"{statistics.median(ratios):.2f}" if ratios else "-")
    cells.append(f"{statistics.median(reached):.0%}".replace("%", " %") if reached else "-")
    print(f"| {loss} | {batch} | {' | '.join(cells)} |", flush=True)
    if failed & {"genai-tui"}:
        sys.exit(1)
print(f"\nImages per second, median of {rounds} round{'s' if rounds > 1 else ''} taken in turns{'; compile in the first' if device == 'cpu' else ''}.")
where = torch.cuda.get_device_name() if device == "cuda" else f"{processor()}, {os.cpu_count()} cores"
print(f"{' and '.join(sorted(set(versions.values())))}; {where}, {vectors}, {platform.system()}.")
if peaks:
    print(f"The peak, of a product that fits the first-level cache: {statistics.median(peaks):.0f} GFLOP/s.")
PYTHON
