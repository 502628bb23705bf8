//! The steps that count, as opposed to those that were abandoned.
//!
//! A resume or a rewind continues from an earlier state on its own branch; the first event of the branch says after
//! which event that state was (`after`). What counts is found backwards: all of the newest branch, before that what led to
//! the state it began from, and so on to the beginning. The highest branch does not always count: a run may be
//! resumed from a checkpoint of a branch that it had abandoned.

use std::collections::BTreeMap;
use std::path::Path;

use super::lines::{Glance, Lines};
use super::{ReadError, read_events};
use crate::protocol::{Body, Event, Recorded, SCHEMA};

/// Which events of a record count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lineage {
    /// The branches that count, each with its last event that does.
    parts: BTreeMap<u32, Last>,
}

/// The last event of a branch that counts; of the newest branch, all do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Last {
    seq: u64,
    /// For events that have no number, and for records of runs that did not number theirs.
    step: u64,
}

/// Where a branch begins.
#[derive(Debug, Clone, Copy)]
struct Beginning {
    /// Number of its first event.
    seq: Option<u64>,
    /// Number of the last event before the state it began from.
    after: Option<u64>,
    /// The step of that state.
    step: u64,
}

impl Lineage {
    /// Reads which branches a record has. Lines that are not events are skipped.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let mut lines = Lines::open(path)?;
        let mut beginnings: BTreeMap<u32, Beginning> = BTreeMap::new();
        while let Some(line) = lines.next() {
            let Some(position) = Position::of(line?) else {
                continue;
            };
            let beginning = Beginning {
                seq: position.seq,
                after: position.after,
                step: position.step,
            };
            let known = beginnings.entry(position.branch).or_insert(beginning);
            // A warning of the surroundings may stand before the first event of the trainer.
            if known.after.is_none() && beginning.after.is_some() {
                *known = beginning;
            }
        }
        Ok(Self::of(&beginnings))
    }

    fn of(beginnings: &BTreeMap<u32, Beginning>) -> Self {
        let mut parts = BTreeMap::new();
        let mut last = Last {
            seq: u64::MAX,
            step: u64::MAX,
        };
        let mut branch = beginnings.last_key_value();
        while let Some((number, beginning)) = branch {
            parts.insert(*number, last);
            // The state that this branch began from is of the branch that was the newest when it was reached.
            let earlier = beginnings.range(..number);
            branch = earlier
                .clone()
                .rev()
                .find(|(_, earlier)| match (earlier.seq, beginning.after) {
                    (Some(first), Some(after)) => first <= after,
                    _ => true,
                })
                // Of a record whose beginning is lost.
                .or_else(|| earlier.clone().next());
            last = Last {
                seq: beginning.after.unwrap_or(u64::MAX).min(last.seq),
                step: beginning.step.min(last.step),
            };
        }
        Self { parts }
    }

    /// The newest branch.
    #[must_use]
    pub fn newest(&self) -> Option<u32> {
        self.parts.last_key_value().map(|(branch, _)| *branch)
    }

    /// Returns whether an event counts. One without a number does if its step does; so does what was measured of a state that the run
    /// that counts was in, however late that was written: of the state that a resume begins from, after its checkpoint.
    #[must_use]
    pub fn counts(&self, event: &Event) -> bool {
        let is_measured = matches!(
            &event.body,
            Body::Recorded(Recorded::Samples { .. } | Recorded::Evaluated(_))
        );
        let is_on_the_way = || {
            let last = self.parts.get(&event.branch);
            last.is_some_and(|last| event.step <= last.step)
        };
        self.leads_through(event.branch, event.seq, event.step) || is_measured && is_on_the_way()
    }

    /// Returns whether the run that counts was in the state that it had on `branch` after the event of number `seq`, at
    /// `step`. A record that was lost says nothing against any.
    #[must_use]
    pub fn leads_through(&self, branch: u32, seq: Option<u64>, step: u64) -> bool {
        if self.parts.is_empty() {
            return true;
        }
        self.parts.get(&branch).is_some_and(|last| match seq {
            Some(seq) if last.seq < u64::MAX => seq <= last.seq,
            _ => step <= last.step,
        })
    }
}

/// Where an event stands in its run.
struct Position {
    branch: u32,
    seq: Option<u64>,
    after: Option<u64>,
    step: u64,
}

impl Position {
    /// Read from the beginning of a line as it is written here; from all of it where it looks different.
    fn of(line: &[u8]) -> Option<Self> {
        let mut rest = line;
        let mut number = |key: &[u8]| {
            let digits = rest.strip_prefix(key)?;
            let length = digits.iter().take_while(|b| b.is_ascii_digit()).count();
            let value: u64 = std::str::from_utf8(&digits[..length]).ok()?.parse().ok()?;
            rest = &digits[length..];
            Some(value)
        };
        let schema = number(br#"{"schema":"#);
        let branch = number(br#","branch":"#).and_then(|n| u32::try_from(n).ok());
        let seq = number(br#","seq":"#);
        let after = number(br#","after":"#);
        let step = number(br#","step":"#);
        if let (Some(schema), Some(branch), Some(step)) = (schema, branch, step)
            // A line that was cut off, or written into, does not end so.
            && line.trim_ascii_end().ends_with(b"}")
        {
            return (schema == u64::from(SCHEMA)).then_some(Self {
                branch,
                seq,
                after,
                step,
            });
        }
        let glance: Glance = serde_json::from_slice(line).ok()?;
        (glance.schema == SCHEMA).then_some(Self {
            branch: glance.branch,
            seq: glance.seq,
            after: glance.after,
            step: glance.step,
        })
    }
}

/// The events of a record that count, oldest first: each step once. Bad lines are errors, as in [`read_events`].
///
/// # Errors
/// When the file cannot be read.
pub fn read_counting(
    path: &Path,
) -> Result<impl Iterator<Item = Result<Event, ReadError>> + use<>, ReadError> {
    let lineage = Lineage::read(path)?;
    let events = read_events(path)?;
    Ok(events.filter(move |event| event.as_ref().map_or(true, |e| lineage.counts(e))))
}

/// The events of a record that were taken back, oldest first.
///
/// # Errors
/// When the file cannot be read.
pub fn read_abandoned(path: &Path) -> Result<impl Iterator<Item = Event> + use<>, ReadError> {
    let lineage = Lineage::read(path)?;
    let events = read_events(path)?.flatten();
    Ok(events.filter(move |event| !lineage.counts(event)))
}

#[cfg(test)]
mod tests;
