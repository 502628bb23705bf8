//! The layout of `.wandb` files: LevelDB's log, in blocks of 32 KiB that are counted from the first byte of the file, with a
//! header of seven bytes before all and plain CRC-32.

use crate::logs::error::LogError;
use crate::logs::tail::Tail;

/// Bytes before the first chunk.
const HEADER: usize = 7;
/// What they begin with.
pub(super) const MAGIC: &[u8] = b":W&B";
/// Bytes of a block.
const BLOCK: u64 = 32 * 1024;
/// Bytes before the payload of a chunk.
const HEAD: usize = 7;
/// The longest record that is put together.
const LONGEST: usize = 64 * 1024 * 1024;

/// What follows in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A record: the bytes in [`Chunks::record`].
    Record,
    /// Something damaged, which was passed over.
    Damaged,
    /// Nothing that is whole.
    Waits,
}

/// Where a record goes on.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    record: Vec<u8>,
    is_open: bool,
    /// Whether a part of the record that goes on is lost.
    is_broken: bool,
}

impl Chunks {
    /// The record that was read last.
    pub fn record(&self) -> &[u8] {
        &self.record
    }

    /// Takes the next record.
    pub fn next(&mut self, tail: &mut Tail) -> Result<Next, LogError> {
        loop {
            if tail.position() == 0 {
                if tail.need(HEADER)?.is_none() {
                    return Ok(Next::Waits);
                }
                tail.consume(HEADER);
            }
            let room = (BLOCK - tail.position() % BLOCK) as usize;
            if room < HEAD {
                if tail.need(room)?.is_none() {
                    return Ok(Next::Waits);
                }
                tail.consume(room);
                continue;
            }
            let Some(bytes) = tail.need(HEAD)? else {
                return Ok(Next::Waits);
            };
            let [c0, c1, c2, c3, l0, l1, kind, ..] = *bytes else {
                return Ok(Next::Waits);
            };
            let sum = u32::from_le_bytes([c0, c1, c2, c3]);
            let length = usize::from(u16::from_le_bytes([l0, l1]));
            if !(1..=4).contains(&kind) || HEAD + length > room {
                return self.pass_over(room, tail);
            }
            if tail.need(HEAD + length)?.is_none() {
                return Ok(Next::Waits);
            }
            tail.consume(HEAD + length);
            let chunk = tail.consumed(HEAD + length);
            // The checksum is of the kind and the payload, which lie together.
            if crc32fast::hash(chunk.get(6..).unwrap_or(&[])) != sum {
                self.drop_record();
                return Ok(Next::Damaged);
            }
            let payload = chunk.get(HEAD..).unwrap_or(&[]);
            match kind {
                1 | 2 => {
                    self.record.clear();
                    self.record.extend_from_slice(payload);
                    self.is_broken = false;
                    self.is_open = kind == 2;
                    if kind == 1 {
                        return Ok(Next::Record);
                    }
                }
                _ => {
                    if self.is_open && self.record.len() + payload.len() <= LONGEST {
                        self.record.extend_from_slice(payload);
                    } else {
                        self.is_broken = true;
                    }
                    if kind == 4 {
                        let is_whole = self.is_open && !self.is_broken;
                        self.is_open = false;
                        self.is_broken = false;
                        if is_whole {
                            return Ok(Next::Record);
                        }
                    }
                }
            }
        }
    }

    /// Goes on at the next block, because nothing can be found in the rest of this one.
    fn pass_over(&mut self, room: usize, tail: &mut Tail) -> Result<Next, LogError> {
        if tail.need(room)?.is_none() {
            return Ok(Next::Waits);
        }
        tail.consume(room);
        self.drop_record();
        Ok(Next::Damaged)
    }

    fn drop_record(&mut self) {
        self.record.clear();
        self.is_open = false;
    }
}
