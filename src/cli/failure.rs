//! Why a command failed, by exit code.

use crate::rules::ConditionError;

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// Bad arguments, configuration or input: exit code 2.
    Input(anyhow::Error),
    /// Anything else: exit code 1.
    Run(anyhow::Error),
    /// The reader of standard output has gone: nothing is printed, and the exit code is that of SIGPIPE, 141.
    OutputClosed,
}

impl Failure {
    /// For `map_err`: bad arguments, configuration or input.
    pub fn input(error: impl Into<anyhow::Error>) -> Self {
        Self::Input(error.into())
    }

    /// For `map_err`: anything else.
    pub fn run(error: impl Into<anyhow::Error>) -> Self {
        Self::Run(error.into())
    }

    /// The process's exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Input(_) => 2,
            Self::Run(_) => 1,
            Self::OutputClosed => 141,
        }
    }

    /// The error and its causes on one line; empty if there is nothing to print. A cause that the error already contains is not
    /// repeated; control characters, as in file names, are escaped. For a wrong condition, lines that point at the error
    /// follow.
    #[must_use]
    pub fn message(&self) -> String {
        let (Self::Input(error) | Self::Run(error)) = self else {
            return String::new();
        };
        let mut message = String::new();
        for cause in error.chain().map(ToString::to_string) {
            if message.is_empty() {
                message = cause;
            } else if !message.contains(&cause) {
                message = format!("{message}: {cause}");
            }
        }
        let mut line: String = message
            .chars()
            .map(|c| {
                if c.is_control() {
                    c.escape_default().to_string()
                } else {
                    c.to_string()
                }
            })
            .collect();
        if let Some(condition) = error
            .chain()
            .find_map(|e| e.downcast_ref::<ConditionError>())
        {
            line = format!("{line}\n{}", condition.excerpt());
        }
        line
    }
}
