//! Learning rates: as the trainer acknowledged them, and in effect.

use crate::metric::Network;
use crate::protocol::{Change, LrTarget, Stat, Value};

/// A learning rate and since when it holds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rate {
    /// The value that was set.
    pub value: f64,
    /// The step after which it was set; 0 from the beginning.
    pub since: u64,
    /// The rate in effect since then, which warming up keeps below that; nothing before it was measured.
    pub in_effect: Option<Stat>,
}

/// Both networks' learning rates.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rates {
    /// The discriminator's.
    pub d: Rate,
    /// The generator's.
    pub g: Rate,
}

impl Rates {
    /// The run starts, or resumes after `step`: an unchanged rate keeps its step.
    pub(super) fn begin(&mut self, step: u64, d: f64, g: f64) {
        for (rate, value) in [(&mut self.d, d), (&mut self.g, g)] {
            if step == 0 || rate.value.total_cmp(&value).is_ne() {
                *rate = Rate::set(value, step);
            }
        }
    }

    /// A command that took effect after `step` made these changes.
    pub(super) fn applied(&mut self, step: u64, changes: &[Change]) {
        for change in changes {
            let rate = match change.key.as_str() {
                "optimizer.d.lr" => &mut self.d,
                "optimizer.g.lr" => &mut self.g,
                _ => continue,
            };
            match change.to {
                Value::Float(value) => *rate = Rate::set(value, step),
                Value::Integer(value) => *rate = Rate::set(value as f64, step),
                Value::Bool(_) | Value::Text(_) => {}
            }
        }
    }

    /// A metric was measured up to `step`. Whether it is a rate in effect, which is kept here then, unless it can only have
    /// been measured before the rate was last set.
    pub(super) fn measured(&mut self, metric: &str, step: u64, stat: Stat) -> bool {
        let Some(rate) = self.metric_mut(metric) else {
            return false;
        };
        if rate.since == 0 || step > rate.since {
            rate.in_effect = Some(stat);
        }
        true
    }

    /// The run went back: what was in effect since then is not known.
    pub(super) fn forget_measured(&mut self) {
        (self.d.in_effect, self.g.in_effect) = (None, None);
    }

    /// The rate in effect that is measured as this metric, if it is one.
    pub(super) fn in_effect(&self, metric: &str) -> Option<&Stat> {
        let rate = match metric {
            D => &self.d,
            G => &self.g,
            _ => return None,
        };
        rate.in_effect.as_ref()
    }

    fn metric_mut(&mut self, metric: &str) -> Option<&mut Rate> {
        match metric {
            D => Some(&mut self.d),
            G => Some(&mut self.g),
            _ => None,
        }
    }
}

impl Rate {
    fn set(value: f64, since: u64) -> Self {
        Self {
            value,
            since,
            in_effect: None,
        }
    }
}

/// The metric that measures D's rate in effect.
const D: &str = Network::Discriminator.learning_rate();
/// The metric that measures G's.
const G: &str = Network::Generator.learning_rate();

/// The metric that measures the rate of one network in effect.
#[must_use]
pub fn metric(target: LrTarget) -> &'static str {
    if target == LrTarget::D { D } else { G }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(key: &str, to: f64) -> Change {
        Change {
            key: key.to_owned(),
            from: Value::Float(0.0),
            to: Value::Float(to),
        }
    }

    #[test]
    fn a_measurement_from_before_a_change_is_not_the_current_rate() {
        let mut rates = Rates::default();
        rates.begin(0, 2e-4, 1e-4);
        assert!(
            rates.measured(D, 50, Stat::of(2e-4)) && !rates.measured("d_loss", 50, Stat::of(1.0))
        );
        assert_eq!(rates.in_effect(D), Some(&Stat::of(2e-4)));
        rates.applied(100, &[set("optimizer.d.lr", 5e-5)]);
        assert_eq!((rates.d.value, rates.d.since), (5e-5, 100));
        assert_eq!(rates.in_effect(D), None);
        rates.measured(D, 100, Stat::of(2e-4));
        assert_eq!(rates.in_effect(D), None);
        rates.measured(D, 101, Stat::of(5e-5));
        assert_eq!(rates.in_effect(D), Some(&Stat::of(5e-5)));
        assert_eq!(rates.g.since, 0);
    }
}
