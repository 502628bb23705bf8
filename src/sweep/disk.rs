//! What a sweep asks of the file system that its workers share. A seam, so that one with other manners can stand in for it: over NFS
//! a listing may be half a minute old, and a file that another host has just made may seem to be missing.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use crate::files;
use crate::record::{self, RecordError, RunDir};

/// Begins the names of files on their way to their place.
const DRAFT: &str = ".draft-";

/// Attempts to take a lock in a folder that others remove at the same time.
const ATTEMPTS: usize = 20;

/// A file system that several hosts share. Nothing is appended to, and no file is changed once it is there.
pub trait Disk: fmt::Debug + Send + Sync {
    /// The names in a folder; none where there is no folder. They may be out of date.
    ///
    /// # Errors
    /// When the system refuses.
    fn names(&self, folder: &Path) -> io::Result<Vec<String>>;

    /// The content of a file, if there is one. That there is none may be out of date, what is in one is not.
    ///
    /// # Errors
    /// When the system refuses.
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>>;

    /// Writes a file that does not exist, whole or not at all, and the folder around it. Returns whether it did not exist: of
    /// several hosts that write at once, one does.
    ///
    /// # Errors
    /// When the system refuses.
    fn write_once(&self, path: &Path, text: &str) -> io::Result<bool>;

    /// Makes [`Disk::read`] up to date for the files of a folder.
    ///
    /// # Errors
    /// When the system refuses.
    fn refresh(&self, folder: &Path) -> io::Result<()>;

    /// Takes the lock of a folder, and makes the folder; nothing, where another process has it.
    ///
    /// # Errors
    /// When the system refuses.
    fn hold(&self, folder: &Path) -> Result<Option<RunDir>, RecordError>;

    /// Returns whether a process has the lock of a folder that lives, or may live.
    fn is_held(&self, folder: &Path) -> bool;
}

/// The file system as the operating system shows it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Local;

impl Disk for Local {
    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        for entry in entries {
            // Names that are not UTF-8 are nobody's here.
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }

    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        match files::read(path) {
            Ok(content) => Ok(Some(content)),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write_once(&self, path: &Path, text: &str) -> io::Result<bool> {
        if path.exists() {
            return Ok(false);
        }
        let folder = files::folder_of(path);
        fs::create_dir_all(folder)?;
        let mut draft = files::draft(folder, DRAFT)?;
        draft.write_all(text.as_bytes())?;
        files::sync(draft.as_file())?;
        match fs::hard_link(draft.path(), path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            // Not every file system has hard links. Whoever writes here holds the claim of the run, so that nobody else does.
            Err(error) if lacks_links(&error) => {
                files::replace(draft.into_temp_path(), path)?;
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }

    /// What this host changes in a folder makes it ask the server for all of it again.
    fn refresh(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        files::draft(folder, DRAFT).map(drop)
    }

    fn hold(&self, folder: &Path) -> Result<Option<RunDir>, RecordError> {
        for _ in 0..ATTEMPTS {
            match RunDir::hold(folder) {
                Ok(held) => return Ok(Some(held)),
                Err(RecordError::InUse { .. } | RecordError::UnreadableLock { .. }) => break,
                // Whoever had it removed it, or the folder, a moment ago.
                Err(RecordError::Io { source, .. })
                    if is_gone(&source) || source.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    fn is_held(&self, folder: &Path) -> bool {
        record::is_held(folder)
    }
}

/// Returns whether a file went away, here or on its server.
fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::StaleNetworkFileHandle
    )
}

fn lacks_links(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::PERM, Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOSYS]
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn of_many_that_write_a_file_one_does_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results").join("a.json");
        let write = |text: String| Local.write_once(&path, &text).unwrap();
        let write = &write;
        let wrote = std::thread::scope(|scope| {
            let each: Vec<_> = (0..8)
                .map(|i| scope.spawn(move || write(i.to_string())))
                .collect();
            each.into_iter()
                .map(|one| one.join().unwrap())
                .filter(|won| *won)
                .count()
        });
        assert_eq!(wrote, 1);
        Local.refresh(files::folder_of(&path)).unwrap();
        assert_eq!(Local.names(files::folder_of(&path)).unwrap(), ["a.json"]);
        assert_eq!(Local.read(&path).unwrap().unwrap().len(), 1);
        assert_eq!(Local.read(&folder.path().join("none")).unwrap(), None);
        assert!(Local.names(&folder.path().join("none")).unwrap().is_empty());
    }

    #[test]
    fn a_claim_whose_folder_others_remove_is_taken_by_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let claim = folder.path().join("claims").join("0000-0");
        let holders = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        if let Some(held) = Local.hold(&claim).unwrap() {
                            use std::sync::atomic::Ordering::SeqCst;
                            assert_eq!(holders.fetch_add(1, SeqCst), 0);
                            holders.fetch_sub(1, SeqCst);
                            held.discard();
                            let _ = fs::remove_dir(&claim);
                        }
                    }
                });
            }
        });
        assert!(!Local.is_held(&claim));
    }
}
