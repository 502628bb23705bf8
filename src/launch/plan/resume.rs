//! A run that continues from one of its checkpoints.

use super::checks;
use super::error::PlanError;
use super::request::{Plan, Planned};
use super::start::Start;
use crate::config::{self, Resumption, Sources};
use crate::record::CONFIG;
use crate::record::reference::Checkpoint;
use crate::train::RunState;

/// The run that `run` means, from the checkpoint that it means.
pub(super) fn from_checkpoint(run: &str, given: Sources) -> Result<Planned, PlanError> {
    let (checkpoint, state) = checks::checkpoint(run)?;
    checks::counts(&checkpoint)?;
    let recorded = checkpoint.run_dir.join(CONFIG);
    let resumption = config::resume(given, &recorded, &state.learner.settings)?;
    let plan = plan(resumption, state, checkpoint)?;
    Ok(Planned::Train(Box::new(plan)))
}

/// How a run continues from a checkpoint.
///
/// # Errors
/// When it cannot.
pub(super) fn plan(
    resumption: Resumption,
    state: RunState,
    checkpoint: Checkpoint,
) -> Result<Plan, PlanError> {
    let Resumption {
        config,
        commands,
        added,
    } = resumption;
    checks::is_its_own(&checkpoint, &state, &config)?;
    checks::is_ahead(&config, &state)?;
    checks::can_be_checked(&config, &state.guards.rules, state.progress.step())?;
    let mut data = checks::data_seen(&state, &checkpoint.run_dir);
    if checks::is_path(&config.dataset) {
        data.name.clone_from(&config.dataset);
        checks::is_there(&config.dataset)?;
    }
    Ok(Plan {
        config,
        // Its directory may have been renamed since.
        name: state.identity.run,
        dir: checkpoint.run_dir,
        start: Start::Resume {
            checkpoint: checkpoint.dir,
            added,
            commands,
            data,
        },
        or_next: false,
        notices: Vec::new(),
    })
}
