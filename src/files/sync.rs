//! Onto the disk, as far as the file system can.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

/// Flushes a file with all that is known of it.
///
/// # Errors
/// When the disk has no room or is broken; not where the file system has no such thing as flushing.
pub fn sync(file: &File) -> io::Result<()> {
    where_possible(file.sync_all())
}

/// Flushes the content of a file.
///
/// # Errors
/// Those of [`sync`].
pub fn sync_data(file: &File) -> io::Result<()> {
    where_possible(file.sync_data())
}

/// Makes new and renamed files in a folder survive a power cut. Not every file system lets one
/// be synced: then the names are there all the same, and on the disk when the system gets to it.
///
/// # Errors
/// Those of [`sync`].
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    where_possible(File::open(folder).and_then(|folder| folder.sync_all()))
}

/// Forgives what a file system cannot do.
fn where_possible(synced: io::Result<()>) -> io::Result<()> {
    match synced {
        Err(error) if is_lacking(&error) => Ok(()),
        synced => synced,
    }
}

/// Whether an error says that the file system does not know how (CIFS: EINVAL, sshfs: ENOSYS, others: EBADF, ENOTSUP), or
/// that one may write into a folder and not open it. EIO, ENOSPC, EDQUOT and the like are about the content.
fn is_lacking(error: &io::Error) -> bool {
    let by_kind = matches!(
        error.kind(),
        ErrorKind::InvalidInput
            | ErrorKind::Unsupported
            | ErrorKind::PermissionDenied
            | ErrorKind::IsADirectory
            | ErrorKind::ReadOnlyFilesystem
    );
    by_kind || is_nameless(error)
}

/// EBADF and ENOTTY have no kind.
fn is_nameless(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::BADF, Errno::NOTTY]
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use rustix::io::Errno;

    use super::*;

    #[test]
    fn what_is_not_known_is_forgiven_and_what_is_lost_is_not() {
        let of = |errno: Errno| where_possible(Err(errno.into()));
        for errno in [
            Errno::INVAL,
            Errno::NOTSUP,
            Errno::OPNOTSUPP,
            Errno::NOSYS,
            Errno::BADF,
            Errno::NOTTY,
            Errno::ACCESS,
            Errno::PERM,
            Errno::ISDIR,
            Errno::ROFS,
        ] {
            assert!(of(errno).is_ok(), "{errno}");
        }
        for errno in [
            Errno::IO,
            Errno::NOSPC,
            Errno::DQUOT,
            Errno::FBIG,
            Errno::STALE,
            Errno::NOENT,
        ] {
            assert!(of(errno).is_err(), "{errno}");
        }
    }

    #[test]
    fn a_folder_is_synced() {
        let folder = tempfile::tempdir().unwrap();
        sync_folder(folder.path()).unwrap();
        sync_folder(&folder.path().join("missing")).unwrap_err();
    }
}
