//! Reading files, and nothing but files.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Opens a regular file to be read.
///
/// # Errors
/// When it is something else, or the system refuses.
pub fn open(path: &Path) -> io::Result<File> {
    if fs::metadata(path)?.is_file() {
        File::open(path)
    } else {
        Err(io::Error::other("this is no regular file"))
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
