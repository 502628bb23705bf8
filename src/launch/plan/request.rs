//! Requests and plans.

use std::path::{Path, PathBuf};

use super::start::Start;
use crate::config::{RunConfig, Sources};
use crate::protocol::Outcome;
use crate::record::{RUNS_DIR, reference};

/// A request to start or resume a run.
#[derive(Debug, Clone)]
pub struct PlanRequest {
    /// What the run starts from.
    pub from: StartFrom,
    /// The layers of the configuration.
    pub sources: Sources,
    /// The run's name and directory, if given. A resumed run keeps its own.
    pub destination: Option<Destination>,
}

/// What a run starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartFrom {
    /// A new run.
    Nothing,
    /// A checkpoint of a run, which continues: `NAME`, `DIR`, or either with `@STEP`, `@latest` or `@best`.
    Checkpoint(String),
    /// The same, as a new run.
    Fork(String),
    /// Whatever is at the destination: nothing, or a run in any state.
    WhatIsThere,
}

/// The name and the directory of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Its name.
    pub name: String,
    /// Its directory.
    pub dir: PathBuf,
}

impl Destination {
    /// The directory `dir`, whose last part is the name.
    #[must_use]
    pub fn in_dir(dir: &Path) -> Self {
        Self {
            name: reference::run_name(dir),
            dir: dir.to_owned(),
        }
    }

    /// A name under [`RUNS_DIR`].
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            dir: Path::new(RUNS_DIR).join(name),
        }
    }
}

/// What to do.
#[derive(Debug)]
pub enum Planned {
    /// Train.
    Train(Box<Plan>),
    /// The run has ended, and the same request would only lead to the same end.
    Ended {
        /// Name of the run.
        name: String,
        /// How it ended.
        outcome: Outcome,
        /// Why it ended, in words.
        reason: String,
    },
}

/// What to train.
#[derive(Debug)]
pub struct Plan {
    /// The resolved configuration.
    pub config: RunConfig,
    /// Name of the run.
    pub name: String,
    /// Its directory.
    pub dir: PathBuf,
    /// How it starts.
    pub start: Start,
    /// Whether another name with a number behind it is as good.
    pub or_next: bool,
    /// Notices about how it starts.
    pub notices: Vec<String>,
}
