//! Why checkpoints are written.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a checkpoint is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckpointReason {
    /// The run began: it is removed when there is another.
    First,
    /// The interval has passed: old ones of this kind are removed.
    Interval,
    /// No state was found better before: it is removed when one is.
    Best,
    /// Someone asked: it stays.
    Request,
    /// The run ended.
    Final,
}

impl CheckpointReason {
    /// The word for it in events and in `state.json`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Interval => "interval",
            Self::Best => "best",
            Self::Request => "request",
            Self::Final => "final",
        }
    }
}

impl fmt::Display for CheckpointReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
