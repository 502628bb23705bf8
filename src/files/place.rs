//! The location of a directory that a process writes into: if it is moved, it is followed, and nothing is written into its
//! replacement.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Identity;

/// A directory identified by more than its path: while it is held open, the system reports where it was moved. Clones share
/// what any of them finds out.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its path as given, and as resolved at that time.
    given: PathBuf,
    first: PathBuf,
    now: Arc<Mutex<Now>>,
    /// Its identity in the file system, if known.
    identity: Option<Identity>,
    /// The open directory, if it can be opened.
    handle: Option<Arc<File>>,
}

#[derive(Debug)]
struct Now {
    path: PathBuf,
    /// Its previous path, until reported.
    moved_from: Option<PathBuf>,
}

impl Place {
    /// The directory now at `path`.
    #[must_use]
    pub fn of(given: &Path) -> Self {
        // A process may leave its working directory, and the path may be relative to it.
        let path = std::path::absolute(given).unwrap_or_else(|_| given.to_path_buf());
        Self {
            given: given.to_path_buf(),
            first: path.clone(),
            identity: Identity::of(&path).ok(),
            handle: File::open(&path).ok().map(Arc::new),
            now: Arc::new(Mutex::new(Now {
                path,
                moved_from: None,
            })),
        }
    }

    /// Its last known path; [`Place::check`] updates it.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.now().path.clone()
    }

    /// Its path for people: as given, unless it was moved.
    #[must_use]
    pub fn shown(&self) -> PathBuf {
        let path = self.path();
        if path == self.first {
            self.given.clone()
        } else {
            path
        }
    }

    /// Checks where it is, and follows it if it was moved.
    ///
    /// # Errors
    /// When it is gone or out of reach; the message names what is at its path instead, if anything.
    pub fn check(&self) -> io::Result<()> {
        let path = self.path();
        let problem = match Identity::of(&path) {
            Ok(found) if Some(found) == self.identity => return Ok(()),
            Ok(_) => io::Error::other("it was replaced by another directory after the run started"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => io::Error::new(
                error.kind(),
                "it was removed or moved out of reach during the run",
            ),
            Err(error) => error,
        };
        let Some(found) = self.handle.as_deref().and_then(whereabouts) else {
            return Err(problem);
        };
        let mut now = self.now();
        // Some file systems change inode numbers occasionally.
        if std::fs::canonicalize(&now.path).is_ok_and(|same| same == found) {
            return Ok(());
        }
        let mut from = std::mem::replace(&mut now.path, found);
        if from == self.first {
            from.clone_from(&self.given);
        }
        now.moved_from.get_or_insert(from);
        Ok(())
    }

    /// Its previous path, if it was moved since the last call.
    #[must_use]
    pub fn take_move(&self) -> Option<PathBuf> {
        self.now().moved_from.take()
    }

    /// A lock whose holder panicked still guards plain data.
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The current path of an open directory, if this process can see it.
#[cfg(target_os = "linux")]
fn whereabouts(handle: &File) -> Option<PathBuf> {
    use std::os::fd::AsRawFd;
    let path = std::fs::read_link(format!("/proc/self/fd/{}", handle.as_raw_fd())).ok()?;
    // For a removed directory, the reported path does not exist or leads elsewhere.
    let (held, found) = (handle.metadata().ok()?, std::fs::metadata(&path).ok()?);
    (Identity::from(&held) == Identity::from(&found)).then_some(path)
}

#[cfg(not(target_os = "linux"))]
fn whereabouts(_handle: &File) -> Option<PathBuf> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use std::fs;

    use super::*;

    #[test]
    fn a_moved_directory_is_found_even_if_another_took_its_place() {
        let root = tempfile::tempdir().unwrap();
        // As the system reports it.
        let root = fs::canonicalize(root.path()).unwrap();
        let (first, second, third) = (root.join("a"), root.join("b"), root.join("c"));
        fs::create_dir(&first).unwrap();
        let place = Place::of(&first);
        place.check().unwrap();
        assert_eq!(place.take_move(), None);
        fs::rename(&first, &second).unwrap();
        place.check().unwrap();
        assert_eq!(
            (place.path(), place.take_move()),
            (second.clone(), Some(first))
        );
        fs::rename(&second, &third).unwrap();
        fs::create_dir(&second).unwrap();
        let clone = place.clone();
        place.check().unwrap();
        assert_eq!(
            (clone.path(), clone.take_move()),
            (third.clone(), Some(second))
        );
        assert_eq!(place.take_move(), None);
        fs::remove_dir(&third).unwrap();
        let error = place.check().unwrap_err();
        assert!(error.to_string().contains("it was removed"), "{error}");
        fs::create_dir(&third).unwrap();
        let error = place.check().unwrap_err();
        assert!(error.to_string().contains("another directory"), "{error}");
    }
}
