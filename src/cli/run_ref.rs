//! RUN on the command line: a run's directory or its name under `runs/`, and which of its checkpoints is meant.

use std::fs;
use std::path::{Path, PathBuf};

/// The folder that holds runs by name, below the working directory.
pub const RUNS_DIR: &str = "runs";

/// The file that makes a checkpoint one that can be drawn from.
const GENERATOR: &str = "generator.safetensors";

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
pub enum RunRefError {
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
    /// What follows the `@` is no step.
    #[error("`{reference}`: expected a step or `latest` after the `@`, found `{found}`")]
    Step {
        /// What was given.
        reference: String,
        /// What follows the `@`.
        found: String,
    },
    /// The run has no checkpoint at all.
    #[error("run `{run}` has no checkpoint yet: found no {GENERATOR} in `{}`", dir.display())]
    NoCheckpoint {
        /// The run.
        run: String,
        /// Where checkpoints would be.
        dir: PathBuf,
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

/// Finds the checkpoint that `reference` (`NAME`, `DIR`, either with `@STEP` or `@latest`) means; `runs` holds runs by
/// name. Without a step it is the latest.
///
/// # Errors
/// When there is no such run or no such checkpoint; each says which there are.
pub fn resolve(reference: &str, runs: &Path) -> Result<Checkpoint, RunRefError> {
    // A directory may have an `@` in its name.
    if let Some(run_dir) = find(reference, runs) {
        return pick(run_dir, None);
    }
    let (name, step) = match reference.rsplit_once('@') {
        Some((name, "latest")) => (name, None),
        Some((name, step)) => {
            let wrong = || RunRefError::Step {
                reference: reference.to_owned(),
                found: step.to_owned(),
            };
            (name, Some(step.parse().map_err(|_| wrong())?))
        }
        None => (reference, None),
    };
    pick(directory(name, runs)?, step)
}

/// The directory of the run that `reference` (`NAME` or `DIR`) means; `runs` holds runs by name.
///
/// # Errors
/// When there is no such run; it says which there are.
pub fn directory(reference: &str, runs: &Path) -> Result<PathBuf, RunRefError> {
    find(reference, runs).ok_or_else(|| RunRefError::NoRun {
        found: reference.to_owned(),
        runs: runs.to_owned(),
        names: run_names(runs),
    })
}

/// The directory of the run `name`: a name under `runs`, or a path.
fn find(name: &str, runs: &Path) -> Option<PathBuf> {
    let is_run = |dir: &Path| dir.join("config.toml").is_file() || dir.join("checkpoints").is_dir();
    [runs.join(name), PathBuf::from(name)]
        .into_iter()
        .find(|dir| !name.is_empty() && is_run(dir))
}

fn pick(run_dir: PathBuf, step: Option<u64>) -> Result<Checkpoint, RunRefError> {
    let run = run_name(&run_dir);
    let dir = run_dir.join("checkpoints");
    let mut found = checkpoints(&dir);
    match step {
        None => match found.pop() {
            Some((step, dir)) => Ok(Checkpoint {
                run,
                run_dir,
                step,
                dir,
            }),
            None => Err(RunRefError::NoCheckpoint { run, dir }),
        },
        Some(_) if found.is_empty() => Err(RunRefError::NoCheckpoint { run, dir }),
        Some(step) => match found.iter().position(|(at, _)| *at == step) {
            Some(index) => Ok(Checkpoint {
                run,
                run_dir,
                step,
                dir: found.swap_remove(index).1,
            }),
            None => Err(RunRefError::NoSuchStep {
                run,
                step,
                steps: found.into_iter().map(|(at, _)| at).collect(),
            }),
        },
    }
}

/// The steps at which a run has checkpoints, ascending.
pub fn steps(run_dir: &Path) -> Vec<u64> {
    let found = checkpoints(&run_dir.join("checkpoints"));
    found.into_iter().map(|(step, _)| step).collect()
}

/// The last part of a run's directory, `.` and `..` resolved.
fn run_name(run_dir: &Path) -> String {
    let whole = fs::canonicalize(run_dir).unwrap_or_else(|_| run_dir.to_owned());
    whole.file_name().map_or_else(
        || whole.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// Every checkpoint below `dir` that has a generator, by step, ascending.
fn checkpoints(dir: &Path) -> Vec<(u64, PathBuf)> {
    let mut found: Vec<(u64, PathBuf)> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let step = entry
                .file_name()
                .to_str()?
                .strip_prefix("step-")?
                .parse()
                .ok()?;
            entry
                .path()
                .join(GENERATOR)
                .is_file()
                .then(|| (step, entry.path()))
        })
        .collect();
    found.sort();
    found
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
    let near = names
        .iter()
        .map(|name| (strsim::damerau_levenshtein(name, found), name))
        .min();
    match near.filter(|(distance, _)| *distance <= 2) {
        Some((_, name)) => format!("did you mean `{name}`?"),
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
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    /// `runs/digits` with checkpoints at steps 5, 100 and 20, and a half-written one at 999; `runs/empty` without any.
    fn runs() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for step in [5, 100, 20] {
            let dir = folder
                .path()
                .join(format!("digits/checkpoints/step-{step:08}"));
            fs::create_dir_all(&dir).unwrap();
            fs::write(dir.join(GENERATOR), "").unwrap();
        }
        fs::create_dir_all(folder.path().join("digits/checkpoints/step-00000999")).unwrap();
        fs::create_dir_all(folder.path().join("empty/checkpoints")).unwrap();
        folder
    }

    #[test]
    fn a_name_means_the_latest_whole_checkpoint() {
        let runs = runs();
        let found = resolve("digits", runs.path()).unwrap();
        assert_eq!((found.run.as_str(), found.step), ("digits", 100));
        assert_eq!(
            found.dir,
            runs.path().join("digits/checkpoints/step-00000100")
        );
        assert_eq!(resolve("digits@latest", runs.path()).unwrap(), found);
    }

    #[test]
    fn a_step_picks_a_checkpoint() {
        let runs = runs();
        assert_eq!(resolve("digits@20", runs.path()).unwrap().step, 20);
        assert_eq!(resolve("digits@00000005", runs.path()).unwrap().step, 5);
    }

    #[test]
    fn a_path_is_a_run_too_also_one_with_an_at_sign() {
        let runs = runs();
        let elsewhere = tempfile::tempdir().unwrap();
        let path = |name: &str| runs.path().join(name).display().to_string();
        assert_eq!(
            resolve(&path("digits"), elsewhere.path()).unwrap().run,
            "digits"
        );
        fs::rename(path("digits"), path("a@7")).unwrap();
        let found = resolve(&format!("{}@20", path("a@7")), elsewhere.path()).unwrap();
        assert_eq!((found.run.as_str(), found.step), ("a@7", 20));
        assert_eq!(resolve("a@7", runs.path()).unwrap().step, 100);
    }

    #[test]
    fn errors_say_what_there_is() {
        let runs = runs();
        let message = |reference: &str| resolve(reference, runs.path()).unwrap_err().to_string();
        assert!(
            message("digit").ends_with("did you mean `digits`?"),
            "{}",
            message("digit")
        );
        assert!(message("nothing-like-it").ends_with("there are: digits, empty"));
        assert!(message("digits@7").ends_with("no checkpoint at step 7, only at 5, 20, 100"));
        assert!(
            message("digits@best")
                .contains("expected a step or `latest` after the `@`, found `best`")
        );
        assert!(message("empty").starts_with("run `empty` has no checkpoint yet"));
        assert!(message("").contains("no run ``"));
        assert!(matches!(
            resolve("empty@3", runs.path()),
            Err(RunRefError::NoCheckpoint { .. })
        ));
    }

    #[test]
    fn long_lists_are_cut_in_the_middle() {
        let steps: Vec<u64> = (0..40).collect();
        let words = steps_in_words(&steps);
        assert!(
            words.starts_with("0, …, 29, 30") && words.ends_with("39 (40 in all)"),
            "{words}"
        );
    }
}
