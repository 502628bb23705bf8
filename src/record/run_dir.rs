//! The directory of one run: made once, for one run, held by one process.
//!
//! A run owns its directory from its first file on. A directory where a start got no further than its lock and its
//! empty folders holds no run, and is used again.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::lock::{self, Lock};
use super::{RecordError, write_atomic};

pub(super) const LOCK: &str = "lock";
pub(super) const CONFIG: &str = "config.toml";
pub(super) const EVENTS: &str = "events.jsonl";
pub(super) const SUMMARY: &str = "summary.json";
pub(super) const CHECKPOINTS: &str = "checkpoints";
const SAMPLES: &str = "samples";

/// A run directory that this process holds. Dropped, it is unlocked; its content stays.
#[derive(Debug)]
pub struct RunDir {
    path: PathBuf,
    /// Held for its drop.
    _lock: Lock,
}

impl RunDir {
    /// Makes the directory with its parents and its folders, and takes its lock.
    ///
    /// # Errors
    /// When there is a run, a live lock, files that are not a run's, or something that is no directory; when the
    /// system refuses.
    pub fn create(path: &Path) -> Result<Self, RecordError> {
        Self::check_free(path)?;
        fs::create_dir_all(path).map_err(RecordError::io("create", path))?;
        let dir = Self {
            path: path.to_path_buf(),
            _lock: lock::take(&path.join(LOCK))?,
        };
        for folder in [dir.checkpoints(), dir.samples()] {
            fs::create_dir_all(&folder).map_err(RecordError::io("create", &folder))?;
        }
        Ok(dir)
    }

    /// Whether [`RunDir::create`] would take `path`, without touching anything: for an early, clear error.
    ///
    /// # Errors
    /// Those of `create`, as far as looking can tell.
    pub fn check_free(path: &Path) -> Result<(), RecordError> {
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                // The path itself, or the parent that is in its way.
                let culprit = path.ancestors().find(|p| p.exists()).unwrap_or(path);
                return Err(RecordError::NotADirectory {
                    path: culprit.to_path_buf(),
                });
            }
            Err(error) => return Err(RecordError::io("read", path)(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            names.push(
                entry
                    .map_err(RecordError::io("read", path))?
                    .file_name()
                    .to_string_lossy()
                    .into_owned(),
            );
        }
        names.sort_unstable();
        lock::look(&path.join(LOCK))?;
        judge(path, &names)
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of checkpoints.
    #[must_use]
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join(CHECKPOINTS)
    }

    /// The folder of sample pictures.
    #[must_use]
    pub fn samples(&self) -> PathBuf {
        self.path.join(SAMPLES)
    }

    /// The file of events.
    #[must_use]
    pub fn events(&self) -> PathBuf {
        self.path.join(EVENTS)
    }

    /// The file that says how the run ended.
    #[must_use]
    pub fn summary(&self) -> PathBuf {
        self.path.join(SUMMARY)
    }

    /// Writes `config.toml`: the resolved configuration, enough to repeat the run.
    ///
    /// # Errors
    /// [`RecordError::Io`] when the system refuses.
    pub fn write_config(&self, text: &str) -> Result<(), RecordError> {
        write_atomic(&self.path.join(CONFIG), text.as_bytes())
    }
}

/// Whether a directory with these entries and no live lock is free for a new run.
fn judge(path: &Path, names: &[String]) -> Result<(), RecordError> {
    let count = |folder: &str| fs::read_dir(path.join(folder)).map_or(0, Iterator::count);
    let files = [CONFIG, EVENTS, SUMMARY]
        .into_iter()
        .filter(|file| names.iter().any(|name| name == file));
    let checkpoints = match count(CHECKPOINTS) {
        0 => None,
        1 => Some("1 checkpoint".to_owned()),
        n => Some(format!("{n} checkpoints")),
    };
    let run: Vec<String> = files.map(str::to_owned).chain(checkpoints).collect();
    if !run.is_empty() {
        return Err(RecordError::ExistingRun {
            path: path.to_path_buf(),
            found: run.join(", "),
        });
    }
    // What a start leaves that got no further.
    let is_left_over =
        |name: &str| name == LOCK || ([CHECKPOINTS, SAMPLES].contains(&name) && count(name) == 0);
    let found = match names
        .iter()
        .filter(|name| !is_left_over(name))
        .collect::<Vec<_>>()
        .as_slice()
    {
        [] => return Ok(()),
        [only] => format!("`{only}`"),
        [first, rest @ ..] => format!("`{first}` and {} more", rest.len()),
    };
    Err(RecordError::NotEmpty {
        path: path.to_path_buf(),
        found,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    fn refusal(path: &Path) -> String {
        let error = RunDir::create(path).unwrap_err().to_string();
        assert_eq!(RunDir::check_free(path).unwrap_err().to_string(), error);
        error
    }

    #[test]
    fn a_new_directory_gets_its_folders_and_is_locked_while_it_is_held() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("runs/deep/first");
        RunDir::check_free(&path).unwrap();
        assert!(!path.exists());
        let dir = RunDir::create(&path).unwrap();
        assert!(
            dir.checkpoints().is_dir() && dir.samples().is_dir() && path.join("lock").is_file()
        );
        let error = refusal(&path);
        assert!(
            error.contains("a run that is going on") && error.contains("--run-dir"),
            "{error}"
        );
        drop(dir);
        assert!(!path.join("lock").exists());
    }

    #[test]
    fn a_start_that_got_nowhere_leaves_its_directory_free() {
        let root = tempfile::tempdir().unwrap();
        drop(RunDir::create(root.path()).unwrap());
        drop(RunDir::create(root.path()).unwrap());
    }

    #[test]
    fn a_directory_with_a_run_is_refused_and_says_what_was_found() {
        let root = tempfile::tempdir().unwrap();
        let dir = RunDir::create(root.path()).unwrap();
        dir.write_config("seed = 1\n").unwrap();
        fs::create_dir(dir.checkpoints().join("step-00000001")).unwrap();
        drop(dir);
        let error = refusal(root.path());
        assert!(
            error.contains("already holds a run (found config.toml, 1 checkpoint)"),
            "{error}"
        );
        assert!(
            error.contains("--name") && error.contains("--run-dir"),
            "{error}"
        );
        assert_eq!(
            fs::read_to_string(root.path().join("config.toml")).unwrap(),
            "seed = 1\n"
        );
    }

    #[test]
    fn a_directory_with_other_files_is_refused_and_left_alone() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("thesis.tex"), "…").unwrap();
        fs::create_dir(root.path().join("zzz")).unwrap();
        let error = refusal(root.path());
        assert!(
            error.contains("holds no run (found `thesis.tex` and 1 more)"),
            "{error}"
        );
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        for path in [file.clone(), file.join("run")] {
            let error = refusal(&path);
            assert!(
                error.starts_with(&format!("{} is not a directory", file.display())),
                "{error}"
            );
        }
    }
}
