//! Whole files of the record.

use std::fs;
use std::path::{Path, PathBuf};

use super::RecordError;
use crate::files;

/// Beginning of the names of files that are being written.
const DRAFT: &str = ".draft-";

/// Writes `bytes` to `path`, whole or not at all.
///
/// # Errors
/// [`RecordError::Io`] when the system refuses; nothing is left behind and `path` is unchanged.
pub(super) fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), RecordError> {
    files::write_by(path, DRAFT, bytes).map_err(RecordError::io("write", path))
}

/// Removes what processes that were killed had begun to write in `folder`. What cannot be removed takes space but does no
/// harm.
pub(super) fn tidy(folder: &Path) {
    for path in drafts(folder, DRAFT) {
        let _ = fs::remove_file(path);
    }
}

/// The drafts in a folder whose names begin with `prefix`.
pub(super) fn drafts(folder: &Path, prefix: &str) -> impl Iterator<Item = PathBuf> {
    let is_draft = move |entry: &fs::DirEntry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_named_so = name.starts_with(prefix) && name.ends_with(".tmp");
        is_named_so && entry.file_type().is_ok_and(|kind| kind.is_file())
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(is_draft).map(|entry| entry.path())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    #[test]
    fn an_error_names_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("taken");
        std::fs::create_dir_all(path.join("inside")).unwrap();
        let error = write_atomic(&path, b"x").unwrap_err().to_string();
        assert!(
            error.contains("cannot write") && error.contains("taken"),
            "{error}"
        );
    }
}
