//! Events: what happened, when, and on which branch of the run.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Command, Looked, Metrics, Quality, RunInfo, Samples, Source, Summary, SystemUse, Triggered,
    ViewerInfo, number,
};
use crate::metric::{self, ObjectiveInfo};

/// Version of the event format.
pub const SCHEMA: u32 = 1;

/// One event, as sent and as recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Version of this format: [`SCHEMA`].
    pub schema: u32,
    /// Goes up at each resume, rewind and roll-back; for each step the highest branch is the run that counts.
    pub branch: u32,
    /// Number of this event among those that the trainer gave to the record, from 1, never given twice in a run. Events
    /// about the run's surroundings (a full disk, a viewer that came) have none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seq: Option<u64>,
    /// On the first event of a branch: the `seq` of the last event that still counts. Those between are what was
    /// abandoned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<u64>,
    /// Steps done when it happened.
    pub step: u64,
    /// Real images shown to D so far.
    pub images: u64,
    /// When.
    pub time: Timestamp,
    /// Seconds of training so far, pauses left out.
    pub elapsed: f64,
    /// What.
    #[serde(flatten)]
    pub body: Body,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Body {
    /// The run begins: everything about it is known.
    Started(Box<RunInfo>),
    /// Metrics of the steps since the previous such event.
    Step(StepWindow),
    /// The generator drew the fixed latents.
    Samples(Samples),
    /// Samples were judged. The event's step is that of the weights that drew them; while a person watches it may come later
    /// than events of later steps.
    Evaluated(Quality),
    /// A command took effect after `step`; every one is an intervention.
    Applied {
        /// The request it answers; none for commands from a script or a guard.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        request: Option<u64>,
        /// Who asked.
        source: Source,
        /// The signal that asked, where it was one: `SIGTERM`.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        signal: Option<String>,
        /// The command.
        command: Command,
        /// Every value it changed.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        changes: Vec<Change>,
        /// The new objective, when it changed: losses before and after are not comparable.
        #[serde(
            deserialize_with = "metric::read_new_objective",
            skip_serializing_if = "Option::is_none",
            default
        )]
        objective: Option<Box<ObjectiveInfo>>,
    },
    /// A command did not take effect.
    Rejected {
        /// The request it answers.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        request: Option<u64>,
        /// Who asked.
        source: Source,
        /// The command.
        command: Command,
        /// Why, and what would work instead.
        reason: String,
    },
    /// Something about the training needs attention.
    Alarm {
        /// Short name of the alarm: `d_collapse`.
        alarm: String,
        /// How bad.
        level: Level,
        /// What was seen, and what it means.
        text: String,
    },
    /// A condition holds, and triggers what its rule says; or one was never looked at by the end.
    Rule(Triggered),
    /// A checkpoint is on disk.
    Checkpoint {
        /// Its path below the run directory.
        path: String,
        /// Why it was written: `interval`, `request`, `final`, ….
        reason: String,
    },
    /// A person's remark.
    Note {
        /// The remark.
        text: String,
    },
    /// What the machine does, and what the run has cost. About once a second for those who watch; a few are recorded.
    System(SystemUse),
    /// Something about the run, not the training, needs attention: a full disk, a slow recorder.
    Warning {
        /// What was found and what can be done.
        text: String,
    },
    /// The run ended as it should, or on request.
    Finished(Box<Summary>),
    /// The run ended by an error; nothing follows.
    Failed {
        /// The error and its causes.
        error: String,
    },

    /// Live only: what is being waited for before `started`.
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
    /// Live only: what somebody asked to see.
    Looked(Looked),
    /// Live only: samples are not judged.
    Unjudged {
        /// Why not, and what can be done.
        reason: String,
    },
    /// Live only: who watches, and who may give commands. Sent when either changes.
    Viewers {
        /// Everyone who watches, in the order they came.
        viewers: Vec<ViewerInfo>,
    },
    /// Live only: the state changed, or a single step was made; with the newest values of the open window.
    State {
        /// The state.
        state: State,
        /// What a person should know: "D trains alone, 37 updates to go".
        detail: String,
        /// The open window's metrics so far.
        #[serde(default)]
        metrics: Metrics,
    },
}

impl Body {
    /// The request that this answers; none where it is no answer, or one to a script or a guard.
    #[must_use]
    pub fn request(&self) -> Option<u64> {
        match self {
            Self::Applied { request, .. }
            | Self::Rejected { request, .. }
            | Self::Looked(Looked { request, .. }) => *request,
            _ => None,
        }
    }

    /// Makes this the answer to another request, or to nobody's.
    pub fn set_request(&mut self, number: Option<u64>) {
        match self {
            Self::Applied { request, .. }
            | Self::Rejected { request, .. }
            | Self::Looked(Looked { request, .. }) => *request = number,
            _ => {}
        }
    }

    /// Whether this belongs in the record. Live events describe the moment, and depend on when someone looked.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        match self {
            Self::Loading { .. }
            | Self::State { .. }
            | Self::Looked(_)
            | Self::Unjudged { .. }
            | Self::Viewers { .. } => false,
            Self::Samples(samples) => samples.file.is_some(),
            Self::System(seen) => seen.keep,
            _ => true,
        }
    }
}

/// The content of a `step` event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepWindow {
    /// The first step of the window; the event's own `step` is its last.
    pub from_step: u64,
    /// The epoch being trained, from 1.
    pub epoch: u64,
    /// Real batches used in this epoch so far.
    pub batch: u64,
    /// Metric values over the window.
    pub metrics: Metrics,
    /// Steps per second over the last second or so (wall clock).
    #[serde(with = "number")]
    pub steps_per_second: f64,
    /// Real images per second over the last second or so (wall clock).
    #[serde(with = "number")]
    pub images_per_second: f64,
}

/// One value that a command changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Configuration key: `optimizer.d.lr`.
    pub key: String,
    /// Before.
    pub from: Value,
    /// After.
    pub to: Value,
}

/// A configuration value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// true or false.
    Bool(bool),
    /// A count.
    Integer(i64),
    /// A number.
    Float(f64),
    /// A name.
    Text(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(v) => write!(f, "{v}"),
            Self::Integer(v) => write!(f, "{v}"),
            Self::Float(v) if *v != 0.0 && (v.abs() < 1e-3 || v.abs() >= 1e6) => write!(f, "{v:e}"),
            Self::Float(v) => write!(f, "{v}"),
            Self::Text(v) => write!(f, "{v}"),
        }
    }
}

/// How bad an alarm is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Worth a look.
    Warn,
    /// The run is being lost.
    Hard,
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

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It reached its target.
    Completed,
    /// Someone stopped it.
    Stopped,
    /// A signal stopped it, or that its output was closed.
    Interrupted,
    /// Its numbers stopped being finite and could not be recovered.
    Diverged,
    /// A condition that it must not meet held, or could never be checked.
    FailedCondition,
}
