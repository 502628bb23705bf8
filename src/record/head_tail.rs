//! The two ends of a record, without what lies between: a list of runs must not read hundreds of megabytes.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::lines::{self, kind};
use crate::files;
use crate::protocol::{Body, Event, Recorded, SCHEMA};

/// How much of the beginning is read: `started` is among the first lines.
const HEAD: u64 = 64 * 1024;

/// How much of the end is read; more, where that much does not say which objective is trained. Between two checkpoints of
/// a busy run lies about a megabyte.
const TAILS: [u64; 3] = [64 * 1024, 1024 * 1024, 4 * 1024 * 1024];

/// How many times more is read where the end holds no event at all: up to 256 MB.
const FURTHER: usize = 64;

/// The events at both ends of a record, oldest first. Lines that cannot be read are left out.
#[derive(Debug, Default)]
pub(super) struct HeadTail {
    /// The first `started`, if it is near the beginning.
    pub first_start: Option<Event>,
    /// The last `declared` near the beginning.
    pub declared: Option<Event>,
    /// The newest events. Of step windows only the newest.
    pub tail: Vec<Event>,
}

impl HeadTail {
    /// The newest branch of the run; 0 if there are no events.
    pub fn newest_branch(&self) -> u32 {
        self.tail.iter().map(|e| e.branch).max().unwrap_or(0)
    }

    /// Reads the ends of the record at `path`. What cannot be read is not there.
    pub fn read(path: &Path) -> Self {
        let Ok(mut file) = files::open(path) else {
            return Self::default();
        };
        let head = part(&mut file, 0, HEAD).unwrap_or_default();
        let first_start = lines(&head)
            .filter_map(parse)
            .find(|e| matches!(e.body, Body::Recorded(Recorded::Started(_))));
        let declared = lines(&head)
            .filter(|line| kind(line) == Some(b"declared"))
            .filter_map(parse)
            .next_back();
        let length = file.metadata().map_or(0, |m| m.len());
        let mut from = length;
        let mut tail = Vec::new();
        for size in TAILS {
            from = length.saturating_sub(size);
            tail = within(&mut file, from, size);
            if from == 0 || tail.iter().any(tells_the_objective) {
                break;
            }
        }
        // Only data other than events: a bad disk, or an overwritten file. The events come before it.
        for _ in 0..FURTHER {
            if from == 0 || !tail.is_empty() {
                break;
            }
            let size = TAILS[2].min(from);
            from -= size;
            // A line may reach into what was read before.
            tail = within(&mut file, from, size + HEAD);
        }
        Self {
            first_start,
            declared,
            tail,
        }
    }
}

/// The events of whole lines within a part of the file.
fn within(file: &mut File, from: u64, size: u64) -> Vec<Event> {
    let bytes = part(file, from, size).unwrap_or_default();
    // Unless it begins at the beginning, the first line is not whole.
    let skip = match from {
        0 => 0,
        _ => bytes.iter().position(|b| *b == b'\n').unwrap_or(0),
    };
    events(&bytes[skip..])
}

fn part(file: &mut File, from: u64, size: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    file.take(size).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn lines(bytes: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty())
}

fn parse(line: &[u8]) -> Option<Event> {
    lines::parse(line).ok().filter(|e| e.schema() == SCHEMA)
}

/// The events in `bytes`, of step windows only the newest: most lines are such, and parsing them is the work.
fn events(bytes: &[u8]) -> Vec<Event> {
    let mut seen_step = false;
    let mut found: Vec<Event> = lines(bytes)
        .rev()
        .filter_map(|line| {
            if seen_step && kind(line) == Some(b"step") {
                return None;
            }
            let event = parse(line)?;
            seen_step |= matches!(event.body, Body::Recorded(Recorded::Step(_)));
            Some(event)
        })
        .collect();
    found.reverse();
    found
}

/// A checkpoint does too: its folder says so.
fn tells_the_objective(event: &Event) -> bool {
    match &event.body {
        Body::Recorded(
            Recorded::Started(_) | Recorded::Finished(_) | Recorded::Checkpoint { .. },
        ) => true,
        Body::Recorded(Recorded::Applied { objective, .. }) => objective.is_some(),
        _ => false,
    }
}
