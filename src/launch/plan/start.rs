//! How a run starts.

use std::path::PathBuf;

use super::data_seen::DataSeen;
use crate::protocol::{Command, RunOrigin, Timed};

/// How a run starts.
#[derive(Debug, Clone)]
pub enum Start {
    /// In a new directory.
    New,
    /// In the held directory of a run that was cut off before it had a checkpoint; what it left is moved aside.
    Anew,
    /// In the directory of a run, from one of its checkpoints.
    Resume {
        /// The checkpoint's folder.
        checkpoint: PathBuf,
        /// Scripted commands that were added since.
        added: Vec<Timed>,
        /// The changed settings as commands due before the first step.
        commands: Vec<Command>,
        /// The data that it has learned from, which must be the same.
        data: DataSeen,
    },
    /// In a new directory, with the state of another run's checkpoint.
    Fork {
        /// The checkpoint's folder.
        checkpoint: PathBuf,
        /// The run it is from.
        origin: RunOrigin,
        /// Whether it has its own random numbers and its own position in the data.
        afresh: bool,
        /// The data that the other run has learned from: on other data it begins afresh.
        data: DataSeen,
    },
}
