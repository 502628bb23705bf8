//! MD5 checksums, to detect damaged files.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use md5::{Digest, Md5};

/// Bytes per read.
const PIECE: usize = 1 << 20;

/// The MD5 of these bytes, in hexadecimal.
#[must_use]
pub fn md5_hex(bytes: impl AsRef<[u8]>) -> String {
    hex(Md5::digest(bytes).into())
}

/// The MD5 of a file, in hexadecimal, read in pieces.
///
/// # Errors
/// When the system refuses.
pub fn md5_of_file(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let (mut md5, mut piece) = (Md5::new(), vec![0; PIECE]);
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(hex(md5.finalize().into())),
            Ok(n) => md5.update(&piece[..n]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// An MD5 digest in hexadecimal.
#[must_use]
pub fn hex(digest: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(digest))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    #[test]
    fn a_file_and_its_bytes_have_one_sum() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "hello world").unwrap();
        let expected = "5eb63bbbe01eeed093cb22bb8f5acdc3";
        assert_eq!(md5_of_file(file.path()).unwrap(), expected);
        assert_eq!(md5_hex("hello world"), expected);
    }
}
