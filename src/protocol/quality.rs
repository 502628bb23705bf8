//! The quality of samples, as measured by an evaluation during training.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::number;

/// The content of `evaluated`; the event's own step is that of the weights that generated the samples.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Number of samples.
    pub n: u64,
    /// The first step whose samples are among them, where they are those of several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from_step: Option<u64>,
    /// Number of held-out images that they were compared with.
    pub real: u64,
    /// What was measured, by name.
    #[serde(with = "number::map")]
    pub values: BTreeMap<String, f64>,
    /// The floor: the score of the same number of real training images; empty where that is not known.
    #[serde(
        with = "number::map",
        skip_serializing_if = "BTreeMap::is_empty",
        default
    )]
    pub floor: BTreeMap<String, f64>,
    /// Share of each class among the samples; empty where classes are not known.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub classes: Vec<f64>,
    /// Evaluations that were due since the one before and were dropped, because it was not done yet.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub dropped: u64,
    /// How long it took, in seconds.
    #[serde(with = "number")]
    pub seconds: f64,
}

impl Quality {
    /// The number of that name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<f64> {
        self.values.get(name).copied()
    }

    /// The quality of this step.
    #[must_use]
    pub fn at(&self, step: u64) -> QualityAt {
        QualityAt {
            step,
            n: self.n,
            from_step: self.from_step,
            real: self.real,
            values: self.values.clone(),
            floor: self.floor.clone(),
            classes: self.classes.clone(),
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// The quality of one step, without what depends on the clock: the content of `quality` in `summary.json`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct QualityAt {
    /// The step of the weights that generated the samples.
    pub step: u64,
    /// As [`Quality::n`].
    pub n: u64,
    /// As [`Quality::from_step`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from_step: Option<u64>,
    /// As [`Quality::real`].
    pub real: u64,
    /// As [`Quality::values`].
    #[serde(with = "number::map")]
    pub values: BTreeMap<String, f64>,
    /// As [`Quality::floor`].
    #[serde(
        with = "number::map",
        skip_serializing_if = "BTreeMap::is_empty",
        default
    )]
    pub floor: BTreeMap<String, f64>,
    /// As [`Quality::classes`].
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub classes: Vec<f64>,
}

impl QualityAt {
    /// The number of that name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<f64> {
        self.values.get(name).copied()
    }
}
