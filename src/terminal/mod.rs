//! The terminal: its capabilities, taking and restoring it, its input, writing to it.
//!
//! Invariants: it is restored on every exit path, however often and from whichever thread [`restore`] is called; only frames
//! are written to it in between.

pub mod caps;
pub mod decode;
mod guard;
mod inquiry;
pub mod job;
mod pixels;
pub mod probe;
mod quiet;
pub mod relay;
pub mod still;
pub mod tmux;
mod writer;

pub use caps::Caps;
pub use guard::{Guard, claim, restore, take};
pub use inquiry::{Heard, Inquiry};
pub use pixels::{Pixels, Placed};
pub use quiet::Quiet;
pub use writer::FrameWriter;
