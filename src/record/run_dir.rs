//! The directory of one run: made once, for one run, held by one process.
//!
//! A run owns its directory from its first file on. A directory where a start got no further than its lock and its
//! empty folders holds no run, and is used again.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::lock::{self, Lock, Pulse, TookOver};
use super::{RecordError, write_atomic};

pub(super) const LOCK: &str = "lock";
pub(super) const CONFIG: &str = "config.toml";
pub(super) const EVENTS: &str = "events.jsonl";
pub(super) const CARD: &str = "card.md";
pub(super) const SUMMARY: &str = "summary.json";
pub(super) const CHECKPOINTS: &str = "checkpoints";
pub(super) const SAMPLES: &str = "samples";
/// The folder of the socket of a process that trains, and the log of one without a terminal.
const CONTROL: &str = "control";
const HOST_LOG: &str = "host.log";

/// A run directory that this process holds. Dropped, it is unlocked; its content stays.
#[derive(Debug)]
pub struct RunDir {
    path: PathBuf,
    lock: Lock,
    /// The directories that were made for it, outermost first.
    made: Vec<PathBuf>,
}

impl RunDir {
    /// Makes the directory with its parents and its folders, and takes its lock.
    ///
    /// # Errors
    /// When there is a run, a live lock, files that are not a run's, or something that is no directory; when the
    /// system refuses.
    pub fn create(path: &Path) -> Result<Self, RecordError> {
        Self::check_free(path)?;
        let missing = path
            .ancestors()
            .take_while(|p| !p.as_os_str().is_empty() && !p.exists());
        let mut made: Vec<PathBuf> = missing.map(Path::to_path_buf).collect();
        made.reverse();
        fs::create_dir_all(path).map_err(RecordError::io("create", path))?;
        let dir = Self {
            path: path.to_path_buf(),
            lock: lock::take(&path.join(LOCK))?,
            made,
        };
        for folder in [dir.checkpoints(), dir.samples()] {
            fs::create_dir_all(&folder).map_err(RecordError::io("create", &folder))?;
        }
        Ok(dir)
    }

    /// Takes the lock of a directory that holds a run, to go on with it. What is there stays as it is.
    ///
    /// # Errors
    /// When there is no run, when it is going on, or when the system refuses.
    pub fn open(path: &Path) -> Result<Self, RecordError> {
        let names = names(path)?;
        if !names.iter().any(|name| name == CONFIG) {
            return Err(RecordError::NoRun {
                path: path.to_path_buf(),
                found: match names.as_slice() {
                    [] => "nothing".to_owned(),
                    names => some_of(names),
                },
            });
        }
        let lock = lock::take(&path.join(LOCK)).map_err(|error| match error {
            RecordError::InUse {
                path,
                holder,
                silence,
            } => RecordError::Live {
                path,
                holder,
                silence,
            },
            error => error,
        })?;
        let dir = Self {
            path: path.to_path_buf(),
            lock,
            made: Vec::new(),
        };
        for folder in [dir.checkpoints(), dir.samples()] {
            fs::create_dir_all(&folder).map_err(RecordError::io("create", &folder))?;
        }
        Ok(dir)
    }

    /// Whether [`RunDir::create`] would take `path`; leaves everything as it is: for an early, clear error.
    ///
    /// # Errors
    /// Those of `create`, as far as looking can tell.
    pub fn check_free(path: &Path) -> Result<(), RecordError> {
        let names = match names(path) {
            Err(RecordError::NoRun { .. }) => return Ok(()),
            names => names?,
        };
        lock::look(&path.join(LOCK))?;
        judge(path, &names)
    }

    /// Removes what `create` made, as far as it is still empty: for a run that did not begin.
    pub fn discard(self) {
        let folders = [self.checkpoints(), self.samples()];
        drop(self.lock);
        for folder in folders.iter().chain(self.made.iter().rev()) {
            // What is not empty holds something.
            let _ = fs::remove_dir(folder);
        }
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it still lies where it did: nothing may be written into what was put in its place.
    ///
    /// # Errors
    /// [`RecordError::Io`] that says what has become of it.
    pub fn in_place(&self) -> Result<(), RecordError> {
        self.lock.pulse().in_place()
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

    /// The file that holds the configuration.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.path.join(CONFIG)
    }

    /// Whose lock was found and taken over, if there was one: of a process that crashed, or was thought to.
    #[must_use]
    pub fn took_over(&self) -> Option<&TookOver> {
        self.lock.took_over()
    }

    /// A sign of life; the [`super::Recorder`] gives one every few seconds. Cheap enough to ask before anything that must
    /// not be written into a run that has another owner.
    ///
    /// # Errors
    /// [`RecordError::TakenOver`] when the directory belongs to another process by now: nothing may be written there any
    /// more. [`RecordError::Io`] when the system refuses: the directory is still this process's.
    pub fn beat(&self) -> Result<(), RecordError> {
        self.lock.pulse().beat()
    }

    pub(super) fn pulse(&self) -> &Pulse {
        self.lock.pulse()
    }

    /// Removes `summary.json` and `card.md`, because the run goes on.
    ///
    /// # Errors
    /// [`RecordError::Io`] when the system refuses.
    pub fn remove_summary(&self) -> Result<(), RecordError> {
        for path in [self.summary(), self.path.join(CARD)] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(RecordError::io("remove", &path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes `config.toml`: the resolved configuration, enough to repeat the run.
    ///
    /// # Errors
    /// [`RecordError::Io`] when the system refuses.
    pub fn write_config(&self, text: &str) -> Result<(), RecordError> {
        write_atomic(&self.path.join(CONFIG), text.as_bytes())
    }
}

/// What is in the directory `path`, sorted.
fn names(path: &Path) -> Result<Vec<String>, RecordError> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(RecordError::NoRun {
                path: path.to_path_buf(),
                found: "no such directory".to_owned(),
            });
        }
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            // The path itself, or the parent that is in its way.
            let culprit = path.ancestors().find(|p| p.exists()).unwrap_or(path);
            return Err(RecordError::NotADirectory {
                path: culprit.to_path_buf(),
            });
        }
        Err(error) => return Err(RecordError::io("read", path)(error)),
    };
    let names = entries.map(|entry| {
        let entry = entry.map_err(RecordError::io("read", path))?;
        Ok(entry.file_name().to_string_lossy().into_owned())
    });
    let mut names = names.collect::<Result<Vec<String>, RecordError>>()?;
    names.sort_unstable();
    Ok(names)
}

/// "`thesis.tex` and 3 more".
fn some_of<S: std::fmt::Display>(names: &[S]) -> String {
    match names {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [first, rest @ ..] => format!("`{first}` and {} more", rest.len()),
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
    let is_left_over = |name: &str| match name {
        LOCK | CONTROL | HOST_LOG => true,
        CHECKPOINTS | SAMPLES => count(name) == 0,
        _ => name.starts_with(lock::BESIDE),
    };
    let foreign: Vec<&String> = names.iter().filter(|name| !is_left_over(name)).collect();
    if foreign.is_empty() {
        return Ok(());
    }
    Err(RecordError::NotEmpty {
        path: path.to_path_buf(),
        found: some_of(&foreign),
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
    fn what_a_host_or_a_crash_leaves_at_the_start_is_no_foreign_file() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("control")).unwrap();
        for file in ["control/socket", "host.log", ".lock-x.tmp", ".lock-stale-7"] {
            fs::write(root.path().join(file), "").unwrap();
        }
        drop(RunDir::create(root.path()).unwrap());
        fs::write(root.path().join("config.toml"), "").unwrap();
        let error = refusal(root.path());
        assert!(error.contains("(found config.toml)"), "{error}");
    }

    #[test]
    fn a_run_is_opened_to_go_on_with_it_by_one_process_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a");
        let refusal = |path: &Path| RunDir::open(path).unwrap_err().to_string();
        let error = refusal(&path);
        assert!(
            error.contains("holds no run (found no such directory)"),
            "{error}"
        );
        drop(RunDir::create(&path).unwrap());
        let error = refusal(&path);
        assert!(
            error.contains("(found `checkpoints` and 1 more)"),
            "{error}"
        );
        fs::write(path.join("config.toml"), "seed = 1\n").unwrap();
        fs::write(path.join("summary.json"), "{}").unwrap();
        let dir = RunDir::open(&path).unwrap();
        assert_eq!(dir.took_over(), None);
        dir.beat().unwrap();
        let error = refusal(&path);
        assert!(
            error.contains("is going on (process ") && error.contains("`genai-tui attach`"),
            "{error}"
        );
        dir.remove_summary().unwrap();
        dir.remove_summary().unwrap();
        assert!(!dir.summary().exists() && dir.config().is_file());
        drop(dir);
        fs::write(path.join("lock"), "{").unwrap();
        let error = refusal(&path);
        assert!(error.contains("lock that cannot be read"), "{error}");
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
