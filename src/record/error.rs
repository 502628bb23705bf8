//! What can go wrong with a run directory: each message names the place, what was found and what to do.

use std::io;
use std::path::{Path, PathBuf};

use super::Holder;

/// Why a run directory cannot be made or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// There is a run already.
    #[error("{} already holds a run (found {found}); choose another with --name or --run-dir", path.display())]
    ExistingRun {
        /// The directory.
        path: PathBuf,
        /// What was found there.
        found: String,
    },
    /// A run is writing there.
    #[error("{} belongs to a run that is going on ({holder}); choose another with --name or --run-dir", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
        /// Who holds the lock.
        holder: Box<Holder>,
    },
    /// There is a lock that cannot be read, perhaps because it is being written at this moment.
    #[error(
        "{} is a lock that cannot be read ({reason}); another run may be starting there: choose another directory with \
         --name or --run-dir, or remove the file if no run is using it",
        path.display()
    )]
    UnreadableLock {
        /// The lock file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There are files, but not those of a run.
    #[error(
        "{} is not empty and holds no run (found {found}); expected a new or an empty directory: choose one with --name \
         or --run-dir",
        path.display()
    )]
    NotEmpty {
        /// The directory.
        path: PathBuf,
        /// What was found there.
        found: String,
    },
    /// There is something else than a directory.
    #[error("{} is not a directory; expected a new or an empty one for the run", path.display())]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried: "write".
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The run ended while the disk refused.
    #[error("the record in {} is not complete: {missing} could not be written: {source}", path.display())]
    Incomplete {
        /// The run directory.
        path: PathBuf,
        /// What is missing: "12 events, 1 picture".
        missing: String,
        /// What the system said last.
        source: Box<RecordError>,
    },
}

impl RecordError {
    /// For `map_err`: the system refused `action` on `path`.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}

/// What is wrong with a record that is read back. Lines count from 1.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system refused.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The last line has no end: the writer was cut off in it. All lines before it are good.
    #[error("{}:{line}: the last line ends after {bytes} bytes, in the middle of an event", path.display())]
    Torn {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// How much of it there is.
        bytes: usize,
    },
    /// A line is no event.
    #[error("{}:{line}: expected an event as one line of JSON: {source}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// A line is an event of another format.
    #[error(
        "{}:{line}: this event has schema {found}; this version of the program reads schema {}",
        path.display(),
        crate::protocol::SCHEMA
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// The schema found.
        found: u32,
    },
}
