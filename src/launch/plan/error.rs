//! Why a run cannot start or resume as requested.

use std::path::PathBuf;

use crate::config::ConfigError;
use crate::record::RecordError;
use crate::record::reference::ReferenceError;
use crate::train::TrainError;

/// Why a run cannot start or resume as requested. All of these are input errors.
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
        "run `{run}` has no undamaged checkpoint, and is not restarted over data that may be recoverable: {}; `genai-tui --fork \
        RUN@STEP` needs an undamaged one; use another --name to start a new run",
        damaged.join("; ")
    )]
    AllDamaged {
        /// The run.
        run: String,
        /// What is wrong with each.
        damaged: Vec<String>,
    },
    /// A fork that is configured for other networks than its checkpoint has.
    #[error(
        "--fork: the checkpoint has {has} and the fork would have {wanted}: expected the same networks; start a new run without \
        --fork"
    )]
    OtherNetworks {
        /// What the checkpoint has.
        has: String,
        /// What was asked for.
        wanted: String,
    },
    /// The run was rewound to before this checkpoint.
    #[error(
        "run `{run}` was rewound to before its checkpoint of step {step}, which therefore no longer counts; \
        `--fork {run}@{step}` starts a new run from it"
    )]
    TakenBack {
        /// The run.
        run: String,
        /// The step of the checkpoint.
        step: u64,
    },
    /// The checkpoint was copied from another run.
    #[error(
        "{}: the checkpoint belongs to another run: expected {what} {expected}, found {found}; `--fork` starts a new run from it",
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
    /// The run's dataset file is gone.
    #[error(
        "the run was trained on {dataset}, which no longer exists: restore the file, or give its new path with --dataset"
    )]
    NoDataset {
        /// Its path.
        dataset: String,
    },
    /// The total of steps is below the current step.
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
    #[error("fail_if `{condition}`: the run resumes from step {step}: expected a later step")]
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
