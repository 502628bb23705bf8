//! The terminal UI: a subscriber that draws.
//!
//! | file | holds |
//! |---|---|
//! | `app/` | what the screen shows, as plain state: events in, effects out |
//! | `panels/` | one file for each part of a screen: state in, cells out |
//! | `screen.rs`, `screens/` | the list of screens, and one file for each: its layout, its panels, its own keys |
//! | `dialogs/` | one file for each dialog: its state, its keys, how it is drawn |
//! | `ui/` | dispatches keys and the mouse to screens and dialogs; draws header, screen, keys and dialog |
//! | `plot/` | the chart's own widget: axes, scales, a canvas of dots |
//! | `layout.rs` | which panels fit, and where |
//! | `keymap/` | key bindings as data: looked up, shown and explained from tables |
//! | `theme.rs`, `glyphs.rs`, `appearance.rs` | the only places that name colours and special characters; frames |
//! | `workspace/`, `workspace_part.rs` | many runs on one screen: list, charts, differences, samples |
//! | `input.rs`, `run/` | the thread that reads keys; the event loop and the terminal |
//!
//! It works with events alone, so that a replayed or remote run looks the same.

pub mod app;
pub mod appearance;
mod dialogs;
mod earlier_samples;
pub mod glyphs;
pub mod help;
mod input;
pub mod keymap;
pub mod layout;
mod pace;
mod panels;
mod plot;
mod run;
pub mod screen;
mod screens;
pub mod theme;
mod ui;
pub mod workspace;
mod workspace_part;

pub use appearance::Appearance;
pub use panels::output::size as output_size;
pub use run::{Ended, Left, TuiError, TuiOptions, run};
pub use ui::Ui;
pub use workspace_part::Part;
