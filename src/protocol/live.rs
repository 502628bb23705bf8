//! Events that describe the moment, for those who watch. They depend on the time of viewing, and are never recorded.

use serde::{Deserialize, Serialize};

use super::{Looked, Metrics, Samples, SystemUse, ViewerInfo};

/// Events for those who watch at the moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Live {
    /// What is being waited for before `started`.
    Loading {
        /// "downloading train-images", "building networks".
        what: String,
        /// Units done.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        done: Option<u64>,
        /// Units in all.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        total: Option<u64>,
    },
    /// The state changed, or a single step was made; with the newest values of the open window.
    State {
        /// The state.
        state: State,
        /// What a person should know: "D trains alone, 37 updates to go".
        detail: String,
        /// The open window's metrics so far.
        #[serde(default)]
        metrics: Metrics,
    },
    /// The generator's output for the fixed latents, which is not kept.
    Samples(Samples),
    /// What the machine does, and what the run has cost: about once a second. Reads back as
    /// [`super::Recorded::System`], whose form it has.
    System(SystemUse),
    /// What a viewer asked to see.
    Looked(Looked),
    /// What the program that trains has printed since the last such event.
    Output(Output),
    /// Samples are not evaluated.
    Unjudged {
        /// Why not, and what can be done.
        reason: String,
    },
    /// The viewers, and which of them may give commands. Sent when either changes.
    Viewers {
        /// All viewers, in the order they joined.
        viewers: Vec<ViewerInfo>,
    },
    /// A message to one viewer: why its request was not carried out.
    Notice {
        /// The message.
        text: String,
    },
}

/// The file in the run directory of a program that holds all it prints.
pub const OUTPUT: &str = "output.log";

/// A piece of what a program prints, as it printed it: with carriage returns and escape sequences.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The text. Bytes that are no UTF-8 are replaced.
    pub text: String,
    /// Bytes before it that are left out: more was printed than anyone can read. `output.log` has them.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub skipped: u64,
}

impl Output {
    /// Bytes of text that are kept at the most of what waits for one reader, or is there for one that joins late.
    pub const MOST: usize = 256 * 1024;

    /// Adds what came after it; of more than [`Self::MOST`] the oldest whole lines are left out.
    pub fn add(&mut self, later: &Self) {
        if later.skipped > 0 {
            self.skipped += self.text.len() as u64 + later.skipped;
            self.text.clear();
        }
        self.text.push_str(&later.text);
        let excess = self.text.len().saturating_sub(Self::MOST);
        if excess == 0 {
            return;
        }
        let bytes = self.text.as_bytes();
        let line = bytes[excess..].iter().position(|byte| *byte == b'\n');
        let mut cut = line.map_or(excess, |at| excess + at + 1);
        while !self.text.is_char_boundary(cut) {
            cut += 1;
        }
        self.text.drain(..cut);
        self.skipped += cut as u64;
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// What the trainer is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Loading data, opening the device, building networks.
    Starting,
    /// Training.
    Running,
    /// Waiting for a command between two steps.
    Paused,
    /// D trains alone after a switch of objective.
    WarmUp,
    /// Done.
    Finished,
    /// Ended by an error.
    Failed,
}

impl State {
    /// The word that is always on the screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Starting => "STARTING",
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::WarmUp => "WARM-UP",
            Self::Finished => "FINISHED",
            Self::Failed => "FAILED",
        }
    }
}
