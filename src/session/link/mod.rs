//! The link between a process that trains (the *host*) and viewers in other processes: a Unix socket next to the run.
//!
//! Only the user of the run may open the socket. Still no input is trusted: what is malformed, too
//! long or too slow closes its connection and nothing else, and no memory grows with what is sent. Training never waits: a
//! connection is a subscriber of the hub like any other, and one that takes nothing for too long is closed.
//!
//! On the wire: frames of `MessagePack`, each after its length as four bytes, least significant first. A connection begins
//! with a `message::Hello` in each direction; then the host sends a `message::Welcome`, the past, and events without
//! end; the viewer sends `message::FromViewer`.

mod client;
mod connection;
mod error;
mod frame;
mod message;
mod peer;
mod server;

pub use client::{Answer, Ending, PendingReply, ask, connect};
pub use error::LinkError;
pub use message::{PROTOCOL, Role};
pub(super) use server::{Server, serve};

#[cfg(test)]
mod tests;
