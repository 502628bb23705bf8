//! What is wrong around a run: said once, or lasting until it is resolved.

use std::mem;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::CheckpointReason;

/// Something about the run's surroundings needs attention. Programs read `trouble`; the text is for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// What was found and what can be done.
    pub text: String,
    /// The trouble that begins or ends with this; `None` if it is said once and passes.
    #[serde(flatten)]
    pub trouble: Option<TroubleChange>,
    /// Where the run's directory is from now on, where this says that it was moved.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub moved_to: Option<PathBuf>,
}

/// A trouble begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TroubleChange {
    /// Which.
    #[serde(flatten)]
    pub trouble: Trouble,
    /// Whether it is there now.
    pub state: TroubleState,
}

/// What is wrong until it is put right. Of each kind there is one at most: another of the same kind takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "trouble", rename_all = "snake_case")]
pub enum Trouble {
    /// The newest state that was to be saved is not on disk. The event's step is that of the state.
    Checkpoint {
        /// Why it was to be saved.
        reason: CheckpointReason,
    },
    /// The record is not written.
    Record,
}

/// Whether a trouble is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TroubleState {
    /// It has begun, or there is news of it.
    Open,
    /// It is over.
    Resolved,
}

impl Trouble {
    /// Its name, as in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Checkpoint { .. } => "checkpoint",
            Self::Record => "record",
        }
    }

    /// Whether this and `other` are of one kind: what resolves one resolves the other.
    #[must_use]
    pub fn is_like(self, other: Self) -> bool {
        mem::discriminant(&self) == mem::discriminant(&other)
    }
}

impl Warning {
    /// A warning that is said once and passes.
    #[must_use]
    pub fn passing(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            trouble: None,
            moved_to: None,
        }
    }

    /// The run's directory was moved, and the run continues there.
    #[must_use]
    pub fn moved(from: &Path, to: &Path) -> Self {
        Self {
            text: format!(
                "the run's directory was moved from {} to {}; the run continues there",
                from.display(),
                to.display()
            ),
            trouble: None,
            // JSON has no other paths.
            moved_to: to.to_str().map(PathBuf::from),
        }
    }

    /// A trouble has begun, or there is news of it.
    #[must_use]
    pub fn open(trouble: Trouble, text: impl Into<String>) -> Self {
        Self::of(trouble, TroubleState::Open, text.into())
    }

    /// A trouble is over.
    #[must_use]
    pub fn resolved(trouble: Trouble, text: impl Into<String>) -> Self {
        Self::of(trouble, TroubleState::Resolved, text.into())
    }

    fn of(trouble: Trouble, state: TroubleState, text: String) -> Self {
        Self {
            text,
            trouble: Some(TroubleChange { trouble, state }),
            moved_to: None,
        }
    }
}
