//! How good a checkpoint is.

use serde::{Deserialize, Serialize};

/// How good a checkpoint is by one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The metric.
    pub metric: String,
    /// Its value.
    pub value: f64,
    /// How far it is from good: the lower the better, whichever direction of the metric is good.
    pub badness: f64,
}
