//! Learning rates as the trainer acknowledged them.

use crate::protocol::{Change, Value};

/// A learning rate and since when it holds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rate {
    /// The value.
    pub value: f64,
    /// The step after which it was set; 0 from the beginning.
    pub since: u64,
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
    /// As the run begins, or goes on after `step`: a rate that it had before holds since then.
    pub(super) fn begin(&mut self, step: u64, d: f64, g: f64) {
        for (rate, value) in [(&mut self.d, d), (&mut self.g, g)] {
            if step == 0 || rate.value.total_cmp(&value).is_ne() {
                *rate = Rate { value, since: step };
            }
        }
    }

    /// A command that took effect after `step` made these changes. Whether a rate is among them.
    pub(super) fn applied(&mut self, step: u64, changes: &[Change]) -> bool {
        let before = *self;
        for change in changes {
            let rate = match change.key.as_str() {
                "optimizer.d.lr" => &mut self.d,
                "optimizer.g.lr" => &mut self.g,
                _ => continue,
            };
            match change.to {
                Value::Float(value) => *rate = Rate { value, since: step },
                Value::Integer(value) => {
                    *rate = Rate {
                        value: value as f64,
                        since: step,
                    }
                }
                Value::Bool(_) | Value::Text(_) => {}
            }
        }
        *self != before
    }

    /// Whether `metric` is a rate in effect that, after `step`, can only have been measured before it was last set.
    pub(super) fn is_outdated(&self, metric: &str, step: u64) -> bool {
        let rate = match metric {
            "lr_d" => self.d,
            "lr_g" => self.g,
            _ => return false,
        };
        rate.since > 0 && step <= rate.since
    }
}
