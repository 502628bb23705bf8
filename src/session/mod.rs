//! A running training and everyone who watches it: threads, fan-out, signals, and the two processes of an interactive
//! session.

mod commander;
mod control;
pub mod descriptors;
pub mod detach;
mod digest;
mod error;
mod evaluator;
pub mod front;
mod hub;
mod launch;
pub mod link;
mod missed;
mod opening;
pub mod outlook;
pub mod panics;
mod past;
pub mod plan;
pub mod priority;
mod pump;
mod recording;
mod run;
mod sampler;
pub mod signals;
mod training;
mod viewer;

pub use commander::Commander;
pub use digest::{CatchUp, Digest};
pub use error::SessionError;
pub use hub::{Hub, Subscriber};
pub use launch::{DataSeen, Launch, Start};
pub use past::{PastError, past};
pub use run::Session;
pub use viewer::Viewer;
