//! From a request to a run under way: plans the run, and starts a session with this program's trainer in it.

mod beginning;
mod error;
mod evaluator;
mod loading;
mod start;
mod training;

pub use error::TrainingError;
pub use start::{Launch, start};
