//! `--resume-or-start`: what is to be done with a run that may be there already, in any state; and whom to wait for first.

use std::io::{self, Write};
use std::path::Path;

use anyhow::anyhow;

use super::plan::{self, Plan, Todo};
use super::run_ref::{self, RUNS_DIR};
use super::{Failure, TrainArgs};
use crate::config::{self, RunConfig};
use crate::protocol::{Body, Outcome, Recorded, Source};
use crate::record::{
    self, CheckpointFacts, RecordError, RunDir, RunFacts, Status, WaitFor, read_events,
    wait_for_holder,
};
use crate::session::Start;
use crate::train::{RunState, check_checkpoint};

/// Takes the directory of a run that may be there, for the process that trains: from then on nobody else changes what is
/// planned from. Waits for a holder that may be dead, and says so on stderr.
///
/// # Errors
/// When another process is at that run, there is none to resume, or the system refuses.
pub(super) fn hold(args: &TrainArgs) -> Result<Option<RunDir>, Failure> {
    let mut say = |text: &str| {
        // Nobody reads it if even stderr is gone.
        let _ = writeln!(io::stderr(), "genai-tui: {text}");
    };
    if let Some(run) = &args.resume {
        let found = run_ref::resolve(run, Path::new(RUNS_DIR)).map_err(Failure::input)?;
        wait_for_holder(&found.run_dir, WaitFor::TheDead, &mut say).map_err(Failure::input)?;
        return RunDir::open(&found.run_dir)
            .map(Some)
            .map_err(Failure::input);
    }
    if !args.resume_or_start {
        return Ok(None);
    }
    let (_, dir) = plan::given_place(args).ok_or_else(|| {
        Failure::Input(anyhow!("--resume-or-start: expected --name or --run-dir"))
    })?;
    loop {
        wait_for_holder(&dir, WaitFor::Anybody, &mut say).map_err(Failure::input)?;
        // One that has ended, perhaps meanwhile, is left alone: also where it cannot be written.
        if is_over(&dir) {
            return Ok(None);
        }
        match RunDir::hold(&dir) {
            Ok(held) => return Ok(Some(held)),
            // Another was faster.
            Err(RecordError::InUse { .. }) => {}
            Err(error) => return Err(Failure::input(error)),
        }
    }
}

/// Whether a run ended as it should, and left its summary: a process can be killed between the last event and that.
fn is_over(dir: &Path) -> bool {
    let ended = |run: RunFacts| matches!(run.status, Status::Finished { .. });
    dir.join("summary.json").is_file() && record::facts(dir).is_some_and(ended)
}

/// What is to be done with the run in the place that is given.
///
/// # Errors
/// When the configuration given is that of another run, or what is there cannot be gone on from.
pub(super) fn plan(args: &TrainArgs, config: RunConfig) -> Result<Todo, Failure> {
    let (name, dir) = plan::given_place(args).ok_or_else(|| {
        Failure::Input(anyhow!("--resume-or-start: expected --name or --run-dir"))
    })?;
    let start = |start| {
        Ok(Todo::Train(Box::new(Plan {
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
                Ok(over(&name, outcome, &reason))
            }
            _ => start(Start::Anew),
        };
    }
    let mut damaged = Vec::new();
    let (checkpoint, state) = loop {
        let Some(newest) = checkpoints.pop() else {
            return Err(Failure::Input(anyhow!(
                "run `{name}` has no checkpoint that is whole, and is not begun again over what may be saved: {}; `genai-tui \
                 --fork RUN@STEP` needs a whole one, and another --name begins anew",
                damaged.join("; ")
            )));
        };
        match check_checkpoint(&newest.dir) {
            Ok(state) => break (newest, state),
            Err(error) => damaged.push(error.to_string()),
        }
    };
    let recorded = dir.join("config.toml");
    let given = args.sources(std::env::vars_os());
    let resumption =
        config::begin_again(given, &recorded, &state.settings).map_err(Failure::input)?;
    if let Status::Finished { outcome, reason } = &found.status
        && is_over(&dir)
        && stays(&dir, *outcome, &resumption.config, &recorded, &state)?
    {
        return Ok(over(&name, *outcome, reason));
    }
    let mut plan = plan::resumption(resumption, state, as_reference(&name, &dir, checkpoint))?;
    plan.notices = damaged
        .into_iter()
        .map(|error| format!("{error}; the run goes on from an earlier checkpoint"))
        .collect();
    Ok(Todo::Train(Box::new(plan)))
}

fn as_reference(name: &str, dir: &Path, checkpoint: CheckpointFacts) -> run_ref::Checkpoint {
    run_ref::Checkpoint {
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
) -> Result<bool, Failure> {
    let before = config::resolve(config::Sources::file(recorded)).map_err(Failure::input)?;
    let before = before.config;
    let same_end = (config.steps, config.epochs, config.max_time)
        == (before.steps, before.epochs, before.max_time);
    Ok(match outcome {
        // A larger total is a wish for more.
        Outcome::Completed => same_end || config.steps.is_some_and(|steps| steps == state.step),
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
    let events = read_events(&dir.join("events.jsonl"));
    let stops = events
        .into_iter()
        .flatten()
        .filter_map(|event| match event.ok()?.body {
            Body::Recorded(Recorded::Applied {
                source,
                command: crate::protocol::Command::Stop,
                ..
            }) => Some(source),
            _ => None,
        });
    stops.last() == Some(Source::Script)
}

fn over(name: &str, outcome: Outcome, reason: &str) -> Todo {
    let code = match outcome {
        Outcome::Diverged | Outcome::FailedCondition => 3,
        Outcome::Completed | Outcome::Stopped | Outcome::Interrupted => 0,
    };
    Todo::Nothing {
        code,
        why: format!("run `{name}` has ended already: {reason}"),
    }
}
