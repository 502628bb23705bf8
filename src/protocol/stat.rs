//! Values of metrics over windows of steps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::number;

/// Metric values of one window of steps, by metric name.
pub type Metrics = BTreeMap<String, Stat>;

/// Adds the metrics of a later window to those of an earlier one.
pub fn merge_metrics(known: &mut Metrics, later: &Metrics) {
    for (name, stat) in later {
        known
            .entry(name.clone())
            .and_modify(|known| known.merge(stat))
            .or_insert(*stat);
    }
}

/// What is kept of a metric over a window of observations: merging two never loses an extreme.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Stat {
    /// Number of observations.
    pub count: u64,
    /// Smallest observation; NaN if any observation was NaN.
    #[serde(with = "number")]
    pub min: f64,
    /// Arithmetic mean.
    #[serde(with = "number")]
    pub mean: f64,
    /// Largest observation; NaN if any observation was NaN.
    #[serde(with = "number")]
    pub max: f64,
    /// The newest observation.
    #[serde(with = "number")]
    pub last: f64,
}

impl Stat {
    /// A window of one observation.
    #[must_use]
    pub fn of(value: f64) -> Self {
        Self {
            count: 1,
            min: value,
            mean: value,
            max: value,
            last: value,
        }
    }

    /// Adds one observation that came after all others.
    pub fn push(&mut self, value: f64) {
        self.merge(&Self::of(value));
    }

    /// Joins a window that came after this one.
    pub fn merge(&mut self, later: &Self) {
        let total = self.count + later.count;
        if total == 0 {
            return;
        }
        // f64::min and max drop NaN; a NaN that happened must stay visible.
        let pick = |a: f64, b: f64, f: fn(f64, f64) -> f64| {
            if a.is_nan() || b.is_nan() {
                f64::NAN
            } else {
                f(a, b)
            }
        };
        self.min = pick(self.min, later.min, f64::min);
        self.max = pick(self.max, later.max, f64::max);
        self.mean = joint_mean(self.mean, later.mean, later.count as f64 / total as f64);
        self.last = later.last;
        self.count = total;
    }
}

/// The mean of numbers whose mean is `mean`, and of others, whose mean is `other` and which are this share of all.
pub(crate) fn joint_mean(mean: f64, other: f64, share: f64) -> f64 {
    let by = other - mean;
    // The difference of two numbers may be larger than any number; their mean is not.
    if by.is_infinite() && mean.is_finite() && other.is_finite() {
        mean * (1.0 - share) + other * share
    } else {
        mean + by * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_huge_numbers_is_a_number() {
        let mut stat = Stat::of(1e308);
        stat.merge(&Stat::of(-1e308));
        assert!(stat.mean.abs() < 1e293, "{}", stat.mean);
    }

    #[test]
    fn merging_keeps_extremes_and_the_mean() {
        let mut stat = Stat::of(1.0);
        for value in [5.0, -3.0, 2.0] {
            stat.push(value);
        }
        assert_eq!(
            (stat.count, stat.min, stat.max, stat.last),
            (4, -3.0, 5.0, 2.0)
        );
        assert!((stat.mean - 1.25).abs() < 1e-12);
    }

    #[test]
    fn a_nan_is_never_hidden_by_what_follows() {
        let mut stat = Stat::of(f64::NAN);
        stat.push(1.0);
        assert!(stat.min.is_nan() && stat.max.is_nan());
        assert!((stat.last - 1.0).abs() < f64::EPSILON);
        let json = serde_json::to_string(&stat).unwrap_or_default();
        assert!(json.contains("\"min\":\"NaN\""), "{json}");
        let back: Stat = serde_json::from_str(&json).unwrap_or(Stat::of(0.0));
        assert!(back.min.is_nan());
    }
}
