//! Why a setting does not take a value.

use crate::rules::ConditionError;

/// Why a key does not take a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidValue {
    /// What was expected and what was found.
    #[error("{0}")]
    Value(String),
    /// A condition in it is invalid.
    #[error(transparent)]
    Condition(#[from] ConditionError),
}

impl From<String> for InvalidValue {
    fn from(problem: String) -> Self {
        Self::Value(problem)
    }
}
