//! How a metric is judged while a run trains: limits, what it means to be beyond them, and what may help.

use serde::{Deserialize, Serialize};

use super::HealthLimits;

/// How a metric is judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Title among the signals: `D's loss`.
    pub title: String,
    /// Meaning of a value within the limits.
    pub healthy: String,
    /// When it is too low.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub low: Option<Edge>,
    /// When it is too high.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub high: Option<Edge>,
}

/// One end of the healthy range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// Beyond this the signal needs watching.
    pub watch: Bound,
    /// Beyond this the training is failing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failing: Option<Bound>,
    /// What it means to be beyond it.
    pub meaning: String,
    /// What may help: one or several commands, in words.
    pub advice: String,
}

/// A limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Bound {
    /// A number, in the metric's unit.
    Value(f64),
    /// The setting `health.NAME` of this name.
    Setting(String),
}

impl Bound {
    /// The number; `None` for a setting that this version does not have.
    #[must_use]
    pub fn value(&self, limits: &HealthLimits) -> Option<f64> {
        match self {
            Self::Value(value) => Some(*value),
            Self::Setting(name) => limits.get(name),
        }
    }
}

impl From<f64> for Bound {
    fn from(value: f64) -> Self {
        Self::Value(value)
    }
}

impl From<&str> for Bound {
    fn from(setting: &str) -> Self {
        Self::Setting(setting.to_owned())
    }
}

impl Edge {
    /// An edge beyond which a signal needs watching.
    #[must_use]
    pub fn new(watch: impl Into<Bound>, meaning: &str, advice: &str) -> Self {
        Self {
            watch: watch.into(),
            failing: None,
            meaning: meaning.to_owned(),
            advice: advice.to_owned(),
        }
    }

    /// The same edge with a limit beyond which the training is failing.
    #[must_use]
    pub fn failing(mut self, limit: impl Into<Bound>) -> Self {
        self.failing = Some(limit.into());
        self
    }
}

impl Check {
    /// A check without limits.
    #[must_use]
    pub fn new(title: &str, healthy: &str) -> Self {
        Self {
            title: title.to_owned(),
            healthy: healthy.to_owned(),
            low: None,
            high: None,
        }
    }

    /// The edges that it has.
    pub fn edges(&mut self) -> impl Iterator<Item = &mut Edge> {
        self.low.iter_mut().chain(&mut self.high)
    }

    /// The same check with a lower edge.
    #[must_use]
    pub fn low(mut self, edge: Edge) -> Self {
        self.low = Some(edge);
        self
    }

    /// The same check with an upper edge.
    #[must_use]
    pub fn high(mut self, edge: Edge) -> Self {
        self.high = Some(edge);
        self
    }
}
