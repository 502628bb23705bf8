//! Which way a metric is better.

use serde::{Deserialize, Serialize};

/// Which way a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Goal {
    /// Smaller is better.
    #[default]
    Min,
    /// Larger is better.
    Max,
}

impl Goal {
    /// A number that is smaller for better values; values that are none are the worst.
    #[must_use]
    pub fn cost(self, value: f64) -> f64 {
        match self {
            // The largest of all would be the best.
            _ if !value.is_finite() => f64::INFINITY,
            Self::Min => value,
            Self::Max => -value,
        }
    }

    /// A value that is worse than any number.
    #[must_use]
    pub fn worst(self) -> f64 {
        match self {
            Self::Min => f64::INFINITY,
            Self::Max => f64::NEG_INFINITY,
        }
    }
}
