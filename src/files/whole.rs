//! Atomic writes: a reader sees the old file or the new one, never a part.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, PathPersistError, TempPath};

use super::{folder_of, sync, sync_folder};

/// Writes `bytes` to `path` atomically: a temporary file in the same folder is written, synced and renamed, and the folder
/// synced. An existing file is replaced; the new one keeps its mode.
///
/// # Errors
/// When the system refuses; no temporary file remains and `path` is unchanged.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with(path, |out| out.write_all(bytes))
}

/// The same with a name of the temporary file that begins with `prefix`, so that leftovers of a crash can be recognised.
///
/// # Errors
/// Those of [`write()`].
pub fn write_by(path: &Path, prefix: &str, bytes: &[u8]) -> io::Result<()> {
    write_drafted(path, prefix, |out| out.write_all(bytes))
}

/// The same with what `content` writes.
///
/// # Errors
/// Those of [`write()`], and those of `content`.
pub fn write_with(
    path: &Path,
    content: impl FnOnce(&mut BufWriter<&mut File>) -> io::Result<()>,
) -> io::Result<()> {
    write_drafted(path, ".", content)
}

fn write_drafted(
    path: &Path,
    prefix: &str,
    content: impl FnOnce(&mut BufWriter<&mut File>) -> io::Result<()>,
) -> io::Result<()> {
    let folder = folder_of(path);
    let mut draft = draft(folder, prefix)?;
    fill(&mut draft, content)?;
    take_after(draft.as_file(), path);
    replace(draft.into_temp_path(), path)?;
    sync_folder(folder)
}

/// Writes `content` into a draft and syncs it.
pub(super) fn fill(
    draft: &mut NamedTempFile,
    content: impl FnOnce(&mut BufWriter<&mut File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut out = BufWriter::new(draft.as_file_mut());
    content(&mut out)?;
    out.flush()?;
    drop(out);
    sync(draft.as_file())
}

/// A temporary file in `folder` that is removed when dropped, unless it was renamed to its final place.
///
/// # Errors
/// When the system refuses.
pub fn draft(folder: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(".tmp");
    // Temporary files are private by default; this one becomes the final file, so the umask applies.
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder).map_err(without_name)
}

/// The error of the system alone: the name of a temporary file means nothing to those who read it.
fn without_name(error: io::Error) -> io::Error {
    let text = error.to_string();
    let code = text
        .split("(os error ")
        .nth(1)
        .and_then(|rest| rest.split(')').next()?.parse().ok());
    code.map_or(error, io::Error::from_raw_os_error)
}

/// Gives a draft the mode of the file that it replaces, and its owner if permitted, so that the same users can read it. Best
/// effort: some file systems have no modes.
pub(super) fn take_after(draft: &File, path: &Path) {
    if let Ok(there) = fs::symlink_metadata(path)
        && there.is_file()
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let is_as_it_should = draft.metadata().is_ok_and(|new| {
            (new.uid(), new.gid()) == (there.uid(), there.gid()) && new.mode() == there.mode()
        });
        if !is_as_it_should {
            let _ = fchown(draft, Some(there.uid()), Some(there.gid()));
            let _ = draft.set_permissions(there.permissions());
        }
    }
}

/// Renames a draft to `path`, replacing an existing file. If the file system cannot rename over a file (SFTP without its
/// extension), the old one is moved aside first, and restored if the rename fails.
///
/// # Errors
/// When the system refuses, with the draft; `path` is unchanged.
pub fn replace(draft: TempPath, path: &Path) -> Result<(), PathPersistError> {
    let refused = match draft.persist(path) {
        Ok(()) => return Ok(()),
        Err(refused) => refused,
    };
    let may_lack = matches!(
        refused.error.kind(),
        ErrorKind::AlreadyExists | ErrorKind::PermissionDenied | ErrorKind::Unsupported
    );
    let is_file = fs::symlink_metadata(path).is_ok_and(|there| !there.is_dir());
    let aside = aside(&refused.path);
    if !(may_lack && is_file && fs::rename(path, &aside).is_ok()) {
        return Err(refused);
    }
    match refused.path.persist(path) {
        Ok(()) => {
            let _ = fs::remove_file(&aside);
            Ok(())
        }
        Err(refused) => {
            let _ = fs::rename(&aside, path);
            Err(refused)
        }
    }
}

/// A unique name next to a draft.
fn aside(draft: &Path) -> PathBuf {
    let mut name = draft.file_name().unwrap_or_default().to_owned();
    name.push(".old");
    draft.with_file_name(name)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    #[test]
    fn a_file_is_replaced_atomically_without_leftovers() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("summary.json");
        write(&path, b"old and longer").unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_keeps_the_old_file_without_leftovers() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.idx");
        fs::write(&path, "old").unwrap();
        let failed = write_with(&path, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("full"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_refused_write_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("taken");
        fs::create_dir_all(path.join("inside")).unwrap();
        write(&path, b"x").unwrap_err();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_takes_no_file_is_said_without_the_name_of_a_draft() {
        let dir = tempfile::tempdir().unwrap();
        let refused = write(&dir.path().join("gone/report.html"), b"x").unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotFound);
        let text = refused.to_string();
        assert!(
            !text.contains(".tmp") && text.contains("os error 2"),
            "{text}"
        );
    }

    #[test]
    fn new_files_follow_the_umask_and_replacements_keep_the_mode() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = |name| dir.path().join(name);
        let mode = |name| fs::metadata(path(name)).unwrap().permissions().mode() & 0o777;
        write(&path("a"), b"").unwrap();
        fs::write(path("b"), b"").unwrap();
        assert_eq!(mode("a"), mode("b"));
        for kept in [0o600, 0o664] {
            fs::set_permissions(path("a"), fs::Permissions::from_mode(kept)).unwrap();
            write(&path("a"), b"x").unwrap();
            assert_eq!(mode("a"), kept);
        }
    }
}
