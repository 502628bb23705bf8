//! Whether the program waits, and whether it is to.

use crate::protocol::{Live, Metrics, State};

/// A pause that is asked for, and one that is there.
#[derive(Debug, Default)]
pub(super) struct Pause {
    is_there: bool,
    /// Whether the last word on it was to pause: a program that connects anew begins so.
    pub is_asked: bool,
    detail: String,
}

impl Pause {
    /// Whether it waits.
    pub fn is_there(&self) -> bool {
        self.is_there
    }

    /// It waits, or goes on, for this reason. Returns whether that is new.
    pub fn set(&mut self, paused: bool, detail: String) -> bool {
        self.detail = detail;
        std::mem::replace(&mut self.is_there, paused) != paused
    }

    /// This as viewers see it.
    pub fn state(&self) -> Live {
        Live::State {
            state: if self.is_there {
                State::Paused
            } else {
                State::Running
            },
            detail: self.detail.clone(),
            metrics: Metrics::new(),
        }
    }
}
