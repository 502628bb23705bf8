//! What `genai-tui train` is to do: which configuration, under which name, where, and from what state.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::ZonedDateTime;

use super::run_ref::{self, RUNS_DIR};
use super::{Failure, TrainArgs};
use crate::config::{self, RunConfig};
use crate::protocol::{Body, RunOrigin};
use crate::record::{CheckpointFacts, read_events};
use crate::rules::{Progress, Rule, Watch};
use crate::session::Start;
use crate::train::{RunState, check_checkpoint, checkpoint_name};

/// What to do.
pub(super) struct Plan {
    pub config: RunConfig,
    pub name: String,
    pub dir: PathBuf,
    pub start: Start,
}

/// What the arguments ask for.
///
/// # Errors
/// When they, a configuration, or the checkpoint they name cannot be used.
pub(super) fn plan(args: &TrainArgs) -> Result<Plan, Failure> {
    let given = args.sources(std::env::vars_os());
    if let Some(run) = &args.resume {
        let (checkpoint, state) = checkpoint(run)?;
        counts(&checkpoint)?;
        let recorded = checkpoint.run_dir.join("config.toml");
        let config::Resumption {
            config,
            commands,
            added,
        } = config::resume(given, &recorded, &state.settings).map_err(Failure::input)?;
        is_its_own(&checkpoint, &state, &config)?;
        is_ahead(&config, &state)?;
        can_be_checked(&config, &state.rules, state.step)?;
        return Ok(Plan {
            config,
            // Its directory may have been renamed since.
            name: state.run,
            dir: checkpoint.run_dir,
            start: Start::Resume {
                checkpoint: checkpoint.dir,
                added,
                commands,
            },
        });
    }
    let (config, start) = if let Some(run) = &args.fork {
        let (checkpoint, state) = checkpoint(run)?;
        let recorded = checkpoint.run_dir.join("config.toml");
        let config::ForkPlan { config, afresh } =
            config::fork(given, &recorded, &state.settings).map_err(Failure::input)?;
        is_ahead(&config, &state)?;
        can_be_checked(&config, &BTreeMap::new(), state.step)?;
        let start = Start::Fork {
            checkpoint: checkpoint.dir,
            origin: RunOrigin {
                run: state.run,
                dir: checkpoint.run_dir,
                step: checkpoint.step,
            },
            afresh,
        };
        (config, start)
    } else {
        let config = config::resolve(given).map_err(Failure::input)?.config;
        (config, Start::New)
    };
    let (name, dir) = place(args, &config);
    Ok(Plan {
        config,
        name,
        dir,
        start,
    })
}

/// The checkpoint that RUN means, and its state, found to be whole.
fn checkpoint(run: &str) -> Result<(run_ref::Checkpoint, RunState), Failure> {
    let found = run_ref::resolve(run, Path::new(RUNS_DIR)).map_err(Failure::input)?;
    let state = check_checkpoint(&found.dir).map_err(|error| {
        let mut others = run_ref::steps(&found.run_dir);
        others.retain(|step| *step != found.step);
        let count = others.len();
        // Not one that would only be refused next.
        others.retain(|step| {
            let folder = found.run_dir.join("checkpoints");
            let dir = folder.join(checkpoint_name(*step));
            check_checkpoint(&dir).is_ok() && !is_taken_back(&dir, &found.run_dir)
        });
        let names: Vec<String> = others
            .iter()
            .map(|step| format!("{}@{step}", found.run))
            .collect();
        let hint = match (count, names.len()) {
            (0, _) => "the run has no other checkpoint".to_owned(),
            (_, 0) => "the run's other checkpoints do not serve either".to_owned(),
            _ => format!("others of the run: {}", names.join(", ")),
        };
        Failure::Input(anyhow::anyhow!("{error}; {hint}"))
    })?;
    Ok((found, state))
}

/// What was taken back cannot count again: the record has gone on without it.
fn counts(checkpoint: &run_ref::Checkpoint) -> Result<(), Failure> {
    if is_taken_back(&checkpoint.dir, &checkpoint.run_dir) {
        let (run, step) = (&checkpoint.run, checkpoint.step);
        return Err(Failure::Input(anyhow::anyhow!(
            "run `{run}` has gone back to before its checkpoint of step {step} and on from there, so that it counts no \
             more; `--fork {run}@{step}` begins a run from it"
        )));
    }
    Ok(())
}

/// Whether the run has gone back to before its checkpoint in `dir`.
fn is_taken_back(dir: &Path, run_dir: &Path) -> bool {
    CheckpointFacts::read(dir).is_some_and(|facts| !crate::record::counts(run_dir, &facts))
}

/// A total that lies behind the run is a mistake: the number was meant to be added.
fn is_ahead(config: &RunConfig, state: &RunState) -> Result<(), Failure> {
    match config.steps {
        Some(steps) if steps < state.step => Err(Failure::Input(anyhow::anyhow!(
            "--steps {steps}: the run is at step {} already, and steps are a total: expected a larger number",
            state.step
        ))),
        _ => Ok(()),
    }
}

/// A condition on one step that the run has behind it, and that nobody looked at then, never will be.
fn can_be_checked(
    config: &RunConfig,
    rules: &BTreeMap<String, Progress>,
    step: u64,
) -> Result<(), Failure> {
    let mut watch = Watch::new(config.fail_if.iter().cloned().map(Rule::failing));
    watch.restore(rules);
    match watch.missed(step) {
        Some(condition) => Err(Failure::Input(anyhow::anyhow!(
            "fail_if `{condition}`: the run goes on from step {step}: expected a later step"
        ))),
        None => Ok(()),
    }
}

/// A checkpoint that was put there from another run would go on with numbers that are not this run's.
fn is_its_own(
    checkpoint: &run_ref::Checkpoint,
    state: &RunState,
    config: &RunConfig,
) -> Result<(), Failure> {
    let wrong = |what: &str, found: &str, expected: &str| {
        Err(Failure::Input(anyhow::anyhow!(
            "{}: the checkpoint is of another run: expected {what} {expected}, found {found}; `--fork` begins a run from it",
            checkpoint.dir.display()
        )))
    };
    if state.seed != config.seed {
        return wrong("seed", &state.seed.to_string(), &config.seed.to_string());
    }
    if state.dataset != config.dataset {
        return wrong("dataset", &state.dataset, &config.dataset);
    }
    let first = read_events(&checkpoint.run_dir.join("events.jsonl"))
        .ok()
        .and_then(|mut events| events.next())
        .and_then(Result::ok);
    if let Some(Body::Started(info)) = first.map(|event| event.body)
        && info.name != state.run
    {
        return wrong("run", &state.run, &info.name);
    }
    Ok(())
}

/// The run's name and directory.
fn place(args: &TrainArgs, config: &RunConfig) -> (String, PathBuf) {
    if let Some(dir) = &args.run_dir {
        let name = dir
            .file_name()
            .map_or_else(|| "run".to_owned(), |n| n.to_string_lossy().into_owned());
        return (name, dir.clone());
    }
    if let Some(name) = &args.name {
        return (name.clone(), Path::new(RUNS_DIR).join(name));
    }
    let name = config::default_run_name(
        &config.objective,
        &config.dataset,
        ZonedDateTime::now().datetime(),
    );
    // Two runs may begin in one second.
    let free = (1..=99)
        .map(|i| {
            if i == 1 {
                name.clone()
            } else {
                format!("{name}-{i}")
            }
        })
        .find(|n| !Path::new(RUNS_DIR).join(n).exists())
        .unwrap_or(name);
    let dir = Path::new(RUNS_DIR).join(&free);
    (free, dir)
}
