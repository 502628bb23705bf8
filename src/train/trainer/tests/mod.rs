//! The trainer step by step, seen from inside. Here is what the tests share; each file has one subject.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::float_cmp, reason = "halving is exact")]

mod classes;
mod conditions;
mod cost;
#[cfg(feature = "cuda")]
mod cuda;
mod evaluations;
mod going_back;
mod looks;
mod options;
mod same_bits;
mod switching;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use candle_core::Device;
use crossbeam_channel::{Receiver, unbounded};
use tempfile::TempDir;

use super::{Beginning, Trainer, TrainerParts, by};
use crate::checkpoint::checkpoint_name;
use crate::config::{RunConfig, Sources, resolve};
use crate::data::ImageSet;
use crate::files::Place;
use crate::protocol::{
    Body, CheckpointReason, Command, DatasetInfo, DeviceInfo, Event, ImageGrid, Live, Look, Looked,
    Recorded, Source,
};
use crate::rng::Stream;
use crate::shape::ImageShape;
use crate::train::checkpoints::unrecorded;
use crate::train::{RunState, Snapshot};

pub(in crate::train) struct Bench {
    pub trainer: Trainer,
    pub events: Receiver<Event>,
    dir: TempDir,
}

/// 70 images.
pub(in crate::train) fn noise() -> ImageSet {
    let shape = ImageShape::MNIST;
    let mut noise = vec![0.0; 70 * shape.values()];
    Stream::new(0, "noise").fill_between(&mut noise, 0.0, 255.0);
    let pixels: Vec<u8> = noise.iter().map(|v| *v as u8).collect();
    ImageGrid::new(shape, pixels).into()
}

/// A trainer on 70 images of noise, 16 to a batch.
fn bench(change: impl FnOnce(&mut RunConfig)) -> Bench {
    bench_from(Beginning::New, change)
}

fn bench_from(beginning: Beginning, change: impl FnOnce(&mut RunConfig)) -> Bench {
    bench_of(&Device::Cpu, beginning, change)
}

/// The same on another device.
#[cfg(feature = "cuda")]
pub(in crate::train) fn bench_on(device: &Device, change: impl FnOnce(&mut RunConfig)) -> Bench {
    bench_of(device, Beginning::New, change)
}

fn bench_of(device: &Device, beginning: Beginning, change: impl FnOnce(&mut RunConfig)) -> Bench {
    let (parts, events, dir) = parts(device, beginning, change);
    Bench {
        trainer: Trainer::new(parts).unwrap(),
        events,
        dir,
    }
}

/// What such a trainer is made of, what it will say, and where it lives.
fn parts(
    device: &Device,
    beginning: Beginning,
    change: impl FnOnce(&mut RunConfig),
) -> (TrainerParts, Receiver<Event>, TempDir) {
    let sources = Sources {
        preset: Some("gan".to_owned()),
        ..Sources::default()
    };
    let mut config = resolve(sources).unwrap().config;
    config.batch_size = 16;
    config.arch.width = 16;
    config.samples.count = 4;
    change(&mut config);
    let dir = TempDir::new().unwrap();
    let (events_to, events) = unbounded();
    let (_, requests) = unbounded();
    let parts = TrainerParts {
        config,
        name: "test".to_owned(),
        place: Place::of(dir.path()),
        dataset: DatasetInfo {
            classes: Vec::new(),
            name: "noise".to_owned(),
            images: 70,
            shape: ImageShape::MNIST,
            digest: None,
            notice: None,
        },
        images: noise(),
        device: device.clone(),
        device_info: DeviceInfo {
            name: "cpu".to_owned(),
            reason: String::new(),
            threads: 1,
        },
        events: events_to,
        requests,
        held: Vec::new(),
        beginning,
        attended: Arc::new(AtomicBool::new(false)),
        notices: Vec::new(),
        evaluator: Err("nobody judges noise".to_owned()),
        recorded: unrecorded(),
        lost: Arc::default(),
    };
    (parts, events, dir)
}

impl Bench {
    pub fn steps(&mut self, count: u64) {
        for _ in 0..count {
            self.trainer.train_step().unwrap();
        }
    }

    /// Scales what the generator (decoder), number 0, or the discriminator (encoder), number 1, puts out.
    pub fn scale_output(&mut self, network: usize, factor: f64) {
        let [g, d] = self.trainer.learner.model_mut().networks_mut();
        let network = if network == 0 { g } else { d };
        network.network_mut().scale_output(factor).unwrap();
    }

    /// As [`Trainer::run`] does it.
    fn scripted(&mut self, count: u64) {
        if self.trainer.rollback.newest().is_none() {
            self.trainer.keep_state().unwrap();
        }
        for _ in 0..count {
            self.trainer.carry_out_due().unwrap();
            self.trainer.train_step().unwrap();
        }
    }

    fn command(&mut self, text: &str) {
        let command: Command = text.parse().unwrap();
        self.trainer.carry_out(by(Source::Script, command)).unwrap();
    }

    /// What is shown to someone who asks to see something, or why it is not.
    fn see(&mut self, look: Look) -> Result<Looked, String> {
        let request = by(Source::Viewer, Command::Look(look));
        self.trainer.carry_out(request).unwrap();
        let answers = self.events.try_iter().filter_map(|e| match e.body {
            Body::Live(Live::Looked(looked)) => Some(Ok(looked)),
            Body::Recorded(Recorded::Rejected { reason, .. }) => Some(Err(reason)),
            _ => None,
        });
        answers.last().unwrap()
    }

    /// Saves the present state. Returns the checkpoint's folder.
    fn saved(&mut self) -> std::path::PathBuf {
        self.trainer.save(CheckpointReason::Request).unwrap();
        for written in self.trainer.checkpoints.finish() {
            written.result.unwrap();
        }
        let name = checkpoint_name(self.trainer.progress.step());
        self.dir.path().join("checkpoints").join(name)
    }

    pub fn snapshot(&mut self) -> Snapshot {
        (*self.trainer.snapshot().unwrap()).clone()
    }

    /// Values, first and second moments of a network.
    fn slots(buffer: &[f32]) -> (&[f32], &[f32], &[f32]) {
        let n = buffer.len() / 3;
        (&buffer[..n], &buffer[n..2 * n], &buffer[2 * n..])
    }
}

fn zero(values: &[f32]) -> bool {
    values.iter().all(|v| *v == 0.0)
}

/// Without the clock, which keeps running.
fn timeless(snapshot: &Snapshot) -> Snapshot {
    Snapshot {
        state: RunState {
            elapsed: 0.0,
            progress: snapshot.state.progress.forked(),
            ..snapshot.state.clone()
        },
        ..snapshot.clone()
    }
}

/// The same state, whatever clock, branch and numbering say.
fn same(a: &Snapshot, b: &Snapshot) -> bool {
    let before = |s: &Snapshot| s.way_back.as_ref().map(|way| timeless(&way.before));
    let bare = |s: &Snapshot| Snapshot {
        way_back: None,
        ..timeless(s)
    };
    before(a) == before(b) && bare(a) == bare(b)
}
