//! The names of logs that were found.

use std::fs;
use std::path::Path;

use super::about::Format;
use super::found::{Found, last};
use super::tensorboard::Trials;
use crate::files;

/// Extensions of files that are logs, which are no part of the name.
const OF_LOGS: [&str; 8] = [
    "csv", "tsv", "jsonl", "ndjson", "json", "log", "txt", "wandb",
];

/// The last part of the path of a file, without the extension of a log. What follows another dot is part of the name.
pub(super) fn stem(path: &Path) -> String {
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
pub(super) fn name(mut runs: Vec<Found>, top: &Path, trials: &mut Trials) -> Vec<Found> {
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
