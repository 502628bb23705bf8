//! Data to stdout, or to a named output that may be stdout.
//!
//! A failed write is a failure: a full disk is an error, and a reader that has gone (`… | head`) ends the command silently
//! with the exit code that a shell reports for SIGPIPE.

use std::io::{self, ErrorKind, IsTerminal as _, Write};

use super::Failure;
use crate::files::{Output, Stdout};

/// Writes to stdout.
///
/// # Errors
/// As [`failed`] says.
pub fn print(bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
    Stdout.write_all(bytes.as_ref()).map_err(failed)
}

/// Writes lines to stdout. A terminal would obey control characters: there they are `?`.
///
/// # Errors
/// As [`failed`] says.
pub fn print_harmless(text: String) -> Result<(), Failure> {
    let is_harmful = |c: char| c.is_control() && c != '\n';
    if io::stdout().is_terminal() && text.contains(is_harmful) {
        return print(text.replace(is_harmful, "?"));
    }
    print(text)
}

/// Writes what `content` writes to a named output, which may be stdout.
///
/// # Errors
/// As [`failed`] says where it is a stream; [`Failure::Run`] where a file cannot be written.
pub fn write(
    output: &Output,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    output.write(content).map_err(|error| {
        let has_gone = error.kind() == ErrorKind::BrokenPipe;
        if output.is_stdout() || output.is_stream() && has_gone {
            return failed(error);
        }
        Failure::Run(anyhow::Error::new(error).context(format!("`{output}`: cannot be written")))
    })
}

/// The failure for an error of stdout: [`Failure::OutputClosed`] if its reader has gone, else [`Failure::Run`].
#[must_use]
pub fn failed(error: io::Error) -> Failure {
    if error.kind() == ErrorKind::BrokenPipe {
        return Failure::OutputClosed;
    }
    Failure::Run(anyhow::Error::new(error).context("cannot write to standard output"))
}

/// Columns of the terminal that stdout is; `None` if it is something else, or does not know.
#[must_use]
pub fn columns() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let (columns, _) = crossterm::terminal::size().ok()?;
    Some(usize::from(columns)).filter(|columns| *columns > 0)
}
