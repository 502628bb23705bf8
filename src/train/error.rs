//! What can go wrong while training.

use std::path::PathBuf;

/// Why a trainer ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A setting names something that does not exist.
    #[error("{0}")]
    Setting(String),
    /// The device asked for cannot be used.
    #[error("device `{asked}`: {reason}")]
    Device {
        /// What the configuration said.
        asked: String,
        /// Why not, and what would work.
        reason: String,
    },
    /// A tensor operation failed.
    #[error("the training step failed: {0}")]
    Tensor(#[from] candle_core::Error),
    /// A checkpoint could not be written or read.
    #[error("{path}: {reason}")]
    Checkpoint {
        /// Which file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// The last checkpoint of a run could not be written.
    #[error("the trained weights could not be saved: {source}; {}", remains(newest.as_ref()))]
    Unsaved {
        /// Why not.
        source: Box<TrainError>,
        /// The newest checkpoint that could be, below the run directory.
        newest: Option<String>,
    },
    /// Another process trains in this run directory.
    #[error("{} was taken over by another process while this one was suspended; nothing more is written there", .0.display())]
    Lost(PathBuf),
    /// The threads that train could not be started.
    #[error("cannot start the training threads: {0}")]
    Threads(String),
}

/// What is left of a run whose end is lost.
fn remains(newest: Option<&String>) -> String {
    newest.map_or_else(
        || "there is no earlier checkpoint".to_owned(),
        |newest| format!("the newest one is {newest}: `--resume` continues from it"),
    )
}
