//! Conditions on metrics as the record tells of them: what was measured, what that triggered, how each turned out.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::number;

/// What happens when a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// The run waits, as after the command `pause`.
    Pause,
    /// A checkpoint is written, as after the command `checkpoint`.
    Checkpoint,
    /// An alarm is raised.
    Alarm,
    /// The run ends, and has failed.
    Fail,
}

impl Action {
    /// The word for it in a configuration and in events.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Checkpoint => "checkpoint",
            Self::Alarm => "alarm",
            Self::Fail => "fail",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A value of a metric, and when it was measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Steps done when it was measured.
    pub step: u64,
    /// The value.
    #[serde(with = "number")]
    pub value: f64,
}

/// The content of `rule`: a condition holds, or could never be looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Triggered {
    /// The condition: `d_loss < 0.01 for 500`.
    pub condition: String,
    /// What it triggers.
    pub action: Action,
    /// The metric it is about.
    pub metric: String,
    /// The measurement with which it came to hold; `None` if the metric was never measured when it should have been.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub measured: Option<Reading>,
    /// The same in words: when the condition held, and with what value.
    pub text: String,
}

/// How a condition that the run was held to turned out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was looked at and did not hold.
    Passed,
    /// It held: the run has failed.
    Held,
    /// Its metric was never measured when it should have been: a run that ends so has failed as well.
    NotMeasured,
}

/// A condition that the run was held to, as the summary tells of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// The condition.
    pub condition: String,
    /// How it turned out.
    pub verdict: Verdict,
    /// The measurement with which it came to hold; else the last that was looked at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub measured: Option<Reading>,
}
