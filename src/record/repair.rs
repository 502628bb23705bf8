//! Repairs a record truncated by a crash so that the run can resume.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::Path;

use serde::Deserialize;

use super::lines::{Glance, Lines};
use super::{ReadError, RecordError};
use crate::files;
use crate::protocol::SCHEMA;

/// What resuming a run needs to know of its record.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tail {
    /// The highest number of an event; 0 if none has one.
    pub last_seq: u64,
    /// The highest branch.
    pub last_branch: u32,
    /// Events.
    pub events: u64,
    /// Malformed lines in the middle. They stay as they are.
    pub corrupt: u64,
    /// Bytes of a last line that was cut off, and is gone now.
    pub cut_bytes: u64,
    /// The highest watt-hours reported. Abandoned steps used energy, too.
    pub watt_hours: f64,
    /// The checkpoints that have an event, by their paths below the run directory.
    pub checkpoints: BTreeSet<String>,
}

/// Cuts a torn last line off the record at `path`, and returns what there is. A last line that lacks only its end gets one.
/// Where there is no record yet, there is nothing to do.
///
/// # Errors
/// When the system refuses, or the record is of another schema; then nothing was changed.
pub fn repair(path: &Path) -> Result<Tail, RecordError> {
    let mut lines = match Lines::open(path) {
        Err(ReadError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
            return Ok(Tail::default());
        }
        lines => lines?,
    };
    let mut tail = Tail::default();
    let mut length = 0;
    let mut lacks_end = false;
    while let Some(line) = lines.next() {
        let line = line?;
        let has_end = line.ends_with(b"\n");
        match (glance(line), has_end) {
            (Seen::Event(glance), _) => {
                tail.take(glance);
                lacks_end = !has_end;
            }
            (Seen::Foreign(found), _) => {
                return Err(RecordError::Unreadable(ReadError::Schema {
                    path: path.to_path_buf(),
                    line: lines.number(),
                    found,
                }));
            }
            (Seen::Nothing, true) => tail.corrupt += 1,
            (Seen::Nothing, false) => {
                tail.cut_bytes = line.len() as u64;
                continue;
            }
        }
        length += line.len() as u64;
    }
    if tail.cut_bytes > 0 || lacks_end {
        mend(path, length, lacks_end).map_err(RecordError::io("repair", path))?;
    }
    Ok(tail)
}

/// What a line is.
enum Seen<'a> {
    Event(Glance<'a>),
    /// An event of this other schema.
    Foreign(u32),
    Nothing,
}

fn glance(line: &[u8]) -> Seen<'_> {
    /// What an event of any schema has.
    #[derive(Deserialize)]
    struct Version {
        schema: u32,
    }
    match serde_json::from_slice::<Glance>(line) {
        Ok(glance) if glance.schema == SCHEMA => Seen::Event(glance),
        Ok(glance) => Seen::Foreign(glance.schema),
        Err(_) => match serde_json::from_slice::<Version>(line) {
            Ok(version) if version.schema != SCHEMA => Seen::Foreign(version.schema),
            _ => Seen::Nothing,
        },
    }
}

/// Makes the file `length` bytes long, with the end of a line if it lacks one.
fn mend(path: &Path, length: u64, lacks_end: bool) -> io::Result<()> {
    let mut file: File = OpenOptions::new().write(true).open(path)?;
    file.set_len(length)?;
    if lacks_end {
        file.seek(SeekFrom::End(0))?;
        file.write_all(b"\n")?;
    }
    files::sync(&file)
}

impl Tail {
    fn take(&mut self, glance: Glance<'_>) {
        self.events += 1;
        self.last_seq = self.last_seq.max(glance.seq.unwrap_or(0));
        self.last_branch = self.last_branch.max(glance.branch);
        self.watt_hours = self.watt_hours.max(glance.watt_hours.unwrap_or(0.0));
        if glance.event == "checkpoint" {
            self.checkpoints.extend(glance.path);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use std::fs;

    use super::*;

    fn line(seq: u64, branch: u32, rest: &str) -> String {
        format!(
            r#"{{"schema":1,"branch":{branch},"seq":{seq},"step":3,"images":192,"time":"2026-01-01T00:00:00Z","elapsed":0.5,{rest}}}"#
        )
    }

    fn note(seq: u64) -> String {
        line(seq, 0, r#""event":"note","text":"größer""#)
    }

    /// The repaired text, what was said, and what a second repair says.
    fn repaired(text: &[u8]) -> (Vec<u8>, Tail) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        fs::write(&path, text).unwrap();
        let tail = repair(&path).unwrap();
        let after = fs::read(&path).unwrap();
        let again = repair(&path).unwrap();
        assert_eq!(
            again,
            Tail {
                cut_bytes: 0,
                ..tail.clone()
            }
        );
        assert_eq!(fs::read(&path).unwrap(), after);
        (after, tail)
    }

    #[test]
    fn a_torn_line_is_removed_and_a_complete_one_gets_its_newline() {
        let (first, last) = (note(1), note(2));
        for cut in 0..=last.len() {
            let text = [first.as_bytes(), b"\n", &last.as_bytes()[..cut]].concat();
            let (after, tail) = repaired(&text);
            let whole = cut == last.len();
            let expected = if whole {
                format!("{first}\n{last}\n")
            } else {
                format!("{first}\n")
            };
            assert_eq!(after, expected.as_bytes(), "cut at {cut}");
            assert_eq!(
                (tail.last_seq, tail.events, tail.cut_bytes),
                if whole { (2, 2, 0) } else { (1, 1, cut as u64) }
            );
        }
    }

    #[test]
    fn a_repair_reports_what_it_found() {
        let text = [
            note(1),
            line(
                2,
                0,
                r#""event":"checkpoint","path":"checkpoints/step-00000003","reason":"interval""#,
            ),
            line(9, 2, r#""event":"note","text":"n""#),
            line(5, 1, r#""event":"note","text":"late""#),
        ]
        .join("\n");
        let (after, tail) = repaired(format!("{text}\n").as_bytes());
        assert_eq!(after, format!("{text}\n").as_bytes());
        let expected = Tail {
            last_seq: 9,
            last_branch: 2,
            events: 4,
            checkpoints: ["checkpoints/step-00000003".to_owned()].into(),
            ..Tail::default()
        };
        assert_eq!(tail, expected);
        assert_eq!(repaired(b"").1, Tail::default());
    }

    #[test]
    fn corrupt_lines_in_the_middle_are_kept_and_counted() {
        let text = format!(
            "{}\n{{\"schema\":1,oops\n\0\0\0\n{}\n\0\0\0\0",
            note(1),
            note(2)
        );
        let (after, tail) = repaired(text.as_bytes());
        assert_eq!(after, &text.as_bytes()[..text.len() - 4]);
        assert_eq!((tail.corrupt, tail.events, tail.cut_bytes), (2, 2, 4));
    }

    #[test]
    fn a_record_of_another_schema_is_refused_before_anything_is_changed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        let text = format!(
            "{}\n{{\"schema\":2,\"new\":1}}\n{{\"schema\":1,\"bra",
            note(1)
        );
        fs::write(&path, &text).unwrap();
        let error = repair(&path).unwrap_err().to_string();
        assert!(
            error.contains("events.jsonl:2: this event has schema 2"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        assert_eq!(repair(&dir.path().join("none")).unwrap(), Tail::default());
    }
}
