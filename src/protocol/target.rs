//! Where a run ends.

use serde::{Deserialize, Serialize};

/// Where a run ends; whichever comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Total steps.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub steps: Option<u64>,
    /// Total real images shown to D: epochs × dataset size.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub images: Option<u64>,
    /// Total seconds of training.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seconds: Option<f64>,
}

impl Target {
    /// How much of the run is done, from 0 to 1: the furthest of its limits.
    #[must_use]
    pub fn fraction(&self, step: u64, images: u64, elapsed: f64) -> f64 {
        let of = |done: f64, all: Option<f64>| all.filter(|a| *a > 0.0).map_or(0.0, |a| done / a);
        of(step as f64, self.steps.map(|s| s as f64))
            .max(of(images as f64, self.images.map(|i| i as f64)))
            .max(of(elapsed, self.seconds))
            .clamp(0.0, 1.0)
    }
}
