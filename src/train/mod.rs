//! Training: the loop, its step, the commands it takes between steps, and what it saves.
//!
//! A [`Trainer`] lives on a thread of its own. It sends [`crate::protocol::Event`]s and takes
//! [`crate::protocol::Request`]s over crossbeam channels, and waits for nobody: who listens, draws or records is none of
//! its business. Everything that decides how a run goes on is in its [`Snapshot`].

mod checkpoints;
mod clock;
mod control;
mod device;
mod error;
mod evaluation;
mod families;
mod guards;
mod journal;
mod learner;
mod pixels;
mod progress;
mod quality;
mod rollback;
mod sampling;
mod settings;
mod snapshot;
mod trainer;
mod window;

pub use checkpoints::{
    CHECKPOINT_FORMAT, Checkpoint, SavedAs, check_checkpoint, read_checkpoint, tidy_checkpoints,
};
pub use device::{available_backends, cuda_kernels, select_device, thread_pool};
pub use error::TrainError;
pub use evaluation::{Evaluator, Judged};
pub use families::{Adversarial, Autoencoder, Average, Model, OtherNetworks, Streams, Trained};
pub use guards::GuardsState;
pub use journal::{JournalState, OpenWindow};
pub use learner::{Learner, LearnerState, Phase, Stepped, Weights as NetworkWeights};
pub use progress::Progress;
pub use quality::QualitySeen;
pub use sampling::{
    Elbo, Explorer, Neighbour, Weights, along, elbo, evenly, plane, read_generator,
    sample_generator, walk, with_neighbours,
};
pub use snapshot::{Identity, RunState, Snapshot, WayBack};
pub use trainer::{Beginning, Trainer, TrainerParts};

/// Waits until the record holds the events up to this number, or has given up on them: a checkpoint must never be ahead
/// of what is told before it. False if the run directory is another process's by now.
pub type AwaitRecord = std::sync::Arc<dyn Fn(u64) -> bool + Send + Sync>;
