//! Metrics: what an objective measures at each update, and how a viewer should read it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::number;

/// Metric values of one window of steps, by metric name.
pub type Metrics = BTreeMap<String, Stat>;

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
        self.mean += (later.mean - self.mean) * (later.count as f64 / total as f64);
        self.last = later.last;
        self.count = total;
    }
}

/// Which way a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Good {
    /// Lower is better.
    Lower,
    /// Higher is better.
    Higher,
    /// Best near the reference value: a balance of two players.
    Balance,
    /// Neither: a fact about the run, such as a learning rate.
    Neutral,
}

/// A metric as its objective declares it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricInfo {
    /// Name in events, in conditions and on the command line: `d_loss`.
    pub name: String,
    /// Short title for a legend: `D(x)`.
    pub title: String,
    /// Unit, empty for a pure number.
    pub unit: String,
    /// Which way is better.
    pub good: Good,
    /// One sentence a person can learn from.
    pub about: String,
    /// Metrics with the same panel name belong on one chart: `loss`, `scores`, `gradients`, `rates`.
    pub panel: String,
}

/// A value that means something for a metric: the equilibrium of a game, a target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// The metric it belongs to.
    pub metric: String,
    /// Where the line lies, in the metric's unit.
    pub value: f64,
    /// What it means, in a few words: `balance ln 2`.
    pub label: String,
}

/// All a viewer needs to know of an objective, so that it needs no table of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObjectiveInfo {
    /// Registry name: `wgan-gp`.
    pub name: String,
    /// Title for a person: `WGAN-GP`.
    pub title: String,
    /// One sentence about it.
    pub about: String,
    /// Its metrics, most important first. Those of the panel `loss` are the ones on the main chart.
    pub metrics: Vec<MetricInfo>,
    /// Reference lines.
    pub references: Vec<Reference>,
    /// Whether a score of D is a probability after a sigmoid (`gan`) or a plain value.
    pub score_is_probability: bool,
}

impl ObjectiveInfo {
    /// The declared metric of that name.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<&MetricInfo> {
        self.metrics.iter().find(|m| m.name == name)
    }

    /// D's score of an image, as this objective scores.
    #[must_use]
    pub fn score_text(&self, score: f32) -> String {
        if self.score_is_probability {
            format!("{score:.2}")
        } else {
            format!("{score:+.1}")
        }
    }
}

/// One line of the menu of objectives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObjectiveChoice {
    /// Registry name.
    pub name: String,
    /// Title for a person.
    pub title: String,
    /// One sentence about it.
    pub about: String,
}

#[cfg(test)]
mod tests {
    use super::*;

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
