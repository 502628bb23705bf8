//! Scenarios with one run directory and several processes.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Barrier;
use std::time::{Duration, SystemTime};

use genai_tui::protocol::{Body, Recorded};
use genai_tui::record::{RecordError, Recorder, RunDir, Status, facts};
use serde_json::{Value, json};

use crate::record_kit::{event, run};

/// The lock of this process, changed into that of another.
fn write_lock(run: &Path, change: impl FnOnce(&mut Value)) {
    let elsewhere = tempfile::tempdir().unwrap();
    let held = RunDir::create(elsewhere.path()).unwrap();
    let mut holder: Value =
        serde_json::from_slice(&fs::read(held.path().join("lock")).unwrap()).unwrap();
    change(&mut holder);
    fs::write(run.join("lock"), holder.to_string()).unwrap();
}

fn silent_for(run: &Path, seconds: u64) {
    let then = SystemTime::now() - Duration::from_secs(seconds);
    let lock = File::options().write(true).open(run.join("lock")).unwrap();
    lock.set_modified(then).unwrap();
}

/// A run without a holder.
fn left() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let dir = RunDir::create(root.path()).unwrap();
    dir.write_config("").unwrap();
    drop(dir);
    root
}

fn dead_pid() -> u32 {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    child.id()
}

fn is_live(run: &Path) -> bool {
    matches!(facts(run).unwrap().status, Status::Live { .. })
}

#[test]
fn a_live_process_keeps_its_run_and_is_named_to_others() {
    let run = left();
    let held = RunDir::open(run.path()).unwrap();
    assert!(is_live(run.path()));
    let error = RunDir::open(run.path()).unwrap_err();
    assert!(
        matches!(&error, RecordError::Live { holder, silence: None, .. } if holder.pid == std::process::id()),
        "{error}"
    );
    drop(held);
    assert!(!is_live(run.path()));
    RunDir::open(run.path()).unwrap();
}

#[test]
fn a_run_of_a_killed_local_process_is_taken_over_at_once() {
    let run = left();
    write_lock(run.path(), |holder| holder["pid"] = json!(dead_pid()));
    assert!(!is_live(run.path()));
    let dir = RunDir::open(run.path()).unwrap();
    let text = dir.took_over().unwrap().to_string();
    assert!(
        text.starts_with("took over from process ") && text.ends_with("it is gone"),
        "{text}"
    );
}

#[test]
fn a_process_of_another_host_is_alive_while_its_lock_is_updated() {
    let run = left();
    write_lock(run.path(), |holder| holder["host"] = json!("far-away"));
    assert!(is_live(run.path()));
    let error = RunDir::open(run.path()).unwrap_err().to_string();
    assert!(
        error.contains("on far-away") && error.contains("its last sign of life was"),
        "{error}"
    );
    silent_for(run.path(), 155);
    assert!(!is_live(run.path()));
    let dir = RunDir::open(run.path()).unwrap();
    let text = dir.took_over().unwrap().to_string();
    assert!(text.contains("no sign of life for 15"), "{text}");
    dir.beat().unwrap();
    assert!(is_live(run.path()));
}

#[test]
#[cfg(target_os = "linux")]
fn a_process_of_another_container_is_not_looked_up_by_its_id() {
    let run = left();
    // The id means nothing here: no process has it, and yet the process may be alive.
    let container = |holder: &mut Value| {
        holder["pid"] = json!(dead_pid());
        holder["pid_namespace"] = json!(holder["pid_namespace"].as_u64().unwrap() + 1);
    };
    write_lock(run.path(), container);
    assert!(is_live(run.path()));
    assert!(matches!(
        RunDir::open(run.path()),
        Err(RecordError::Live { .. })
    ));
    silent_for(run.path(), 35);
    assert!(!is_live(run.path()));
    RunDir::open(run.path()).unwrap();
    // Nor does a live process with that id here prove anything there.
    write_lock(run.path(), |holder| {
        holder["pid_namespace"] = json!(1);
    });
    silent_for(run.path(), 35);
    RunDir::open(run.path()).unwrap();
}

#[test]
fn one_of_many_takes_over_a_stale_lock() {
    for _ in 0..20 {
        let run = left();
        write_lock(run.path(), |holder| holder["host"] = json!("far-away"));
        silent_for(run.path(), 1000);
        let barrier = Barrier::new(8);
        let try_it = || {
            barrier.wait();
            RunDir::open(run.path())
        };
        let results: Vec<_> = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..8).map(|_| scope.spawn(try_it)).collect();
            tries.into_iter().map(|t| t.join().unwrap()).collect()
        });
        let got: Vec<&RunDir> = results.iter().flatten().collect();
        // A process may have taken it, and notice at its next heartbeat that a faster one has it.
        assert_eq!(got.iter().filter(|d| d.beat().is_ok()).count(), 1);
        let left = fs::read_dir(run.path()).unwrap().flatten();
        let beside = left.filter(|e| e.file_name().to_string_lossy().starts_with(".lock-"));
        assert_eq!(beside.count(), 0);
    }
}

#[test]
fn a_process_whose_run_was_taken_over_stops_writing() {
    let run = run();
    let mut recorder = Recorder::new(&run.dir);
    let note = |text: &str| {
        event(
            1,
            Body::Recorded(Recorded::Note {
                text: text.to_owned(),
            }),
        )
    };
    recorder.handle(&note("mine"));
    write_lock(&run.path, |holder| holder["host"] = json!("far-away"));
    let lock = fs::read(run.path.join("lock")).unwrap();
    assert!(matches!(run.dir.beat(), Err(RecordError::TakenOver { .. })));
    // An ending is checked in any case.
    let failed = event(
        1,
        Body::Recorded(Recorded::Failed {
            error: "e".to_owned(),
        }),
    );
    let warning = recorder.handle(&failed).unwrap().text;
    assert!(
        warning.contains("taken over by process ") && warning.contains("far-away"),
        "{warning}"
    );
    assert!(recorder.is_taken_over());
    assert_eq!(recorder.handle(&note("too late")), None);
    assert!(matches!(
        recorder.finish(),
        Err(RecordError::TakenOver { .. })
    ));
    let text = fs::read_to_string(run.dir.events()).unwrap();
    assert_eq!(text.lines().count(), 1);
    drop(run.dir);
    assert_eq!(fs::read(run.path.join("lock")).unwrap(), lock);
}
