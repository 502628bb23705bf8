//! Commands: what a person, a script or a guard may request of a running trainer, and when. [`grammar`] has their written
//! form.

mod grammar;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use grammar::{CommandHelp, GRAMMAR, ParseCommandError, SWITCH_OBJECTIVE};

use super::Look;

/// A command with who asked for it, on its way to the trainer.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Chosen by the sender; the answering event carries it.
    pub id: Option<u64>,
    /// Who asks.
    pub source: Source,
    /// The signal that asks, where it is one: `SIGTERM`.
    pub signal: Option<String>,
    /// What.
    pub command: Command,
}

/// Who asked for a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A key or the command line of a viewer.
    Viewer,
    /// `genai-tui send` or `genai-tui stop` from another shell.
    Remote,
    /// `--at STEP:COMMAND`.
    Script,
    /// A signal to the process.
    Signal,
    /// Standard output, which has no reader any more or takes nothing more.
    Output,
    /// The trainer's own guards.
    Guard,
    /// A rule whose condition holds.
    Rule,
}

/// Which optimizers a learning-rate command means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LrTarget {
    /// Both.
    Both,
    /// The discriminator's.
    D,
    /// The generator's.
    G,
}

/// What a learning-rate command does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LrChange {
    /// Set to this value.
    Set(f64),
    /// Multiply by this factor.
    Scale(f64),
}

/// How far to go back, and what to change there.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rewind {
    /// At least so many steps; `None` means to the newest state that is kept.
    pub steps: Option<u64>,
    /// What to do with both learning rates there.
    pub lr: Option<LrChange>,
}

/// A command to the trainer. `--at`, the UI's command line and the record use the same text form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Command {
    /// Wait at the next step boundary.
    Pause,
    /// Continue.
    Resume,
    /// Make this many steps, then wait.
    Step(u64),
    /// Change learning rates.
    Lr(LrTarget, LrChange),
    /// Train with another objective from here on.
    Objective(String),
    /// Train with another value of a configuration key from here on.
    Set {
        /// Dotted key: `augment.noise`.
        key: String,
        /// Its value, as written.
        value: String,
    },
    /// Go back to an earlier state that is kept in memory.
    Rewind(Rewind),
    /// Write a checkpoint.
    Checkpoint,
    /// Generate samples from the fixed latents now, and keep the picture.
    Sample,
    /// Show something to the viewer who asks.
    Look(Look),
    /// Carry out an action that the program which trains has declared.
    Action {
        /// Its name.
        name: String,
        /// What followed the name.
        arguments: String,
    },
    /// Write a remark into the record.
    Note(String),
    /// Stop the run, with a checkpoint.
    Stop,
}

/// A command that is due at a step: `500:loss wgan`. It takes effect when that step is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timed {
    /// The step after which it takes effect; 0 is before the first.
    pub step: u64,
    /// What is due.
    pub command: Command,
}

impl FromStr for Timed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (step, command) = text.split_once(':').ok_or_else(|| {
            format!("expected STEP:COMMAND (as in 500:loss wgan), found `{text}`")
        })?;
        let step = step.trim().parse().map_err(|_| {
            format!(
                "expected a step number before the colon, found `{}`",
                step.trim()
            )
        })?;
        let command = command
            .parse()
            .map_err(|e: ParseCommandError| e.to_string())?;
        if let Command::Look(look) = command {
            return Err(format!(
                "`{look}` shows something to those who watch, and does nothing at a step"
            ));
        }
        Ok(Self { step, command })
    }
}

impl fmt::Display for Timed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.step, self.command)
    }
}

impl TryFrom<String> for Timed {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Timed> for String {
    fn from(timed: Timed) -> Self {
        timed.to_string()
    }
}
