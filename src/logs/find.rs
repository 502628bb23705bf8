//! Which logs there are below a path. Formats are told apart by the content of files; a name is at most a hint.

use std::collections::HashSet;
use std::fs::{self, DirEntry};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::about::Format;
use super::csv::{self, Csv};
use super::error::LogError;
use super::json_lines::{self, JsonLines};
use super::own::{self, Own};
use super::source::Source;
use super::tail;
use super::tensorboard::{self, Sort, TensorBoard, Trials};
use super::trainer_state::{self, TrainerState};
use super::wandb::{self, Wandb};
use crate::files::{self, Identity, Kind};
use crate::record::{self, Belongings, EVENTS};

/// How deep below the path logs are looked for.
const DEPTH: usize = 16;
/// Entries that are looked at, at most.
const ENTRIES: usize = 500_000;
/// Files of one directory that are opened to see what they are.
const OPENED: usize = 256;
/// Files that are named in the note on those that are no logs.
const NAMED: usize = 3;
/// Bytes at the beginning of a file that tell what it is.
const HEAD: u64 = 64 * 1024;

/// The same of a text whose first line is longer than that; lines of JSON may be as long as they are read at all.
const LONG_HEAD: u64 = 4 * 1024 * 1024;

/// Directories that hold no logs of runs.
const NO_LOGS: [&str; 4] = ["node_modules", "__pycache__", "site-packages", "target"];

/// What the directory of a sweep has, and where its runs lie.
const SWEEP: &str = "sweep.toml";
const SWEEP_RUNS: &str = "runs";

/// Extensions of files that are no logs: they are not opened.
const NO_LOG: [&str; 60] = [
    "png",
    "jpg",
    "jpeg",
    "gif",
    "webp",
    "bmp",
    "tif",
    "tiff",
    "svg",
    "pdf",
    "mp4",
    "avi",
    "wav",
    "mp3",
    "pt",
    "pth",
    "ckpt",
    "bin",
    "safetensors",
    "onnx",
    "npy",
    "npz",
    "h5",
    "hdf5",
    "pkl",
    "pickle",
    "idx",
    "parquet",
    "arrow",
    "feather",
    "db",
    "sqlite",
    "zip",
    "tar",
    "gz",
    "bz2",
    "xz",
    "zst",
    "whl",
    "so",
    "a",
    "o",
    "py",
    "pyc",
    "ipynb",
    "rs",
    "c",
    "cc",
    "cpp",
    "h",
    "js",
    "ts",
    "css",
    "html",
    "md",
    "yaml",
    "yml",
    "toml",
    "lock",
    "sh",
];

/// Extensions of files that are logs, which are no part of the name.
const OF_LOGS: [&str; 8] = [
    "csv", "tsv", "jsonl", "ndjson", "json", "log", "txt", "wandb",
];

/// A log that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The directory or file.
    pub path: PathBuf,
    /// Its name: the path below the place that was looked at, without what names nothing. Logs that state the name of their
    /// run have it in [`About::name`](super::About::name) once they are read.
    pub name: String,
    /// Who wrote it.
    pub format: Format,
    /// Whether the path is one event file of TensorBoard, not a directory of them.
    is_file: bool,
}

impl Found {
    /// Whether the log is one file, not a directory.
    pub(super) fn is_file(&self) -> bool {
        self.is_file
    }

    /// A run of this program in the directory `dir`, whatever lies there.
    #[must_use]
    pub fn own(dir: &Path) -> Self {
        let whole = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_path_buf());
        Self {
            path: dir.to_path_buf(),
            name: last(&whole),
            format: Format::Own,
            is_file: false,
        }
    }
}

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

/// When a log was last written to, without reading it; `None` where that is not known.
#[must_use]
pub fn touched(found: &Found) -> Option<Timestamp> {
    let newest = |files: Vec<PathBuf>| {
        let times = files.iter().filter_map(|file| fs::metadata(file).ok());
        let times = times.filter_map(|facts| facts.modified().ok());
        times.max()
    };
    let time = match found.format {
        Format::TensorBoard if !found.is_file => newest(tensorboard::files_below(&found.path)),
        Format::TrainerState if !found.is_file => newest(trainer_state::files_in(&found.path)),
        Format::Own => newest(vec![found.path.join(EVENTS)]),
        _ => newest(vec![found.path.clone()]),
    };
    Timestamp::try_from(time?).ok()
}

/// The files of a log: those that it is read from, and what else its run wrote.
#[must_use]
pub fn files(found: &Found) -> Vec<PathBuf> {
    belongings(found).files
}

/// The same, with the folders that the run made.
pub(super) fn belongings(found: &Found) -> Belongings {
    let path = &found.path;
    let files: Vec<PathBuf> = match found.format {
        Format::Own => return Belongings::of(path),
        Format::TensorBoard if !found.is_file => {
            let files = tensorboard::files_of(path).into_iter();
            files
                .filter(|file| tensorboard::is_event_file(file))
                .collect()
        }
        Format::TrainerState if !found.is_file => {
            let files = trainer_state::files_in(path).into_iter();
            files.filter(|file| file.is_file()).collect()
        }
        _ => vec![path.clone()],
    };
    Belongings {
        files,
        folders: Vec::new(),
    }
}

/// Opens a log; nothing is read yet.
#[must_use]
pub fn open(found: &Found) -> Box<dyn Source> {
    let Found {
        path,
        name,
        format,
        is_file,
    } = found;
    match format {
        Format::TensorBoard if *is_file => Box::new(TensorBoard::of_file(path, name)),
        Format::TensorBoard => Box::new(TensorBoard::of_dir(path, name)),
        Format::Own => Box::new(Own::new(path, name)),
        Format::Wandb => Box::new(Wandb::new(path, name)),
        Format::Csv => Box::new(Csv::new(path, name)),
        Format::JsonLines => Box::new(JsonLines::new(path, name)),
        Format::TrainerState => Box::new(TrainerState::new(path, name)),
    }
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

/// What a file is, by its beginning; its name counts where the beginning is damaged.
fn detect(path: &Path, head: &[u8]) -> Option<Format> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    if tensorboard::begins(head) == Some(true) {
        return Some(Format::TensorBoard);
    }
    // A file that was just made.
    if head.len() < 12 && tensorboard::is_named(&name) {
        return Some(Format::TensorBoard);
    }
    // A file with such a name that is damaged is a log that says so.
    if wandb::begins(head) || extension == "wandb" {
        return Some(Format::Wandb);
    }
    if trainer_state::begins(head) || name == trainer_state::NAME {
        return Some(Format::TrainerState);
    }
    let is_named = extension == "jsonl" || extension == "ndjson";
    if json_lines::begins(head, is_named) && !own::begins(head) {
        return Some(Format::JsonLines);
    }
    csv::begins(head, extension == "csv" || extension == "tsv").then_some(Format::Csv)
}

fn head(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut file = files::open(path)?.take(HEAD);
    file.read_to_end(&mut head)?;
    // A table may have thousands of columns.
    let is_text = !head.contains(&0) && !head.contains(&b'\n');
    if is_text && head.len() as u64 == HEAD {
        let longest = match named(path) {
            Some(Format::JsonLines) => tail::LINE as u64 + 1,
            _ => LONG_HEAD,
        };
        file.set_limit(longest - HEAD);
        file.read_to_end(&mut head)?;
    }
    Ok(head)
}

/// What a file without a known format begins with.
fn in_words(head: &[u8]) -> String {
    if head.is_empty() {
        return "an empty file".to_owned();
    }
    match std::str::from_utf8(head.get(..32).unwrap_or(head)) {
        Ok(text) if !text.contains('\0') => {
            format!(
                "a file that begins with {:?}",
                text.lines().next().unwrap_or("")
            )
        }
        _ => format!(
            "a file that begins with the bytes {:02x?}",
            head.get(..8).unwrap_or(head)
        ),
    }
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

/// What a file is by its name alone.
fn named(path: &Path) -> Option<Format> {
    if path.ends_with(trainer_state::NAME) {
        return Some(Format::TrainerState);
    }
    let extension = path.extension()?.to_ascii_lowercase();
    match extension.to_str()? {
        "csv" | "tsv" => Some(Format::Csv),
        "jsonl" | "ndjson" => Some(Format::JsonLines),
        "wandb" => Some(Format::Wandb),
        _ => None,
    }
}

/// Whether a file is named as a log of text.
fn is_text_log(path: &Path) -> bool {
    matches!(named(path), Some(Format::Csv | Format::JsonLines))
}

fn is_no_log(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    NO_LOG.iter().any(|known| extension == *known)
}

/// The last part of a path: a directory is named by all of it.
fn last(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// The same of a file, without the extension of a log. What follows another dot is part of the name.
fn stem(path: &Path) -> String {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    match path.file_stem() {
        Some(stem) if OF_LOGS.iter().any(|known| extension == *known) => {
            stem.to_string_lossy().into_owned()
        }
        _ => last(path),
    }
}

/// Names the logs of a directory: a directory by its path below `top`; a file by the directory that it is in, and by its own name if
/// that has several.
fn name(mut runs: Vec<Found>, top: &Path, trials: &mut Trials) -> Vec<Found> {
    let files = runs.iter().filter(|run| run.is_file).count();
    let stems: Vec<String> = runs.iter().map(|run| stem(&run.path)).collect();
    for run in &mut runs {
        // Of two files that are named alike, the extension tells which is which.
        let alike = stems.iter().filter(|other| **other == stem(&run.path));
        let own = if alike.count() > 1 {
            last(&run.path)
        } else {
            stem(&run.path)
        };
        let dir = if run.is_file {
            files::folder_of(&run.path)
        } else {
            &run.path
        };
        // The time of a trial says nothing.
        let is_trial = run.format == Format::TensorBoard;
        let number = is_trial.then(|| trials.number(dir)).flatten();
        let dir = match number {
            Some(number) => dir.with_file_name(format!("trial {number}")),
            None => dir.to_path_buf(),
        };
        let below = dir.strip_prefix(top).unwrap_or(&dir).display().to_string();
        let is_alone = !run.is_file || files == 1;
        run.name = match (below.as_str(), is_alone) {
            ("", true) => last(&fs::canonicalize(top).unwrap_or_else(|_| top.to_path_buf())),
            ("", false) => own,
            (_, true) => below,
            (_, false) => format!("{below}/{own}"),
        };
    }
    runs
}
