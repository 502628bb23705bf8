#!/usr/bin/env python3
"""Writes the sample logs beside it again, with the tools' own writers.

    python3 -m venv /tmp/logs && /tmp/logs/bin/pip install torch tensorboard tensorboardX wandb numpy pillow
    /tmp/logs/bin/python tests/logs/make.py FOLDER

Then FOLDER replaces what is here. EXPECTED.json has every value that the readers have to find.
"""
import json, math, os, pathlib, shutil, struct, sys, tempfile, time

import numpy as np


def main(folder):
    folder.mkdir(parents=True)
    expected = {}

    def seen(run, tag, step, value):
        points = expected.setdefault(run, {}).setdefault(tag, [])
        while points and points[-1][0] >= step:
            points.pop()
        points.append([step, value])

    def rename(run, number):
        """Names without host and process, in the order of writing."""
        found = sorted((folder / run).glob('*tfevents*'), key=lambda p: p.stat().st_mtime_ns)
        for i, path in enumerate(found[number:], number):
            path.rename(path.with_name(f'events.out.tfevents.{1700000000 + i}.host.1.{i}'))

    loss = lambda step: 0.69 - step / 100 + 0.05 * math.sin(step * 7.0)
    image = lambda step: (np.indices((8, 8)).sum(0)[None] * 16 + step).astype('uint8')

    # PyTorch: a run that was resumed from step 12.
    from torch.utils.tensorboard import SummaryWriter
    run = 'pytorch'
    for start, end, purge in ((0, 16, None), (12, 24, 12)):
        w = SummaryWriter(str(folder / run), purge_step=purge)
        for step in range(start, end):
            d, g = loss(step) + start / 50, -loss(step)
            if step == 5: d = math.nan
            if step == 7: g = 50.0
            if step == 9: g = math.inf
            w.add_scalar('loss/d_loss', d, step); seen(run, 'loss/d_loss', step, d)
            w.add_scalar('loss/g_loss', g, step); seen(run, 'loss/g_loss', step, g)
            if step % 8 == 0:
                w.add_image('samples', image(step), step)
                w.add_histogram('scores', np.linspace(-1, 1, 50) * (step + 1), step, bins=5)
        w.add_text('note', 'a *note*', 0)
        if start == 0:
            w.add_hparams({'lr': 2e-4, 'seed': 3, 'ema': True, 'objective': 'gan'}, {'loss/final': 0.5}, run_name='1700000002.5'); seen(run, 'loss/final', 0, 0.5)
        w.close()
    rename(run, 0); rename(run + '/1700000002.5', 0)

    # PyTorch: add_scalars; tensors, in single and in double precision; steps that fall back.
    w = SummaryWriter(str(folder / 'pytorch-scalars'))
    for step in range(10):
        w.add_scalars('loss/both', {'d': loss(step), 'g': -loss(step)}, step)
        seen('pytorch-scalars', 'loss/both/d', step, loss(step)); seen('pytorch-scalars', 'loss/both/g', step, -loss(step))
        w.add_scalar('single', loss(step), step, new_style=True); seen('pytorch-scalars', 'single', step, loss(step))
        w.add_scalar('double', loss(step), step, new_style=True, double_precision=True); seen('pytorch-scalars', 'double', step, loss(step))
        back = [0, 1, 2, 3, 4, 5, 3, 4, 9, 9][step]
        w.add_scalar('back', loss(step), back); seen('pytorch-scalars', 'back', back, loss(step))
    w.close()
    for sub in ('', '/loss_both_d', '/loss_both_g'): rename('pytorch-scalars' + sub, 0)

    import tensorboardX
    w = tensorboardX.SummaryWriter(str(folder / 'tensorboardx'))
    for step in range(10):
        w.add_scalars('loss', {'d': loss(step), 'g': -loss(step)}, step)
        seen('tensorboardx', 'loss/d', step, loss(step)); seen('tensorboardx', 'loss/g', step, -loss(step))
    w.close()
    for sub in ('', '/loss/d', '/loss/g'): rename('tensorboardx' + sub, 0)

    # TensorFlow 2, by TensorBoard's own summaries: metadata only with the first value of a tag.
    from tensorboard.compat.proto.event_pb2 import Event, SessionLog
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams import summary_v2 as hparams
    from tensorboard.plugins.histogram.summary_v2 import histogram_pb
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb
    from tensorboard.plugins.text.summary_v2 import text_pb
    from tensorboard.plugins.image.metadata import create_summary_metadata
    from tensorboard.summary.writer.event_file_writer import EventFileWriter
    from tensorboard.compat.proto import tensor_pb2, types_pb2
    from PIL import Image
    import io

    def png(step):
        out = io.BytesIO(); Image.fromarray(image(step)[0]).save(out, 'png'); return out.getvalue()

    for run in ('tf2/train', 'tf2/validation'):
        w = EventFileWriter(str(folder / run), filename_suffix='.v2'); known = set()
        def add(summary, step, when):
            for value in summary.value:
                if value.tag in known: value.ClearField('metadata')
                known.add(value.tag)
            w.add_event(Event(wall_time=when, step=step, summary=summary))
        add(hparams.hparams_pb({'units': 64, 'rate': 0.5, 'name': 'small', 'bias': False}, trial_id='trial', start_time_secs=1700000000), 0, 1700000000.0)
        for step in range(12):
            value = loss(step) * (2 if 'val' in run else 1)
            add(scalar_pb('epoch_loss', value), step, 1700000000.5 + step); seen(run, 'epoch_loss', step, float(np.float32(value)))
            if step % 6 == 0:
                add(histogram_pb('weights', np.linspace(0, 1, 20), buckets=4), step, 1700000000.5 + step)
                pictures = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=[b'8', b'8', png(step), png(step + 1)])
                pictures.tensor_shape.dim.add(size=4)
                s = Summary(); s.value.add(tag='pictures', metadata=create_summary_metadata(display_name='', description=''), tensor=pictures)
                add(s, step, 1700000000.5 + step)
        add(text_pb('words', 'some words'), 0, 1700000012.0)
        add(hparams_end(), 0, 1700000013.0)
        w.close(); rename(run, 0)

    # TensorFlow 1: simple values, pictures by number, a graph, a session that starts.
    run = 'tf1'; w = EventFileWriter(str(folder / run))
    w.add_event(Event(wall_time=1700000000.0, step=0, session_log=SessionLog(status=SessionLog.START)))
    w.add_event(Event(wall_time=1700000000.0, graph_def=bytes(3000)))
    for step in range(0, 100, 10):
        s = Summary(); s.value.add(tag='loss', simple_value=loss(step)); seen(run, 'loss', step, float(np.float32(loss(step))))
        for i in range(2):
            p = s.value.add(tag=f'digits/image/{i}'); p.image.height = p.image.width = 8; p.image.colorspace = 1; p.image.encoded_image_string = png(step + i)
        w.add_event(Event(wall_time=1700000000.0 + step, step=step, summary=s))
    w.close(); rename(run, 0)
    data = (folder / run / 'events.out.tfevents.1700000000.host.1.0').read_bytes()
    (folder / 'torn').mkdir(); (folder / 'torn/events.out.tfevents.1700000000.host.1.0').write_bytes(data[:-11])
    for tag, points in expected[run].items(): expected.setdefault('torn', {})[tag] = points[:-1]

    # Weights & Biases, one run with an ending and one broken off.
    os.environ.update(WANDB_MODE='offline', WANDB_SILENT='true', WANDB_CONSOLE='off', WANDB_DISABLE_GIT='true', WANDB_DISABLE_CODE='true', WANDB_HOST='host', WANDB_USERNAME='user')
    import wandb
    with tempfile.TemporaryDirectory() as temp:
        for seed in (0, 1):
            run = wandb.init(project='gan', name=f'seed{seed}', group='g', notes='a remark', config={'lr': 2e-4, 'seed': seed, 'net': {'width': 256}}, tags=['digits'], dir=temp,
                             settings=wandb.Settings(x_disable_stats=True, x_disable_meta=True))
            run.define_metric('acc', summary='max')
            to = f'wandb/offline-run-20231114_221320-seed{seed}'
            for step in range(30):
                row = {'d_loss': loss(step), 'nested': {'a': float(step)}, 'acc': step / 30}
                if step == 3: row['d_loss'] = math.nan
                if step == 4: row['d_loss'] = -math.inf
                if step % 10 == 0: row['samples'] = wandb.Image(image(step)[0]); row['scores'] = wandb.Histogram(np.linspace(0, 1, 10), num_bins=4)
                run.log(row)
                for key, value in (('d_loss', row['d_loss']), ('nested.a', float(step)), ('acc', row['acc'])): seen(to, key, step, value)
            run.finish(exit_code=seed)
            source = next(pathlib.Path(temp).glob(f'wandb/offline-run-*/run-{run.id}.wandb'))
            # The writer may still be at it when the run is finished.
            size = -1
            while source.stat().st_size < 1000 or source.stat().st_size != size:
                size = source.stat().st_size
                time.sleep(1)
            (folder / to / 'files').mkdir(parents=True)
            shutil.copy(source, folder / to / f'run-seed{seed}.wandb')
            if (source.parent / 'files/media').exists(): shutil.copytree(source.parent / 'files/media', folder / to / 'files/media')
    broken = folder / 'wandb/offline-run-20231114_221320-broken'; broken.mkdir()
    data = (folder / 'wandb/offline-run-20231114_221320-seed0/run-seed0.wandb').read_bytes()
    (broken / 'run-broken.wandb').write_bytes(data[:len(data) * 2 // 3])

    # Text.
    p = folder / 'lightning/version_0'; p.mkdir(parents=True)
    (p / 'hparams.yaml').write_text('lr: 0.0002\nseed: 3\nnet:\n  width: 64\n')
    with open(p / 'metrics.csv', 'w') as f:
        f.write('d_loss,epoch,step,val_fid\n')
        for step in range(20):
            f.write(f'{loss(step)},{step // 10},{step},\n'); seen('lightning/version_0', 'd_loss', step, loss(step)); seen('lightning/version_0', 'epoch', step, step // 10)
            if step % 10 == 9: f.write(f',{step // 10},{step},{90 - step}\n'); seen('lightning/version_0', 'val_fid', step, 90 - step)
    (folder / 'csv').mkdir()
    with open(folder / 'csv/log.csv', 'w') as f:
        f.write('"epoch","d loss","note"\n')
        for i in range(20): f.write(f'{i},{loss(i)},"a, ""b"""\n'); seen('csv', 'd loss', i, loss(i)); seen('csv', 'epoch', i, i)
    (folder / 'jsonl').mkdir()
    with open(folder / 'jsonl/metrics.jsonl', 'w') as f:
        for step in range(20):
            row = {'step': step, 'time': 1700000000.0 + step, 'loss': {'d': loss(step), 'g': math.nan if step == 7 else -loss(step)}, 'phase': 'train'}
            f.write(json.dumps(row) + '\n'); seen('jsonl', 'loss/d', step, row['loss']['d']); seen('jsonl', 'loss/g', step, row['loss']['g'])
    for number in (10, 20):
        p = folder / f'trainer/checkpoint-{number}'; p.mkdir(parents=True)
        history = []
        for step in range(2, number + 1, 2):
            history.append({'epoch': step / 10, 'grad_norm': 1.5, 'learning_rate': 1e-4, 'loss': loss(step), 'step': step})
            if step % 10 == 0: history.append({'epoch': step / 10, 'eval_loss': loss(step) * 2, 'step': step})
        state = {'best_metric': 0.5, 'best_model_checkpoint': None, 'epoch': number / 10, 'eval_steps': 10, 'global_step': number, 'is_hyper_param_search': False, 'log_history': history,
                 'logging_steps': 2, 'max_steps': 40, 'num_train_epochs': 4, 'save_steps': 10, 'train_batch_size': 8, 'trial_name': None, 'trial_params': None}
        (p / 'trainer_state.json').write_text(json.dumps(state, indent=2) + '\n')
    for row in history:
        for key, value in row.items():
            if key != 'step': seen('trainer', key, row['step'], value)

    def word(value):
        return value if math.isfinite(value) else 'NaN' if math.isnan(value) else 'Infinity' if value > 0 else '-Infinity'
    tell = {run: {tag: [[step, word(value)] for step, value in points] for tag, points in tags.items()} for run, tags in expected.items()}
    (folder / 'EXPECTED.json').write_text(json.dumps(tell, indent=None, separators=(',', ':')).replace('},"', '},\n"') + '\n')


def hparams_end():
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2
    end = plugin_data_pb2.HParamsPluginData(session_end_info=plugin_data_pb2.SessionEndInfo(status=api_pb2.STATUS_SUCCESS, end_time_secs=1700000013))
    summary = Summary()
    summary.value.add(tag='_hparams_/session_end_info', metadata=metadata.create_summary_metadata(end), tensor=metadata.NULL_TENSOR)
    return summary


if __name__ == '__main__':
    if len(sys.argv) != 2: sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
