//! Reads idx files, the format of MNIST, strictly: a file that is not exactly what its header says is an error.
//!
//! Layout: a big-endian magic number, one big-endian `u32` per dimension, then the bytes. Files may be gzipped; that is
//! told by their first bytes, not by their name. A header is never trusted with memory: what is held is what was read.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::dataset::IMAGE_BYTES;
use super::error::DataError;
use crate::protocol::DIGIT_SIDE;

const IMAGES_MAGIC: u32 = 0x0000_0803;
const LABELS_MAGIC: u32 = 0x0000_0801;
/// The most that is reserved before the bytes are there.
const RESERVE: u64 = 64 << 20;

/// Reads the images of an idx3 file: n × 784 bytes, n at least 1.
///
/// # Errors
/// When the file cannot be read or is not an idx file of 28×28 images.
pub fn read_images(path: &Path) -> Result<Vec<u8>, DataError> {
    let mut source = Source::open(path)?;
    let [count, rows, columns] = source.header::<3>(IMAGES_MAGIC, "images")?;
    if (rows as usize, columns as usize) != (DIGIT_SIDE, DIGIT_SIDE) {
        return Err(DataError::WrongSize {
            path: path.to_owned(),
            rows,
            columns,
        });
    }
    source.items(count, IMAGE_BYTES as u64, "images")
}

/// Reads the labels of an idx1 file: n bytes, n at least 1.
///
/// # Errors
/// When the file cannot be read or is not an idx file of labels.
pub fn read_labels(path: &Path) -> Result<Vec<u8>, DataError> {
    let mut source = Source::open(path)?;
    let [count] = source.header::<1>(LABELS_MAGIC, "labels")?;
    source.items(count, 1, "labels")
}

/// The bytes of a file, unpacked, with their number.
struct Source<'a> {
    path: &'a Path,
    reader: Box<dyn Read>,
    gzip: bool,
    taken: u64,
}

impl<'a> Source<'a> {
    fn open(path: &'a Path) -> Result<Self, DataError> {
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
    fn take(&mut self, limit: u64, bytes: &mut Vec<u8>) -> Result<u64, DataError> {
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

    /// Reads the header of an `items` file with `N` dimensions.
    fn header<const N: usize>(
        &mut self,
        magic: u32,
        items: &'static str,
    ) -> Result<[u32; N], DataError> {
        let expected = 4 + 4 * N as u64;
        let mut bytes = Vec::new();
        let found = self.take(expected, &mut bytes)?;
        let mut words = bytes
            .chunks_exact(4)
            .map(|word| word.iter().fold(0, |all, &b| all << 8 | u32::from(b)));
        // A short file of another kind is named by its magic number rather than by its length.
        if let Some(found) = words.next().filter(|&found| found != magic) {
            return Err(DataError::WrongMagic {
                path: self.path.to_owned(),
                found,
                expected: magic,
                wanted: items,
            });
        }
        if found < expected {
            return Err(DataError::ShortHeader {
                path: self.path.to_owned(),
                found,
                expected,
            });
        }
        Ok(std::array::from_fn(|_| words.next().unwrap_or_default()))
    }

    /// Reads `count` items of `size` bytes, which must be all there is.
    fn items(&mut self, count: u32, size: u64, items: &'static str) -> Result<Vec<u8>, DataError> {
        let path = || self.path.to_owned();
        if count == 0 {
            return Err(DataError::Empty {
                path: path(),
                items,
            });
        }
        let expected = u64::from(count) * size;
        let count = u64::from(count);
        let mut bytes = Vec::with_capacity(expected.min(RESERVE) as usize);
        let found = self.take(expected, &mut bytes)?;
        if found < expected {
            return Err(DataError::TooFewBytes {
                path: self.path.to_owned(),
                items,
                count,
                found,
                expected,
            });
        }
        if self.take(1, &mut Vec::new())? > 0 {
            return Err(DataError::TooManyBytes {
                path: self.path.to_owned(),
                items,
                count,
                expected,
            });
        }
        Ok(bytes)
    }
}

#[cfg(test)]
#[path = "idx_tests.rs"]
mod tests;
