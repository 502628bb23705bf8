//! Writes each frame at once.

use std::cell::Cell;
use std::io::{self, Write};
use std::rc::Rc;

/// Makes the terminal show nothing until the frame is complete (DEC private mode 2026); others ignore it.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";
/// Initial capacity: a large frame.
const ROOM: usize = 64 * 1024;

/// Buffers a frame and writes it in one piece on flush.
#[derive(Debug)]
pub struct FrameWriter<W: Write> {
    out: W,
    frame: Vec<u8>,
    /// While set, a flush does nothing: more of this frame follows.
    hold: Rc<Cell<bool>>,
}

impl<W: Write> FrameWriter<W> {
    /// Wraps `out`; writes nothing while `hold` is set.
    pub fn new(out: W, hold: Rc<Cell<bool>>) -> Self {
        let mut frame = Vec::with_capacity(ROOM);
        frame.extend_from_slice(BEGIN);
        Self { out, frame, hold }
    }
}

impl<W: Write> Write for FrameWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.hold.get() || self.frame.len() == BEGIN.len() {
            return Ok(());
        }
        self.frame.extend_from_slice(END);
        let written = self
            .out
            .write_all(&self.frame)
            .and_then(|()| self.out.flush());
        self.frame.truncate(BEGIN.len());
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_wrapped_once_and_an_empty_frame_writes_nothing() {
        let mut out = Vec::new();
        let hold = Rc::new(Cell::new(false));
        let mut writer = FrameWriter::new(&mut out, Rc::clone(&hold));
        writer.flush().unwrap_or_default();
        for part in ["one ", "frame"] {
            writer.write_all(part.as_bytes()).unwrap_or_default();
        }
        hold.set(true);
        writer.flush().unwrap_or_default();
        hold.set(false);
        writer.flush().unwrap_or_default();
        writer.flush().unwrap_or_default();
        assert_eq!(
            String::from_utf8_lossy(&out),
            "\x1b[?2026hone frame\x1b[?2026l"
        );
    }
}
