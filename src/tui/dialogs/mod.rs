//! What lies over a screen and takes the keys: one file for each dialog, with its state, its keys and how it is drawn.
//!
//! A new one is a file with a [`Dialog`] in it and a line in [`CONTEXTS`]; what opens it makes it.

mod command_line;
mod detach;
mod dialog;
mod help;
mod menu;
mod question;
mod quit;
mod rewind;
mod search;
mod still;
mod typing;

pub use command_line::{CommandLine, UI_COMMANDS};
pub use detach::Detach;
pub use dialog::{Answer, Dialog};
pub use help::{Help, Line};
pub use menu::Menu;
pub use quit::Quit;
pub use rewind::Rewind;
pub use search::Search;
pub use still::Still;

use super::keymap::Context;

/// The keys of every dialog, in the order of the help. [`Still`] has none of its own.
pub const CONTEXTS: &[&Context] = &[
    &command_line::CONTEXT,
    &menu::CONTEXT,
    &rewind::CONTEXT,
    &detach::CONTEXT,
    &quit::CONTEXT,
    &help::CONTEXT,
    &search::CONTEXT,
];
