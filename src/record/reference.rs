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
    let is_live = |run: RunFacts| matches!(run.status, Status::Live { .. });
    if facts(run_dir).is_some_and(is_live) {
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
    // One that is not there yet has no links to follow.
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
            fs::write(dir.join("generator.safetensors"), "").unwrap();
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

    fn state(runs: &Path, step: u64, json: &str) {
        let path = runs.join(format!("digits/checkpoints/step-{step:08}/state.json"));
        fs::write(path, json).unwrap();
    }

    #[test]
    fn the_latest_is_that_of_the_highest_branch_and_the_best_that_of_the_best_score() {
        let runs = runs();
        let score = |badness: f64| {
            format!(
                r#""saved":{{"score":{{"metric":"diversity","value":1.0,"badness":{badness}}}}}"#
            )
        };
        state(
            runs.path(),
            100,
            &format!(r#"{{"branch":0,{}}}"#, score(0.3)),
        );
        state(
            runs.path(),
            20,
            &format!(r#"{{"branch":1,{}}}"#, score(0.2)),
        );
        state(
            runs.path(),
            5,
            &format!(r#"{{"branch":0,{}}}"#, score(0.25)),
        );
        for (reference, step) in [("digits", 20), ("digits@latest", 20), ("digits@best", 20)] {
            assert_eq!(
                resolve(reference, runs.path()).unwrap().step,
                step,
                "{reference}"
            );
        }
        state(runs.path(), 5, &format!(r#"{{"branch":0,{}}}"#, score(0.1)));
        assert_eq!(resolve("digits@best", runs.path()).unwrap().step, 5);
    }

    #[test]
    fn the_folder_of_a_checkpoint_is_that_checkpoint() {
        let runs = runs();
        let run_dir = runs.path().join("digits");
        let dir = run_dir.join("checkpoints/step-00000020");
        let found = resolve(&dir.display().to_string(), Path::new("/nowhere")).unwrap();
        let expected = Checkpoint {
            run: "digits".to_owned(),
            run_dir,
            step: 20,
            dir,
        };
        assert_eq!(found, expected);
        // One that is only half there, and one outside of a run.
        let half = runs.path().join("digits/checkpoints/step-00000999");
        let lone = runs.path().join("step-00000001");
        fs::create_dir(&lone).unwrap();
        fs::write(lone.join("generator.safetensors"), "").unwrap();
        for path in [half, lone] {
            let error = resolve(&path.display().to_string(), runs.path());
            assert!(
                matches!(error, Err(ReferenceError::NoRun { .. })),
                "{error:?}"
            );
        }
    }

    #[test]
    fn what_is_there_and_is_not_a_run_is_called_by_its_name() {
        let runs = runs();
        let file = runs.path().join("notes.txt");
        fs::write(&file, "").unwrap();
        let message = |path: &Path| {
            let resolved = resolve(&path.display().to_string(), runs.path());
            resolved.unwrap_err().to_string()
        };
        assert!(message(&file).contains("notes.txt` is a file, not a run"));
        assert!(message(Path::new("/dev/null")).contains("`/dev/null` is a device, not a run"));
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
            message("digits@first")
                .contains("expected a step, `latest` or `best` after the `@`, found `first`")
        );
        let error = message("digits@best");
        assert!(
            error.starts_with("run `digits` has no best checkpoint: none of those at 5, 20, 100"),
            "{error}"
        );
        assert!(message("empty@best").starts_with("run `empty` has no checkpoint yet"));
        assert!(message("empty").starts_with("run `empty` has no checkpoint yet"));
        assert!(message("").contains("no run ``"));
        assert!(matches!(
            resolve("empty@3", runs.path()),
            Err(ReferenceError::NoCheckpoint { .. })
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
