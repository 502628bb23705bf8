//! Files that one worker writes, and all read.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use super::error::SweepError;
use crate::files;

/// Writes a file that does not exist, whole or not at all, and the folder around it. Returns whether it did not exist: of several
/// that write at once, over NFS too, one does, because a link to a name that is taken fails.
pub(super) fn write_once(path: &Path, text: &str) -> Result<bool, SweepError> {
    let folder = files::folder_of(path);
    fs::create_dir_all(folder).map_err(SweepError::io("make it", folder))?;
    link(path, text).map_err(SweepError::io("write it", path))
}

fn link(path: &Path, text: &str) -> io::Result<bool> {
    if path.exists() {
        return Ok(false);
    }
    let mut draft = files::draft(files::folder_of(path), ".draft-")?;
    draft.write_all(text.as_bytes())?;
    files::sync(draft.as_file())?;
    match fs::hard_link(draft.path(), path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}
