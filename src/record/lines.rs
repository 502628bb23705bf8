//! The lines of a record, and what can be read of one without parsing all of it.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::ReadError;
use crate::files;
use crate::protocol::{Event, Position, Recorded, SCHEMA, StepWindow};

/// Bytes read at once.
const CHUNK: usize = 256 * 1024;

/// The lines of a file, one at a time and with their ends.
#[derive(Debug)]
pub(super) struct Lines {
    path: PathBuf,
    /// `None` once nothing can follow.
    reader: Option<BufReader<File>>,
    bytes: Vec<u8>,
    /// Number of the newest line, from 1.
    number: u64,
}

impl Lines {
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let file = files::open(path).map_err(|source| ReadError::Io {
            path: path.to_path_buf(),
            source,
        })?;
        Ok(Self {
            path: path.to_path_buf(),
            reader: Some(BufReader::with_capacity(CHUNK, file)),
            bytes: Vec::new(),
            number: 0,
        })
    }

    /// The next line. After an error nothing follows.
    pub fn next(&mut self) -> Option<Result<&[u8], ReadError>> {
        self.bytes.clear();
        match self.reader.as_mut()?.read_until(b'\n', &mut self.bytes) {
            Ok(0) => {
                self.reader = None;
                None
            }
            Ok(_) => {
                self.number += 1;
                Some(Ok(&self.bytes))
            }
            Err(source) => {
                self.reader = None;
                Some(Err(ReadError::Io {
                    path: self.path.clone(),
                    source,
                }))
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn number(&self) -> u64 {
        self.number
    }

    pub fn line(&self) -> &[u8] {
        &self.bytes
    }
}

/// Where an event stands: the part of its line that every event has.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Glance<'a> {
    pub schema: u32,
    pub branch: u32,
    #[serde(default)]
    pub seq: Option<u64>,
    #[serde(default)]
    pub after: Option<u64>,
    pub step: u64,
    /// Which kind of event it is.
    #[serde(borrow)]
    pub event: Cow<'a, str>,
    /// The path of a checkpoint.
    #[serde(default)]
    pub path: Option<String>,
    /// What the run had used by then.
    #[serde(default)]
    pub watt_hours: Option<f64>,
}

/// The kind of the event on a line; `None` if it does not stand in its usual place.
pub(super) fn kind(line: &[u8]) -> Option<&[u8]> {
    /// The kind stands behind a handful of numbers and a time.
    const BEGINNING: usize = 320;
    const KEY: &[u8] = br#""event":""#;
    let beginning = &line[..line.len().min(BEGINNING)];
    let at = beginning.windows(KEY.len()).position(|w| w == KEY)? + KEY.len();
    let length = beginning[at..].iter().position(|b| *b == b'"')?;
    Some(&beginning[at..at + length])
}

/// The event on a line. The same as serde makes of it; but step windows, which are nearly all of a record, are parsed
/// straight into their place, without the detour that a flattened enum takes.
///
/// # Errors
/// When the line is no event of this version.
pub fn parse(line: &[u8]) -> Result<Event, serde_json::Error> {
    /// An event without its body.
    #[derive(Deserialize)]
    struct Head {
        schema: u32,
        branch: u32,
        #[serde(default)]
        seq: Option<u64>,
        #[serde(default)]
        after: Option<u64>,
        step: u64,
        images: u64,
        time: jiff::Timestamp,
        elapsed: f64,
    }
    if kind(line) == Some(b"step")
        && let Ok(head) = serde_json::from_slice::<Head>(line)
        && head.schema == SCHEMA
        && let Ok(window) = serde_json::from_slice::<StepWindow>(line)
    {
        let at = Position {
            branch: head.branch,
            step: head.step,
            images: head.images,
            elapsed: head.elapsed,
        };
        let event = Event::new(at, Recorded::Step(window));
        return Ok(event.numbered(head.seq, head.after).timed(head.time));
    }
    serde_json::from_slice(line)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    const STEP: &str = r#"{"schema":1,"branch":3,"seq":9,"after":7,"step":5,"images":320,"time":"2026-01-01T00:00:00Z","elapsed":0.5,"event":"step","from_step":4,"epoch":1,"batch":5,"metrics":{"d_loss":{"count":2,"min":"NaN","mean":0.1,"max":1e300,"last":3}},"steps_per_second":"Infinity","images_per_second":64.5}"#;

    #[test]
    fn the_fast_path_agrees_with_the_slow_one() {
        let event = parse(STEP.as_bytes()).unwrap();
        let detour: Event = serde_json::from_str(STEP).unwrap();
        // NaN is not equal to itself.
        assert_eq!(format!("{event:?}"), format!("{detour:?}"));
        assert_eq!(
            serde_json::to_string(&event)
                .unwrap()
                .replace("1e+300", "1e300")
                .replace("3.0", "3"),
            STEP
        );
    }

    #[test]
    fn the_kind_is_found_without_parsing() {
        assert_eq!(kind(STEP.as_bytes()), Some(&b"step"[..]));
        assert_eq!(kind(b"{}"), None);
        assert_eq!(kind(br#"{"event":"cut off"#), None);
    }

    #[test]
    fn a_glance_finds_step_and_branch() {
        let glance: Glance = serde_json::from_str(STEP).unwrap();
        assert_eq!(
            (
                glance.branch,
                glance.seq,
                glance.after,
                glance.step,
                &*glance.event
            ),
            (3, Some(9), Some(7), 5, "step")
        );
    }
}
