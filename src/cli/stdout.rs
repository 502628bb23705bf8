//! Data to stdout.

use std::io::{ErrorKind, Write};

use anyhow::Context;

use super::Failure;

/// Writes to stdout. A reader that has gone (`… | head`) wants no more: that is no failure.
///
/// # Errors
/// [`Failure::Run`] if stdout cannot be written, as on a full disk.
pub fn print(bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout
        .write_all(bytes.as_ref())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error)
            .context("cannot write to stdout")
            .map_err(Failure::Run),
        _ => Ok(()),
    }
}
