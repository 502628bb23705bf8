//! A log that was found: what it is read with, its files, when it was written to.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::about::Format;
use super::csv::Csv;
use super::json_lines::JsonLines;
use super::own::Own;
use super::source::Source;
use super::tensorboard::{self, TensorBoard};
use super::trainer_state::{self, TrainerState};
use super::wandb::Wandb;
use crate::record::{Belongings, EVENTS};

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
    pub(super) is_file: bool,
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

/// The last part of a path: a directory is named by all of it.
pub(super) fn last(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}
