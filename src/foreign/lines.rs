//! Lines of bounded length from a stream, whatever it sends.

use std::io::{self, Read};

/// What came up a stream.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A line without its end.
    Whole(Vec<u8>),
    /// A line of so many bytes, which is more than a line may have: it is not kept.
    TooLong(u64),
}

/// Splits a stream into lines. Memory is bounded by the longest line that is allowed.
#[derive(Debug)]
pub struct Lines<R> {
    from: R,
    most: usize,
    buffer: Box<[u8]>,
    /// The part of the buffer that was read and not looked at yet.
    unread: std::ops::Range<usize>,
    line: Vec<u8>,
    /// Bytes of a line that is too long.
    excess: u64,
    /// Lines so far, empty ones too.
    count: u64,
    ended: bool,
}

impl<R: Read> Lines<R> {
    /// Lines of at most `most` bytes.
    pub fn new(from: R, most: usize) -> Self {
        Self {
            from,
            most,
            buffer: vec![0; 64 << 10].into_boxed_slice(),
            unread: 0..0,
            line: Vec::new(),
            excess: 0,
            count: 0,
            ended: false,
        }
    }

    /// The number of the line that came last, from 1; empty ones count.
    pub fn number(&self) -> u64 {
        self.count
    }

    /// The next line that is not empty; the last one needs no end. `None` when the stream has ended.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            while !self.unread.is_empty() {
                let unread = &self.buffer[self.unread.clone()];
                let end = unread.iter().position(|byte| *byte == b'\n');
                let piece = &unread[..end.unwrap_or(unread.len())];
                if self.excess > 0 || self.line.len() + piece.len() > self.most {
                    self.excess += (self.line.len() + piece.len()) as u64;
                    self.line = Vec::new();
                } else {
                    self.line.extend_from_slice(piece);
                }
                self.unread.start += piece.len() + usize::from(end.is_some());
                if end.is_some()
                    && let Some(line) = self.take()
                {
                    return Ok(Some(line));
                }
            }
            if self.ended {
                return Ok(self.take());
            }
            match self.from.read(&mut self.buffer) {
                Ok(0) => self.ended = true,
                Ok(count) => self.unread = 0..count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn take(&mut self) -> Option<Line> {
        self.count += 1;
        let excess = std::mem::take(&mut self.excess);
        if excess > 0 {
            return Some(Line::TooLong(excess));
        }
        let mut line = std::mem::take(&mut self.line);
        while line.last().is_some_and(u8::is_ascii_whitespace) {
            line.pop();
        }
        (!line.is_empty()).then_some(Line::Whole(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives so many bytes at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(into.len());
            let (now, later) = self.0.split_at(count);
            into[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    #[test]
    fn lines_are_whole_however_they_come_and_long_ones_are_counted() {
        let text = b"one\n\n  \r\ntwo\r\n0123456789x\nthree\nlast";
        for drop in [1, 2, 7, 1000] {
            let mut lines = Lines::new(Drops(text, drop), 10);
            let (mut found, mut numbers) = (Vec::new(), Vec::new());
            while let Ok(Some(line)) = lines.next() {
                found.push(match line {
                    Line::Whole(line) => String::from_utf8_lossy(&line).into_owned(),
                    Line::TooLong(bytes) => format!("{bytes} bytes"),
                });
                numbers.push(lines.number());
            }
            assert_eq!(numbers, [1, 4, 5, 6, 7]);
            assert_eq!(found, ["one", "two", "11 bytes", "three", "last"], "{drop}");
        }
    }
}
