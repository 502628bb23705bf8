//! Many runs on one screen, whoever wrote them: `genai-tui watch`.
//!
//! | file | holds |
//! |---|---|
//! | `state.rs` | what is shown, as plain state |
//! | `keys.rs`, `looking.rs` | what keys change; axis, range and crosshair of the charts |
//! | `dialog.rs`, `choosing.rs`, `asking.rs`, `completion.rs`, `forking.rs`, `answers.rs` | dialogs; what becomes of a choice and of a text; what runs answered |
//! | `places.rs`, `draw.rs` | where everything is; one frame |
//! | `list.rs`, `group_table.rs` | the list; the groups |
//! | `charts.rs`, `overlay/`, `compare.rs`, `samples.rs` | the charts and one of them; differences; samples |
//! | `sweep_view.rs`, `trial_column.rs`, `sweep/` | a sweep as state; columns of its trials; its trials, parameters and parallel coordinates on the screen |
//! | `screen.rs`, `steering.rs` | the terminal: the loop, dashboards that are opened, commands to runs |

mod answers;
mod asking;
mod charts;
mod choosing;
mod compare;
mod completion;
mod dialog;
mod draw;
mod forking;
mod group_table;
mod keys;
mod list;
mod looking;
mod overlay;
mod places;
mod samples;
mod screen;
mod state;
mod steering;
mod sweep;
mod sweep_view;
mod trial_column;

pub use screen::{SweepAt, watch};
pub use state::{Effect, Workspace};
pub use steering::Runs;
