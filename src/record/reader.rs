//! Reading `events.jsonl` back, tolerant of what a crash leaves: a last line that is cut off.

use std::path::Path;

use serde::Deserialize;

use super::ReadError;
use super::lines::{Lines, parse};
use crate::protocol::{Event, SCHEMA};

/// The events of a record, oldest first. A bad line is an error with its number; the lines after it still follow.
#[derive(Debug)]
pub struct Events {
    lines: Lines,
}

/// Opens a record.
///
/// # Errors
/// [`ReadError::Io`] when the file cannot be opened.
pub fn read_events(path: &Path) -> Result<Events, ReadError> {
    Ok(Events {
        lines: Lines::open(path)?,
    })
}

impl Iterator for Events {
    type Item = Result<Event, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.lines.next()? {
            Ok(line) => match parse(line) {
                Ok(event) if event.schema() == SCHEMA => Some(Ok(event)),
                Ok(event) => Some(Err(self.of_schema(event.schema()))),
                Err(source) => Some(Err(self.why(source))),
            },
            Err(error) => Some(Err(error)),
        }
    }
}

impl Events {
    /// Why the newest line is not an event.
    fn why(&self, source: serde_json::Error) -> ReadError {
        /// What an event of any schema has.
        #[derive(Deserialize)]
        struct Version {
            schema: u32,
        }
        let (path, line, bytes) = (
            self.lines.path().to_path_buf(),
            self.lines.number(),
            self.lines.line(),
        );
        // Another schema is a better reason than the first field that is not as here.
        match serde_json::from_slice::<Version>(bytes) {
            Ok(version) if version.schema != SCHEMA => self.of_schema(version.schema),
            _ if !bytes.ends_with(b"\n") => ReadError::Torn {
                path,
                line,
                bytes: bytes.len(),
            },
            _ => ReadError::Corrupt { path, line, source },
        }
    }

    fn of_schema(&self, found: u32) -> ReadError {
        ReadError::Schema {
            path: self.lines.path().to_path_buf(),
            line: self.lines.number(),
            found,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use std::fs;

    use super::*;

    const GOOD: &str = r#"{"schema":1,"branch":0,"step":1,"images":64,"time":"2026-01-01T00:00:00Z","elapsed":0.5,"event":"note","text":"a"}"#;

    fn read(text: &str) -> Vec<Result<Event, ReadError>> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        fs::write(&path, text).unwrap();
        read_events(&path).unwrap().collect()
    }

    #[test]
    fn a_torn_last_line_is_reported_after_the_good_ones() {
        let events = read(&format!("{GOOD}\n{GOOD}\n{}", &GOOD[..40]));
        assert_eq!(events.len(), 3);
        assert!(events[0].is_ok() && events[1].is_ok());
        let error = events[2].as_ref().unwrap_err();
        assert!(
            matches!(
                error,
                ReadError::Torn {
                    line: 3,
                    bytes: 40,
                    ..
                }
            ),
            "{error}"
        );
        assert!(
            error
                .to_string()
                .contains("events.jsonl:3: the last line ends after 40 bytes"),
            "{error}"
        );
    }

    #[test]
    fn a_last_line_without_a_newline_is_an_event() {
        assert!(read(GOOD).pop().unwrap().is_ok());
        assert!(read("").is_empty());
    }

    #[test]
    fn a_corrupt_line_is_reported_by_number_and_skipped() {
        let events = read(&format!("{GOOD}\n{{\"schema\":1,oops\n{GOOD}\n"));
        assert!(matches!(
            &events[1],
            Err(ReadError::Corrupt { line: 2, .. })
        ));
        assert!(events[2].is_ok() && events.len() == 3);
        assert!(matches!(
            &read("\n")[..],
            [Err(ReadError::Corrupt { line: 1, .. })]
        ));
    }

    #[test]
    fn another_schema_is_reported() {
        for text in [
            GOOD.replace("\"schema\":1", "\"schema\":2"),
            "{\"schema\":2,\"new\":true}\n".to_owned(),
        ] {
            let error = read(&text).pop().unwrap().unwrap_err();
            assert!(
                error
                    .to_string()
                    .contains("has schema 2; this version of the program reads schema 1"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_missing_record_is_reported() {
        let error = read_events(Path::new("/nowhere/events.jsonl")).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("cannot read /nowhere/events.jsonl: "),
            "{error}"
        );
    }
}
