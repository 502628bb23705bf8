//! Resolves RUN: a run's directory or its name under `runs/`, and one of its checkpoints.

use std::fs;
use std::path::{Path, PathBuf};

use super::checkpoints::{checkpoints, latest_checkpoint};
use super::run_dir::{CHECKPOINTS, CONFIG};
use super::survey::{RunFacts, Status, facts};
use crate::checkpoint::{CheckpointFacts, best};
use crate::files::Kind;
use crate::text::nearest;

/// A checkpoint of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Name of the run: the last part of its directory.
    pub run: String,
    /// The run's directory.
    pub run_dir: PathBuf,
    /// The step it was saved at.
    pub step: u64,
    /// Its own directory.
    pub dir: PathBuf,
}

/// Why a RUN names no checkpoint.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ReferenceError {
    /// There is no such run.
    #[error("no run `{found}`: expected a run's directory or a name under `{}`; {}", runs.display(), known(names, found))]
    NoRun {
        /// What was given, without the step.
        found: String,
        /// Where names are looked up.
        runs: PathBuf,
        /// The runs that exist there.
        names: Vec<String>,
    },
    /// Something else is there.
    #[error("`{}` is {found}, not a run: expected a run's directory or a name under `{}`", path.display(), runs.display())]
    NotARun {
        /// What was given, as a path.
        path: PathBuf,
        /// What is there.
        found: Kind,
        /// Where names are looked up.
        runs: PathBuf,
    },
    /// What follows the `@` is not a step.
    #[error("`{reference}`: expected a step, `latest` or `best` after the `@`, found `{found}`")]
    Step {
        /// What was given.
        reference: String,
        /// What follows the `@`.
        found: String,
    },
    /// The run has no checkpoint at all.
    #[error("run `{run}` has no checkpoint yet; {}", from_the_start(dir))]
    NoCheckpoint {
        /// The run.
        run: String,
        /// Where checkpoints would be.
        dir: PathBuf,
    },
    /// None of the run's checkpoints has a score.
    #[error(
        "run `{run}` has no best checkpoint: none of those at {} has a score by the metric of `checkpoint.best_by`; expected a \
         step or `latest` after the `@`",
        steps_in_words(steps)
    )]
    NoBest {
        /// The run.
        run: String,
        /// The steps it has checkpoints at, ascending.
        steps: Vec<u64>,
    },
    /// The run has no checkpoint at this step.
    #[error(
        "run `{run}` has no checkpoint at step {step}, only at {}",
        steps_in_words(steps)
    )]
    NoSuchStep {
        /// The run.
        run: String,
        /// The step.
        step: u64,
        /// The steps it has one at, ascending.
        steps: Vec<u64>,
    },
}

/// Which checkpoint of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    /// The newest that counts.
    Latest,
    /// The one with the best score.
    Best,
    /// The one of this step.
    Step(u64),
}

/// Finds the checkpoint that `reference` (`NAME`, `DIR`, either with `@STEP`, `@latest` or `@best`; or a checkpoint's own
/// folder) means; `runs` holds runs by name. Without a step it is the latest.
///
/// # Errors
/// When there is no such run or checkpoint; the message lists what exists.
pub fn resolve(reference: &str, runs: &Path) -> Result<Checkpoint, ReferenceError> {
    // A directory may have an `@` in its name.
    if let Some(run_dir) = find(reference, runs) {
        return pick(run_dir, Which::Latest);
    }
    if let Some(checkpoint) = by_folder(Path::new(reference)) {
        return Ok(checkpoint);
    }
    let (name, which) = match reference.rsplit_once('@') {
        Some((name, "latest")) => (name, Which::Latest),
        Some((name, "best")) => (name, Which::Best),
        Some((name, step)) => {
            let wrong = || ReferenceError::Step {
                reference: reference.to_owned(),
                found: step.to_owned(),
            };
            (name, Which::Step(step.parse().map_err(|_| wrong())?))
        }
        None => (reference, Which::Latest),
    };
    pick(directory(name, runs)?, which)
}

/// The directory of the run that `reference` (`NAME` or `DIR`) means; `runs` holds runs by name.
///
/// # Errors
/// When there is no such run; the message lists what exists.
pub fn directory(reference: &str, runs: &Path) -> Result<PathBuf, ReferenceError> {
    if let Some(run_dir) = find(reference, runs) {
        return Ok(run_dir);
    }
    let path = Path::new(reference);
    Err(match Kind::of(path) {
        Ok(found) => ReferenceError::NotARun {
            path: path.to_owned(),
            found,
            runs: runs.to_owned(),
        },
        Err(_) => ReferenceError::NoRun {
            found: reference.to_owned(),
            runs: runs.to_owned(),
            names: run_names(runs),
        },
    })
}

/// What to do without a checkpoint to resume from.
fn from_the_start(checkpoints: &Path) -> String {
    let config = checkpoints.with_file_name(CONFIG);
    let run_dir = checkpoints.parent().unwrap_or(checkpoints);
    let known = facts(run_dir);
    let is_live = |run: &RunFacts| matches!(run.status, Status::Live { .. });
    if let Some(program) = known.as_ref().and_then(|run| run.program.as_ref()) {
        format!(
            "its trainer is another program (`{}`), whose checkpoints are its own",
            program.join(" ")
        )
    } else if known.as_ref().is_some_and(is_live) {
        format!(
            "it is training; `genai-tui attach {}` shows it",
            run_dir.display()
        )
    } else if config.is_file() {
        let config = config.display();
        format!("`genai-tui --config {config}` starts such a run from the beginning")
    } else {
        "it ended before its data was loaded and cannot be restarted".to_owned()
    }
}

/// The directory of the run `name`: a name under `runs`, or a path.
fn find(name: &str, runs: &Path) -> Option<PathBuf> {
    let is_run = |dir: &Path| dir.join(CONFIG).is_file() || dir.join(CHECKPOINTS).is_dir();
    [runs.join(name), PathBuf::from(name)]
        .into_iter()
        .find(|dir| !name.is_empty() && is_run(dir))
}

/// The checkpoint whose folder this is, in a run's folder of checkpoints.
fn by_folder(dir: &Path) -> Option<Checkpoint> {
    let facts = CheckpointFacts::read(dir)?;
    let run_dir_of = |dir: &Path| {
        let folder = dir.parent().filter(|p| p.ends_with(CHECKPOINTS))?;
        let run_dir = folder.parent()?;
        (!run_dir.as_os_str().is_empty()).then(|| run_dir.to_owned())
    };
    let run_dir = run_dir_of(dir).or_else(|| run_dir_of(&fs::canonicalize(dir).ok()?))?;
    Some(Checkpoint {
        run: run_name(&run_dir),
        run_dir,
        step: facts.step,
        dir: facts.dir,
    })
}

fn pick(run_dir: PathBuf, which: Which) -> Result<Checkpoint, ReferenceError> {
    let run = run_name(&run_dir);
    let dir = run_dir.join(CHECKPOINTS);
    let found = checkpoints(&dir);
    if found.is_empty() {
        return Err(ReferenceError::NoCheckpoint { run, dir });
    }
    let chosen = match which {
        Which::Latest => latest_checkpoint(&run_dir),
        Which::Best => best(&found).cloned(),
        Which::Step(step) => found.iter().find(|c| c.step == step).cloned(),
    };
    match (chosen, which) {
        (Some(CheckpointFacts { step, dir, .. }), _) => Ok(Checkpoint {
            run,
            run_dir,
            step,
            dir,
        }),
        // Removed this moment.
        (None, Which::Latest) => Err(ReferenceError::NoCheckpoint { run, dir }),
        (None, Which::Best) => Err(ReferenceError::NoBest {
            run,
            steps: ascending(&found),
        }),
        (None, Which::Step(step)) => Err(ReferenceError::NoSuchStep {
            run,
            step,
            steps: ascending(&found),
        }),
    }
}

/// The steps at which a run has checkpoints, ascending.
#[must_use]
pub fn steps(run_dir: &Path) -> Vec<u64> {
    ascending(&checkpoints(&run_dir.join(CHECKPOINTS)))
}

fn ascending(found: &[CheckpointFacts]) -> Vec<u64> {
    let mut steps: Vec<u64> = found.iter().map(|c| c.step).collect();
    steps.sort_unstable();
    steps
}

/// The last part of a run's directory, `.` and `..` resolved.
#[must_use]
pub fn run_name(run_dir: &Path) -> String {
    // A path that does not exist yet has no links to follow.
    let whole = fs::canonicalize(run_dir)
        .or_else(|_| std::path::absolute(run_dir))
        .unwrap_or_else(|_| run_dir.to_owned());
    whole.file_name().map_or_else(
        || whole.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn run_names(runs: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(runs)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

fn known(names: &[String], found: &str) -> String {
    if names.is_empty() {
        return "there is no run yet".to_owned();
    }
    match nearest(found, names.iter().map(String::as_str)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("there are: {}", enumerate(names, 8)),
    }
}

fn steps_in_words(steps: &[u64]) -> String {
    let steps: Vec<String> = steps.iter().map(u64::to_string).collect();
    enumerate(&steps, 12)
}

/// "a, b, c", or with more than `limit` "a, …, y, z (40 in all)".
fn enumerate(items: &[String], limit: usize) -> String {
    match items {
        [first, rest @ ..] if items.len() > limit => {
            let last = &rest[rest.len().saturating_sub(limit - 1)..];
            format!("{first}, …, {} ({} in all)", last.join(", "), items.len())
        }
        _ => items.join(", "),
    }
}

#[cfg(test)]
mod tests;
