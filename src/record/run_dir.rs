//! The directory of one run: made once, for one run, held by one process.
//!
//! A run owns its directory from its first file on. A directory where a start got no further than its lock and its
//! empty folders holds no run, and is used again. Files that no run has (`lost+found`, the log of a batch system) are
//! left alone.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::lock::{self, Lock, Pulse, TookOver};
use super::{RecordError, atomic, write_atomic};
use crate::files::Place;

/// The folder that holds runs by name, below the working directory.
pub const RUNS_DIR: &str = "runs";
pub(super) const LOCK: &str = "lock";
/// The configuration of a run, in its directory.
pub const CONFIG: &str = "config.toml";
/// The record of a run.
pub const EVENTS: &str = "events.jsonl";
pub(super) const CARD: &str = "card.md";
/// How a run ended.
pub const SUMMARY: &str = "summary.json";
/// The folder of a run's checkpoints.
pub const CHECKPOINTS: &str = "checkpoints";
pub(super) const SAMPLES: &str = "samples";
/// Begins the names of folders that hold what a start left that had no checkpoint yet.
pub(super) const CUT_OFF: &str = "cut-off-";

/// A run directory that this process holds. Dropped, it is unlocked; its content stays.
#[derive(Debug)]
pub struct RunDir {
    lock: Lock,
    /// The directories that were made for it, outermost first.
    made: Vec<PathBuf>,
}

impl RunDir {
    /// Makes the directory with its parents and its folders, and takes its lock.
    ///
    /// # Errors
    /// When there is a run, a live lock, or something that is not a directory; when the system refuses.
    pub fn create(path: &Path) -> Result<Self, RecordError> {
        Self::check_free(path)?;
        let dir = Self::hold(path)?;
        dir.begin()?;
        Ok(dir)
    }

    /// The same under the first of the names `path`, `path-2`, `path-3`, … that is free. Creating the directory decides:
    /// of several processes that want one name each gets a different one.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn create_next(path: &Path) -> Result<Self, RecordError> {
        let parent = path.parent().unwrap_or(Path::new(""));
        let mut made = make_all(parent)?;
        let name = path.file_name().unwrap_or_default();
        let mut number = 1_u64;
        loop {
            let mut numbered = name.to_owned();
            if number > 1 {
                numbered.push(format!("-{number}"));
            }
            let path = parent.join(numbered);
            match fs::create_dir(&path) {
                Ok(()) => {
                    made.push(path.clone());
                    let lock = lock::take(&path.join(LOCK))?;
                    let dir = Self { lock, made };
                    dir.begin()?;
                    return Ok(dir);
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                // A start that failed removed the folder of all runs.
                Err(error) if error.kind() == ErrorKind::NotFound && !parent.exists() => {
                    made.extend(make_all(parent)?);
                }
                Err(error) => return Err(RecordError::io("create", &path)(error)),
            }
        }
    }

    /// Takes the lock of the directory, whatever is in it; makes it where there is none. What is there stays as it is.
    ///
    /// # Errors
    /// When another process holds it, or the system refuses.
    pub fn hold(path: &Path) -> Result<Self, RecordError> {
        let made = make_all(path)?;
        let lock = lock::take(&path.join(LOCK)).inspect_err(|_| remove_empty(&made))?;
        Ok(Self { lock, made })
    }

    /// Takes the lock of a directory that holds a run, to resume it. What is there stays as it is.
    ///
    /// # Errors
    /// When there is no run, when it is live, or when the system refuses.
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
        let dir = Self::hold(path).map_err(RecordError::of_the_run)?;
        dir.make_folders()?;
        Ok(dir)
    }

    /// Begins a run in the directory that is held.
    ///
    /// # Errors
    /// When there is a run already, or the system refuses.
    pub fn begin(&self) -> Result<(), RecordError> {
        let path = self.path();
        // Again: until the lock was taken another process may have begun and ended there.
        require_unused(&path, &names(&path)?)?;
        self.make_folders()
    }

    /// Begins a run in place of one that was cut off before it had a checkpoint. What that left is moved into a
    /// separate folder; returns its name, if there was anything.
    ///
    /// # Errors
    /// When there is a checkpoint, or the system refuses.
    pub fn begin_again(&self) -> Result<Option<String>, RecordError> {
        let path = self.path();
        if count(&self.checkpoints()) > 0 {
            return require_unused(&path, &names(&path)?).map(|()| None);
        }
        let left: Vec<&str> = [CONFIG, EVENTS, SUMMARY, CARD, SAMPLES, CHECKPOINTS]
            .into_iter()
            .filter(|name| match *name {
                SAMPLES | CHECKPOINTS => has_entries(&path.join(name)),
                name => fs::symlink_metadata(path.join(name)).is_ok(),
            })
            .collect();
        let mut aside = None;
        if !left.is_empty() {
            let folder = self.make_aside()?;
            for name in left {
                let (from, to) = (path.join(name), folder.join(name));
                fs::rename(&from, &to).map_err(RecordError::io("put aside", &from))?;
            }
            aside = folder.file_name().map(|n| n.to_string_lossy().into_owned());
        }
        self.make_folders()?;
        self.tidy();
        Ok(aside)
    }

    /// Removes what a process that was killed had begun to write: files and locks that never got their names.
    pub fn tidy(&self) {
        self.pulse().tidy();
        atomic::tidy(&self.path());
        atomic::tidy(&self.samples());
    }

    /// A new folder for what is put aside.
    fn make_aside(&self) -> Result<PathBuf, RecordError> {
        let mut number = 1_u64;
        loop {
            let folder = self.path().join(format!("{CUT_OFF}{number}"));
            match fs::create_dir(&folder) {
                Ok(()) => return Ok(folder),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(RecordError::io("create", &folder)(error)),
            }
        }
    }

    fn make_folders(&self) -> Result<(), RecordError> {
        for folder in [self.checkpoints(), self.samples()] {
            fs::create_dir_all(&folder).map_err(RecordError::io("create", &folder))?;
        }
        Ok(())
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
        require_unused(path, &names)
    }

    /// Removes what `create` made, as far as it is still empty: for a run that did not begin.
    pub fn discard(self) {
        let folders = [self.checkpoints(), self.samples()];
        drop(self.lock);
        remove_empty(&folders);
        remove_empty(&self.made);
    }

    /// The directory, where it lies as far as is known.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.place().path()
    }

    /// Where it lies, for those who write into it: it may be moved while the run is live.
    #[must_use]
    pub fn place(&self) -> &Place {
        self.lock.pulse().place()
    }

    /// The folder of checkpoints.
    #[must_use]
    pub fn checkpoints(&self) -> PathBuf {
        self.path().join(CHECKPOINTS)
    }

    /// The folder of sample pictures.
    #[must_use]
    pub fn samples(&self) -> PathBuf {
        self.path().join(SAMPLES)
    }

    /// The file of events.
    #[must_use]
    pub fn events(&self) -> PathBuf {
        self.path().join(EVENTS)
    }

    /// The file that says how the run ended.
    #[must_use]
    pub fn summary(&self) -> PathBuf {
        self.path().join(SUMMARY)
    }

    /// The file that holds the configuration.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.path().join(CONFIG)
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

    /// Removes `summary.json` and `card.md`, because the run resumes.
    ///
    /// # Errors
    /// [`RecordError::Io`] when the system refuses.
    pub fn remove_summary(&self) -> Result<(), RecordError> {
        for path in [self.summary(), self.path().join(CARD)] {
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
        write_atomic(&self.path().join(CONFIG), text.as_bytes())
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
            return Err(not_a_directory(path));
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

/// Checks that a directory with these entries and no live lock is free for a new run: there must be nothing that a run
/// would write over. What a start leaves that got no further (a lock, empty folders) is not a run, and files that no run has are
/// ignored.
fn require_unused(path: &Path, names: &[String]) -> Result<(), RecordError> {
    let mut found: Vec<String> = [CONFIG, EVENTS, SUMMARY, CARD]
        .into_iter()
        .filter(|file| names.iter().any(|name| name == file))
        .map(str::to_owned)
        .collect();
    for (folder, one, many) in [
        (CHECKPOINTS, "checkpoint", "checkpoints"),
        (SAMPLES, "file of samples", "files of samples"),
    ] {
        match count(&path.join(folder)) {
            0 => {}
            1 => found.push(format!("1 {one}")),
            n => found.push(format!("{n} {many}")),
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    Err(RecordError::ExistingRun {
        path: path.to_path_buf(),
        found: found.join(", "),
    })
}

/// How many entries a folder has; 0 if there is no folder. What a process that was killed was about to write (its name
/// begins with a dot) does not count.
fn count(folder: &Path) -> usize {
    let is_whole = |entry: &fs::DirEntry| !entry.file_name().as_encoded_bytes().starts_with(b".");
    fs::read_dir(folder).map_or(0, |entries| entries.flatten().filter(is_whole).count())
}

/// Returns whether there is anything at all in a folder.
fn has_entries(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// Makes a directory with its parents; gives those that were not there, outermost first.
fn make_all(path: &Path) -> Result<Vec<PathBuf>, RecordError> {
    let missing = path
        .ancestors()
        .take_while(|p| !p.as_os_str().is_empty() && !p.exists());
    let mut made: Vec<PathBuf> = missing.map(Path::to_path_buf).collect();
    made.reverse();
    if !made.is_empty() {
        fs::create_dir_all(path).map_err(|error| match error.kind() {
            ErrorKind::NotADirectory | ErrorKind::AlreadyExists => not_a_directory(path),
            _ => RecordError::io("create", path)(error),
        })?;
    }
    Ok(made)
}

/// Removes directories, outermost first, as far as they are empty: what is not holds something.
fn remove_empty(dirs: &[PathBuf]) {
    for dir in dirs.iter().rev() {
        let _ = fs::remove_dir(dir);
    }
}

/// The path itself is none, or a parent that is in its way.
fn not_a_directory(path: &Path) -> RecordError {
    let is_there = |p: &&Path| fs::symlink_metadata(p).is_ok();
    let culprit = path.ancestors().find(is_there).unwrap_or(path);
    RecordError::NotADirectory {
        path: culprit.to_path_buf(),
    }
}

#[cfg(test)]
mod tests;
