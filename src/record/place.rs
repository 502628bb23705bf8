//! Whether a directory still lies where it was: a run that goes on must not write into what was put in its place.

use std::io;
use std::path::{Path, PathBuf};

/// A path, and which directory lay there.
#[derive(Debug, Clone)]
pub(super) struct Place {
    path: PathBuf,
    /// Device and number of the directory. None where the system does not tell.
    identity: Option<(u64, u64)>,
}

impl Place {
    /// The directory that lies at `path` now.
    pub fn of(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            identity: identity(path).ok().flatten(),
        }
    }

    /// Whether it still does.
    ///
    /// # Errors
    /// What lies there now, if anything.
    pub fn check(&self) -> io::Result<()> {
        match identity(&self.path) {
            Ok(found) if found == self.identity => Ok(()),
            Ok(_) => Err(io::Error::other(
                "another directory lies in its place since the run began",
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(io::Error::new(
                error.kind(),
                "it was moved or removed while the run went on",
            )),
            Err(error) => Err(error),
        }
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Option<(u64, u64)>> {
    use std::os::unix::fs::MetadataExt;
    let found = std::fs::metadata(path)?;
    Ok(Some((found.dev(), found.ino())))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<Option<(u64, u64)>> {
    std::fs::metadata(path).map(|_| None)
}
