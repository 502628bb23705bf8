#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use super::*;

/// What a viewer of the log is told first.
fn past(path: &Path) -> Vec<Event> {
    let found = logs::find(path).unwrap().runs.remove(0);
    let mut run = Run::open(&found);
    run.read_all().unwrap();
    Told::default().past(&run)
}

#[test]
fn texts_stand_at_the_times_at_which_they_were_written() {
    let dir = tempfile::tempdir().unwrap();
    let file = fs::File::create(dir.path().join("events.out.tfevents.1.host")).unwrap();
    let mut log = logs::Events::begin(file, 1.7e9).unwrap();
    log.text("note", 4, 1_700_000_123.0, "a word").unwrap();
    let events = past(dir.path());
    let is_text = |event: &&Event| matches!(event.body, Body::Recorded(Recorded::Text { .. }));
    let text = events.iter().find(is_text).unwrap();
    assert_eq!((text.step, text.time.as_second()), (4, 1_700_000_123));
}
