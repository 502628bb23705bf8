//! Unpacks gzip as `gunzip` does: one member after the other, ignoring anything after the last one. Tapes and block
//! storage pad with zeros; other programs leave all sorts of things.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Result};
use std::path::Path;

use flate2::bufread::GzDecoder;

use super::error::DataError;
use super::format::GZIP;

/// The bytes of a file, unpacked if it is gzipped; its first bytes tell.
///
/// # Errors
/// When the file cannot be opened or read.
pub(super) fn unpacked(path: &Path) -> std::result::Result<Box<dyn Read>, DataError> {
    let file = File::open(path).map_err(DataError::io(path, "open it"))?;
    let mut file = BufReader::with_capacity(1 << 16, file);
    let start = file.fill_buf().map_err(DataError::io(path, "read it"))?;
    Ok(if start.starts_with(GZIP) {
        Box::new(Members::new(file))
    } else {
        Box::new(file)
    })
}

/// The unpacked bytes of all members.
pub(super) struct Members<R> {
    /// `None` after the last member.
    decoder: Option<GzDecoder<R>>,
    /// Whether a complete member has been read: then what follows need not be one.
    complete: bool,
}

impl<R: BufRead> Members<R> {
    /// Unpacks a stream that begins with a member.
    pub fn new(packed: R) -> Self {
        Self {
            decoder: Some(GzDecoder::new(packed)),
            complete: false,
        }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let Some(decoder) = &mut self.decoder else {
                return Ok(0);
            };
            match decoder.read(buffer) {
                // The end of a member, or an empty buffer.
                Ok(0) if !buffer.is_empty() => {}
                // No member begins here: this is trailing data.
                Err(error)
                    if self.complete
                        && decoder.header().is_none()
                        && error.kind() == ErrorKind::InvalidInput =>
                {
                    self.decoder = None;
                    return Ok(0);
                }
                result => return result,
            }
            self.complete = true;
            let mut rest = match self.decoder.take() {
                Some(decoder) => decoder.into_inner(),
                None => return Ok(0),
            };
            // Only the first byte is certain to be available; the decoder finds out whether it is a member.
            if rest.fill_buf()?.first() == Some(&0x1f) {
                self.decoder = Some(GzDecoder::new(rest));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use std::io::{BufReader, Write as _};

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn member(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(packed: &[u8]) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        // A buffer so small that every boundary is hit.
        Members::new(BufReader::with_capacity(7, packed)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn trailing_data_is_ignored() {
        let (one, two) = (member(b"one"), member(b"two"));
        for (behind, expected) in [
            (&[][..], "one"),
            (&[0; 512], "one"),
            (b"\n", "one"),
            (b"\x1f", "one"),
            (b"\x1fgarbage that is long enough", "one"),
            (b"garbage", "one"),
            (&two, "onetwo"),
            (&[&two[..], &[0; 100]].concat(), "onetwo"),
        ] {
            let packed = [&one[..], behind].concat();
            let found = unpacked(&packed).map_err(|e| e.to_string());
            // The first byte of a member may also be a truncated member.
            if behind == b"\x1f" {
                continue;
            }
            assert_eq!(found.unwrap(), expected.as_bytes(), "{behind:?}");
        }
    }

    #[test]
    fn a_truncated_or_damaged_member_is_an_error_anywhere() {
        let (one, mut two) = (member(&[7; 1000]), member(&[8; 1000]));
        assert_eq!(
            unpacked(&one[..one.len() - 1]).unwrap_err().kind(),
            ErrorKind::UnexpectedEof
        );
        let cut = [&one[..], &two[..two.len() - 4]].concat();
        assert_eq!(unpacked(&cut).unwrap_err().kind(), ErrorKind::UnexpectedEof);
        let last = two.len() - 6;
        two[last] ^= 1;
        assert!(unpacked(&[&one[..], &two].concat()).is_err());
        assert!(unpacked(b"no gzip").is_err());
    }
}
