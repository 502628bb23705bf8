#!/usr/bin/env python3
"""Compares the event files of a run with its record, as TensorBoard's own reader sees them.

    genai-tui --no-tui --steps 500 --tensorboard --name a
    scripts/check-tensorboard.py runs/a

Needs the package tensorboard. Says how many values were compared; exits with 1 where one differs or is missing.
"""
import json, math, pathlib, struct, sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def single(value):
    """A number of the record in single precision, which event files have."""
    value = float(value)
    return value if not math.isfinite(value) else struct.unpack('f', struct.pack('f', value))[0]


def counting(events):
    """The events that count: what a branch takes back is left out, from the newest branch to the first."""
    beginnings = {}
    for event in events:
        branch, seq, after = event['branch'], event.get('seq'), event.get('after')
        if branch not in beginnings or (after is not None and beginnings[branch][1] is None):
            beginnings[branch] = (seq, after, event['step'])
    last, until, branch, parts = math.inf, math.inf, max(beginnings), {}
    while branch is not None:
        parts[branch] = last, until
        after = beginnings[branch][1]
        until = min(until, beginnings[branch][2])
        earlier = [b for b in sorted(beginnings, reverse=True) if b < branch and (after is None or (beginnings[b][0] or 0) <= after)]
        last = min(last, math.inf if after is None else after)
        branch = earlier[0] if earlier else None
    # What was measured of a state on the way counts, however late that was written.
    measured = ('samples', 'evaluated')
    return [e for e in events if e['branch'] in parts and ((e.get('seq') or 0) <= parts[e['branch']][0]
            or e['event'] in measured and e['step'] <= parts[e['branch']][1])]


def recorded(run):
    """What the record of a run says: by metric and step, in single precision."""
    wanted = {}
    events = [json.loads(line) for line in (run / 'events.jsonl').read_text().splitlines()]
    for event in counting(events):
        if event['event'] == 'step':
            for name, stat in event['metrics'].items():
                wanted[name, event['step']] = single(stat['mean'])
        elif event['event'] == 'evaluated':
            for name, value in event['values'].items():
                wanted[name, event['step']] = single(value)
    return wanted


def is_same(a, b):
    return a is not None and (a == b or (math.isnan(a) and math.isnan(b)))


def main(run):
    wanted = recorded(run)
    accumulator = EventAccumulator(str(run), size_guidance={'scalars': 0, 'images': 0, 'tensors': 0})
    accumulator.Reload()
    found = {(tag, e.step): e.value for tag in accumulator.Tags()['scalars'] for e in accumulator.Scalars(tag)}
    wrong = 0
    for (name, step), value in wanted.items():
        there = found.get((name, step))
        if not is_same(there, value):
            wrong += 1
            if wrong <= 10:
                print(f'{name} at step {step}: {there}, not {value}', file=sys.stderr)
    known = {name for name, _ in wanted}
    void = [key for key in found if key[0] in known and key not in wanted]
    for name, step in void[:10]:
        print(f'{name} at step {step}: taken back, but there', file=sys.stderr)
    images = {tag: len(accumulator.Images(tag)) for tag in accumulator.Tags()['images']}
    texts = [tag for tag in accumulator.Tags()['tensors'] if tag.endswith('/text_summary')]
    plugins = accumulator.PluginTagToContent('hparams')
    print(f'{len(wanted)} values of {len(known)} metrics compared, {wrong} differ, {len(void)} are void')
    print(f'pictures: {images}; texts: {texts}; hparams: {sorted(plugins)}')
    return 1 if wrong or void or not wanted else 0


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1])))
