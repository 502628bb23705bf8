//! A file that is followed as it grows.
//!
//! Bytes are read in pieces and kept until they are consumed, so that a record which is not whole yet waits. A file that was
//! replaced, cut, or written anew is noticed by its identity, its length, its first bytes and those before the place that
//! was read last.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::error::LogError;
use super::source::Reached;
use crate::files::{self, Identity};

/// Bytes read at once.
const CHUNK: usize = 256 * 1024;
/// Bytes by which a file is recognised.
const MARK: usize = 64;
/// How long a last line without an end is thought to be unfinished, in seconds.
const PATIENCE: i64 = 5;
/// The longest line that is read.
pub(super) const LINE: usize = 16 * 1024 * 1024;

/// What a line that is passed over takes of the bytes of a piece.
const PASSED_OVER: u64 = 1 << 20;

/// A file, and how far it was read.
#[derive(Debug)]
pub(super) struct Tail {
    path: PathBuf,
    /// Open only while there is something to read.
    file: Option<File>,
    known: Option<Known>,
    /// What was read and is not consumed: from `start` on.
    bytes: Vec<u8>,
    start: usize,
    /// Where the unconsumed bytes begin in the file.
    at: u64,
    /// How much of the unconsumed bytes holds no end of a line.
    searched: usize,
    /// Whether the rest of a line that is too long is passed over.
    is_passing: bool,
    /// The length at which the last line, which has no end, was taken for whole.
    closed: Option<u64>,
}

/// By what the file is recognised.
#[derive(Debug, Clone)]
struct Known {
    identity: Identity,
    length: u64,
    modified: Option<Timestamp>,
    /// The first bytes.
    head: Vec<u8>,
    /// The bytes before `read_to`.
    foot: Vec<u8>,
    /// Up to where the file was read.
    read_to: u64,
}

/// What follows in a file of lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A line without its end, to be got by [`Tail::line`].
    Whole(Vec<u8>),
    /// A line that is too long, which was passed over.
    TooLong,
    /// Nothing that is whole.
    Waits,
}

/// What follows in a file of lines that is read in pieces.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A line without its end.
    Line(Vec<u8>),
    /// A line that is too long, which was passed over.
    TooLong,
    /// Nothing for now.
    Stop(Reached),
}

/// A last line without an end.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unended {
    /// It is not whole, whatever it holds.
    Waits,
    /// It is whole once nobody goes on writing it ([`Tail::last_line`]).
    Counts,
    /// It is whole if this holds of it, which does not hold of the beginning of a line; else as [`Unended::Counts`].
    Holds(fn(&[u8]) -> bool),
}

impl Tail {
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            file: None,
            known: None,
            bytes: Vec::new(),
            start: 0,
            at: 0,
            searched: 0,
            is_passing: false,
            closed: None,
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// When the file was last written to, as of the last look.
    pub fn modified(&self) -> Option<Timestamp> {
        self.known.as_ref()?.modified
    }

    /// Where the unconsumed bytes begin.
    pub fn position(&self) -> u64 {
        self.at
    }

    /// Bytes from there to the end of the file, as of the last look.
    pub fn left(&self) -> u64 {
        let length = self.known.as_ref().map_or(0, |known| known.length);
        length.saturating_sub(self.at)
    }

    /// Looks at the file again. Returns whether it is another one than before, or was written anew: then it is read from its
    /// beginning.
    pub fn look(&mut self) -> Result<bool, LogError> {
        self.look_again().map_err(LogError::io(&self.path))
    }

    fn look_again(&mut self) -> io::Result<bool> {
        let found = fs::metadata(&self.path)?;
        let identity = Identity::from(&found);
        let modified = found.modified().ok().and_then(|t| t.try_into().ok());
        let length = found.len();
        let is_other = match &self.known {
            None => false,
            Some(known) if known.identity != identity || length < known.read_to => true,
            Some(known) if (known.length, known.modified) == (length, modified) => false,
            Some(known) => {
                let file = files::open(&self.path)?;
                let went_on = self.closed.filter(|then| length > *then);
                !known.is_same(&file) || went_on.is_some_and(|then| !self.ends_at(then, &file))
            }
        };
        if is_other {
            *self = Self::new(&self.path);
        }
        match &mut self.known {
            Some(known) => (known.length, known.modified) = (length, modified),
            None => {
                self.known = Some(Known {
                    identity,
                    length,
                    modified,
                    head: Vec::new(),
                    foot: Vec::new(),
                    read_to: 0,
                });
            }
        }
        Ok(is_other)
    }

    /// Whether the last line, which was taken already, got its end there; then what follows is read next.
    fn ends_at(&mut self, end: u64, file: &File) -> bool {
        let mut byte = [0];
        if !matches!(read_fully(file, &mut byte, end), Ok(1)) || byte != *b"\n" {
            return false;
        }
        let length = usize::try_from(end - self.at).unwrap_or(usize::MAX);
        self.consume(length.saturating_add(1));
        self.closed = None;
        true
    }

    /// The unconsumed bytes, at least `count` of them; `None` if the file does not have so many.
    pub fn need(&mut self, count: usize) -> Result<Option<&[u8]>, LogError> {
        while self.bytes.len() - self.start < count {
            let wanted = (count - (self.bytes.len() - self.start)).max(CHUNK);
            if self.more(wanted)? == 0 {
                return Ok(None);
            }
        }
        Ok(Some(&self.bytes[self.start..]))
    }

    /// Reads at most so many bytes more; returns how many there were.
    fn more(&mut self, wanted: usize) -> Result<usize, LogError> {
        self.read_more(wanted).map_err(LogError::io(&self.path))
    }

    fn read_more(&mut self, wanted: usize) -> io::Result<usize> {
        let from = self.at + (self.bytes.len() - self.start) as u64;
        if self.start > 0 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        let file = match self.file.take() {
            Some(file) => file,
            None => files::open(&self.path)?,
        };
        // Not more than the file has: a length that it claims is not a reason to allocate.
        let there = file.metadata()?.len().saturating_sub(from);
        let wanted = wanted.min(usize::try_from(there).unwrap_or(usize::MAX));
        if wanted == 0 {
            return Ok(0);
        }
        let before = self.bytes.len();
        self.bytes.resize(before + wanted, 0);
        let read = read_fully(&file, &mut self.bytes[before..], from);
        self.bytes
            .truncate(before + read.as_ref().copied().unwrap_or(0));
        let read = read?;
        if read > 0 {
            self.file = Some(file);
            if let Some(known) = &mut self.known {
                known.remember(&self.bytes[before..], from);
            }
        }
        Ok(read)
    }

    /// Gives up so many of the unconsumed bytes, or passes over what was not read.
    pub fn consume(&mut self, count: usize) {
        let there = (self.bytes.len() - self.start).min(count);
        self.start += there;
        self.at += count as u64;
        self.searched = 0;
        if there < count
            && let Some(known) = &mut self.known
        {
            // What was passed over is not known.
            known.read_to = self.at;
            known.foot.clear();
        }
    }

    /// The bytes that were consumed last, as long as nothing more is read.
    pub fn consumed(&self, count: usize) -> &[u8] {
        let from = self.start.saturating_sub(count);
        self.bytes.get(from..self.start).unwrap_or(&[])
    }

    /// The next line.
    pub fn line(&mut self) -> Result<Line, LogError> {
        loop {
            let unread = &self.bytes[self.start..];
            let end = memchr::memchr(b'\n', unread.get(self.searched..).unwrap_or(&[]));
            if let Some(end) = end.map(|end| end + self.searched) {
                let line = unread.get(..end).unwrap_or(&[]);
                let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
                self.consume(end + 1);
                if std::mem::take(&mut self.is_passing) {
                    return Ok(Line::TooLong);
                }
                return Ok(Line::Whole(line));
            }
            let waiting = unread.len();
            if waiting > LINE {
                self.is_passing = true;
                self.consume(waiting);
            } else {
                self.searched = waiting;
            }
            if self.more(CHUNK)? == 0 {
                return Ok(Line::Waits);
            }
        }
    }

    /// The next line of a piece of which `left` bytes are left.
    pub fn next(&mut self, left: &mut u64, unended: Unended) -> Result<Next, LogError> {
        if *left == 0 {
            return Ok(Next::Stop(Reached::More));
        }
        let line = match self.line()? {
            Line::Whole(line) => Some(line),
            Line::TooLong => {
                *left = left.saturating_sub(PASSED_OVER);
                return Ok(Next::TooLong);
            }
            Line::Waits => match unended {
                Unended::Waits => None,
                Unended::Counts => self.last_line(|_| false),
                Unended::Holds(is_whole) => self.last_line(is_whole),
            },
        };
        let Some(line) = line else {
            return Ok(Next::Stop(Reached::End));
        };
        *left = left.saturating_sub(line.len() as u64 + 1);
        Ok(Next::Line(line))
    }

    /// Whether nobody has written to the file for a while.
    pub fn is_silent(&self) -> bool {
        self.modified()
            .is_none_or(|then| Timestamp::now().duration_since(then).as_secs() >= PATIENCE)
    }

    /// The last line, where it has no end and is known to be whole, or nobody goes on writing it. If somebody does later, the file is
    /// read anew; unless only the line's end was missing.
    pub fn last_line(&mut self, is_whole: impl FnOnce(&[u8]) -> bool) -> Option<Vec<u8>> {
        let rest = &self.bytes[self.start..];
        if rest.is_empty() || self.is_passing || self.closed.is_some() {
            return None;
        }
        if !self.is_silent() && !is_whole(rest) {
            return None;
        }
        self.closed = Some(self.at + rest.len() as u64);
        Some(rest.to_vec())
    }

    /// Closes the file until it is read again, and gives up memory that is not needed.
    pub fn close(&mut self) {
        self.file = None;
        if self.start > 0 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.shrink_to(self.bytes.len());
    }
}

impl Known {
    /// Takes what was read at `from`.
    fn remember(&mut self, read: &[u8], from: u64) {
        let from_start = usize::try_from(from).unwrap_or(usize::MAX);
        if from_start == self.head.len() && self.head.len() < MARK {
            let more = read.len().min(MARK - self.head.len());
            self.head.extend_from_slice(&read[..more]);
        }
        if from != self.read_to {
            self.foot.clear();
        }
        self.foot
            .extend_from_slice(&read[read.len().saturating_sub(MARK)..]);
        let excess = self.foot.len().saturating_sub(MARK);
        self.foot.drain(..excess);
        self.read_to = from + read.len() as u64;
    }

    /// Whether the file still has the bytes that were read.
    fn is_same(&self, file: &File) -> bool {
        let has = |bytes: &[u8], at: u64| {
            let mut there = vec![0; bytes.len()];
            matches!(read_fully(file, &mut there, at), Ok(n) if n == bytes.len()) && there == bytes
        };
        has(&self.head, 0)
            && has(
                &self.foot,
                self.read_to.saturating_sub(self.foot.len() as u64),
            )
    }
}

/// Reads until `bytes` is full or the file ends; returns how much.
fn read_fully(file: &File, bytes: &mut [u8], from: u64) -> io::Result<usize> {
    let mut read = 0;
    while let Some(rest) = bytes.get_mut(read..)
        && !rest.is_empty()
    {
        match file.read_at(rest, from + read as u64) {
            Ok(0) => break,
            Ok(count) => read += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests;
