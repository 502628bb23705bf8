//! How the training goes, signal by signal: what is measured, between which limits it is well, what it means when it is
//! not, and what may help. The limits are the run's own, as its `started` event told them.

use super::app::App;
use crate::metric::{DIVERSITY, HealthLimits};

/// The smoothing of values: over about 100 steps.
const OVER_100_STEPS: usize = 1;
/// Steps before which a fresh generator is not blamed for samples that are alike.
const GRACE: u64 = 2_000;

/// How a signal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Not measured yet.
    Waiting,
    /// As it should be.
    Well,
    /// Worth a look.
    Warn,
    /// The run is being lost.
    Hard,
}

impl Verdict {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Well => "ok",
            Self::Warn => "WARN",
            Self::Hard => "HARD",
        }
    }
}

/// One thing that tells how the training goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// Its title.
    pub title: &'static str,
    /// The metric whose course is shown beside it.
    pub metric: Option<&'static str>,
    /// Its smoothed value.
    pub value: Option<f64>,
    /// Between which limits it is well, in words.
    pub limits: String,
    /// How it stands.
    pub verdict: Verdict,
    /// What that means.
    pub meaning: &'static str,
    /// What may help; empty where nothing is wrong.
    pub help: &'static str,
}

/// The value with its limits: below `low.0` it is worth a look, below `low.1` the run is being lost; above `high` likewise.
struct Limits {
    low: (f64, f64),
    high: (f64, f64),
}

const NONE_LOW: (f64, f64) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
const NONE_HIGH: (f64, f64) = (f64::INFINITY, f64::INFINITY);

/// What a signal says when it is too low, and too high: the meaning and what may help.
type Says = (&'static str, &'static str);

impl Limits {
    fn judge(&self, value: f64) -> Verdict {
        if !value.is_finite() || value < self.low.1 || value > self.high.1 {
            Verdict::Hard
        } else if value < self.low.0 || value > self.high.0 {
            Verdict::Warn
        } else {
            Verdict::Well
        }
    }

    fn in_words(&self) -> String {
        let (low, high) = (limit(self.low.0), limit(self.high.0));
        match (self.low.0.is_finite(), self.high.0.is_finite()) {
            (true, true) => format!("{low} to {high}"),
            (true, false) => format!("from {low}"),
            (false, true) => format!("up to {high}"),
            (false, false) => String::new(),
        }
    }
}

/// A limit in few letters.
fn limit(value: f64) -> String {
    match value.abs() {
        size if size > 0.0 && size < 0.01 => format!("{value:e}"),
        size if size < 10.0 => {
            let text = format!("{value:.2}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        _ => format!("{value:.0}"),
    }
}

/// The signals that apply to the objective, in the order of their importance.
#[must_use]
pub fn signals(app: &App) -> Vec<Signal> {
    let mut book = Book {
        app,
        limits: app.run.info.as_ref().map(|i| i.health).unwrap_or_default(),
        found: Vec::new(),
    };
    book.numbers();
    book.discriminator();
    book.critic();
    book.networks();
    book.samples();
    if app.run.has_ended() {
        // Nothing helps any more.
        book.found.iter_mut().for_each(|signal| signal.help = "");
    }
    book.found
}

/// The worst of the signals.
#[must_use]
pub fn worst(signals: &[Signal]) -> Verdict {
    let verdicts = signals.iter().map(|signal| signal.verdict);
    verdicts.max().unwrap_or(Verdict::Waiting)
}

struct Book<'a> {
    app: &'a App,
    limits: HealthLimits,
    found: Vec<Signal>,
}

impl Book<'_> {
    /// Whether the objective measures it.
    fn has(&self, metric: &str) -> bool {
        let objective = self.app.run.objective.as_ref();
        objective.is_some_and(|o| o.metrics.iter().any(|m| m.name == metric))
    }

    /// A metric's value over the last 100 steps or so, since the objective changed.
    fn smoothed(&self, metric: &str) -> Option<f64> {
        let last = self.app.history.series(metric)?.last()?;
        let smooth = last.smooth[OVER_100_STEPS];
        smooth.is_finite().then_some(smooth)
    }

    fn judge(
        &mut self,
        title: &'static str,
        metric: Option<&'static str>,
        value: Option<f64>,
        limits: &Limits,
        says: [Says; 3],
    ) {
        let verdict = value.map_or(Verdict::Waiting, |v| limits.judge(v));
        let [well, low, high] = says;
        let (meaning, help) = match verdict {
            Verdict::Waiting | Verdict::Well => well,
            _ if value.is_some_and(|v| v < limits.low.0) => low,
            _ => high,
        };
        self.found.push(Signal {
            title,
            metric,
            value,
            limits: limits.in_words(),
            verdict,
            meaning,
            help,
        });
    }

    fn numbers(&mut self) {
        let broken = self.app.run.latest.values().any(|s| !s.last.is_finite());
        let odd = self.app.history.odd();
        let verdict = match (broken || self.app.run.lost.is_some(), odd) {
            (true, _) => Verdict::Hard,
            (false, 1..) => Verdict::Warn,
            (false, 0) => Verdict::Well,
        };
        self.found.push(Signal {
            title: "numbers",
            metric: None,
            value: Some(odd as f64),
            limits: "0 windows with NaN".to_owned(),
            verdict,
            meaning: match verdict {
                Verdict::Hard => "a loss or a gradient is not finite: nothing more is learned",
                Verdict::Warn => "some values were not finite; the run went on",
                _ => "all losses and gradients are finite",
            },
            help: if verdict > Verdict::Well {
                "u goes back to a good state; slower (-) from there"
            } else {
                ""
            },
        });
    }

    fn discriminator(&mut self) {
        let limits = self.limits;
        // Other objectives' losses have other scales.
        let is_gan = self
            .app
            .run
            .objective
            .as_ref()
            .is_some_and(|o| o.name == "gan");
        if is_gan && self.has("d_loss") {
            let value = self.smoothed("d_loss");
            self.judge(
                "D's loss",
                Some("d_loss"),
                value,
                &Limits {
                    low: (limits.d_loss_low, limits.d_loss_hard),
                    high: NONE_HIGH,
                },
                [
                    (
                        "D has something to tell apart, and is sometimes wrong; balance is 0.693",
                        "",
                    ),
                    (
                        "D tells real from generated nearly without error: G learns little from it",
                        "a slower D ([), or `:loss wgan-gp`",
                    ),
                    ("", ""),
                ],
            );
        }
        if self.has("acc_real") && self.has("acc_fake") {
            let (real, fake) = (self.smoothed("acc_real"), self.smoothed("acc_fake"));
            let value = real.zip(fake).map(|(real, fake)| real.min(fake));
            let both_low = real
                .zip(fake)
                .is_some_and(|(r, f)| r.max(f) < limits.accuracy_low);
            self.judge(
                "D's accuracy",
                Some("acc_fake"),
                value.map(|v| {
                    // One of them low is a D that leans to one side; only both are a weak one.
                    if both_low {
                        v
                    } else {
                        v.max(limits.accuracy_low)
                    }
                }),
                &Limits {
                    low: (limits.accuracy_low, f64::NEG_INFINITY),
                    high: (limits.accuracy_high, limits.accuracy_hard),
                },
                [
                    ("D is right more often than not, and not always", ""),
                    (
                        "D guesses: it is too weak to teach G anything",
                        "a faster D (]), or a slower G ({)",
                    ),
                    (
                        "D sees through nearly every image: G's gradients get useless",
                        "a slower D ([), a faster G (}), or `:set critic.label_smoothing 0.1`",
                    ),
                ],
            );
            // What is seen for the first time nobody knows by heart.
            let seen_before = self.app.run.at.epoch > 1;
            let overfit = real
                .filter(|_| seen_before)
                .map(|accuracy| 2.0 * accuracy - 1.0);
            self.judge(
                "over-fitting",
                Some("acc_real"),
                overfit,
                &Limits {
                    low: NONE_LOW,
                    high: (limits.overfit, f64::INFINITY),
                },
                [
                    (
                        "mean sign of D(x): D does not know the images by heart; 0.6 is ideal",
                        "",
                    ),
                    ("", ""),
                    (
                        "D is sure of nearly every real image: it may know them by heart",
                        "`:set augment.shift 2` shows D each image a little differently",
                    ),
                ],
            );
        }
    }

    fn critic(&mut self) {
        let limits = self.limits;
        if self.has("wasserstein") {
            let value = self.smoothed("wasserstein");
            self.judge(
                "distance",
                Some("wasserstein"),
                value,
                &Limits {
                    low: (0.0, f64::NEG_INFINITY),
                    high: NONE_HIGH,
                },
                [
                    ("the critic's estimate is positive, as a distance is; its unit is arbitrary", ""),
                    (
                        "the estimate is negative: the critic is worse than none",
                        "more critic updates, or a slower G ({)",
                    ),
                    ("", ""),
                ],
            );
        }
        if self.has("clip_saturation") {
            let value = self.smoothed("clip_saturation");
            self.judge(
                "clipped weights",
                Some("clip_saturation"),
                value,
                &Limits {
                    low: NONE_LOW,
                    high: (limits.clip_saturation, f64::INFINITY),
                },
                [
                    ("enough of the critic's weights are free to move", ""),
                    ("", ""),
                    (
                        "nearly all weights lie at the clip bound: the critic has little to say",
                        "`:loss wgan-gp` needs no clipping",
                    ),
                ],
            );
        }
        if self.has("input_grad_norm") {
            let value = self.smoothed("input_grad_norm");
            self.judge(
                "critic's slope",
                Some("input_grad_norm"),
                value,
                &Limits {
                    low: (limits.penalty_low, f64::NEG_INFINITY),
                    high: (limits.penalty_high, f64::INFINITY),
                },
                [
                    (
                        "the norm of its gradient is near 1, as the penalty wants it",
                        "",
                    ),
                    (
                        "the critic is too flat: the estimate is too small",
                        "a faster D (])",
                    ),
                    (
                        "the critic is too steep: the penalty does not hold it",
                        "a slower D ([), or a larger critic.gp_weight",
                    ),
                ],
            );
        }
    }

    fn networks(&mut self) {
        let limits = self.limits;
        let is_vae = !self.has("d_loss");
        for (title, of_vae, metric) in [
            ("G's gradient", "decoder's grad.", "g_grad_norm"),
            ("D's gradient", "encoder's grad.", "d_grad_norm"),
        ] {
            let title = if is_vae { of_vae } else { title };
            if !self.has(metric) {
                continue;
            }
            let value = self.smoothed(metric);
            let usual = self
                .median(metric)
                .map_or(f64::INFINITY, |m| m * limits.grad_jump);
            self.judge(
                title,
                Some(metric),
                value,
                &Limits {
                    low: (limits.grad_low, limits.grad_low),
                    high: (
                        limits.grad_high.min(usual.max(f64::MIN_POSITIVE)),
                        f64::INFINITY,
                    ),
                },
                [
                    ("neither vanishing nor exploding", ""),
                    (
                        "it has vanished: this network learns nothing",
                        "u, or another loss (l)",
                    ),
                    (
                        "far above what is usual: such a rise precedes most collapses",
                        "slower (-), and c saves what there is",
                    ),
                ],
            );
        }
        for (title, of_vae, metric) in [
            ("G's steps", "decoder's steps", "g_update_ratio"),
            ("D's steps", "encoder's steps", "d_update_ratio"),
        ] {
            let title = if is_vae { of_vae } else { title };
            if !self.has(metric) {
                continue;
            }
            let value = self.smoothed(metric);
            self.judge(
                title,
                Some(metric),
                value,
                &Limits {
                    low: (limits.update_low, f64::NEG_INFINITY),
                    high: (limits.update_high, f64::INFINITY),
                },
                [
                    (
                        "each update moves the weights by a healthy share, about 1e-3",
                        "",
                    ),
                    ("updates are too small to change anything", "faster (+)"),
                    (
                        "updates are too large: what was learned is overwritten",
                        "slower (-)",
                    ),
                ],
            );
        }
    }

    fn samples(&mut self) {
        let limits = self.limits;
        let last = self.app.history.series(DIVERSITY).and_then(|s| s.last());
        let fresh = self.app.run.at.step < GRACE;
        let value = last.map(|bucket| bucket.stat.last);
        let low = if fresh {
            NONE_LOW
        } else {
            (limits.diversity_low, limits.diversity_hard)
        };
        self.judge(
            "diversity",
            Some(DIVERSITY),
            value,
            &Limits {
                low,
                high: NONE_HIGH,
            },
            [
                (
                    "how varied the samples are, as a share of the data's own variety",
                    "",
                ),
                (
                    "G draws fewer kinds of digits than there are: mode collapse",
                    "a slower G ({), u, or `:loss wgan-gp`",
                ),
                ("", ""),
            ],
        );
    }

    /// The middle of what a metric was so far.
    fn median(&self, metric: &str) -> Option<f64> {
        let buckets = self.app.history.series(metric)?.buckets();
        let mut values: Vec<f64> = buckets.iter().map(|b| b.centre).collect();
        values.retain(|v| v.is_finite());
        let middle = values.len() / 2;
        (values.len() >= 20).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
    }
}
