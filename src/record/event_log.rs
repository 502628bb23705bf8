//! `events.jsonl` as it is written: a bounded queue in front of an append-only file.
//!
//! Nothing is lost while the file takes what it is given. When it refuses, events wait; a line that was written in part
//! is completed, never started again. When the queue is full, step windows are merged (see [`merge_steps`]), and only
//! when that is not enough are events dropped. Both are counted.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Write};

use crate::protocol::{Body, Event, Recorded, merge_steps};

/// Events that wait at the most: over a minute of the busiest run before the first merge.
pub(super) const QUEUE: usize = 4096;

/// Bytes given to the system at once, more or less.
const CHUNK: usize = 64 * 1024;

/// The queue and its file.
#[derive(Debug)]
pub(super) struct EventLog<W> {
    sink: W,
    queue: VecDeque<Event>,
    /// Lines on their way: what is left of them.
    bytes: Vec<u8>,
    losses: Losses,
}

/// What did not reach the record as it happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Losses {
    /// Step windows that went into a neighbour.
    pub merged: u64,
    /// Events that are gone.
    pub lost: u64,
}

impl<W: Write> EventLog<W> {
    /// A log that appends to `sink`.
    pub fn new(sink: W) -> Self {
        Self {
            sink,
            queue: VecDeque::new(),
            bytes: Vec::new(),
            losses: Losses::default(),
        }
    }

    /// Takes an event; it is written at the next flush.
    pub fn push(&mut self, event: Event) {
        if self.queue.len() >= QUEUE {
            self.losses.merged += merge_steps(&mut self.queue);
            let excess = self.queue.len().saturating_sub(QUEUE / 4 * 3);
            self.losses.lost += drop_oldest(&mut self.queue, excess);
        }
        self.queue.push_back(event);
    }

    /// Writes all that waits, as far as the file takes it.
    ///
    /// # Errors
    /// What the file said; what it did not take still waits.
    pub fn flush(&mut self) -> io::Result<()> {
        loop {
            while self.bytes.len() < CHUNK
                && let Some(event) = self.queue.pop_front()
            {
                match serde_json::to_vec(&event) {
                    Ok(line) => self.bytes.extend(line.into_iter().chain([b'\n'])),
                    Err(_) => self.losses.lost += 1,
                }
            }
            if self.bytes.is_empty() {
                return self.sink.flush();
            }
            match self.sink.write(&self.bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => drop(self.bytes.drain(..written)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Events that wait, whole or in part.
    pub fn waiting(&self) -> usize {
        self.queue.len() + self.bytes.split_inclusive(|byte| *byte == b'\n').count()
    }

    /// What was merged and lost since the last call.
    pub fn take_losses(&mut self) -> Losses {
        std::mem::take(&mut self.losses)
    }

    /// The file, to be replaced by another handle of it.
    pub fn sink_mut(&mut self) -> &mut W {
        &mut self.sink
    }

    /// The file.
    pub fn sink(&self) -> &W {
        &self.sink
    }
}

/// Drops the oldest events that a reader can do without, at most `count`. Returns how many were dropped.
fn drop_oldest(queue: &mut VecDeque<Event>, count: usize) -> u64 {
    let mut dropped = 0;
    queue.retain(|event| {
        let spare = dropped < count
            && matches!(
                event.body,
                Body::Recorded(
                    Recorded::Step(_) | Recorded::Samples { .. } | Recorded::Rejected { .. }
                )
            );
        dropped += usize::from(spare);
        !spare
    });
    // A record without its interventions is better than no memory left to train.
    let rest = (count - dropped).min(queue.len());
    queue.drain(..rest);
    (dropped + rest) as u64
}

#[cfg(test)]
mod tests;
