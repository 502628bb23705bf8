//! What to do with a run that may be there already, in any state; and whom to wait for first.

use std::path::Path;

use super::error::PlanError;
use super::request::{Destination, Plan, PlanRequest, Planned, StartFrom};
use super::resume;
use crate::checkpoint::CheckpointFacts;
use crate::config::{self, RunConfig, Sources};
use crate::protocol::{Body, Command, Outcome, Recorded, Source};
use crate::record::reference::{self, Checkpoint};
use crate::record::{
    self, CONFIG, EVENTS, RUNS_DIR, RecordError, RunDir, RunFacts, SUMMARY, Status, WaitFor,
    read_events, wait_for_holder,
};
use crate::session::launch::Start;
use crate::train::{RunState, check_checkpoint};

/// Takes the directory of a run that may be there, for the process that trains: from then on no other process changes what is
/// planned from. Waits for a holder that may be dead, and `say`s so.
///
/// # Errors
/// When another process is at that run, there is none to resume, or the system refuses.
pub fn hold(request: &PlanRequest, say: &mut dyn FnMut(&str)) -> Result<Option<RunDir>, PlanError> {
    match &request.from {
        StartFrom::Checkpoint(run) => {
            let found = reference::resolve(run, Path::new(RUNS_DIR))?;
            wait_for_holder(&found.run_dir, WaitFor::TheDead, say)?;
            Ok(Some(RunDir::open(&found.run_dir)?))
        }
        StartFrom::WhatIsThere => {
            let dir = &request
                .destination
                .as_ref()
                .ok_or(PlanError::NoDestination)?
                .dir;
            hold_or_leave(dir, say)
        }
        StartFrom::Nothing | StartFrom::Fork(_) => Ok(None),
    }
}

/// Takes the directory, unless the run in it has ended.
fn hold_or_leave(dir: &Path, say: &mut dyn FnMut(&str)) -> Result<Option<RunDir>, PlanError> {
    loop {
        wait_for_holder(dir, WaitFor::Anybody, say)?;
        // One that has ended, perhaps meanwhile, is left alone: also where it cannot be written.
        if is_over(dir) {
            return Ok(None);
        }
        match RunDir::hold(dir) {
            Ok(held) => return Ok(Some(held)),
            // Another was faster.
            Err(RecordError::InUse { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whether a run ended as it should, and left its summary: a process can be killed between the last event and that.
fn is_over(dir: &Path) -> bool {
    let ended = |run: RunFacts| matches!(run.status, Status::Finished { .. });
    dir.join(SUMMARY).is_file() && record::facts(dir).is_some_and(ended)
}

/// What is to be done with the run in the place that is given.
///
/// # Errors
/// When the configuration given is that of another run, or what is there cannot be gone on from.
pub(super) fn plan(given: Sources, destination: Option<Destination>) -> Result<Planned, PlanError> {
    let config = config::resolve(given.clone())?.config;
    let Destination { name, dir } = destination.ok_or(PlanError::NoDestination)?;
    let start = |start| {
        Ok(Planned::Train(Box::new(Plan {
            config,
            name: name.clone(),
            dir: dir.clone(),
            start,
            or_next: false,
            notices: Vec::new(),
        })))
    };
    let Some(found) = record::facts(&dir) else {
        return start(Start::New);
    };
    let mut checkpoints = record::counting_checkpoints(&dir);
    if checkpoints.is_empty() {
        return match found.status {
            // Without a checkpoint there is nothing to hold it against but its outcome.
            Status::Finished { outcome, reason } if is_over(&dir) && is_final(&dir, outcome) => {
                Ok(Planned::Ended {
                    name,
                    outcome,
                    reason,
                })
            }
            _ => start(Start::Anew),
        };
    }
    let mut damaged = Vec::new();
    let (checkpoint, state) = loop {
        let Some(newest) = checkpoints.pop() else {
            return Err(PlanError::AllDamaged { run: name, damaged });
        };
        match check_checkpoint(&newest.dir) {
            Ok(state) => break (newest, state),
            Err(error) => damaged.push(error.to_string()),
        }
    };
    let recorded = dir.join(CONFIG);
    let resumption = config::begin_again(given, &recorded, &state.learner.settings)?;
    if let Status::Finished { outcome, reason } = &found.status
        && is_over(&dir)
        && stays(&dir, *outcome, &resumption.config, &recorded, &state)?
    {
        let (outcome, reason) = (*outcome, reason.clone());
        return Ok(Planned::Ended {
            name,
            outcome,
            reason,
        });
    }
    let mut plan = resume::plan(resumption, state, as_reference(&name, &dir, checkpoint))?;
    plan.notices = damaged
        .into_iter()
        .map(|error| format!("{error}; the run goes on from an earlier checkpoint"))
        .collect();
    Ok(Planned::Train(Box::new(plan)))
}

fn as_reference(name: &str, dir: &Path, checkpoint: CheckpointFacts) -> Checkpoint {
    Checkpoint {
        run: name.to_owned(),
        run_dir: dir.to_owned(),
        step: checkpoint.step,
        dir: checkpoint.dir,
    }
}

/// Whether a run that ended has nothing more to do under this configuration.
fn stays(
    dir: &Path,
    outcome: Outcome,
    config: &RunConfig,
    recorded: &Path,
    state: &RunState,
) -> Result<bool, PlanError> {
    let before = config::resolve(config::Sources::file(recorded))?;
    let before = before.config;
    let same_end = (config.steps, config.epochs, config.max_time)
        == (before.steps, before.epochs, before.max_time);
    Ok(match outcome {
        // A larger total is a wish for more.
        Outcome::Completed => {
            same_end
                || config
                    .steps
                    .is_some_and(|steps| steps == state.progress.step())
        }
        Outcome::FailedCondition => config.fail_if == before.fail_if,
        _ => is_final(dir, outcome),
    })
}

/// Whether an outcome is one that the same command would only come to again. A run that a person stopped goes on: whoever
/// gives the command again asks for it. One that stopped by its own script has done what it was to do.
fn is_final(dir: &Path, outcome: Outcome) -> bool {
    match outcome {
        Outcome::Completed | Outcome::Diverged | Outcome::FailedCondition => true,
        Outcome::Stopped => was_stopped_by_script(dir),
        Outcome::Interrupted => false,
    }
}

fn was_stopped_by_script(dir: &Path) -> bool {
    let events = read_events(&dir.join(EVENTS));
    let stops = events
        .into_iter()
        .flatten()
        .filter_map(|event| match event.ok()?.body {
            Body::Recorded(Recorded::Applied {
                source,
                command: Command::Stop,
                ..
            }) => Some(source),
            _ => None,
        });
    stops.last() == Some(Source::Script)
}
