//! What can go wrong with a run directory: each message names the place, what was found and what to do.

use std::io;
use std::path::{Path, PathBuf};

use super::holder::{FAR, Holder, Silence};

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
    #[error(
        "{} belongs to a run that is still running ({holder}{}); choose another with --name or --run-dir",
        path.display(),
        in_words(*silence)
    )]
    InUse {
        /// The directory.
        path: PathBuf,
        /// Who holds the lock.
        holder: Box<Holder>,
        /// What that was judged by, if the process cannot be looked up from here.
        silence: Option<Silence>,
    },
    /// The run to be resumed is live.
    #[error(
        "the run in {} is still running ({holder}{}): `genai-tui attach` shows it, `genai-tui stop` ends it",
        path.display(),
        in_words(*silence)
    )]
    Live {
        /// The directory.
        path: PathBuf,
        /// Who holds the lock.
        holder: Box<Holder>,
        /// What that was judged by, if the process cannot be looked up from here.
        silence: Option<Silence>,
    },
    /// There is a lock that cannot be read, perhaps because it is being written at this moment.
    #[error(
        "{} is a lock that cannot be read ({reason}); another process may be starting there: try again in {} s, or choose \
         another directory with --name or --run-dir",
        path.display(),
        FAR.as_secs()
    )]
    UnreadableLock {
        /// The lock file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Another process took this run over, because this one had given no sign of life for long.
    #[error(
        "the run in {} was taken over by {}, after this process had given no sign of life for long; this process writes \
         nothing there any more",
        path.display(),
        holder.as_ref().map_or_else(|| "another process".to_owned(), ToString::to_string)
    )]
    TakenOver {
        /// The run directory.
        path: PathBuf,
        /// Who holds the lock now, if it can be read.
        holder: Option<Box<Holder>>,
    },
    /// There is no run to resume.
    #[error("{} holds no run (found {found}); expected the directory of a run, with its config.toml", path.display())]
    NoRun {
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
    /// The record of a run to be resumed cannot be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
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

/// "; …", what a holder was judged by.
fn in_words(silence: Option<Silence>) -> String {
    silence.map_or_else(String::new, |Silence { lasted, limit }| {
        format!(
            "; it cannot be looked up from here: its last sign of life was {} s ago, and after {} s it counts as dead",
            lasted.as_secs(),
            limit.as_secs()
        )
    })
}

impl RecordError {
    /// Returns whether the directory that was named is at fault, not what happened to a run that was under way.
    #[must_use]
    pub fn is_input(&self) -> bool {
        !matches!(self, Self::Incomplete { .. } | Self::TakenOver { .. })
    }

    /// The process in the way of a resume holds that run.
    pub(super) fn of_the_run(self) -> Self {
        match self {
            Self::InUse {
                path,
                holder,
                silence,
            } => Self::Live {
                path,
                holder,
                silence,
            },
            error => error,
        }
    }

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
    /// A line is not an event.
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
