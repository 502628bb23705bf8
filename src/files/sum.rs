//! MD5 checksums, to detect damaged files.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use md5::{Digest, Md5};

/// Bytes per read.
const PIECE: usize = 1 << 20;

/// An MD5 that is computed piece by piece.
#[derive(Debug, Clone, Default)]
pub struct Sum(Md5);

impl Sum {
    /// Adds bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The MD5 of all bytes.
    #[must_use]
    pub fn finish(self) -> [u8; 16] {
        self.0.finalize().into()
    }

    /// The same, in hexadecimal.
    #[must_use]
    pub fn hex(self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.finish()))
    }
}

/// The MD5 of these bytes.
#[must_use]
pub fn md5(bytes: impl AsRef<[u8]>) -> [u8; 16] {
    let mut sum = Sum::default();
    sum.add(bytes.as_ref());
    sum.finish()
}

/// The MD5 of these bytes, in hexadecimal.
#[must_use]
pub fn md5_hex(bytes: impl AsRef<[u8]>) -> String {
    let mut sum = Sum::default();
    sum.add(bytes.as_ref());
    sum.hex()
}

/// The MD5 of a file, in hexadecimal, read in pieces.
///
/// # Errors
/// When the system refuses.
pub fn md5_of_file(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let (mut sum, mut piece) = (Sum::default(), vec![0; PIECE]);
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(sum.hex()),
            Ok(n) => sum.add(&piece[..n]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    #[test]
    fn a_file_and_its_bytes_have_the_same_checksum() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "hello world").unwrap();
        let expected = "5eb63bbbe01eeed093cb22bb8f5acdc3";
        assert_eq!(md5_of_file(file.path()).unwrap(), expected);
        assert_eq!(md5_hex("hello world"), expected);
        assert_eq!(md5("hello world")[..2], [0x5e, 0xb6]);
    }
}
