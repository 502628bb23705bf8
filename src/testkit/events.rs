//! Single events, and the parts of them that most tests do not care about.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;

use super::objectives;
use crate::metric::HealthLimits;
use crate::protocol::{
    Body, DatasetInfo, DeviceInfo, Event, Metrics, Outcome, OwnTrainer, Position, RunInfo, Summary,
    Target, Trainer,
};
use crate::shape::ImageShape;

/// An event after `step` steps of 64 images, at the beginning of time.
#[must_use]
pub fn event(step: u64, body: impl Into<Body>) -> Event {
    let at = Position {
        branch: 0,
        step,
        images: step * 64,
        elapsed: 0.0,
    };
    Event::new(at, body).timed(Timestamp::UNIX_EPOCH)
}

/// A GAN on 60,000 images, without a target.
#[must_use]
pub fn run_info() -> RunInfo {
    RunInfo {
        name: "first".to_owned(),
        dir: PathBuf::from("runs/first"),
        version: "0.1.0".to_owned(),
        trainer: Trainer::Own(Box::new(own_trainer())),
        health: HealthLimits::default(),
        measures: Vec::new(),
        settings: BTreeMap::new(),
        resumed: None,
        origin: None,
        target: Target::default(),
    }
}

/// The trainer of [`run_info`].
#[must_use]
pub fn own_trainer() -> OwnTrainer {
    OwnTrainer {
        dataset: DatasetInfo {
            classes: Vec::new(),
            name: "mnist".to_owned(),
            images: 60_000,
            shape: ImageShape::MNIST,
            digest: None,
            notice: None,
        },
        device: DeviceInfo {
            name: "cpu".to_owned(),
            reason: "no CUDA in this build".to_owned(),
            threads: 2,
        },
        objective: objectives::gan(),
        objectives: Vec::new(),
        seed: 7,
        batch_size: 64,
        n_critic: 1,
        lr_d: 2e-4,
        lr_g: 2e-4,
        batches_per_epoch: 938,
        latent_dim: 100,
        generator_parameters: 1_486_352,
        discriminator_parameters: 1_460_225,
    }
}

/// A run that reached its target of `step` steps.
#[must_use]
pub fn summary(step: u64) -> Summary {
    Summary {
        outcome: Outcome::Completed,
        reason: format!("reached {step} steps"),
        signal: None,
        step,
        images: step * 64,
        epochs: (step * 64) as f64 / 60_000.0,
        seconds: 2.0,
        steps_per_second: 50.0,
        objective: "gan".to_owned(),
        interventions: 0,
        metrics: Metrics::new(),
        quality: None,
        conditions: Vec::new(),
        checkpoint: Some(format!("checkpoints/step-{step:08}")),
        exit_code: None,
    }
}
