//! Reading files, and nothing but files.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::Kind;

/// Opens a regular file to be read.
///
/// # Errors
/// When it is something else, or the system refuses.
pub fn open(path: &Path) -> io::Result<File> {
    match Kind::of(path)? {
        Kind::File => File::open(path),
        other => Err(io::Error::other(format!("found {other}, expected a file"))),
    }
}

/// A whole regular file.
///
/// # Errors
/// Those of [`open`], and when it cannot be read to its end.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}
