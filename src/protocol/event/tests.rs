#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use serde_json::{Value, json};

use super::*;

/// A line of a record.
fn line(rest: &Value) -> String {
    let mut line = json!({
        "schema": 1, "branch": 0, "step": 40, "images": 2560,
        "time": "2026-01-02T03:04:05Z", "elapsed": 1.5,
    });
    line.as_object_mut()
        .unwrap()
        .extend(rest.as_object().unwrap().clone());
    line.to_string()
}

fn read(rest: &Value) -> Body {
    serde_json::from_str::<Event>(&line(rest)).unwrap().body
}

#[test]
fn a_warning_of_an_earlier_version_is_passing() {
    for text in [
        "no checkpoint at step 40: No space left on device; training goes on, and the next one may succeed",
        "recovered: step 60 is saved",
        "the samples of step 40 were not judged: the judge has stopped",
    ] {
        let warning = Recorded::Warning(Warning::passing(text));
        let read = read(&json!({"event": "warning", "text": text}));
        assert_eq!(read, Body::Recorded(warning));
    }
}

#[test]
fn a_trouble_is_recorded_as_a_named_warning() {
    let reason = CheckpointReason::Request;
    for (warning, expected) in [
        (
            Warning::open(Trouble::Checkpoint { reason }, "full"),
            json!({"event": "warning", "text": "full", "trouble": "checkpoint", "reason": "request", "state": "open"}),
        ),
        (
            Warning::resolved(Trouble::Record, "again"),
            json!({"event": "warning", "text": "again", "trouble": "record", "state": "resolved"}),
        ),
        (
            Warning::passing("once"),
            json!({"event": "warning", "text": "once"}),
        ),
        (
            Warning::moved(Path::new("a"), Path::new("/b")),
            json!({"event": "warning", "text": "the run's directory was moved from a to /b; the run continues there", "moved_to": "/b"}),
        ),
    ] {
        let body = Body::Recorded(Recorded::Warning(warning));
        assert_eq!(serde_json::to_value(&body).unwrap(), expected);
        assert_eq!(read(&expected), body);
    }
}

#[test]
fn an_unknown_trouble_is_a_passing_warning() {
    let later = json!({"event": "warning", "text": "t", "trouble": "weather", "state": "open"});
    assert_eq!(
        read(&later),
        Body::Recorded(Recorded::Warning(Warning::passing("t")))
    );
}

#[test]
fn the_fate_of_a_checkpoint_is_known_by_kind_not_by_words() {
    let at = Position::default();
    let warning = |warning| Event::new(at, Recorded::Warning(warning));
    let reason = CheckpointReason::Interval;
    let failed = warning(Warning::open(Trouble::Checkpoint { reason }, "full"));
    assert_eq!(failed.saved(), Some((reason, Err("full"))));
    let resolved = warning(Warning::resolved(Trouble::Checkpoint { reason }, "again"));
    assert_eq!(resolved.saved(), None);
    let words = warning(Warning::passing("no checkpoint at step 0"));
    assert_eq!(words.saved(), None);
    let path = "checkpoints/step-00000000".to_owned();
    let saved = Event::new(
        at,
        Recorded::Checkpoint {
            path: path.clone(),
            reason,
        },
    );
    assert_eq!(saved.saved(), Some((reason, Ok(path.as_str()))));
}

#[test]
fn samples_are_recorded_if_they_name_a_file() {
    let samples = json!({"event": "samples", "count": 4, "scores": [0.5]});
    assert!(matches!(read(&samples), Body::Live(Live::Samples(_))));
    let mut kept = samples;
    kept["file"] = json!("samples/step-00000040.png");
    let kept = read(&kept);
    assert!(matches!(kept, Body::Recorded(Recorded::Samples { .. })));
    assert_eq!(kept.samples().map(|samples| samples.count), Some(4));
}

#[test]
fn what_is_sent_late_is_no_step_back() {
    let at = |step| Position {
        branch: 2,
        step,
        ..Position::default()
    };
    let text = || Recorded::Text {
        name: None,
        text: "t".to_owned(),
    };
    let samples = Event::new(at(20), Live::Samples(Samples::default()));
    assert!(samples.is_late(2, 24) && Event::new(at(20), text()).is_late(2, 24));
    assert!(!samples.is_late(1, 24) && !samples.is_late(2, 20));
    let note = Recorded::Note {
        text: "n".to_owned(),
    };
    assert!(!Event::new(at(20), note).is_late(2, 24));
}
