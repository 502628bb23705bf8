//! The bytes of a file on disk. Files may be gzipped; that is recognised by their first bytes, not by their name.

use std::fs::File;
use std::io::{self, BufReader, Cursor, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::error::DataError;
use super::format::{GZIP, LOOKED_AT};
use super::gzip::Members;
use crate::files::Kind;

/// What is read must fit into memory: five million images, whatever the header says.
const MOST: u64 = 4 << 30;

/// The unpacked bytes of a file, counted.
pub(super) struct Source<'a> {
    path: PathBuf,
    reader: Counted<Box<dyn Read + 'a>>,
    start: Vec<u8>,
    gzip: bool,
}

/// A reader, and how many bytes were read from it.
struct Counted<R> {
    reader: R,
    read: u64,
}

impl<'a> Counted<Box<dyn Read + 'a>> {
    fn of(reader: impl Read + 'a) -> Self {
        Self {
            reader: Box::new(reader),
            read: 0,
        }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.read += read as u64;
        Ok(read)
    }
}

impl<'a> Source<'a> {
    /// Opens a regular file, gzipped or not.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        // Opening a folder succeeds on Unix; only reading fails, with an unhelpful message. Opening a pipe or a device
        // may block for ever.
        if let Ok(found) = Kind::of(path)
            && found != Kind::File
        {
            return Err(DataError::NotAFile {
                path: path.to_owned(),
                found,
            });
        }
        let file = File::open(path).map_err(DataError::io(path, "open it"))?;
        let mut file = BufReader::with_capacity(1 << 16, file);
        let start = beginning(&mut file).map_err(DataError::io(path, "read it"))?;
        let gzip = start.starts_with(GZIP);
        let whole = BufReader::with_capacity(1 << 16, Cursor::new(start).chain(file));
        let mut source = if gzip {
            Self::of(path, Members::new(whole))
        } else {
            Self::of(path, whole)
        };
        source.gzip = gzip;
        source.read_start()?;
        Ok(source)
    }

    /// The content of a reader, under the name `path`.
    pub fn of(path: &Path, reader: impl Read + 'a) -> Self {
        Self {
            path: path.to_owned(),
            reader: Counted::of(reader),
            start: Vec::new(),
            gzip: false,
        }
    }

    /// The name for errors.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether the file is gzipped.
    pub fn is_gzip(&self) -> bool {
        self.gzip
    }

    /// The first bytes, unpacked, if the source was opened from a file; they are not consumed.
    pub fn start(&self) -> &[u8] {
        &self.start
    }

    /// Peeks at the first bytes.
    fn read_start(&mut self) -> Result<(), DataError> {
        let mut start = Vec::new();
        self.take(LOOKED_AT as u64, &mut start)?;
        let rest = std::mem::replace(&mut self.reader, Counted::of(io::empty()));
        self.reader = Counted::of(Cursor::new(start.clone()).chain(rest));
        self.start = start;
        Ok(())
    }

    /// Writes the next `limit` bytes to `bytes`; fewer only at the end of the file.
    pub fn take(&mut self, limit: u64, bytes: &mut impl Write) -> Result<u64, DataError> {
        let left = MOST.saturating_sub(self.reader.read) + 1;
        let result = io::copy(&mut self.reader.by_ref().take(limit.min(left)), bytes);
        if self.reader.read > MOST {
            return Err(DataError::TooLarge {
                path: self.path.clone(),
                most: MOST,
            });
        }
        result.map_err(|source| {
            let (path, unpacked) = (self.path.clone(), self.reader.read);
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

/// The first bytes of a file; fewer if it is short.
fn beginning(file: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    file.take(LOOKED_AT as u64).read_to_end(&mut start)?;
    Ok(start)
}
