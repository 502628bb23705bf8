//! Training: the loop, its step, the commands it takes between steps, and what it saves.
//!
//! A [`Trainer`] lives on a thread of its own. It sends [`crate::protocol::Event`]s and takes
//! [`crate::protocol::Request`]s over crossbeam channels, and waits for nobody: who listens, draws or records is none of
//! its business. Everything that decides how a run goes on is in its [`Snapshot`].

mod checkpoints;
mod clock;
mod device;
mod error;
mod evaluation;
mod guards;
mod learner;
mod model;
mod pixels;
mod sampling;
mod settings;
mod snapshot;
mod trainer;
mod window;

pub use checkpoints::format::{
    CHECKPOINT_FORMAT, Checkpoint, Reason, Saved, SavedAs, Score, check_checkpoint,
    checkpoint_name, read_checkpoint, read_saved, tidy_checkpoints,
};
pub use device::{available_backends, cuda_kernels, select_device, thread_pool};
pub use error::TrainError;
pub use evaluation::{Evaluator, Judged};
pub use learner::BareRun;
pub use model::{Average, Model, Streams};
pub use sampling::generate::{Elbo, Weights, elbo, read_generator, sample_generator};
pub use sampling::latent::{Explorer, Neighbour, evenly, neighbours, slerp};
pub use snapshot::{Guard, RunState, Snapshot};
pub use trainer::beginning::Beginning;
pub use trainer::commands::objective::Phase;
pub use trainer::evaluating::QualitySeen;
pub use trainer::{Trainer, TrainerParts};
pub use window::OpenWindow;

/// Waits until the record holds the events up to this number, or has given up on them: a checkpoint must never be ahead
/// of what is told before it. False if the run directory is another process's by now.
pub type Recorded = std::sync::Arc<dyn Fn(u64) -> bool + Send + Sync>;
