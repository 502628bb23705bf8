//! Whether a run is alive, or how it ended, as lists of runs and filters say it.

use std::fmt;

/// Whether a run is alive, or how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunState {
    /// It writes.
    Live,
    /// It ended as it should.
    Finished,
    /// It ended on request.
    Stopped,
    /// It ended by a signal.
    Interrupted,
    /// It ended by an error.
    Failed,
    /// It ended without a word.
    Crashed,
    /// The log does not say, and has been silent for long.
    Unknown,
}

impl RunState {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Live,
        Self::Finished,
        Self::Stopped,
        Self::Interrupted,
        Self::Failed,
        Self::Crashed,
        Self::Unknown,
    ];

    /// In filters and lists: `live`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Finished => "finished",
            Self::Stopped => "stopped",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
            Self::Crashed => "crashed",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
