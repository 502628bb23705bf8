//! Why a log cannot be read.

use std::io;
use std::path::{Path, PathBuf};

use super::about::Format;

/// Why a log, or a picture in it, cannot be read. A record that is damaged is no such error: it is skipped and noted.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The system refuses.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// What was to be read.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is no log of a known format.
    #[error("{}: found {found}, expected {}", path.display(), Format::list())]
    NoLog {
        /// The file or folder.
        path: PathBuf,
        /// What is there.
        found: String,
    },
    /// It is named as a log of a format, or was one, and cannot be read as one.
    #[error("{}: {problem}", path.display())]
    Damaged {
        /// The file or folder.
        path: PathBuf,
        /// What was found, and what was expected.
        problem: String,
    },
    /// A picture cannot be decoded.
    #[error("{}: the picture at byte {offset} cannot be shown: {problem}", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// Where the picture begins.
        offset: u64,
        /// What is wrong with it.
        problem: String,
    },
}

impl LogError {
    /// For `map_err`.
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        |source| Self::Io {
            path: path.to_path_buf(),
            source,
        }
    }
}
