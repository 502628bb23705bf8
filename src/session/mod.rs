//! A running training and everyone who watches it: threads, fan-out, signals, and the two processes of an interactive
//! session.

#[cfg(unix)]
pub mod detach;
mod error;
#[cfg(unix)]
pub mod front;
mod hub;
mod launch;
pub mod panics;
pub mod priority;
mod recording;
#[cfg(unix)]
pub mod signals;

pub use error::SessionError;
pub use hub::{Before, Commander, Hub, Subscriber, Viewer};
pub use launch::{Launch, Session, Start};
