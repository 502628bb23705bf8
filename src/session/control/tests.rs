#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

fn control() -> (Hub, Control, Arc<AtomicBool>) {
    let (hub, attended) = (
        Hub::remembering(super::super::Digest::default()),
        Arc::default(),
    );
    (
        hub.clone(),
        Control::new(hub, Arc::clone(&attended)),
        attended,
    )
}

/// The viewer in control, according to the newest event.
fn holder(hub: &Hub) -> Option<u64> {
    let (before, _) = hub.subscribe_late();
    match &before.events.last().unwrap().body {
        Body::Live(Live::Viewers { viewers }) => viewers.iter().find(|v| v.control).map(|v| v.id),
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn one_viewer_at_a_time_has_control() {
    let (hub, control, attended) = control();
    let terminal = control.join_first("pts/1, process 1".to_owned());
    let second = control.join("pts/2, process 2".to_owned(), true);
    let watcher = control.join("process 3".to_owned(), false);
    assert_eq!(holder(&hub), Some(0));
    let refused = second.may_command().unwrap_err();
    assert!(
        refused.contains("pts/1, process 1 has control"),
        "{refused}"
    );
    second.take_control();
    assert_eq!(holder(&hub), Some(second.id()));
    assert!(second.may_command().is_ok() && terminal.may_command().is_err());
    drop(second);
    assert_eq!(holder(&hub), Some(0));
    drop(terminal);
    assert_eq!(holder(&hub), None);
    assert!(!attended.load(Ordering::Relaxed));
    let refused = watcher.may_command().unwrap_err();
    assert!(refused.contains("no viewer has control"), "{refused}");
    let next = control.join("process 4".to_owned(), true);
    assert!(next.may_command().is_ok() && attended.load(Ordering::Relaxed));
}

#[test]
fn names_are_reduced_to_one_short_line() {
    assert_eq!(viewer_name(Some("/dev/pts/3"), 7), "pts/3, process 7");
    assert_eq!(viewer_name(None, 7), "process 7");
    let name = viewer_name(Some(&format!("a\x1b[2J\n{}", "b".repeat(999))), 7);
    assert!(
        name.len() < 50 && !name.contains(char::is_control),
        "{name}"
    );
}
