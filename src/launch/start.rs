//! Starts a session for a plan.

use super::error::TrainingError;
use super::plan::{Plan, Start};
use super::training::Training;
use crate::record::RunDir;
use crate::session::{OpenFor, Session, SessionError, Setup, Viewer};

/// A plan, and what its session needs to know besides.
#[derive(Debug)]
pub struct Launch {
    /// What to train, and where.
    pub plan: Plan,
    /// The run directory, where this process holds it already.
    pub held: Option<RunDir>,
    /// Where to download datasets from, if not from the public mirrors.
    pub mirror: Option<String>,
    /// Whether a person is present from the start.
    pub attended: bool,
}

/// Starts the run and returns at once; data is loaded on the trainer's thread.
///
/// # Errors
/// When the run directory is taken or a thread cannot be started.
pub fn start(
    launch: Launch,
) -> Result<(Session<TrainingError>, Viewer), SessionError<TrainingError>> {
    let Launch {
        plan,
        held,
        mirror,
        attended,
    } = launch;
    let Plan {
        config,
        name,
        dir,
        start,
        or_next,
        notices,
    } = plan;
    let setup = Setup {
        name,
        dir: dir.clone(),
        held,
        open_for: match start {
            Start::Resume { .. } => OpenFor::Resume,
            Start::Anew => OpenFor::Anew,
            Start::New | Start::Fork { .. } if or_next => OpenFor::NextFree,
            Start::New | Start::Fork { .. } => OpenFor::New,
        },
        notices,
        attended,
        system: config.system.clone(),
        tensorboard: config.record.tensorboard,
    };
    let training = Training {
        config,
        start,
        dir,
        mirror,
    };
    Session::start(setup, training)
}
