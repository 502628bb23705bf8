//! A run that never was: events as a trainer would send them, from nothing but a seed. The losses behave like those of
//! a GAN, the images are digits drawn with arcs that sharpen as training goes on.

use std::path::PathBuf;
use std::sync::Arc;

use genai_tui::metric::{Description, objectives};
use genai_tui::metric::{Good, MetricInfo, ObjectiveChoice, ObjectiveInfo, Reference};
use genai_tui::protocol::{
    Body, Change, Command, DatasetInfo, DeviceInfo, Event, ImageGrid, Live, Metrics, Outcome,
    Position, Recorded, RunInfo, Samples, Source, Stat, State, StepWindow, Summary, Target, Value,
};
use genai_tui::rng::Stream;

use super::digits::digit;

/// Images in the data set.
const IMAGES: u64 = 60_000;
const BATCH: u64 = 64;

/// The state of the synthetic run.
pub struct Synthetic {
    pub name: String,
    rng: Stream,
    pub branch: u32,
    pub step: u64,
    pub elapsed: f64,
    pub objective: ObjectiveInfo,
    pub lr_d: f64,
    pub lr_g: f64,
    d: f64,
    g: f64,
    since: u64,
}

impl Synthetic {
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

    pub fn event(&self, body: Body) -> Event {
        let noon = "2026-03-14T12:00:00Z".parse::<jiff::Timestamp>().unwrap();
        Event::new(
            Position {
                branch: self.branch,
                step: self.step,
                images: self.step * BATCH,
                elapsed: self.elapsed,
            },
            body,
        )
        .timed(noon + std::time::Duration::from_secs_f64(self.elapsed))
    }

    pub fn started(&self) -> Event {
        let choice = |o: ObjectiveInfo| ObjectiveChoice {
            name: o.name,
            title: o.title,
            about: o.about,
        };
        self.event(Body::Recorded(Recorded::Started(Box::new(RunInfo {
            name: self.name.clone(),
            dir: PathBuf::from("runs").join(&self.name),
            version: "0.1.0".into(),
            dataset: DatasetInfo {
                name: "mnist".into(),
                images: IMAGES,
                digest: None,
                notice: None,
            },
            device: DeviceInfo {
                name: "cpu".into(),
                reason: "no CUDA in this build".into(),
                threads: 2,
            },
            objective: self.objective.clone(),
            health: genai_tui::metric::HealthLimits::default(),
            measures: Vec::new(),
            objectives: [gan(), lsgan(), wgan(), wgan_gp()].map(choice).to_vec(),
            seed: 42,
            batch_size: BATCH as usize,
            n_critic: 1,
            settings: [("augment.noise", 0.0), ("ema.decay", 0.999)]
                .map(|(key, value)| (key.to_owned(), Value::Float(value)))
                .into(),
            lr_d: self.lr_d,
            lr_g: self.lr_g,
            batches_per_epoch: 938,
            latent_dim: 100,
            resumed: None,
            origin: None,
            generator_parameters: 1_486_352,
            discriminator_parameters: 1_460_225,
            target: Target {
                steps: None,
                images: Some(20 * IMAGES),
                seconds: None,
            },
        }))))
    }

    /// The next `steps` steps as one window.
    pub fn window(&mut self, steps: u64) -> Event {
        let from = self.step + 1;
        let mut metrics = Metrics::new();
        for _ in 0..steps {
            self.step += 1;
            self.elapsed += 1.0 / 148.0;
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
            steps_per_second: 148.0 + jitter,
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

    pub fn samples(&mut self) -> Event {
        let skill = 1.0 - (-(self.step as f32) / 2_500.0).exp();
        let mut rng = Stream::new(7, "latents");
        let mut pixels = Vec::with_capacity(64 * 784);
        for i in 0..64 {
            pixels.extend(digit(i, skill, &mut rng));
        }
        let scores: Vec<f32> = (0..64)
            .map(|_| (0.34 + self.rng.normal() * 0.12).clamp(0.01, 0.99))
            .collect();
        self.event(Body::Live(Live::Samples(Samples {
            images: Arc::new(ImageGrid::digits(pixels)),
            count: scores.len(),
            pairs: 0,
            real_scores: scores.iter().map(|score| 1.0 - score * score).collect(),
            scores,
            diversity: 0.82,
        })))
    }

    pub fn state(&self, state: State, detail: &str) -> Event {
        self.event(Body::Live(Live::State {
            state,
            detail: detail.into(),
            metrics: Metrics::new(),
        }))
    }

    /// Carries out a command as the trainer would.
    pub fn applied(&mut self, request: Option<u64>, source: Source, command: Command) -> Event {
        use genai_tui::protocol::{LrChange, LrTarget};
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

    pub fn finished(&self, outcome: Outcome, reason: &str) -> Event {
        self.event(Body::Recorded(Recorded::Finished(Box::new(Summary {
            outcome,
            reason: reason.into(),
            signal: None,
            step: self.step,
            images: self.step * BATCH,
            epochs: (self.step * BATCH) as f64 / IMAGES as f64,
            seconds: self.elapsed,
            steps_per_second: 148.0,
            objective: self.objective.name.clone(),
            interventions: 3,
            metrics: Metrics::new(),
            quality: None,
            conditions: Vec::new(),
            checkpoint: Some(format!("checkpoints/step-{:08}", self.step)),
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

fn metric(name: &str, title: &str, panel: &str, good: Good) -> MetricInfo {
    MetricInfo::new(panel, name, title, good, "synthetic")
}

fn objective(
    name: &str,
    title: &str,
    about: &str,
    references: Vec<Reference>,
    probability: bool,
) -> ObjectiveInfo {
    let mut metrics = vec![
        metric("d_loss", "D loss", "loss", Good::Balance),
        metric("g_loss", "G loss", "loss", Good::Balance),
        metric("d_real", "D(x)", "scores", Good::Balance),
        metric("d_fake", "D(G(z))", "scores", Good::Balance),
        metric("acc_real", "acc real", "accuracy", Good::Neutral),
        metric("acc_fake", "acc fake", "accuracy", Good::Neutral),
        metric("d_grad_norm", "grad D", "gradients", Good::Neutral),
        metric("g_grad_norm", "grad G", "gradients", Good::Neutral),
        metric("lr_d", "lr D", "rates", Good::Neutral),
        metric("lr_g", "lr G", "rates", Good::Neutral),
    ];
    // They are judged as those of the real objective.
    let real = objectives::find(name).map(Description::info);
    for metric in &mut metrics {
        if let Some(real) = real.as_ref().and_then(|o| o.metric(&metric.name)) {
            metric.role = real.role;
            metric.network = real.network;
            metric.range = real.range;
            metric.check.clone_from(&real.check);
        }
    }
    ObjectiveInfo {
        name: name.into(),
        title: title.into(),
        about: about.into(),
        metrics,
        references,
        score_is_probability: probability,
    }
}

pub fn gan() -> ObjectiveInfo {
    let balance = |metric: &str| Reference {
        metric: metric.into(),
        value: 2f64.ln(),
        label: "balance ln 2".into(),
    };
    let references = vec![balance("d_loss"), balance("g_loss")];
    objective(
        "gan",
        "GAN",
        "Two players, cross-entropy: D tells real from drawn, G learns to be taken for real.",
        references,
        true,
    )
}

pub fn lsgan() -> ObjectiveInfo {
    objective(
        "lsgan",
        "LSGAN",
        "Least squares instead of cross-entropy: gradients do not vanish far from the border.",
        vec![],
        false,
    )
}

pub fn wgan() -> ObjectiveInfo {
    let zero = Reference {
        metric: "d_loss".into(),
        value: 0.0,
        label: "equal distributions".into(),
    };
    objective(
        "wgan",
        "WGAN",
        "A critic with clipped weights estimates the distance between both distributions.",
        vec![zero],
        false,
    )
}

pub fn wgan_gp() -> ObjectiveInfo {
    objective(
        "wgan-gp",
        "WGAN-GP",
        "As WGAN, with a penalty on the critic's gradient in the place of clipping.",
        vec![],
        false,
    )
}
