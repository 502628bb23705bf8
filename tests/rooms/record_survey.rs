//! The list of runs: alive, finished, failed, crashed, damaged.

use std::fs;
use std::path::Path;

use genai_tui::metric::objectives;
use genai_tui::protocol::{
    Body, Command, Event, Metrics, Outcome, Recorded, Source, Stat, StepWindow,
};
use genai_tui::record::{Recorder, RunDir, RunFacts, Status, facts, survey};
use serde_json::{Value, json};

use crate::record_kit::{event, finished, run, samples, started, window};

/// Creates a run with these events, unlocked.
fn recorded(runs: &Path, name: &str, events: &[Event]) -> std::path::PathBuf {
    let path = runs.join(name);
    let dir = RunDir::create(&path).unwrap();
    let mut recorder = Recorder::new(&dir);
    dir.write_config("").unwrap();
    for event in events {
        assert_eq!(recorder.handle(event), None);
    }
    recorder.finish().unwrap();
    path
}

fn leave_a_dead_lock(run: &Path) {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    let live = RunDir::create(&run.join("elsewhere")).unwrap();
    let mut holder: Value =
        serde_json::from_slice(&fs::read(live.path().join("lock")).unwrap()).unwrap();
    holder["pid"] = json!(child.id());
    fs::write(run.join("lock"), holder.to_string()).unwrap();
    fs::remove_dir_all(live.path()).unwrap();
}

fn checkpoint(run: &Path, step: u64, branch: u32, objective: &str) {
    let dir = run.join(format!("checkpoints/step-{step:08}"));
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("generator.safetensors"), "").unwrap();
    let state = json!({"branch": branch, "settings": {"objective": objective}});
    fs::write(dir.join("state.json"), state.to_string()).unwrap();
}

fn switched(step: u64, to: &str) -> Event {
    let body = Body::Recorded(Recorded::Applied {
        request: None,
        source: Source::Viewer,
        signal: None,
        command: Command::Objective(to.to_owned()),
        changes: vec![],
        objective: Some(Box::new(objectives::find(to).unwrap().info())),
    });
    event(step, body)
}

#[test]
fn a_run_whose_last_start_is_not_found_has_the_target_of_its_configuration() {
    let run = run();
    let mut recorder = Recorder::new(&run.dir);
    // Of branch 1, without the start that began it.
    recorder.handle(&started(&run.path));
    let steps = || facts(&run.path).unwrap().target.unwrap().steps;
    assert_eq!(steps(), Some(100), "there is no configuration");
    run.dir.write_config("steps = 250\n").unwrap();
    assert_eq!(steps(), Some(250));
}

#[test]
fn a_live_run_shows_its_process_and_progress() {
    let run = run();
    let mut recorder = Recorder::new(&run.dir);
    for event in [
        started(&run.path),
        window(3, 0.5),
        samples(3, Some("a.png")),
    ] {
        recorder.handle(&event);
    }
    checkpoint(&run.path, 2, 0, "gan");
    let found = facts(&run.path).unwrap();
    assert!(
        matches!(&found.status, Status::Live { holder } if holder.pid == std::process::id()),
        "{found:?}"
    );
    assert_eq!(
        (found.name.as_str(), found.step, found.images, found.ended),
        ("first", Some(3), Some(192), None)
    );
    assert_eq!(
        (
            found.objective.as_deref(),
            found.dataset.as_deref(),
            found.device.as_deref()
        ),
        (Some("gan"), Some("digits"), Some("cpu"))
    );
    assert_eq!(
        found.losses,
        Metrics::from([("d_loss".to_owned(), Stat::of(0.5))])
    );
    assert_eq!((found.checkpoints, found.newest_checkpoint), (1, Some(2)));
    assert_eq!(found.target.unwrap().steps, Some(100));
    // The heartbeat is newer than the old events.
    assert!(found.last_sign > found.started && found.started.is_some());
    for (command, paused) in [(Command::Pause, true), (Command::Resume, false)] {
        let body = Body::Recorded(Recorded::Applied {
            request: None,
            source: Source::Viewer,
            signal: None,
            command,
            changes: vec![],
            objective: None,
        });
        recorder.handle(&event(3, body));
        assert_eq!(facts(&run.path).unwrap().paused, paused);
    }
}

#[test]
fn endings_are_distinguished() {
    let root = tempfile::tempdir().unwrap();
    let runs = root.path();
    assert_eq!(survey(&runs.join("none")).unwrap(), []);
    fs::create_dir(runs.join("not-a-run")).unwrap();
    fs::write(runs.join("file"), "").unwrap();
    let begin = [started(runs), window(10, 0.25)];
    let with = |last: Event| [&begin[..], &[last]].concat();
    recorded(runs, "done", &with(finished(100)));
    let failed = event(
        0,
        Body::Recorded(Recorded::Failed {
            error: "no memory".to_owned(),
        }),
    );
    recorded(runs, "failed", &with(failed));
    let crashed = recorded(runs, "crashed", &begin);
    leave_a_dead_lock(&crashed);
    recorded(runs, "crashed-unlocked", &begin);
    drop(RunDir::create(&runs.join("empty")).unwrap());
    let found = survey(runs).unwrap();
    let of = |name: &str| -> &RunFacts { found.iter().find(|r| r.name == name).unwrap() };
    assert_eq!(found.len(), 5);
    assert!(
        matches!(&of("done").status, Status::Finished { outcome: Outcome::Completed, reason } if reason == "reached 100 steps")
    );
    assert!(of("done").ended.is_some() && of("done").step == Some(100));
    assert!(matches!(&of("failed").status, Status::Failed { error } if error == "no memory"));
    assert_eq!(of("failed").step, Some(10), "a failure has no position");
    assert!(matches!(
        &of("crashed").status,
        Status::Crashed { holder: Some(_) }
    ));
    assert_eq!(
        of("crashed-unlocked").status,
        Status::Crashed { holder: None }
    );
    assert_eq!(of("empty").status, Status::Empty);
    // The crashed one was alive a moment ago, the others at the time of their events.
    assert_eq!(found[0].name, "crashed");
}

#[test]
fn a_continued_run_is_not_finished() {
    let root = tempfile::tempdir().unwrap();
    let mut later = [started(root.path()), window(120, 0.1)];
    for event in &mut later {
        event.time += jiff::SignedDuration::from_secs(60);
    }
    let [again, step] = later;
    let events = [started(root.path()), finished(100), again, step];
    let path = recorded(root.path(), "a", &events);
    assert_eq!(
        facts(&path).unwrap().status,
        Status::Crashed { holder: None }
    );
    assert_eq!(facts(&path).unwrap().step, Some(120));
    // A process that died before it recorded anything.
    let path = recorded(root.path(), "b", &[started(root.path()), finished(100)]);
    assert!(matches!(
        facts(&path).unwrap().status,
        Status::Finished { .. }
    ));
    leave_a_dead_lock(&path);
    assert!(matches!(
        facts(&path).unwrap().status,
        Status::Crashed { holder: Some(_) }
    ));
}

#[test]
fn a_full_disk_that_took_only_the_summary_leaves_a_finished_run() {
    let root = tempfile::tempdir().unwrap();
    let path = recorded(root.path(), "a", &[started(root.path()), finished(100)]);
    fs::write(path.join("events.jsonl"), "").unwrap();
    let found = facts(&path).unwrap();
    assert!(matches!(found.status, Status::Finished { .. }), "{found:?}");
    assert_eq!(
        (found.step, found.dataset.as_deref()),
        (Some(100), Some("digits"))
    );
}

#[test]
fn damage_only_hides_the_damaged_part() {
    let root = tempfile::tempdir().unwrap();
    let path = recorded(
        root.path(),
        "a",
        &[started(root.path()), window(7, 0.5), finished(9)],
    );
    for file in ["lock", "summary.json", "config.toml"] {
        fs::write(path.join(file), "{\"half").unwrap();
    }
    let mut text = fs::read(path.join("events.jsonl")).unwrap();
    let torn = text.len() - 30;
    text.truncate(torn);
    text.splice(0..0, *b"\xff\xfe not json\n");
    fs::write(path.join("events.jsonl"), text).unwrap();
    checkpoint(&path, 5, 0, "gan");
    fs::write(path.join("checkpoints/step-00000005/state.json"), "oops").unwrap();
    let found = &survey(root.path()).unwrap()[0];
    assert!(matches!(&found.status, Status::Unknown { .. }), "{found:?}");
    assert_eq!((found.step, found.newest_checkpoint), (Some(7), Some(5)));
    assert_eq!(found.dataset.as_deref(), Some("digits"));
}

#[test]
fn only_the_ends_of_a_long_record_are_needed() {
    let root = tempfile::tempdir().unwrap();
    let mut events = vec![started(root.path())];
    events.extend((1..=200).map(|step| window(step, 0.5)));
    events.push(switched(200, "lsgan"));
    events.extend((201..=3000).map(|step| window(step, 0.25)));
    let path = recorded(root.path(), "a", &events);
    assert!(fs::metadata(path.join("events.jsonl")).unwrap().len() > 500_000);
    let found = facts(&path).unwrap();
    assert_eq!(
        (found.step, found.objective.as_deref()),
        (Some(3000), Some("lsgan"))
    );
    assert_eq!(found.losses["d_loss"].last.to_bits(), 0.25_f64.to_bits());
    assert!(found.started.is_some());
    // The last recorded event is followed by megabytes of other data.
    let mut text = fs::read(path.join("events.jsonl")).unwrap();
    text.resize(text.len() + 9_000_000, b'?');
    fs::write(path.join("events.jsonl"), text).unwrap();
    let found = facts(&path).unwrap();
    assert_eq!(found.step, Some(3000));
}

#[test]
fn the_newest_checkpoint_belongs_to_the_highest_branch() {
    let run = run();
    checkpoint(&run.path, 900, 0, "gan");
    checkpoint(&run.path, 400, 1, "lsgan");
    let found = facts(&run.path).unwrap();
    assert_eq!((found.checkpoints, found.newest_checkpoint), (2, Some(400)));
}

#[test]
fn json_has_every_field() {
    let run = run();
    let mut recorder = Recorder::new(&run.dir);
    let nan = StepWindow {
        from_step: 1,
        epoch: 1,
        batch: 1,
        metrics: Metrics::from([("d_loss".to_owned(), Stat::of(f64::NAN))]),
        steps_per_second: 1.0,
        images_per_second: 64.0,
    };
    recorder.handle(&started(&run.path));
    recorder.handle(&event(1, Body::Recorded(Recorded::Step(nan))));
    recorder.finish().unwrap();
    let json = serde_json::to_value(facts(&run.path).unwrap()).unwrap();
    let keys: Vec<&str> = json
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        [
            "name",
            "dir",
            "status",
            "holder",
            "paused",
            "objective",
            "dataset",
            "device",
            "program",
            "step",
            "images",
            "elapsed",
            "target",
            "losses",
            "started",
            "ended",
            "last_sign",
            "checkpoints",
            "newest_checkpoint",
            "resumed",
            "origin"
        ]
    );
    assert_eq!(
        (&json["status"], &json["ended"]),
        (&json!("live"), &Value::Null)
    );
    assert_eq!(json["losses"]["d_loss"]["last"], json!("NaN"));
}
