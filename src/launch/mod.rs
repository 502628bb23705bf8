//! From a request to a run under way: plans the run ([`plan`]), and starts a session with this program's trainer as its
//! engine ([`start()`]).

mod beginning;
mod error;
mod evaluator;
mod finder;
mod loading;
pub mod plan;
mod start;
mod training;

pub use error::TrainingError;
pub use finder::finder;
pub use start::{Launch, start};
