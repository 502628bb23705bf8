//! Whole files of the record.

use std::path::Path;

use super::RecordError;
use crate::files;

/// Writes `bytes` to `path`, whole or not at all.
///
/// # Errors
/// [`RecordError::Io`] when the system refuses; nothing is left behind and what was at `path` is as it was.
pub(super) fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), RecordError> {
    files::write(path, bytes).map_err(RecordError::io("write", path))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    #[test]
    fn a_refusal_names_the_file() {
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
