//! The directory of a sweep: which files are the sweep's own.

use std::fs;
use std::path::Path;

use crate::files;

/// The file in the directory of a sweep.
pub(super) const FILE: &str = "sweep.toml";

/// The configuration file that was given, in the directory of a sweep.
pub(super) const BASE: &str = "base.toml";

/// Whether a directory is one of a sweep.
#[must_use]
pub fn is_one(dir: &Path) -> bool {
    dir.join(FILE).is_file()
}

/// Whether a run's directory is that of a trial of a sweep.
#[must_use]
pub fn is_of_one(run: &Path) -> bool {
    let runs = run.parent().filter(|folder| folder.ends_with("runs"));
    runs.and_then(Path::parent).is_some_and(is_one)
}

/// The folders in the directory of a sweep.
const FOLDERS: [&str; 9] = [
    "trials",
    "runs",
    "claims",
    "decisions",
    "results",
    "failures",
    "jobs",
    "logs",
    "workers",
];

/// Whether a path, where something may be or not, is that of a file which the sweep in a directory reads or writes.
#[must_use]
pub fn is_own_file(dir: &Path, path: &Path) -> bool {
    let beside = || {
        let folder = fs::canonicalize(files::folder_of(path)).ok()?;
        Some(folder.join(path.file_name()?))
    };
    let whole = fs::canonicalize(path).ok().or_else(beside);
    let (Some(whole), Ok(dir)) = (whole, fs::canonicalize(dir)) else {
        return false;
    };
    whole.strip_prefix(&dir).is_ok_and(|inside| {
        let is_file = [FILE, BASE].iter().any(|name| inside == Path::new(name));
        is_file || FOLDERS.iter().any(|folder| inside.starts_with(folder))
    })
}
