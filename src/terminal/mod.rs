//! The terminal itself: what it can show, entering and leaving it, writing to it.
//!
//! Invariants: it is restored on every way out, however often [`restore`] is called and from whichever thread; nothing
//! but frames reaches it in between.

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
