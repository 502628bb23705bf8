//! Parameters of a session, apart from its engine.

use std::path::PathBuf;

use crate::config::SystemConfig;
use crate::record::RunDir;

/// Parameters of a session, apart from its engine.
#[derive(Debug)]
pub struct Setup {
    /// Name of the run.
    pub name: String,
    /// Its directory.
    pub dir: PathBuf,
    /// The directory, where this process holds it already.
    pub held: Option<RunDir>,
    /// What the directory is opened for.
    pub open_for: OpenFor,
    /// Warnings about how the run starts.
    pub notices: Vec<String>,
    /// Whether a person is present from the start.
    pub attended: bool,
    /// How often the machine's load is recorded, and what its energy costs.
    pub system: SystemConfig,
    /// Whether event files for TensorBoard are written next to the record.
    pub tensorboard: bool,
}

/// What a run directory is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenFor {
    /// A new run: the directory must hold none.
    New,
    /// A new run; where the name is taken, under the first that is free of that name with a number behind it.
    NextFree,
    /// A new run in place of one that was cut off before it had a checkpoint; what that left is moved aside.
    Anew,
    /// The run in it, which resumes.
    Resume,
}
