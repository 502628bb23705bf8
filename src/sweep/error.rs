//! What can be wrong with a sweep.

use std::io;
use std::path::{Path, PathBuf};

use crate::config::ConfigError;
use crate::record::RecordError;

/// What is wrong with a sweep, and where.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// A definition or an argument.
    #[error("{place}: found {found}, expected {expected}")]
    Wrong {
        /// The file or the flag.
        place: String,
        /// What stands there.
        found: String,
        /// What could.
        expected: String,
    },
    /// A configuration that trials would have.
    #[error("{place}: {}", without_flag(error))]
    Config {
        /// The parameter.
        place: String,
        /// What is wrong.
        error: Box<ConfigError>,
    },
    /// A directory without a sweep.
    #[error(
        "{}: found no sweep here, expected a file sweep.toml: `genai-tui sweep new {}` makes one",
        .0.display(),
        crate::text::shell_word(.0)
    )]
    NoSweep(PathBuf),
    /// A directory of a sweep without its file.
    #[error(
        "{}: found no sweep.toml, and what its sweep has left ({found}): put that file back",
        dir.display()
    )]
    Gone {
        /// The directory.
        dir: PathBuf,
        /// What is there.
        found: String,
    },
    /// A directory with a sweep.
    #[error("{}: there is a sweep already, expected a new directory", .0.display())]
    Exists(PathBuf),
    /// A directory with what is left of a sweep.
    #[error(
        "{}: found {found}, of a sweep whose sweep.toml is gone, expected a directory without trials: put that file back, remove its \
         folders, or choose another directory",
        dir.display()
    )]
    Remains {
        /// The directory.
        dir: PathBuf,
        /// What is there.
        found: String,
    },
    /// A trial that no longer fits its sweep.
    #[error("{}: {reason}", path.display())]
    Trial {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The system refuses.
    #[error("{}: cannot {what}: {source}", path.display())]
    Io {
        /// What was to be done.
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A run directory refuses.
    #[error(transparent)]
    Record(Box<RecordError>),
}

/// What is wrong with a text of TOML, on one line.
pub(super) fn of_toml(text: &[u8], error: &toml::de::Error) -> String {
    let message = error.message().replace('\n', ", ");
    let before = error.span().and_then(|span| text.get(..span.start));
    match before {
        Some(before) => {
            let line = before.split(|byte| *byte == b'\n').count();
            format!("{message} in line {line}")
        }
        None => message,
    }
}

/// The layer of what a sweep says of its trials.
const FLAG: &str = "--set: ";

/// What is wrong with a configuration; not that `--set` says so, which is how trials get what the sweep says of them.
fn without_flag(error: &ConfigError) -> String {
    let text = error.to_string();
    text.strip_prefix(FLAG).map(str::to_owned).unwrap_or(text)
}

impl From<RecordError> for SweepError {
    fn from(error: RecordError) -> Self {
        Self::Record(Box::new(error))
    }
}

impl SweepError {
    /// An error of the system, when this was to be done to this file or directory.
    pub fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { what, path, source }
    }

    /// What is wrong with the configuration of a trial, or with what all trials have.
    pub(super) fn of_config(place: &str, error: ConfigError, is_of_all: bool) -> Self {
        let is_set = is_of_all && error.to_string().starts_with(FLAG);
        Self::Config {
            place: format!("{place}{}", if is_set { ": set" } else { "" }),
            error: Box::new(error),
        }
    }

    pub(super) fn wrong(
        place: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self::Wrong {
            place: place.into(),
            found: found.into(),
            expected: expected.into(),
        }
    }

    /// Returns whether the input is at fault, and not the system.
    #[must_use]
    pub fn is_input(&self) -> bool {
        !matches!(self, Self::Io { .. } | Self::Record(_))
    }
}
