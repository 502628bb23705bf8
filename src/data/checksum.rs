//! MD5, the checksum that dataset publishers use.

use std::path::Path;

use super::error::DataError;
use super::source::Source;
use crate::files::{Sum, md5_of_file};

/// The MD5 of a file, in hexadecimal.
pub(super) fn checksum(path: &Path) -> Result<String, DataError> {
    md5_of_file(path).map_err(DataError::io(path, "read it"))
}

/// The MD5 of `begin` followed by the rest of a source.
pub(super) fn checksum_of(begin: &[u8], source: &mut Source<'_>) -> Result<String, DataError> {
    const AT_ONCE: u64 = 1 << 16;
    let mut sum = Sum::default();
    sum.add(begin);
    let mut bytes = Vec::with_capacity(AT_ONCE as usize);
    while source.take(AT_ONCE, &mut bytes)? > 0 {
        sum.add(&bytes);
        bytes.clear();
    }
    Ok(sum.hex())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn the_checksum_is_md5() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "hello world").unwrap();
        let expected = "5eb63bbbe01eeed093cb22bb8f5acdc3";
        assert_eq!(checksum(file.path()).unwrap(), expected);
        std::fs::write(file.path(), "world").unwrap();
        let mut source = Source::open(file.path()).unwrap();
        assert_eq!(checksum_of(b"hello ", &mut source).unwrap(), expected);
    }
}
