//! Why a session ended without a finished run.

use crate::data::DataError;
use crate::record::RecordError;
use crate::train::TrainError;

/// Why a session ended without a finished run.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The dataset cannot be had.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The run directory cannot be used.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The images are not those that the run has learned from.
    #[error(
        "dataset {name} has changed since the run learned from it: found {differs}; going on would be another run. Put the \
         file back, name where it is now with --dataset, or begin a run on the new images with --fork"
    )]
    OtherData {
        /// The dataset.
        name: String,
        /// What was found, and what was expected.
        differs: String,
    },
    /// Training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The configuration cannot be written down.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// A thread could not be started.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] std::io::Error),
    /// A bug: the message of the panic, and where.
    #[error("internal error: {0}")]
    Panic(String),
}

impl SessionError {
    /// Whether what was given is at fault (exit code 2), not what happened (exit code 1).
    #[must_use]
    pub fn is_input(&self) -> bool {
        match self {
            Self::Data(error) => error.is_input(),
            Self::Record(error) => !matches!(
                error,
                RecordError::Incomplete { .. } | RecordError::TakenOver { .. }
            ),
            Self::Config(_) | Self::OtherData { .. } => true,
            Self::Train(error) => {
                matches!(error, TrainError::Setting(_) | TrainError::Device { .. })
            }
            Self::Thread(_) | Self::Panic(_) => false,
        }
    }
}
