//! Events: what happened, when, and on which branch of the run.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    CheckpointReason, Live, Looked, Recorded, Samples, SystemUse, Trouble, TroubleChange,
    TroubleState, Warning,
};

/// Version of the event format.
pub const SCHEMA: u32 = 1;

/// Where a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Rises at each resume, rewind and roll-back; for each step the highest branch is the run that counts.
    pub branch: u32,
    /// Steps done.
    pub step: u64,
    /// Real images shown to D so far.
    pub images: u64,
    /// Seconds of training so far, pauses left out.
    pub elapsed: f64,
}

/// One event, as sent and as recorded. [`Event::new`] makes one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Version of this format: [`SCHEMA`]. Private, so that every event is made by [`Event::new`].
    schema: u32,
    /// As [`Position::branch`].
    pub branch: u32,
    /// Number of this event among those that the trainer gave to the record, from 1, never given twice in a run. Events
    /// about the run's surroundings (a full disk, a viewer that joined) have none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seq: Option<u64>,
    /// On the first event of a branch: the `seq` of the last event that still counts. Those between are abandoned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<u64>,
    /// As [`Position::step`].
    pub step: u64,
    /// As [`Position::images`].
    pub images: u64,
    /// When.
    pub time: Timestamp,
    /// As [`Position::elapsed`].
    pub elapsed: f64,
    /// What.
    #[serde(flatten)]
    pub body: Body,
}

impl Event {
    /// An event that happens now, without a number.
    #[must_use]
    pub fn new(at: Position, body: impl Into<Body>) -> Self {
        let Position {
            branch,
            step,
            images,
            elapsed,
        } = at;
        Self {
            schema: SCHEMA,
            branch,
            seq: None,
            after: None,
            step,
            images,
            time: Timestamp::now(),
            elapsed,
            body: body.into(),
        }
    }

    /// The same event with its number, and with what it follows where it is the first of a branch.
    #[must_use]
    pub fn numbered(mut self, seq: Option<u64>, after: Option<u64>) -> Self {
        (self.seq, self.after) = (seq, after);
        self
    }

    /// The same event at another time.
    #[must_use]
    pub fn timed(mut self, time: Timestamp) -> Self {
        self.time = time;
        self
    }

    /// Returns whether it is the result of something slow, or was sent late, and refers to an earlier step than `step` of
    /// `branch`: the run has not gone back there.
    #[must_use]
    pub fn is_late(&self, branch: u32, step: u64) -> bool {
        let is_slow = matches!(
            self.body,
            Body::Recorded(
                Recorded::Evaluated(_)
                    | Recorded::Checkpoint { .. }
                    | Recorded::Warning(_)
                    | Recorded::Samples { .. }
                    | Recorded::Pictures { .. }
                    | Recorded::Distribution(_)
                    | Recorded::Text { .. }
            ) | Body::Live(Live::Samples(_))
        );
        is_slow && self.branch == branch && self.step < step
    }

    /// Version of the format that this event was read in.
    #[must_use]
    pub fn schema(&self) -> u32 {
        self.schema
    }

    /// Why a checkpoint was to be saved, and its path; or why it could not be. The event's step is that of the state.
    /// `None` if this event is about something else.
    #[must_use]
    pub fn saved(&self) -> Option<(CheckpointReason, Result<&str, &str>)> {
        match &self.body {
            Body::Recorded(Recorded::Checkpoint { path, reason }) => Some((*reason, Ok(path))),
            Body::Recorded(Recorded::Warning(Warning {
                text,
                trouble:
                    Some(TroubleChange {
                        trouble: Trouble::Checkpoint { reason },
                        state: TroubleState::Open,
                    }),
                ..
            })) => Some((*reason, Err(text))),
            _ => None,
        }
    }

    /// Where the run was.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            branch: self.branch,
            step: self.step,
            images: self.images,
            elapsed: self.elapsed,
        }
    }
}

/// What happened. Which of the two it is says whether it belongs in the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Body {
    /// Part of the record.
    Recorded(Recorded),
    /// For those who watch at the moment.
    Live(Live),
}

impl From<Recorded> for Body {
    fn from(recorded: Recorded) -> Self {
        Self::Recorded(recorded)
    }
}

impl From<Live> for Body {
    fn from(live: Live) -> Self {
        Self::Live(live)
    }
}

impl Body {
    /// The request that this answers; `None` if it is not an answer, or one to a script or a guard.
    #[must_use]
    pub fn request(&self) -> Option<u64> {
        match self {
            Self::Recorded(
                Recorded::Applied { request, .. } | Recorded::Rejected { request, .. },
            )
            | Self::Live(Live::Looked(Looked { request, .. })) => *request,
            _ => None,
        }
    }

    /// Makes this the answer to another request, or to none.
    pub fn set_request(&mut self, number: Option<u64>) {
        match self {
            Self::Recorded(
                Recorded::Applied { request, .. } | Recorded::Rejected { request, .. },
            )
            | Self::Live(Live::Looked(Looked { request, .. })) => *request = number,
            _ => {}
        }
    }

    /// The samples that this shows, whether they are kept or not.
    #[must_use]
    pub fn samples(&self) -> Option<&Samples> {
        match self {
            Self::Recorded(Recorded::Samples { samples, .. })
            | Self::Live(Live::Samples(samples)) => Some(samples),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn samples_mut(&mut self) -> Option<&mut Samples> {
        match self {
            Self::Recorded(Recorded::Samples { samples, .. })
            | Self::Live(Live::Samples(samples)) => Some(samples),
            _ => None,
        }
    }

    /// What the machine did, whether that is recorded or not.
    #[must_use]
    pub fn system(&self) -> Option<&SystemUse> {
        match self {
            Self::Recorded(Recorded::System(seen)) | Self::Live(Live::System(seen)) => Some(seen),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
