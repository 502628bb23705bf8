//! What to run, and where.

use std::path::PathBuf;

use crate::config::RunConfig;
use crate::protocol::{Command, DatasetInfo, RunOrigin, Timed};
use crate::record::RunDir;

/// What to run, and where.
#[derive(Debug)]
pub struct Launch {
    /// The resolved configuration.
    pub config: RunConfig,
    /// Name of the run.
    pub name: String,
    /// Its directory, which must not hold a run unless it is resumed.
    pub dir: PathBuf,
    /// The directory, where this process holds it already.
    pub held: Option<RunDir>,
    /// Whether another name with a number behind it is as good, where this one is taken.
    pub or_next: bool,
    /// Warnings about how it starts.
    pub notices: Vec<String>,
    /// How it starts.
    pub start: Start,
    /// Where to download datasets from, if not from the public mirrors.
    pub mirror: Option<String>,
    /// Whether a person is present from the start.
    pub attended: bool,
}

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

/// What is known of the training images that a run has learned from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataSeen {
    /// The name of the dataset, or its path.
    pub name: String,
    /// How many.
    pub images: Option<u64>,
    /// What tells them from any others.
    pub digest: Option<String>,
}

impl DataSeen {
    /// How `found` differs, if it does.
    pub(super) fn differs(&self, found: &DatasetInfo) -> Option<String> {
        let other = |then: Option<&String>, now: Option<&String>| {
            then.is_some() && now.is_some() && then != now
        };
        match self.images {
            Some(then) if then != found.images => {
                Some(format!("{} images, where it was {then}", found.images))
            }
            _ if other(self.digest.as_ref(), found.digest.as_ref()) => {
                Some(format!("{} other images", found.images))
            }
            _ => None,
        }
    }
}
