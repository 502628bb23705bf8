//! Where a value of the configuration came from, so that an error and `genai-tui config --origin` can say it.

use std::fmt;
use std::path::PathBuf;

/// Where a value came from, weakest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The program's own default.
    BuiltIn,
    /// The preset of this objective.
    Preset(String),
    /// A configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// Line of the key, from 1.
        line: usize,
    },
    /// This environment variable.
    Environment(String),
    /// `--set`.
    Set,
    /// The flag of this name, with its dashes.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => write!(f, "built-in default"),
            Self::Preset(objective) => write!(f, "preset {objective}"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(variable) => write!(f, "environment variable {variable}"),
            Self::Set => write!(f, "--set"),
            Self::Flag(flag) => write!(f, "{flag}"),
        }
    }
}
