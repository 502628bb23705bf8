#!/usr/bin/env python3
"""Compares what genai-tui exports of logs with what their writers were told.

    tests/logs/make.py FOLDER            # in an environment with torch, tensorboard, tensorboardX and wandb
    scripts/check-logs.py FOLDER [PROGRAM]

FOLDER/EXPECTED.json has the values: by run and tag, [step, value]. Says how many values were compared; exits with 1 where one differs or is
missing, or where there is one that was never written.
"""
import csv, json, math, pathlib, struct, subprocess, sys

WORDS = {'NaN': math.nan, 'Infinity': math.inf, '-Infinity': -math.inf}


def is_same(found, wanted):
    """Event files have single precision."""
    if math.isnan(wanted) or math.isnan(found):
        return math.isnan(wanted) and math.isnan(found)
    return found == wanted or math.isfinite(wanted) and found == struct.unpack('f', struct.pack('f', wanted))[0]


def main(folder, program):
    expected = json.loads((folder / 'EXPECTED.json').read_text())
    compared, wrong = 0, []
    for run, tags in expected.items():
        done = subprocess.run([program, 'export', str(folder / run), '--to', 'csv'], capture_output=True, text=True)
        if done.returncode:
            wrong.append(f'{run}: {done.stderr.strip()}')
            continue
        found = {}
        for row in csv.DictReader(done.stdout.splitlines()):
            # Of a directory with runs below it, its own only.
            if row.get('run', run.rsplit('/', 1)[-1]) in (run, run.rsplit('/', 1)[-1]):
                found[row['metric'], int(row['step'])] = float(WORDS.get(row['value'], row['value']))
        for tag, points in tags.items():
            for step, value in points:
                value, there = float(WORDS.get(value, value)), found.pop((tag, step), None)
                compared += 1
                if there is None or not is_same(there, value):
                    wrong.append(f'{run}: {tag} at step {step} is {there}, not {value}')
        wrong += [f'{run}: {tag} at step {step} was never written' for tag, step in found]
    print(f'{compared} values of {len(expected)} runs compared, {len(wrong)} differ')
    for text in wrong[:20]:
        print(text, file=sys.stderr)
    return 1 if wrong or not compared else 0


if __name__ == '__main__':
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2] if len(sys.argv) == 3 else 'genai-tui'))
