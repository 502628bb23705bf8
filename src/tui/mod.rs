//! A subscriber that draws: the terminal UI.
//!
//! | file | holds |
//! |---|---|
//! | `app/` | what the screen shows, as plain state: events and keys in, effects out |
//! | `panels/` | one file for each part of the screen: state in, cells out |
//! | `plot/` | the chart's own widget: axes, scales, a canvas of dots |
//! | `layout.rs` | which panels fit, and where |
//! | `keymap/` | every key: looked up, shown and explained from one table |
//! | `theme.rs`, `glyphs.rs` | the only places that name colours and special characters |
//! | `health.rs` | how the training goes, signal by signal |
//! | `input.rs`, `run.rs` | the thread that reads keys; the loop |
//!
//! It works with events alone, so that a replayed or remote run looks the same.

pub mod app;
mod film;
pub mod glyphs;
pub mod health;
pub mod help;
mod input;
pub mod keymap;
pub mod layout;
mod pace;
pub mod panels;
mod plot;
mod run;
pub mod theme;

pub use panels::{Look, draw};
pub use run::{Ended, Left, TuiError, TuiOptions, run};
