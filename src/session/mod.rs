//! A running training and everyone who watches it: threads, fan-out, signals, and the two processes of an interactive
//! session.
//!
//! What trains is handed to it as an [`Engine`]: a session knows events and requests, no tensors and no data.

mod commander;
mod control;
pub mod descriptors;
pub mod detach;
mod digest;
mod engine;
mod error;
pub mod front;
mod hub;
pub mod link;
mod mirroring;
mod missed;
mod opening;
pub mod outlook;
pub mod panics;
mod past;
pub mod priority;
mod pump;
mod recording;
mod run;
mod run_record;
mod sampler;
mod setup;
pub mod signals;
pub mod socket_path;
mod training;
mod viewer;
mod window;

pub use commander::Commander;
pub use digest::{CatchUp, Digest};
pub use engine::{Engine, EngineError, Wiring};
pub use error::SessionError;
pub use hub::{Hub, Subscriber};
pub use past::{PastError, past};
pub use run::Session;
pub use run_record::RunRecord;
pub use setup::{OpenFor, Setup};
pub use viewer::Viewer;
pub use window::Window;
