//! How the screen was left.

use std::io;

use crate::protocol::Summary;

/// How the run stood when the screen was left, and how it was left. With neither summary nor failure, the run continues.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ended {
    /// How the run finished.
    pub summary: Option<Summary>,
    /// Why the run failed.
    pub failed: Option<String>,
    /// Whether it had begun to train.
    pub began: bool,
    /// Whether its trainer is another program.
    pub is_program: bool,
    /// How the screen was left.
    pub left: Left,
}

/// How the screen was left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Left {
    /// The run has ended, or was asked to.
    #[default]
    Closed,
    /// The user detached; the run continues.
    Detached,
    /// The terminal is gone; the run continues.
    HungUp,
    /// Back to where the screen was opened from; the run continues.
    Back,
}

/// Why the screen could not be shown.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} the terminal")]
pub struct TuiError {
    doing: &'static str,
    source: io::Error,
}

impl TuiError {
    pub(in crate::tui) fn while_doing(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self { doing, source }
    }

    /// Returns whether the terminal is gone.
    pub(in crate::tui) fn is_hangup(&self) -> bool {
        use rustix::io::Errno;
        let error = Errno::from_io_error(&self.source).unwrap_or(Errno::INVAL);
        [Errno::IO, Errno::NXIO].contains(&error)
    }
}
