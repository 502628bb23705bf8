//! The messages to a trainer, from data to a line.

use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::limits;
use super::problem::{Code, Problem};
use crate::protocol::Value;

/// A message to a trainer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Down {
    /// The answer to `hello`.
    Welcome {
        /// Version of the protocol.
        protocol: u64,
        /// Version of this program.
        version: &'static str,
        /// Name of the run.
        run: String,
        /// Its directory.
        dir: String,
        /// How the trainer is to begin: `running`, `paused`.
        state: &'static str,
        /// Seconds that one `log` should cover at least.
        log_s: f64,
        /// Seconds between two `wants` at least.
        images_s: f64,
    },
    /// Wait at the next step boundary.
    Pause {
        /// The command's number.
        id: u64,
    },
    /// Continue.
    Resume {
        /// The command's number.
        id: u64,
    },
    /// Make so many steps, then wait.
    Step {
        /// The command's number.
        id: u64,
        /// How many.
        count: u64,
    },
    /// End the loop.
    Stop {
        /// The command's number.
        id: u64,
    },
    /// Save now.
    Checkpoint {
        /// The command's number.
        id: u64,
    },
    /// Send images now.
    Sample {
        /// The command's number.
        id: u64,
    },
    /// Set controls.
    Set {
        /// The command's number.
        id: u64,
        /// Their values.
        values: Map<String, Json>,
    },
    /// Carry out an action of the trainer's own.
    Action {
        /// The command's number.
        id: u64,
        /// Its name.
        name: String,
        /// What followed the name.
        arguments: String,
    },
    /// Images would be shown.
    Wants {
        /// Whether images are wanted; `None`: as before.
        #[serde(skip_serializing_if = "Option::is_none")]
        images: Option<bool>,
        /// How many random samples the judge wants; `None`: as before.
        #[serde(skip_serializing_if = "Option::is_none")]
        evaluation: Option<u64>,
    },
    /// A line could not be used.
    Error {
        /// The kind of problem.
        code: Code,
        /// What was found, what was expected.
        text: String,
        /// The line of the connection, from 1.
        line: u64,
        /// The `type` of the message.
        #[serde(skip_serializing_if = "Option::is_none")]
        type_of: Option<String>,
    },
    /// The panel closes the connection.
    Bye {
        /// Why.
        text: String,
    },
}

impl Down {
    /// The answer to a line that could not be used.
    pub fn error(problem: &Problem, line: u64) -> Self {
        Self::Error {
            code: problem.code,
            text: problem.text.clone(),
            line,
            type_of: problem.of.clone(),
        }
    }

    /// The welcome to a run.
    pub fn welcome(run: &str, dir: String, is_paused: bool, images_s: f64) -> Self {
        Self::Welcome {
            protocol: limits::VERSION,
            version: env!("CARGO_PKG_VERSION"),
            run: run.to_owned(),
            dir,
            state: if is_paused { "paused" } else { "running" },
            log_s: limits::LOG.as_secs_f64(),
            images_s,
        }
    }

    /// As a line.
    pub fn line(&self) -> Vec<u8> {
        // Plain data: there is nothing in it that JSON lacks.
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }
}

/// A value of a control as JSON.
pub fn json(value: &Value) -> Json {
    match value {
        Value::Bool(flag) => Json::from(*flag),
        Value::Integer(whole) => Json::from(*whole),
        Value::Float(float) => Json::from(*float),
        Value::Text(text) => Json::from(text.as_str()),
    }
}
