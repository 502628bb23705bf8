//! Reading regular files only.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::Kind;

/// Opens a regular file for reading.
///
/// # Errors
/// When it is not a regular file, or the system refuses.
pub fn open(path: &Path) -> io::Result<File> {
    match Kind::of(path)? {
        Kind::File => File::open(path),
        other => Err(io::Error::other(format!("found {other}, expected a file"))),
    }
}

/// Reads a whole regular file.
///
/// # Errors
/// Those of [`open`], and when reading fails.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}
