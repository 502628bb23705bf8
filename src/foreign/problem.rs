//! What is wrong with a line of a trainer: the content of `error`.

use serde::Serialize;

/// Kinds of problems, as the protocol names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Not a JSON object, or not UTF-8.
    Malformed,
    /// More bytes than a line may have.
    TooLong,
    /// No `type`, or one that this version doesn't know.
    UnknownType,
    /// A field is missing, or of another kind or size.
    Invalid,
    /// The answer to a command that is not open.
    UnknownId,
    /// More of something than there can be.
    TooMany,
    /// Another version of the protocol.
    Version,
    /// Another process leads already.
    Taken,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Its kind.
    pub code: Code,
    /// What was found, what was expected.
    pub text: String,
    /// The `type` of the message, where it had one.
    pub of: Option<String>,
}

impl Problem {
    /// A problem of a message whose type is not known.
    pub fn new(code: Code, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
            of: None,
        }
    }

    /// A field that is missing, or of another kind or size.
    pub fn invalid(text: impl Into<String>) -> Self {
        Self::new(Code::Invalid, text)
    }

    /// The same problem of a message of this type.
    pub fn of(mut self, kind: &str) -> Self {
        self.of = Some(kind.to_owned());
        self
    }
}
