//! Facts about a run as a whole.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Checked, Metrics, ProgramInfo, QualityAt, Target, Value, number};
use crate::metric::{self, HealthLimits, MetricInfo, ObjectiveChoice, ObjectiveInfo};
use crate::shape::ImageShape;

/// The dataset a run trains on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetInfo {
    /// Registry name, or the name of the file; its path is in the configuration.
    pub name: String,
    /// Number of training images.
    pub images: u64,
    /// Their shape; [`ImageShape::MNIST`] in records of earlier versions.
    #[serde(default)]
    pub shape: ImageShape,
    /// Names of its classes, by their labels; empty where it has none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub classes: Vec<String>,
    /// Digest that identifies its images.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub digest: Option<String>,
    /// What a person should know about how it was chosen, if anything: "MNIST … could not be downloaded: …".
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub notice: Option<String>,
}

/// The device a run trains on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// `cpu`, `cuda:0`, `metal`.
    pub name: String,
    /// Why this one, where that was a choice: "no CUDA in this build".
    pub reason: String,
    /// Threads that train.
    pub threads: usize,
}

/// The content of `started`: the resolved run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Name of the run: the last part of its directory.
    pub name: String,
    /// The run directory.
    pub dir: PathBuf,
    /// Version of the program.
    pub version: String,
    /// What trains.
    #[serde(flatten)]
    pub trainer: Trainer,
    /// When a signal of the training is worth a look.
    #[serde(default)]
    pub health: HealthLimits,
    /// What evaluations measure, most important first; empty where there are none.
    #[serde(
        deserialize_with = "metric::read_measures",
        skip_serializing_if = "Vec::is_empty",
        default
    )]
    pub measures: Vec<MetricInfo>,
    /// Other settings that can change in mid-run, by their keys.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub settings: BTreeMap<String, Value>,
    /// Where the run ends.
    pub target: Target,
    /// Where it resumes from, if this is not its first start.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resumed: Option<Resumed>,
    /// The run it was forked from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub origin: Option<RunOrigin>,
}

/// What trains. What one kind of trainer has and the other has not is only here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Trainer {
    /// This program's own.
    Own(Box<OwnTrainer>),
    /// Another program, which declares the rest of itself later.
    Program {
        /// Which.
        program: Box<ProgramInfo>,
    },
}

/// A training by this program's own trainer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnTrainer {
    /// What it trains on.
    pub dataset: DatasetInfo,
    /// Where it trains.
    pub device: DeviceInfo,
    /// The objective it starts with.
    #[serde(deserialize_with = "metric::read_objective")]
    pub objective: ObjectiveInfo,
    /// Every objective it can be switched to.
    pub objectives: Vec<ObjectiveChoice>,
    /// The run's seed.
    pub seed: u64,
    /// Real images per D update.
    pub batch_size: usize,
    /// D updates per step.
    pub n_critic: usize,
    /// Base learning rate of D.
    pub lr_d: f64,
    /// Base learning rate of G.
    pub lr_g: f64,
    /// Batches in an epoch, the short last one counted.
    pub batches_per_epoch: u64,
    /// Dimension of a latent vector.
    pub latent_dim: usize,
    /// Parameters of G.
    pub generator_parameters: u64,
    /// Parameters of D.
    pub discriminator_parameters: u64,
}

impl RunInfo {
    /// What is known of this program's own trainer, if it is what trains.
    #[must_use]
    pub fn own(&self) -> Option<&OwnTrainer> {
        match &self.trainer {
            Trainer::Own(own) => Some(own),
            Trainer::Program { .. } => None,
        }
    }

    /// The program that trains, if it is another one.
    #[must_use]
    pub fn program(&self) -> Option<&ProgramInfo> {
        match &self.trainer {
            Trainer::Own(_) => None,
            Trainer::Program { program } => Some(program),
        }
    }
}

/// Where a resumed run continues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    /// The step of the checkpoint.
    pub step: u64,
    /// The checkpoint, below the run directory.
    pub checkpoint: String,
}

/// The run that a fork began from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOrigin {
    /// Its name.
    pub run: String,
    /// Its directory.
    pub dir: PathBuf,
    /// The step of the checkpoint.
    pub step: u64,
}

/// A viewer of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewerInfo {
    /// Unique among the viewers of one host process.
    pub id: u64,
    /// Its terminal and process, for people: `pts/3, process 4711`.
    pub name: String,
    /// Whether their commands are taken. At most one viewer has control.
    pub control: bool,
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
    /// The program that trained ended with an exit code other than 0, or by a signal.
    Failed,
    /// Nobody knows: the log of another tool does not say whether it has ended.
    Unknown,
}

/// How a run ended: the content of `summary.json` and of `finished`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// How it ended.
    pub outcome: Outcome,
    /// Why, in words: "reached 5 epochs", "stopped on request".
    pub reason: String,
    /// The signal that ended it, if one did: `SIGTERM`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub signal: Option<String>,
    /// The step it ended at. A `finished` event has its own `step`, so this one has another name in JSON.
    #[serde(rename = "total_steps")]
    pub step: u64,
    /// Real images shown to D; renamed in JSON as `step` is.
    #[serde(rename = "total_images")]
    pub images: u64,
    /// images / dataset size.
    #[serde(with = "number")]
    pub epochs: f64,
    /// Seconds of training, pauses left out.
    #[serde(with = "number")]
    pub seconds: f64,
    /// Steps per second over the whole run.
    #[serde(with = "number")]
    pub steps_per_second: f64,
    /// Objective at the end; empty of a program that has none.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub objective: String,
    /// Applied commands over the whole run.
    pub interventions: u64,
    /// The metrics of the last window.
    pub metrics: Metrics,
    /// The newest evaluation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quality: Option<QualityAt>,
    /// The conditions that it must not meet, and how each turned out.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub conditions: Vec<Checked>,
    /// The last checkpoint, below the run directory; of another program as it named it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub checkpoint: Option<String>,
    /// Exit code of the program that trained, if that was another one: 128 + the signal that ended it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exit_code: Option<u8>,
}
