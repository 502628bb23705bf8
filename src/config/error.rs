//! What can be wrong with a configuration. Each message is one line: where, what was found, what was expected.

use std::path::PathBuf;

use super::invalid_value::InvalidValue;
use super::origin::Origin;
use crate::rules::ConditionError;

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read at all.
    #[error("cannot read the configuration file `{}`: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The file is not TOML.
    #[error("{}:{line}:{column}: expected TOML: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What the parser says.
        reason: String,
    },
    /// The key does not exist.
    #[error("{origin}: unknown key `{key}`{hint}; `genai-tui config` lists every key")]
    UnknownKey {
        /// Where it stands.
        origin: Origin,
        /// The key, dotted.
        key: String,
        /// ` (did you mean …?)`, or nothing.
        hint: String,
    },
    /// The key is about networks of this program, and another program trains.
    #[error(
        "{origin}: `{key}`: expected a key of health, evaluation, signals, system, record, ui or keys, or at, fail_if or rules: \
         how the program trains is the program's own; to set something while it trains, use `genai-tui send RUN set KEY VALUE`"
    )]
    OfOwnNetworks {
        /// Where it stands.
        origin: Origin,
        /// The key, dotted.
        key: String,
    },
    /// A variable bears the program's prefix and belongs to no key.
    #[error(
        "environment: unknown variable `{variable}`{hint}; after `GENAI_TUI_` comes a key in upper case, `__` for its dots"
    )]
    UnknownVariable {
        /// Its name.
        variable: String,
        /// ` (did you mean …?)`, or nothing.
        hint: String,
    },
    /// A value stands where keys belong.
    #[error("{origin}: `{key}` is a group: expected its keys ({members}), found `{found}`")]
    Group {
        /// Where it stands.
        origin: Origin,
        /// The group, dotted.
        key: String,
        /// The keys in it.
        members: String,
        /// The value.
        found: String,
    },
    /// A value does not suit its key.
    #[error("{origin}: `{key}`: {problem}")]
    Value {
        /// Where it stands.
        origin: Origin,
        /// The key, dotted.
        key: String,
        /// What was expected and what was found.
        problem: String,
    },
    /// A condition is invalid.
    #[error("{origin}: `{key}`: {problem}")]
    Condition {
        /// Where it stands.
        origin: Origin,
        /// The key, dotted.
        key: String,
        /// What is wrong with it, and where in it.
        #[source]
        problem: ConditionError,
    },
    /// A `--set` without `=`.
    #[error("--set: expected KEY=VALUE, as in `--set optimizer.d.lr=1e-4`, found `{found}`")]
    Assignment {
        /// The argument.
        found: String,
    },
    /// A configuration that was not made by [`super::resolve`] holds what TOML cannot.
    #[error("the configuration cannot be written as TOML: {0}")]
    Write(#[from] toml::ser::Error),
}

impl ConfigError {
    /// The value at `origin` does not suit its key.
    pub(super) fn invalid(origin: Origin, key: &str, invalid: InvalidValue) -> Self {
        let key = key.to_owned();
        match invalid {
            InvalidValue::Value(problem) => Self::Value {
                origin,
                key,
                problem,
            },
            InvalidValue::Condition(problem) => Self::Condition {
                origin,
                key,
                problem,
            },
        }
    }
}
