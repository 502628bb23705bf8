//! Data to stdout.
//!
//! What could not be written is no success: a full disk behind it is an error, and a reader that has left (`… | head`) ends
//! the command quietly with the exit code that a shell gives for SIGPIPE, as other tools end.

use std::io::{self, ErrorKind, IsTerminal as _, Write};

use super::Failure;
use crate::files::Stdout;

/// Writes to stdout.
///
/// # Errors
/// As [`failed`] says.
pub fn print(bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
    Stdout.write_all(bytes.as_ref()).map_err(failed)
}

/// What it means that stdout refused: [`Failure::OutputClosed`] when nobody reads it any more, else [`Failure::Run`].
#[must_use]
pub fn failed(error: io::Error) -> Failure {
    if error.kind() == ErrorKind::BrokenPipe {
        return Failure::OutputClosed;
    }
    Failure::Run(anyhow::Error::new(error).context("cannot write to the standard output"))
}

/// Columns of the terminal that stdout is; none where it is something else, or does not know.
#[must_use]
pub fn columns() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let (columns, _) = crossterm::terminal::size().ok()?;
    Some(usize::from(columns)).filter(|columns| *columns > 0)
}
