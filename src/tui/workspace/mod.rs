//! Many runs on one screen, whoever wrote them: `genai-tui watch`.
//!
//! | file | holds |
//! |---|---|
//! | `state.rs` | what is shown, as plain state |
//! | `keys.rs`, `dialog.rs`, `completion.rs` | what keys change; dialogs; completions of the filter |
//! | `places.rs`, `draw.rs` | where everything is; one frame |
//! | `list.rs`, `charts.rs`, `overlay.rs`, `compare.rs`, `samples.rs` | the list; the charts and one of them; differences; samples |
//! | `screen.rs`, `steering.rs` | the terminal: the loop, dashboards that are opened, commands to runs |

mod charts;
mod compare;
mod completion;
mod dialog;
mod draw;
mod keys;
mod list;
mod overlay;
mod places;
mod samples;
mod screen;
mod state;
mod steering;

pub use screen::watch;
pub use state::{Effect, Workspace};
pub use steering::Runs;
