//! Which logs there are below a path. Formats are told apart by the content of files; a name is at most a hint.

use std::collections::HashSet;
use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};

use super::about::Format;
use super::error::LogError;
use super::found::Found;
use super::kind::{detect, head, in_words, is_no_log, is_text_log, named};
use super::naming::{name, stem};
use super::tensorboard::{self, Sort, Trials};
use super::{own, trainer_state};
use crate::files::{self, Identity, Kind};
use crate::record;

/// How deep below the path logs are looked for.
const DEPTH: usize = 16;
/// Entries that are looked at, at most.
const ENTRIES: usize = 500_000;
/// Files of one directory that are opened to see what they are.
const OPENED: usize = 256;
/// Files that are named in the note on those that are no logs.
const NAMED: usize = 3;
/// Directories that hold no logs of runs.
const NO_LOGS: [&str; 4] = ["node_modules", "__pycache__", "site-packages", "target"];

/// What the directory of a sweep has, and where its runs lie.
const SWEEP: &str = "sweep.toml";
const SWEEP_RUNS: &str = "runs";

/// What was found below a path.
#[derive(Debug, Clone, Default)]
pub struct Finding {
    /// The logs, sorted by path.
    pub runs: Vec<Found>,
    /// What could not be looked at, in words.
    pub notes: Vec<String>,
}

/// Looks for logs: in a directory and all below it, or at one file. Links are followed; directories that lead back to
/// themselves are not. A directory that is looked at again gives the same runs, and those that came since.
///
/// # Errors
/// When there is nothing at `path`, it cannot be read, or it is a file that is no log. A directory without logs is no error.
pub fn find(path: &Path) -> Result<Finding, LogError> {
    let mut runs = Vec::new();
    let notes = find_each(path, &mut |found| {
        runs.push(found);
        true
    })?;
    runs.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Finding { runs, notes })
}

/// The same one by one: `tell` gets each log as soon as it is found, and says whether to go on. Returns what could not be looked
/// at, in words.
///
/// # Errors
/// Those of [`find()`].
pub fn find_each(
    path: &Path,
    tell: &mut dyn FnMut(Found) -> bool,
) -> Result<Vec<String>, LogError> {
    let kind = Kind::of(path).map_err(LogError::io(path))?;
    if kind != Kind::Folder {
        tell(file(path)?);
        return Ok(Vec::new());
    }
    let mut search = Search {
        top: path.to_path_buf(),
        tell,
        here: Vec::new(),
        trials: Trials::default(),
        trainers: HashSet::new(),
        notes: Vec::new(),
        strange: Vec::new(),
        entered: HashSet::new(),
        entries: 0,
        is_over: false,
    };
    search.dir(path, 0, None);
    search.conclude();
    Ok(search.notes)
}

/// The log that a file is.
fn file(path: &Path) -> Result<Found, LogError> {
    let head = head(path).map_err(LogError::io(path))?;
    if own::begins(&head) {
        return Ok(Found::own(files::folder_of(path)));
    }
    let found = |format| Found {
        path: path.to_path_buf(),
        name: stem(path),
        format,
        is_file: true,
    };
    detect(path, &head)
        .map(found)
        .ok_or_else(|| LogError::NoLog {
            path: path.to_path_buf(),
            found: in_words(&head),
        })
}

/// A search below a path.
struct Search<'a> {
    top: PathBuf,
    tell: &'a mut dyn FnMut(Found) -> bool,
    /// The logs of the directory that is looked at, which get their names together.
    here: Vec<Found>,
    /// Those that were asked about last.
    trials: Trials,
    /// Folders of checkpoints that were told.
    trainers: HashSet<PathBuf>,
    notes: Vec<String>,
    /// Files that are named as logs and are none.
    strange: Vec<PathBuf>,
    /// Directories that were entered.
    entered: HashSet<Identity>,
    entries: usize,
    /// Nobody wants to know more.
    is_over: bool,
}

impl Search<'_> {
    /// Looks at a directory and all below it; `run` is the directory of event files above it.
    fn dir(&mut self, dir: &Path, depth: usize, run: Option<&Path>) {
        match Identity::of(dir) {
            Ok(identity) if self.entered.insert(identity) => {}
            Ok(_) => return,
            Err(error) => return self.note(dir, &error),
        }
        let (dirs, run) = self.look_at(dir, run);
        let here = std::mem::take(&mut self.here);
        for found in name(here, &self.top, &mut self.trials) {
            self.is_over |= !(self.tell)(found);
        }
        if depth < DEPTH {
            for path in dirs {
                if self.is_over {
                    return;
                }
                self.dir(&path, depth + 1, run.as_deref());
            }
        }
    }

    /// Looks at the files of a directory. Returns the directories in which there may be more, and that of event files above them.
    fn look_at(&mut self, dir: &Path, run: Option<&Path>) -> (Vec<PathBuf>, Option<PathBuf>) {
        let nothing = (Vec::new(), None);
        let mut entries: Vec<DirEntry> = match fs::read_dir(dir) {
            Ok(entries) => entries.flatten().take(ENTRIES).collect(),
            Err(error) => {
                self.note(dir, &error);
                return nothing;
            }
        };
        self.entries += entries.len();
        if self.entries > ENTRIES {
            if self
                .notes
                .last()
                .is_none_or(|note| !note.starts_with("only"))
            {
                self.notes
                    .push(format!("only the first {ENTRIES} files were looked at"));
            }
            return nothing;
        }
        entries.sort_by_key(DirEntry::file_name);
        let has = |name: &str| entries.iter().any(|entry| entry.file_name() == name);
        if own::is_run(dir, &has) {
            self.add(dir, Format::Own, false);
            return nothing;
        }
        // A run that begins: it has a lock, but no record yet. What it has by now would pass for a log of another kind.
        if record::is_taken(dir) {
            return nothing;
        }
        // What else lies beside the runs of a sweep is the sweep's own.
        if has(SWEEP) {
            let runs = dir.join(SWEEP_RUNS);
            let dirs = runs.is_dir().then_some(runs);
            return (dirs.into_iter().collect(), None);
        }
        // What lies beside a file of W&B belongs to its run.
        let is_wandb = |entry: &&DirEntry| entry.path().extension().is_some_and(|e| e == "wandb");
        if let Some(file) = entries.iter().find(is_wandb)
            && let Ok(head) = head(&file.path())
            && detect(&file.path(), &head) == Some(Format::Wandb)
        {
            self.add(&file.path(), Format::Wandb, true);
            return nothing;
        }
        let is_events = |entry: &DirEntry| {
            entry
                .file_name()
                .to_str()
                .is_some_and(tensorboard::is_named)
        };
        let events = entries.iter().find(|e| is_events(e) && e.path().is_file());
        let mut run = run;
        if let Some(first) = events {
            let below = run.and_then(|run| dir.strip_prefix(run).ok());
            let sort = below.map_or(Sort::Run, |below| tensorboard::sort(below, &first.path()));
            if sort == Sort::Run && tensorboard::are_trials(dir) {
                run = None;
            } else if sort == Sort::Run {
                self.add(dir, Format::TensorBoard, false);
                run = Some(dir);
            }
        }
        let mut opened = 0;
        let mut dirs = Vec::new();
        for entry in entries {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            // W&B links to the newest of its runs.
            let is_link = name == "latest-run" && entry.file_type().is_ok_and(|t| t.is_symlink());
            if name.starts_with('.') || is_link {
                continue;
            }
            match Kind::of(&path) {
                Ok(Kind::Folder) if !NO_LOGS.contains(&name.as_str()) => dirs.push(path),
                Ok(Kind::File) if !is_events(&entry) && !is_no_log(&path) && opened < OPENED => {
                    opened += 1;
                    match head(&path) {
                        Ok(head) => match detect(&path, &head) {
                            Some(Format::TrainerState) => self.add_trainer(&path),
                            Some(format) => self.add(&path, format, true),
                            // An empty one is a log that begins.
                            None if is_text_log(&path) && !head.is_empty() => {
                                self.strange.push(path);
                            }
                            None => {}
                        },
                        // It is a row that says why, if its name says what it should be.
                        Err(error) => match named(&path) {
                            Some(Format::TrainerState) => self.add_trainer(&path),
                            Some(format) => self.add(&path, format, true),
                            None => self.note(&path, &error),
                        },
                    }
                }
                _ => {}
            }
        }
        (dirs, run.map(Path::to_path_buf))
    }

    fn add(&mut self, path: &Path, format: Format, is_file: bool) {
        self.here.push(Found {
            path: path.to_path_buf(),
            name: String::new(),
            format,
            is_file,
        });
    }

    /// The folder of the checkpoints is the run.
    fn add_trainer(&mut self, path: &Path) {
        let dir = files::folder_of(path);
        let name = dir.file_name().unwrap_or_default().to_string_lossy();
        let run = match dir.parent() {
            Some(run) if trainer_state::checkpoint(&name).is_some() && dir != self.top => run,
            _ if path.ends_with(trainer_state::NAME) => dir,
            _ => return self.add(path, Format::TrainerState, true),
        };
        if self.trainers.insert(run.to_path_buf()) {
            self.add(run, Format::TrainerState, false);
        }
    }

    /// Says which files are not listed though their names promise a log: in one note, for a folder of data may have many.
    fn conclude(&mut self) {
        let below = |path: &PathBuf| {
            let below = path.strip_prefix(&self.top).unwrap_or(path);
            format!("`{}`", below.display())
        };
        let names: Vec<String> = self.strange.iter().take(NAMED).map(below).collect();
        let (first, is) = match self.strange.len() {
            0 => return,
            1 => (names.join(""), "is no log"),
            n if n > names.len() => (
                format!("{} and {} more", names.join(", "), n - names.len()),
                "are no logs",
            ),
            _ => (names.join(", "), "are no logs"),
        };
        self.notes.push(format!(
            "{first} {is}: expected a header and numbers, or objects of JSON with numbers"
        ));
    }

    fn note(&mut self, path: &Path, error: &std::io::Error) {
        if self.notes.len() < 100 {
            let below = path.strip_prefix(&self.top).unwrap_or(path);
            self.notes
                .push(format!("cannot look at `{}`: {error}", below.display()));
        }
    }
}
