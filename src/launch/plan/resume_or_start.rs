//! `--resume-or-start`: plans for a run that may already exist, in any state, and waits for its holder first.

use std::path::Path;

use super::error::PlanError;
use super::request::{Destination, Plan, PlanRequest, Planned, StartFrom};
use super::resume;
use super::start::Start;
use crate::checkpoint::CheckpointFacts;
use crate::config::{self, RunConfig, Sources};
use crate::protocol::{Body, Command, Outcome, Recorded, Source};
use crate::record::reference::{self, Checkpoint};
use crate::record::{
    self, CONFIG, EVENTS, RUNS_DIR, RecordError, RunDir, RunFacts, SUMMARY, Status, WaitFor,
    read_events, wait_for_holder,
};
use crate::train::{RunState, check_checkpoint};

/// Locks the directory of a run that may exist, so that no other process changes what the plan depends on. Waits for a holder
/// that may be dead, and reports it through `say`.
///
/// # Errors
/// When another process holds that run, there is no run to resume, or the system refuses.
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

/// Locks the directory, unless the run in it has ended.
fn hold_or_leave(dir: &Path, say: &mut dyn FnMut(&str)) -> Result<Option<RunDir>, PlanError> {
    loop {
        wait_for_holder(dir, WaitFor::Anybody, say)?;
        // A run that has ended, perhaps meanwhile, is not touched, even if it cannot be written.
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

/// Returns whether a run ended properly and wrote its summary: a process can be killed between the last event and the
/// summary.
fn is_over(dir: &Path) -> bool {
    let ended = |run: RunFacts| matches!(run.status, Status::Finished { .. });
    dir.join(SUMMARY).is_file() && record::facts(dir).is_some_and(ended)
}

/// Plans for the run at the destination.
///
/// # Errors
/// When the configuration is that of another run, or the run cannot be resumed.
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
            // Without a checkpoint only the outcome can be compared.
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
        .map(|error| format!("{error}; the run resumes from an earlier checkpoint"))
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

/// Returns whether a run that ended has nothing left to do under this configuration.
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
        // A larger total asks for more steps.
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

/// Returns whether the same command would only lead to the same outcome again. A run stopped by a user continues,
/// because repeating the command asks for that. One stopped by its own script is complete.
fn is_final(dir: &Path, outcome: Outcome) -> bool {
    match outcome {
        Outcome::Completed | Outcome::Diverged | Outcome::FailedCondition => true,
        Outcome::Stopped => was_stopped_by_script(dir),
        Outcome::Interrupted | Outcome::Failed | Outcome::Unknown => false,
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
