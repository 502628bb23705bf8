//! Events that belong in the record.

use serde::{Deserialize, Serialize};

use super::{
    CheckpointReason, Command, Metrics, Quality, RunInfo, Samples, Source, Summary, SystemUse,
    Triggered, Value, Warning, number,
};
use crate::metric::{self, ObjectiveInfo};

/// What the record holds of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Recorded {
    /// The run begins: everything about it is known.
    Started(Box<RunInfo>),
    /// Metrics of the steps since the previous such event.
    Step(StepWindow),
    /// The generator's output for the fixed latents, which is kept as a file.
    Samples {
        /// Path of the PNG below the run directory.
        file: String,
        /// What was generated.
        #[serde(flatten)]
        samples: Samples,
    },
    /// Samples were evaluated. The event's step is that of the weights that generated them; while a person watches it may
    /// come later than events of later steps.
    Evaluated(Quality),
    /// A command took effect after `step`; every one is an intervention.
    Applied {
        /// The request it answers; `None` for commands from a script or a guard.
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
    /// A condition holds, and triggers what its rule says; or one was never checked by the end.
    Rule(Triggered),
    /// A checkpoint is on disk.
    Checkpoint {
        /// Its path below the run directory.
        path: String,
        /// Why it was written.
        reason: CheckpointReason,
    },
    /// A person's remark.
    Note {
        /// The remark.
        text: String,
    },
    /// What the machine does, and what the run has cost, as it is recorded now and then.
    System(SystemUse),
    /// Something about the run's surroundings, not the training: a full disk, a slow recorder.
    Warning(Warning),
    /// The run ended as it should, or on request.
    Finished(Box<Summary>),
    /// The run ended by an error; nothing follows.
    Failed {
        /// The error and its causes.
        error: String,
    },
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

/// How bad an alarm is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Worth a look.
    Warn,
    /// The run is being lost. In JSON `hard`, as earlier versions wrote it; `critical` is read as well.
    #[serde(rename = "hard", alias = "critical")]
    Critical,
}
