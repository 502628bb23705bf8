//! How well training is going: signals to look up, and alarms that report by themselves. Pure: no clock, no I/O.
//!
//! [`signals()`] evaluates the checks that metrics declare. Alarms are state machines over metrics: numbers in, at most
//! one [`AlarmSeen`] per alarm out.
//!
//! One file per alarm. Each fires once per episode, and again only when the episode gets worse or a new one begins. Its
//! text says what was seen, what it means and which command may help. All state is serialisable, so a resumed run
//! neither forgets an episode nor reports it twice.

mod advice;
mod alarm_seen;
mod d_collapse;
mod diversity;
mod episode;
mod monitor;
mod non_finite;
mod quality;
pub mod signals;

pub use advice::followable;
pub use alarm_seen::AlarmSeen;
pub use monitor::Monitor;
pub use signals::{Signal, Situation, Verdict, signals, worst};
