//! The bytes of a file on disk. Files may be gzipped; that is told by their first bytes, not by their name.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::error::DataError;

/// The bytes of a file, unpacked, with their number.
pub(super) struct Source<'a> {
    pub path: &'a Path,
    reader: Box<dyn Read>,
    gzip: bool,
    taken: u64,
}

impl<'a> Source<'a> {
    /// Opens a regular file, gzipped or not.
    pub fn open(path: &'a Path) -> Result<Self, DataError> {
        // Opening a folder succeeds on Unix, and only reading it fails, in words that help no one.
        if path.is_dir() {
            return Err(DataError::Folder {
                path: path.to_owned(),
            });
        }
        // A pipe or a device may keep whoever opens it waiting for ever.
        if path.exists() && !path.is_file() {
            return Err(DataError::NoFile {
                path: path.to_owned(),
            });
        }
        let file = File::open(path).map_err(DataError::io(path, "open it"))?;
        let mut file = BufReader::with_capacity(1 << 16, file);
        let gzip = file
            .fill_buf()
            .map_err(DataError::io(path, "read it"))?
            .starts_with(&[0x1f, 0x8b]);
        let reader: Box<dyn Read> = if gzip {
            Box::new(MultiGzDecoder::new(file))
        } else {
            Box::new(file)
        };
        Ok(Self {
            path,
            reader,
            gzip,
            taken: 0,
        })
    }

    /// Appends up to `limit` bytes to `bytes`; fewer only at the end of the file.
    pub fn take(&mut self, limit: u64, bytes: &mut Vec<u8>) -> Result<u64, DataError> {
        let before = bytes.len();
        let result = self.reader.by_ref().take(limit).read_to_end(bytes);
        let taken = (bytes.len() - before) as u64;
        self.taken += taken;
        result.map(|_| taken).map_err(|source| {
            let (path, unpacked) = (self.path.to_owned(), self.taken);
            match source.kind() {
                ErrorKind::UnexpectedEof if self.gzip => {
                    DataError::TruncatedGzip { path, unpacked }
                }
                ErrorKind::InvalidData | ErrorKind::InvalidInput if self.gzip => {
                    DataError::DamagedGzip {
                        path,
                        unpacked,
                        reason: source.to_string(),
                    }
                }
                _ => DataError::Io {
                    path,
                    action: "read it",
                    source,
                },
            }
        })
    }
}
