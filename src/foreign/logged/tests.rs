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

#[test]
fn the_time_of_a_run_is_what_its_log_covers() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.jsonl");
    let row = |step: u64, time: f64| format!("{{\"step\":{step},\"time\":{time},\"loss\":0.5}}\n");
    fs::write(&path, row(1, 1.7e9) + &row(2, 1.7e9 + 90.0)).unwrap();
    let events = past(&path);
    let is_whole = |seconds: f64| (seconds - 90.0).abs() < 1e-9;
    assert!(events.iter().all(|event| is_whole(event.elapsed)));
    let summary = |events: &[Event]| {
        events.iter().find_map(|event| match &event.body {
            Body::Recorded(Recorded::Finished(summary)) => Some(summary.clone()),
            _ => None,
        })
    };
    assert!(is_whole(summary(&events).unwrap().seconds));
    // Without times nobody knows it.
    fs::write(&path, "{\"step\":1,\"loss\":0.5}\n").unwrap();
    let long_ago = std::time::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(long_ago).unwrap();
    assert!(summary(&past(&path)).unwrap().seconds.is_nan());
}
