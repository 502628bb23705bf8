//! Why a session ended without a finished run.

use super::engine::EngineError;
use crate::protocol::Summary;
use crate::record::RecordError;

/// Why a session ended without a finished run.
#[derive(Debug, thiserror::Error)]
pub enum SessionError<E: EngineError> {
    /// What trains failed.
    #[error(transparent)]
    Engine(Box<E>),
    /// The run directory cannot be used.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The training has ended so, and its record is not complete.
    #[error("{missing}")]
    Unrecorded {
        /// How it ended.
        summary: Box<Summary>,
        /// What is missing.
        #[source]
        missing: RecordError,
    },
    /// A thread could not be started.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] std::io::Error),
    /// A bug: the message of the panic, and where.
    #[error("internal error: {0}")]
    Panic(String),
}

impl<E: EngineError> SessionError<E> {
    /// Returns whether what was given is at fault (exit code 2), not what happened (exit code 1).
    #[must_use]
    pub fn is_input(&self) -> bool {
        match self {
            Self::Engine(error) => error.is_input(),
            Self::Record(error) => error.is_input(),
            Self::Unrecorded { .. } | Self::Thread(_) | Self::Panic(_) => false,
        }
    }
}
