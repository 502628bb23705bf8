//! A run that never was: the events that a trainer would send, as many as a measurement of the dashboard needs.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::metric::ObjectiveInfo;
use crate::metric::objectives::{self, GAN};
use crate::protocol::{
    Body, DIGIT_SIDE, DatasetInfo, DeviceInfo, Event, ImageGrid, Live, Metrics, Position, Recorded,
    RunInfo, Samples, Stat, State, StepWindow, Target,
};
use crate::rng::Stream;

const IMAGES: u64 = 60_000;
const BATCH: u64 = 64;
const BATCHES: u64 = IMAGES.div_ceil(BATCH);
const STEPS_PER_SECOND: f64 = 100.0;

/// The run so far.
pub(super) struct Synthetic {
    stream: Stream,
    objective: ObjectiveInfo,
    pub step: u64,
}

impl Synthetic {
    /// A GAN on 60,000 images, before its first step.
    pub fn new() -> Self {
        Self {
            stream: Stream::new(0, "synthetic run"),
            objective: GAN.info(),
            step: 0,
        }
    }

    fn event(&self, body: impl Into<Body>) -> Event {
        let elapsed = self.step as f64 / STEPS_PER_SECOND;
        let at = Position {
            branch: 0,
            step: self.step,
            images: self.step * BATCH,
            elapsed,
        };
        Event::new(at, body).timed(Timestamp::UNIX_EPOCH + Duration::from_secs_f64(elapsed))
    }

    pub fn started(&self) -> Event {
        self.event(Body::Recorded(Recorded::Started(Box::new(RunInfo {
            name: "bench".to_owned(),
            dir: PathBuf::from("runs/bench"),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            dataset: DatasetInfo {
                name: "noise".to_owned(),
                images: IMAGES,
                digest: None,
                notice: None,
            },
            device: DeviceInfo {
                name: "cpu".to_owned(),
                reason: String::new(),
                threads: 1,
            },
            objective: self.objective.clone(),
            health: crate::metric::HealthLimits::default(),
            measures: Vec::new(),
            objectives: objectives::choices(&GAN),
            seed: 0,
            batch_size: BATCH as usize,
            n_critic: 1,
            settings: std::collections::BTreeMap::new(),
            lr_d: 2e-4,
            lr_g: 2e-4,
            batches_per_epoch: BATCHES,
            latent_dim: 100,
            generator_parameters: 0,
            discriminator_parameters: 0,
            target: Target {
                steps: None,
                images: Some(1000 * IMAGES),
                seconds: None,
            },
            resumed: None,
            origin: None,
        }))))
    }

    pub fn running(&self) -> Event {
        self.event(Body::Live(Live::State {
            state: State::Running,
            detail: String::new(),
            metrics: Metrics::new(),
        }))
    }

    /// The next `steps` steps as one window: every metric of the objective wanders, with noise and rare spikes.
    pub fn window(&mut self, steps: u64) -> Event {
        let from_step = self.step + 1;
        self.step += steps;
        let t = self.step as f64;
        let mut metrics = Metrics::new();
        for (i, metric) in self.objective.metrics.iter().enumerate() {
            let level = 1.0 + 0.5 * (t / 3000.0 + i as f64).sin();
            let noise = 0.1 * f64::from(self.stream.normal());
            let spike = if self.stream.below(500) == 0 {
                2.0
            } else {
                0.0
            };
            let mut stat = Stat::of(level + noise);
            stat.push(level - noise);
            stat.push(level + spike);
            metrics.insert(metric.name.clone(), stat);
        }
        self.event(Body::Recorded(Recorded::Step(StepWindow {
            from_step,
            epoch: self.step / BATCHES + 1,
            batch: self.step % BATCHES,
            metrics,
            steps_per_second: STEPS_PER_SECOND,
            images_per_second: STEPS_PER_SECOND * BATCH as f64,
        })))
    }

    /// Pictures of smooth blobs that change a little from one to the next.
    pub fn samples(&mut self) -> Event {
        const COUNT: usize = 64;
        let mut pixels = Vec::with_capacity(COUNT * DIGIT_SIDE * DIGIT_SIDE);
        let scores: Vec<f32> = (0..COUNT).map(|_| self.stream.uniform()).collect();
        for image in 0..COUNT {
            let shift = f64::from(self.stream.normal()) * 0.3 + image as f64;
            for y in 0..DIGIT_SIDE {
                for x in 0..DIGIT_SIDE {
                    let wave = (x as f64 / 4.0 + shift).sin() * (y as f64 / 4.0 - shift).cos();
                    pixels.push((wave.max(0.0) * 255.0) as u8);
                }
            }
        }
        self.event(Live::Samples(Samples {
            images: Arc::new(ImageGrid::digits(pixels)),
            count: scores.len(),
            pairs: 0,
            real_scores: scores.iter().map(|score| 1.0 - score * score).collect(),
            scores,
            diversity: 1.0,
        }))
    }
}
