//! An objective: its name, and the metrics it declares.

use serde::{Deserialize, Serialize};

use super::info::MetricInfo;
use super::role::Role;

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

impl Reference {
    /// A reference line.
    #[must_use]
    pub fn new(metric: &str, value: f64, label: &str) -> Self {
        Self {
            metric: metric.to_owned(),
            value,
            label: label.to_owned(),
        }
    }
}

/// All a viewer needs to know of an objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObjectiveInfo {
    /// Registry name: `wgan-gp`.
    pub name: String,
    /// Title for a person: `WGAN-GP`.
    pub title: String,
    /// One sentence about it.
    pub about: String,
    /// Its metrics, most important first.
    pub metrics: Vec<MetricInfo>,
    /// Reference lines.
    pub references: Vec<Reference>,
    /// Whether D's score is a probability (after a sigmoid, as with `gan`) rather than a plain value.
    pub score_is_probability: bool,
}

impl ObjectiveInfo {
    /// The declared metric of that name.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<&MetricInfo> {
        self.metrics.iter().find(|m| m.name == name)
    }

    /// The declared metric of that role.
    #[must_use]
    pub fn with_role(&self, role: Role) -> Option<&MetricInfo> {
        self.metrics.iter().find(|m| m.role == role)
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
