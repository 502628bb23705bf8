//! Training: the loop, its step, the commands it takes between steps, and what it saves.
//!
//! A [`Trainer`] lives on a thread of its own. It sends [`crate::protocol::Event`]s and takes
//! [`crate::protocol::Request`]s over crossbeam channels, and waits for nobody: who listens, draws or records is none of
//! its business. Everything that decides how a run goes on is in its [`Snapshot`].

mod checkpoint;
mod clock;
mod commands;
mod device;
mod error;
mod generate;
mod model;
mod preview;
mod report;
mod saver;
mod settings;
mod snapshot;
mod step;
mod switch;
mod trainer;
mod window;

pub use checkpoint::{CHECKPOINT_FORMAT, checkpoint_name, write_checkpoint};
pub use device::{available_backends, select_device, thread_pool};
pub use error::TrainError;
pub use generate::sample_generator;
pub use model::{Model, Streams};
pub use snapshot::{RunState, Snapshot};
pub use step::BareRun;
pub use switch::Phase;
pub use trainer::{OnDivergence, Trainer, TrainerParts};
pub use window::OpenWindow;

#[cfg(test)]
mod tests;
