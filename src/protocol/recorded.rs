//! Events that belong in the record.

use serde::{Deserialize, Serialize};

use super::{
    CheckpointReason, Command, Declaration, Metrics, Quality, RunInfo, Samples, Source, Summary,
    SystemUse, Triggered, Value, Warning, number,
};
use crate::metric::{self, ObjectiveInfo};

/// What the record holds of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Recorded {
    /// The run begins: everything about it is known.
    Started(Box<RunInfo>),
    /// What the program that trains has declared of itself so far: all of it, each time.
    Declared(Box<Declaration>),
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
    /// Other pictures than samples that a program made, which are kept as a file.
    Pictures {
        /// What they are called.
        name: String,
        /// Path of the PNG below the run directory.
        file: String,
        /// The pictures.
        #[serde(flatten)]
        samples: Samples,
    },
    /// How the values of something are distributed.
    Distribution(Distribution),
    /// A text that a program made: a sample, or a remark.
    Text {
        /// What it is, if that was said.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        name: Option<String>,
        /// The text.
        text: String,
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

/// The content of `distribution`: a histogram.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// What is distributed; where it is the name of a metric, the values are that metric's.
    pub name: String,
    /// Edges of the bins, in rising order: one more than counts.
    pub edges: Vec<f64>,
    /// Values in each bin.
    pub counts: Vec<f64>,
    /// The mean of the values themselves, where it is known: bins tell it less exactly.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mean: Option<f64>,
    /// Values that are not finite.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub odd: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
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
