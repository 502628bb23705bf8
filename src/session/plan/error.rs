//! Why a run cannot begin or resume as asked for.

use std::path::PathBuf;

use crate::config::ConfigError;
use crate::record::RecordError;
use crate::record::reference::ReferenceError;
use crate::train::TrainError;

/// Why a run cannot begin or resume as asked for: each is at fault of what was given.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no such run, or no such checkpoint.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// The run directory cannot be used.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The checkpoint is damaged.
    #[error("{damage}; {hint}")]
    Checkpoint {
        /// What is wrong with it.
        damage: Box<TrainError>,
        /// Which other checkpoints could be used.
        hint: String,
    },
    /// The run has no checkpoint that is whole.
    #[error(
        "run `{run}` has no checkpoint that is whole, and is not begun again over what may be saved: {}; `genai-tui --fork \
         RUN@STEP` needs a whole one, and another --name begins anew",
        damaged.join("; ")
    )]
    AllDamaged {
        /// The run.
        run: String,
        /// What is wrong with each.
        damaged: Vec<String>,
    },
    /// The run has gone back to before this checkpoint.
    #[error(
        "run `{run}` has gone back to before its checkpoint of step {step} and on from there, so that it counts no more; \
         `--fork {run}@{step}` begins a run from it"
    )]
    TakenBack {
        /// The run.
        run: String,
        /// The step of the checkpoint.
        step: u64,
    },
    /// The checkpoint was put into this run's directory from another run.
    #[error(
        "{}: the checkpoint is of another run: expected {what} {expected}, found {found}; `--fork` begins a run from it",
        checkpoint.display()
    )]
    OtherRun {
        /// The checkpoint's directory.
        checkpoint: PathBuf,
        /// In what they differ.
        what: &'static str,
        /// What the run has.
        expected: String,
        /// What the checkpoint has.
        found: String,
    },
    /// The file that the run learned from is gone.
    #[error(
        "the run learned from {dataset}, and there is no such file now: put it back, or name where it is with --dataset"
    )]
    NoDataset {
        /// Its path.
        dataset: String,
    },
    /// The total of steps lies behind the run.
    #[error(
        "--steps {steps}: the run is at step {step} already, and steps are a total: expected a larger number"
    )]
    StepsBehind {
        /// The total.
        steps: u64,
        /// Where the run is.
        step: u64,
    },
    /// A condition on a step that the run has passed, and that was not checked then.
    #[error("fail_if `{condition}`: the run goes on from step {step}: expected a later step")]
    ConditionBehind {
        /// The condition.
        condition: String,
        /// Where the run is.
        step: u64,
    },
    /// `--resume-or-start` without a destination.
    #[error("--resume-or-start: expected --name or --run-dir")]
    NoDestination,
}
