//! Alarms: pure state machines over metrics. Numbers in, at most one [`AlarmSeen`] per alarm out; no clock, no I/O.
//!
//! One file per alarm. Each fires once per episode and again only when the episode gets worse or after it is over, and
//! each says what was seen, what it means and which command may help. All state is serialisable, so that a resumed run
//! neither forgets an episode nor reports it twice.

mod d_collapse;
mod diversity;
mod episode;
mod monitor;
mod non_finite;
mod quality;

pub use monitor::{AlarmSeen, Monitor};
