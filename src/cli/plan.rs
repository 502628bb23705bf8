//! What `genai-tui train` is to do: which configuration, under which name, where, and from what state.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::ZonedDateTime;

use super::run_ref::{self, RUNS_DIR};
use super::{Failure, TrainArgs, again};
use crate::config::{self, Resumption, RunConfig};
use crate::protocol::{Body, Event, Recorded, RunOrigin};
use crate::record::{CheckpointFacts, read_events};
use crate::rules::{Progress, Rule, Watch};
use crate::session::{DataSeen, Start};
use crate::train::{RunState, check_checkpoint, checkpoint_name};

/// What to do.
#[derive(Debug)]
pub(super) enum Todo {
    /// Train.
    Train(Box<Plan>),
    /// The run has ended, and the same command would only come to the same end.
    Nothing {
        /// The exit code that it had.
        code: u8,
        /// What is said.
        why: String,
    },
}

/// What to train.
#[derive(Debug)]
pub(super) struct Plan {
    pub config: RunConfig,
    pub name: String,
    pub dir: PathBuf,
    pub start: Start,
    /// Whether another name with a number behind it is as good.
    pub or_next: bool,
    /// What a person should know of how it starts.
    pub notices: Vec<String>,
}

/// What the arguments ask for.
///
/// # Errors
/// When they, a configuration, or the checkpoint they name cannot be used.
pub(super) fn plan(args: &TrainArgs) -> Result<Todo, Failure> {
    let given = args.sources(std::env::vars_os());
    if let Some(run) = &args.resume {
        let (checkpoint, state) = checkpoint(run)?;
        counts(&checkpoint)?;
        let recorded = checkpoint.run_dir.join("config.toml");
        let plan = config::resume(given, &recorded, &state.settings).map_err(Failure::input)?;
        return Ok(Todo::Train(Box::new(resumption(plan, state, checkpoint)?)));
    }
    if args.resume_or_start {
        let config = config::resolve(given).map_err(Failure::input)?.config;
        return again::plan(args, config);
    }
    let (config, start) = if let Some(run) = &args.fork {
        let (checkpoint, state) = checkpoint(run)?;
        let recorded = checkpoint.run_dir.join("config.toml");
        let config::ForkPlan { config, afresh } =
            config::fork(given, &recorded, &state.settings).map_err(Failure::input)?;
        is_ahead(&config, &state)?;
        can_be_checked(&config, &BTreeMap::new(), state.step)?;
        let start = Start::Fork {
            data: data_seen(&state, &checkpoint.run_dir),
            checkpoint: checkpoint.dir,
            origin: RunOrigin {
                run: state.run,
                dir: whole(checkpoint.run_dir),
                step: checkpoint.step,
            },
            afresh,
        };
        (config, start)
    } else {
        let config = config::resolve(given).map_err(Failure::input)?.config;
        (config, Start::New)
    };
    let given = given_place(args);
    let or_next = given.is_none();
    let (name, dir) = given.unwrap_or_else(|| {
        let now = ZonedDateTime::now().datetime();
        let name = config::default_run_name(&config.objective, &config.dataset, now);
        let dir = Path::new(RUNS_DIR).join(&name);
        (name, dir)
    });
    Ok(Todo::Train(Box::new(Plan {
        config,
        name,
        dir,
        start,
        or_next,
        notices: Vec::new(),
    })))
}

/// How a run goes on from its checkpoint.
///
/// # Errors
/// When it cannot.
pub(super) fn resumption(
    plan: Resumption,
    state: RunState,
    checkpoint: run_ref::Checkpoint,
) -> Result<Plan, Failure> {
    let Resumption {
        config,
        commands,
        added,
    } = plan;
    is_its_own(&checkpoint, &state, &config)?;
    is_ahead(&config, &state)?;
    can_be_checked(&config, &state.rules, state.step)?;
    let mut data = data_seen(&state, &checkpoint.run_dir);
    if is_path(&config.dataset) {
        data.name.clone_from(&config.dataset);
        is_there(&config.dataset)?;
    }
    Ok(Plan {
        config,
        // Its directory may have been renamed since.
        name: state.run,
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

/// The images that a run has learned from. Checkpoints of earlier versions do not say; its record knows their number.
fn data_seen(state: &RunState, run_dir: &Path) -> DataSeen {
    let recorded = || match first_event(run_dir)?.body {
        Body::Recorded(Recorded::Started(info)) if info.dataset.name == state.dataset => {
            Some(info.dataset.images)
        }
        _ => None,
    };
    DataSeen {
        name: state.dataset.clone(),
        images: state.dataset_images.or_else(recorded),
        digest: state.dataset_digest.clone(),
    }
}

/// A path that was recorded is whole, as no name of a dataset is; earlier versions recorded what was written.
fn is_path(dataset: &str) -> bool {
    Path::new(dataset).is_absolute()
}

/// Without its data a run cannot go on, and its record knows where they were.
fn is_there(dataset: &str) -> Result<(), Failure> {
    if Path::new(dataset).exists() {
        return Ok(());
    }
    Err(Failure::Input(anyhow::anyhow!(
        "the run learned from {dataset}, and there is no such file now: put it back, or name where it is with --dataset"
    )))
}

fn first_event(run_dir: &Path) -> Option<Event> {
    read_events(&run_dir.join("events.jsonl"))
        .ok()?
        .next()?
        .ok()
}

/// A path that is found from anywhere.
fn whole(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
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
    // Of a file that lies elsewhere now, the content tells.
    if state.dataset != config.dataset && !is_path(&config.dataset) {
        return wrong("dataset", &state.dataset, &config.dataset);
    }
    let first = first_event(&checkpoint.run_dir);
    if let Some(Body::Recorded(Recorded::Started(info))) = first.map(|event| event.body)
        && info.name != state.run
    {
        return wrong("run", &state.run, &info.name);
    }
    Ok(())
}

/// The run's name and directory, if they are given.
pub(super) fn given_place(args: &TrainArgs) -> Option<(String, PathBuf)> {
    if let Some(dir) = &args.run_dir {
        return Some((run_ref::run_name(dir), dir.clone()));
    }
    let name = args.name.as_ref()?;
    Some((name.clone(), Path::new(RUNS_DIR).join(name)))
}
