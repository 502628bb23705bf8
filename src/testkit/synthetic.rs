//! A run made of nothing but a seed: its losses behave like those of a GAN, and its samples are digits that sharpen as it
//! trains.

use std::path::PathBuf;
use std::sync::Arc;

use crate::metric::{ObjectiveChoice, ObjectiveInfo};
use crate::protocol::{
    Body, Change, Command, DatasetInfo, Event, ImageGrid, Live, Metrics, Outcome, OwnTrainer,
    Position, Recorded, RunInfo, Samples, Source, Stat, State, StepWindow, Summary, Target,
    Trainer, Value,
};
use crate::rng::Stream;

use super::digits::{SHAPE, digit};
use super::objectives::{gan, lsgan, wgan, wgan_gp};
use super::{own_trainer, run_info, summary};

/// Images in the data set.
const IMAGES: u64 = 60_000;
const BATCH: u64 = 64;
const STEPS_PER_SECOND: f64 = 148.0;
/// Measured steps of a window at most.
const MEASURED: u64 = 10;

/// When the run begins.
const NOON: jiff::Timestamp = jiff::Timestamp::constant(1_773_489_600, 0);

/// The run so far.
#[derive(Debug)]
pub struct Synthetic {
    /// Its name.
    pub name: String,
    rng: Stream,
    /// As [`Position::branch`].
    pub branch: u32,
    /// Steps done.
    pub step: u64,
    /// Seconds of training so far.
    pub elapsed: f64,
    /// The present objective.
    pub objective: ObjectiveInfo,
    /// D's learning rate.
    pub lr_d: f64,
    /// G's learning rate.
    pub lr_g: f64,
    d: f64,
    g: f64,
    since: u64,
}

impl Synthetic {
    /// A GAN on MNIST before its first step.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            name: "quiet-otter".to_owned(),
            rng: Stream::new(seed, "synthetic"),
            branch: 0,
            step: 0,
            elapsed: 0.0,
            objective: gan(),
            lr_d: 2e-4,
            lr_g: 2e-4,
            d: 0.69,
            g: 0.69,
            since: 0,
        }
    }

    /// An event of this moment.
    #[must_use]
    pub fn event(&self, body: Body) -> Event {
        Event::new(
            Position {
                branch: self.branch,
                step: self.step,
                images: self.step * BATCH,
                elapsed: self.elapsed,
            },
            body,
        )
        .timed(NOON + std::time::Duration::from_secs_f64(self.elapsed))
    }

    /// The first event.
    #[must_use]
    pub fn started(&self) -> Event {
        let choice = |o: ObjectiveInfo| ObjectiveChoice {
            name: o.name,
            title: o.title,
            about: o.about,
        };
        let own = OwnTrainer {
            dataset: DatasetInfo {
                images: IMAGES,
                shape: SHAPE,
                ..own_trainer().dataset
            },
            objective: self.objective.clone(),
            objectives: [gan(), lsgan(), wgan(), wgan_gp()].map(choice).to_vec(),
            seed: 42,
            batch_size: BATCH as usize,
            lr_d: self.lr_d,
            lr_g: self.lr_g,
            ..own_trainer()
        };
        self.event(Body::Recorded(Recorded::Started(Box::new(RunInfo {
            name: self.name.clone(),
            dir: PathBuf::from("runs").join(&self.name),
            trainer: Trainer::Own(Box::new(own)),
            settings: [("augment.noise", 0.0), ("ema.decay", 0.999)]
                .map(|(key, value)| (key.to_owned(), Value::Float(value)))
                .into(),
            target: Target {
                steps: None,
                images: Some(20 * IMAGES),
                seconds: None,
            },
            ..run_info()
        }))))
    }

    /// The next `steps` steps as one window.
    pub fn window(&mut self, steps: u64) -> Event {
        let from = self.step + 1;
        let mut metrics = Metrics::new();
        // A few steps stand for all of a long window.
        let measured = steps.min(MEASURED);
        for i in 1..=measured {
            let next = from - 1 + steps * i / measured;
            self.elapsed += (next - self.step) as f64 / STEPS_PER_SECOND;
            self.step = next;
            for (name, value) in self.measure() {
                metrics
                    .entry(name.to_owned())
                    .and_modify(|s| s.push(value))
                    .or_insert(Stat::of(value));
            }
        }
        let batch = self.step % 938;
        let jitter = f64::from(self.rng.normal());
        self.event(Body::Recorded(Recorded::Step(StepWindow {
            from_step: from,
            epoch: self.step / 938 + 1,
            batch,
            metrics,
            steps_per_second: STEPS_PER_SECOND + jitter,
            images_per_second: 9_472.0 + jitter * 60.0,
        })))
    }

    /// One step's metrics: D wins early, G catches up, both settle around a balance with noise and rare spikes.
    fn measure(&mut self) -> Vec<(&'static str, f64)> {
        let t = (self.step - self.since) as f64;
        let wasserstein = self.objective.name.starts_with("wgan");
        let early = (-(t - 250.0).powi(2) / 30_000.0).exp();
        let (d_aim, g_aim) = if wasserstein {
            (
                -2.2 - 3.0 * (-t / 900.0).exp(),
                0.6 + (t / 700.0).sin() * 0.4,
            )
        } else {
            (
                0.56 - 0.44 * early + 0.05 * (t / 1_500.0).sin(),
                1.15 + 3.4 * early - 0.2 * (t / 4_000.0).min(1.0),
            )
        };
        self.d += (d_aim - self.d) * 0.05 + f64::from(self.rng.normal()) * 0.012;
        self.g += (g_aim - self.g) * 0.05 + f64::from(self.rng.normal()) * 0.03;
        let spike = if self.rng.below(700) == 0 { 1.2 } else { 0.0 };
        let mut noise = |scale: f64| f64::from(self.rng.normal()) * scale;
        let d_loss = self.d + noise(0.05);
        let g_loss = self.g + noise(0.14) + spike;
        let p = |v: f64| v.clamp(0.01, 0.99);
        vec![
            ("d_loss", d_loss),
            ("g_loss", g_loss),
            (
                "d_real",
                if wasserstein {
                    3.1 + noise(0.2)
                } else {
                    p(0.64 + 0.3 * early + noise(0.03))
                },
            ),
            (
                "d_fake",
                if wasserstein {
                    0.8 + noise(0.2)
                } else {
                    p(0.36 - 0.3 * early + noise(0.03))
                },
            ),
            ("acc_real", p(0.74 + 0.2 * early + noise(0.02))),
            ("acc_fake", p(0.78 + 0.2 * early + noise(0.02))),
            ("d_grad_norm", 0.82 + 2.0 * early + noise(0.05)),
            ("g_grad_norm", 0.34 + 0.9 * early + noise(0.03)),
            ("lr_d", self.lr_d),
            ("lr_g", self.lr_g),
        ]
    }

    /// 64 samples, the better the longer it has trained.
    pub fn samples(&mut self) -> Event {
        let skill = 1.0 - (-(self.step as f32) / 2_500.0).exp();
        let mut rng = Stream::new(7, "latents");
        let mut pixels = Vec::with_capacity(64 * SHAPE.values());
        for i in 0..64 {
            pixels.extend(digit(i, skill, &mut rng));
        }
        let scores: Vec<f32> = (0..64)
            .map(|_| (0.34 + self.rng.normal() * 0.12).clamp(0.01, 0.99))
            .collect();
        self.event(Body::Live(Live::Samples(Samples {
            columns: Vec::new(),
            images: Arc::new(ImageGrid::new(SHAPE, pixels)),
            count: scores.len(),
            shape: SHAPE,
            pairs: 0,
            real_scores: scores.iter().map(|score| 1.0 - score * score).collect(),
            scores,
            diversity: 0.82,
        })))
    }

    /// A change of state.
    #[must_use]
    pub fn state(&self, state: State, detail: &str) -> Event {
        self.event(Body::Live(Live::State {
            state,
            detail: detail.into(),
            metrics: Metrics::new(),
        }))
    }

    /// Carries out a command as the trainer would.
    pub fn applied(&mut self, request: Option<u64>, source: Source, command: Command) -> Event {
        use crate::protocol::{LrChange, LrTarget};
        let mut changes = Vec::new();
        let mut objective = None;
        match &command {
            Command::Lr(target, change) => {
                let new = |old: f64| match change {
                    LrChange::Set(v) => *v,
                    LrChange::Scale(f) => old * f,
                };
                if *target != LrTarget::G {
                    changes.push(float("optimizer.d.lr", self.lr_d, new(self.lr_d)));
                    self.lr_d = new(self.lr_d);
                }
                if *target != LrTarget::D {
                    changes.push(float("optimizer.g.lr", self.lr_g, new(self.lr_g)));
                    self.lr_g = new(self.lr_g);
                }
            }
            Command::Objective(name) => {
                let all = [gan(), lsgan(), wgan(), wgan_gp()];
                let next = all
                    .into_iter()
                    .find(|o| o.name == *name)
                    .unwrap_or_else(gan);
                let text = |s: &str| Value::Text(s.into());
                changes.push(Change {
                    key: "objective".into(),
                    from: text(&self.objective.name),
                    to: text(name),
                });
                changes.push(float("optimizer.d.lr", self.lr_d, 5e-5));
                changes.push(float("optimizer.g.lr", self.lr_g, 5e-5));
                changes.push(Change {
                    key: "critic.n_critic".into(),
                    from: Value::Integer(1),
                    to: Value::Integer(5),
                });
                (self.lr_d, self.lr_g) = (5e-5, 5e-5);
                self.objective = next.clone();
                self.since = self.step;
                objective = Some(Box::new(next));
            }
            _ => {}
        }
        self.event(Body::Recorded(Recorded::Applied {
            request,
            source,
            signal: None,
            command,
            changes,
            objective,
        }))
    }

    /// The last event.
    #[must_use]
    pub fn finished(&self, outcome: Outcome, reason: &str) -> Event {
        self.event(Body::Recorded(Recorded::Finished(Box::new(Summary {
            outcome,
            reason: reason.into(),
            seconds: self.elapsed,
            steps_per_second: STEPS_PER_SECOND,
            objective: self.objective.name.clone(),
            interventions: 3,
            ..summary(self.step)
        }))))
    }
}

fn float(key: &str, from: f64, to: f64) -> Change {
    Change {
        key: key.into(),
        from: Value::Float(from),
        to: Value::Float(to),
    }
}
