//! Dialogs: one file each, with its state, its keys and how it is drawn. The open dialog takes the keys.
//!
//! To add one, write a file that implements [`Dialog`] and add its context to [`CONTEXTS`].

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
pub use typing::Typing;

use super::keymap::Context;

/// The keys of every dialog, in the order of the help. [`Still`] has no keys to explain.
pub const CONTEXTS: &[&Context] = &[
    &command_line::CONTEXT,
    &menu::CONTEXT,
    &rewind::CONTEXT,
    &detach::CONTEXT,
    &quit::CONTEXT,
    &help::CONTEXT,
    &search::CONTEXT,
];
