//! Syncing to disk, as far as the file system supports it.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

/// Syncs a file and its metadata.
///
/// # Errors
/// When the disk is full or broken; not when the file system does not support syncing.
pub fn sync(file: &File) -> io::Result<()> {
    where_possible(file.sync_all())
}

/// Syncs the content of a file.
///
/// # Errors
/// Those of [`sync`].
pub fn sync_data(file: &File) -> io::Result<()> {
    where_possible(file.sync_data())
}

/// Makes new and renamed files in a folder survive a power failure. Where a file system cannot sync folders, the names reach
/// the disk when the system gets to it.
///
/// # Errors
/// Those of [`sync`].
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    where_possible(File::open(folder).and_then(|folder| folder.sync_all()))
}

/// Ignores errors about unsupported operations.
fn where_possible(synced: io::Result<()>) -> io::Result<()> {
    match synced {
        Err(error) if is_lacking(&error) => Ok(()),
        synced => synced,
    }
}

/// Returns whether an error means that the operation is not supported (CIFS: EINVAL, sshfs: ENOSYS, others: EBADF,
/// ENOTSUP), or that the folder may be written but not opened. EIO, ENOSPC, EDQUOT and the like concern the content.
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

/// EBADF and ENOTTY have no [`ErrorKind`].
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
    fn unsupported_syncs_are_ignored_and_failed_ones_are_not() {
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
