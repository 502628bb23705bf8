//! The directory of one run: made once, for one run, held by one process.
//!
//! A run owns its directory from its first file on. A directory where a start got no further than its lock and its
//! empty folders holds no run, and is used again. Files that no run has (`lost+found`, the log of a batch system) are
//! nobody's business here: they are left alone.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::lock::{self, Lock, Pulse, TookOver};
use super::{RecordError, write_atomic};
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
const CUT_OFF: &str = "cut-off-";

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
    /// When there is a run, a live lock, or something that is no directory; when the system refuses.
    pub fn create(path: &Path) -> Result<Self, RecordError> {
        Self::check_free(path)?;
        let dir = Self::hold(path)?;
        dir.begin()?;
        Ok(dir)
    }

    /// The same under the first of the names `path`, `path-2`, `path-3`, … that nobody has. Making a directory decides:
    /// of several processes that want one name each gets another.
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
                // One that did not begin took the folder of all runs with it.
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
        judge(&path, &names(&path)?)?;
        self.make_folders()
    }

    /// Begins a run in place of one that was cut off before it had a checkpoint. What that left is put aside, into a
    /// folder of its own; gives its name, if there was anything.
    ///
    /// # Errors
    /// When there is a checkpoint, or the system refuses.
    pub fn begin_again(&self) -> Result<Option<String>, RecordError> {
        let path = self.path();
        if count(&self.checkpoints()) > 0 {
            return judge(&path, &names(&path)?).map(|()| None);
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
        Ok(aside)
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
        judge(path, &names)
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

    /// Where it lies, for those who write into it: it may be moved while the run goes on.
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

    /// Removes `summary.json` and `card.md`, because the run goes on.
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

/// Whether a directory with these entries and no live lock is free for a new run: there must be nothing that a run
/// would write over. What a start leaves that got no further (a lock, empty folders) is no run, and whatever no run has is
/// not looked at.
fn liveness(path: &Path, names: &[String]) -> Result<(), RecordError> {
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

/// How many entries a folder has; none where there is no folder. What a process that was killed was about to write (its name
/// begins with a dot) is none yet.
fn count(folder: &Path) -> usize {
    let is_whole = |entry: &fs::DirEntry| !entry.file_name().as_encoded_bytes().starts_with(b".");
    fs::read_dir(folder).map_or(0, |entries| entries.flatten().filter(is_whole).count())
}

/// Whether there is anything at all in a folder.
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
    fn files_that_no_run_has_are_in_nobodys_way_and_stay() {
        let root = tempfile::tempdir().unwrap();
        for file in ["slurm-1.out", ".gitkeep", ".nfs0001", "nohup.out", "notes~"] {
            fs::write(root.path().join(file), "mine").unwrap();
        }
        fs::create_dir(root.path().join("lost+found")).unwrap();
        RunDir::check_free(root.path()).unwrap();
        RunDir::create(root.path()).unwrap().discard();
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 6);
        fs::create_dir(root.path().join("samples")).unwrap();
        fs::write(root.path().join("samples/step-00000000.png"), "mine").unwrap();
        let error = refusal(root.path());
        assert!(error.contains("(found 1 file of samples)"), "{error}");
    }

    #[test]
    fn each_of_those_who_want_one_name_gets_another() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("runs/gan");
        let names: std::collections::BTreeSet<_> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| RunDir::create_next(&path).unwrap()))
                .collect();
            let dirs: Vec<_> = starts.into_iter().map(|s| s.join().unwrap()).collect();
            dirs.iter().map(RunDir::path).collect()
        });
        assert_eq!(names.len(), 8);
        assert!(names.contains(&path) && names.contains(&root.path().join("runs/gan-8")));
    }

    #[test]
    fn what_was_cut_off_is_put_aside_and_a_checkpoint_is_not() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path();
        let dir = RunDir::hold(path).unwrap();
        assert_eq!(dir.begin_again().unwrap(), None);
        for file in ["config.toml", "events.jsonl", "notes", "samples/a.png"] {
            fs::write(path.join(file), "old").unwrap();
        }
        assert!(dir.begin().is_err());
        for number in ["cut-off-1", "cut-off-2"] {
            fs::write(path.join("config.toml"), "old").unwrap();
            assert_eq!(dir.begin_again().unwrap().as_deref(), Some(number));
            dir.begin().unwrap();
        }
        assert!(path.join("cut-off-1/samples/a.png").exists() && path.join("notes").exists());
        fs::create_dir(dir.checkpoints().join("step-00000001")).unwrap();
        assert!(matches!(
            dir.begin_again(),
            Err(RecordError::ExistingRun { .. })
        ));
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
