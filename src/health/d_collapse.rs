//! The alarm `d_collapse`: the discriminator's loss has dropped to zero, so G learns nothing from D any more.

use serde::{Deserialize, Serialize};

use super::AlarmSeen;
use super::episode::{Episode, Floor};
use crate::metric::names::D_LOSS;
use crate::metric::{HealthLimits, ObjectiveInfo, Role};
use crate::protocol::{Level, Metrics};

/// Steps over which the loss is smoothed. There is no alarm before that many.
const SPAN: u16 = 100;

/// Watches the smoothed loss of the discriminator, for objectives that declare when it is failing: the losses of others
/// have other scales.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DiscriminatorCollapse {
    /// The exponentially weighted mean, not yet divided by `weight`. Always finite. In single precision, which survives
    /// JSON bit for bit even with a reader that rounds doubles.
    sum: f32,
    /// The total weight of the losses seen: rises from 0 to 1.
    weight: f32,
    steps: u64,
    episode: Episode,
    /// The metric. Checkpoints of earlier versions do not name it.
    #[serde(default = "usual", skip_serializing_if = "is_usual")]
    metric: String,
    /// Its value when neither network wins, where the objective names it. Checkpoints of earlier versions are of one that
    /// does.
    #[serde(default = "balance", skip_serializing_if = "is_balance")]
    balance: Option<f32>,
}

#[expect(clippy::unnecessary_wraps, reason = "the value of a field")]
fn balance() -> Option<f32> {
    Some(std::f32::consts::LN_2)
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_balance(value: &Option<f32>) -> bool {
    *value == balance()
}

fn usual() -> String {
    D_LOSS.to_owned()
}

fn is_usual(metric: &str) -> bool {
    metric == usual()
}

impl DiscriminatorCollapse {
    /// The alarm of an objective, if it declares when the discriminator's loss is failing.
    pub fn of(objective: &ObjectiveInfo) -> Option<Self> {
        let loss = objective.with_role(Role::DiscriminatorLoss)?;
        loss.check.as_ref()?.low.as_ref()?.failing.as_ref()?;
        let mut references = objective.references.iter();
        let balance = references.find(|line| line.metric == loss.name);
        Some(Self {
            balance: balance.map(|line| line.value as f32),
            metric: loss.name.clone(),
            ..Self::default()
        })
    }

    /// Whether both watch the same loss.
    pub fn is_about_the_same(&self, other: &Self) -> bool {
        (&self.metric, self.balance) == (&other.metric, other.balance)
    }

    /// Takes the metrics of a window of `steps` steps. Limits are in nats; at balance the loss is ln 2, about 0.693.
    pub fn observe(
        &mut self,
        metrics: &Metrics,
        steps: u64,
        limits: &HealthLimits,
    ) -> Option<AlarmSeen> {
        let floor = Floor {
            warn: limits.d_loss_low,
            hard: limits.d_loss_hard,
            clear: limits.d_loss_low * 1.5,
        };
        let loss = metrics
            .get(&self.metric)
            .map(|stat| stat.mean as f32)
            .filter(|mean| mean.is_finite())?;
        let keep = (-(steps as f32) / f32::from(SPAN)).exp();
        self.sum = self.sum * keep + loss * (1.0 - keep);
        self.weight = self.weight * keep + (1.0 - keep);
        self.steps += steps;
        if self.steps < u64::from(SPAN) {
            return None;
        }
        let smoothed = self.sum / self.weight;
        let level = self.episode.observe(f64::from(smoothed), &floor)?;
        let balance = self
            .balance
            .map_or_else(String::new, |value| format!(" (balance is {value:.3})"));
        let meaning = match level {
            Level::Warn => {
                "D distinguishes real from generated almost without error, so G learns less and less from it"
            }
            Level::Critical => {
                "D distinguishes real from generated without error, and G no longer learns from it"
            }
        };
        Some(AlarmSeen {
            name: "d_collapse",
            level,
            text: format!(
                "{} over the last 100 steps is {smoothed:.4}{balance}: {meaning}",
                self.metric
            ),
            advice: "a slower D (`lr d /2`) or an objective that survives a strong critic (`loss wgan-gp`) may help",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::objectives::GAN;
    use crate::protocol::Stat;

    fn fresh() -> DiscriminatorCollapse {
        DiscriminatorCollapse::of(&GAN.info()).unwrap_or_default()
    }

    fn feed(alarm: &mut DiscriminatorCollapse, loss: f64, windows: usize) -> Vec<AlarmSeen> {
        let metrics = Metrics::from([("d_loss".to_owned(), Stat::of(loss))]);
        (0..windows)
            .filter_map(|_| alarm.observe(&metrics, 10, &HealthLimits::default()))
            .collect()
    }

    #[test]
    fn a_loss_at_balance_or_a_short_dip_is_not_an_alarm() {
        let mut alarm = fresh();
        assert!(feed(&mut alarm, 0.69, 100).is_empty());
        assert!(feed(&mut alarm, 0.0, 5).is_empty());
        assert!(feed(&mut alarm, 0.69, 100).is_empty());
    }

    #[test]
    fn a_falling_loss_warns_and_is_critical_once_per_episode() {
        let mut alarm = fresh();
        assert!(feed(&mut alarm, 0.69, 20).is_empty());
        let seen = feed(&mut alarm, 0.0, 200);
        assert_eq!(
            seen.iter().map(|a| a.level).collect::<Vec<_>>(),
            [Level::Warn, Level::Critical]
        );
        assert!(seen[0].text.contains("0.09"), "{}", seen[0].text);
        assert!(feed(&mut alarm, 0.69, 100).is_empty());
        assert_eq!(feed(&mut alarm, 0.0, 200).len(), 2);
    }

    #[test]
    fn there_is_no_alarm_in_the_first_hundred_steps() {
        let mut alarm = fresh();
        assert!(feed(&mut alarm, 0.0, 9).is_empty());
        assert_eq!(feed(&mut alarm, 0.0, 1).len(), 1);
    }

    #[test]
    fn smoothing_does_not_depend_on_the_window_size() {
        let metrics = Metrics::from([("d_loss".to_owned(), Stat::of(0.3))]);
        let (mut fine, mut coarse) = (fresh(), fresh());
        for _ in 0..50 {
            let _ = fine.observe(&metrics, 1, &HealthLimits::default());
        }
        let _ = coarse.observe(&metrics, 50, &HealthLimits::default());
        assert!((fine.sum - coarse.sum).abs() < 1e-5 && (fine.weight - coarse.weight).abs() < 1e-5);
    }

    #[test]
    fn a_nan_leaves_the_state_finite() {
        let mut alarm = fresh();
        assert!(feed(&mut alarm, f64::NAN, 20).is_empty());
        assert_eq!(alarm, fresh());
    }
}
