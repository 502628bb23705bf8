//! Why a run of another program failed.

use std::io;

use crate::record::RecordError;
use crate::session::EngineError;

/// Why a run of another program failed. That the program itself failed is an outcome, not one of these.
#[derive(Debug, thiserror::Error)]
pub enum ForeignError {
    /// The program cannot be started.
    #[error("cannot start `{program}`: {reason}")]
    Program {
        /// Its name, as given.
        program: String,
        /// Why not.
        reason: String,
    },
    /// The socket for it cannot be made.
    #[error("cannot make the socket for the program: {0}")]
    Socket(io::Error),
    /// Its output cannot be kept.
    #[error("cannot write {file}: {source}")]
    Output {
        /// The file.
        file: String,
        /// Why not.
        source: io::Error,
    },
    /// A thread cannot be started.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
    /// The run directory cannot be used.
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl EngineError for ForeignError {
    fn is_input(&self) -> bool {
        match self {
            Self::Program { .. } => true,
            Self::Record(error) => error.is_input(),
            Self::Socket(_) | Self::Output { .. } | Self::Thread(_) => false,
        }
    }
}
