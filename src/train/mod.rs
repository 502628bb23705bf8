//! Training: the loop, its step, the commands it takes between steps, and what it saves.
//!
//! A [`Trainer`] runs on its own thread. It sends [`crate::protocol::Event`]s and takes [`crate::protocol::Request`]s over
//! channels, and never waits for viewers or the record. It is a loop over a few parts, each with private fields:
//!
//! | part | holds |
//! |---|---|
//! | [`Learner`] | networks, optimizers, settings, random numbers, data; makes a step |
//! | [`Progress`] | steps, images, branch and other counts of the run |
//! | `Journal` | events, their numbers, the open window of metrics |
//! | `Guards` | alarms, conditions and rules |
//! | `Rollback` | states to return to, in memory |
//! | `Checkpoints` | when and how states are saved |
//! | `Evaluations` | when and by whom samples are judged |
//! | `Preview` | the samples of the fixed latents |
//! | `Control` | requests, the script, pauses, the end |
//!
//! Everything that decides how a run continues is in its [`Snapshot`]: the saved state of these parts. What the trainer does
//! with a command is one file in `trainer/commands`.

mod checkpoints;
mod classes;
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
pub use classes::Classes;
pub use device::{available_backends, cuda_kernels, select_device, thread_pool};
pub use error::TrainError;
pub use families::{
    Adversarial, Autoencoder, Average, Model, OtherNetworks, Streams, Trained, flop_per_step,
};
pub use guards::GuardsState;
pub use journal::{JournalState, OpenWindow};
pub use learner::{Learner, LearnerState, Phase, Stepped, Weights as NetworkWeights, check_images};
pub use progress::Progress;
pub use quality::QualitySeen;
pub use sampling::{
    Elbo, Explorer, Generated, Neighbour, OfClass, Weights, along, elbo, evenly, image_shape,
    plane, read_generator, sample_generator, walk, with_neighbours,
};
pub use settings::sizes;
pub use snapshot::{Identity, RunState, Snapshot, WayBack};
pub use trainer::{Beginning, Trainer, TrainerParts};

/// Waits until the record holds the events up to this number, or has given up on them: a checkpoint must never be ahead
/// of the events before it. Returns false if the run directory is another process's by now.
pub type AwaitRecord = std::sync::Arc<dyn Fn(u64) -> bool + Send + Sync>;
