//! A run's record from outside: events in, files out, events back.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use genai_tui::protocol::{
    Body, Change, CheckpointReason, Command, Event, Level, Live, LrChange, LrTarget, Metrics,
    Recorded, Samples, Source, State, Value, Warning,
};
use genai_tui::record::{Recorder, RunDir, RunSummary, read_events};

use crate::record_kit::{event, finished, objective, run, samples, started, window};

/// One event of every recorded kind.
fn every_kind(dir: &Path) -> Vec<Event> {
    let command = Command::Lr(LrTarget::D, LrChange::Set(1e-4));
    let change = |key: &str, from, to| Change {
        key: key.to_owned(),
        from,
        to,
    };
    let changes = vec![
        change("optimizer.d.lr", Value::Float(2e-4), Value::Float(1.0)),
        change("critic.n_critic", Value::Integer(1), Value::Integer(5)),
        change(
            "optimizer.d.kind",
            Value::Text("adam".to_owned()),
            Value::Bool(true),
        ),
    ];
    let applied = Body::Recorded(Recorded::Applied {
        request: Some(3),
        source: Source::Viewer,
        signal: None,
        command: command.clone(),
        changes,
        objective: Some(Box::new(objective())),
    });
    vec![
        started(dir),
        window(1, 0.5),
        event(1, applied),
        event(
            1,
            Body::Recorded(Recorded::Rejected {
                request: None,
                source: Source::Script,
                command,
                reason: "r".to_owned(),
            }),
        ),
        event(
            2,
            Body::Recorded(Recorded::Alarm {
                alarm: "d_collapse".to_owned(),
                level: Level::Critical,
                text: "t".to_owned(),
            }),
        ),
        event(
            2,
            Body::Recorded(Recorded::Note {
                text: "two\nlines".to_owned(),
            }),
        ),
        event(
            2,
            Body::Recorded(Recorded::Warning(Warning::passing("w".to_owned()))),
        ),
        event(
            2,
            Body::Recorded(Recorded::Checkpoint {
                path: "checkpoints/step-00000002".to_owned(),
                reason: CheckpointReason::Request,
            }),
        ),
        samples(2, Some("samples/step-00000002.png")),
        finished(100),
        event(
            100,
            Body::Recorded(Recorded::Failed {
                error: "e".to_owned(),
            }),
        ),
    ]
}

fn tree(path: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(path).unwrap().map(|e| e.unwrap());
    entries
        .flat_map(|e| {
            let name = e.file_name().into_string().unwrap();
            if e.path().is_dir() {
                tree(&e.path())
                    .into_iter()
                    .map(|inner| format!("{name}/{inner}"))
                    .collect()
            } else {
                vec![name]
            }
        })
        .collect()
}

#[test]
fn every_kind_of_event_is_read_back_unchanged() {
    let run = run();
    let mut recorder = Recorder::new(&run.dir);
    let mut events = every_kind(&run.path);
    for event in &events {
        assert_eq!(recorder.handle(event), None);
    }
    assert_eq!(recorder.finish().unwrap(), None);
    // The images are in the file.
    for event in &mut events {
        if let Some(samples) = event.body.samples_mut() {
            samples.images = Arc::default();
        }
    }
    let back: Vec<Event> = read_events(&run.dir.events())
        .unwrap()
        .map(|e| e.unwrap())
        .collect();
    assert_eq!(back, events);
}

#[test]
fn non_finite_numbers_survive_json() {
    let run = run();
    let mut recorder = Recorder::new(&run.dir);
    let scores = vec![f32::NAN, f32::INFINITY, 0.1];
    let body = Samples {
        columns: Vec::new(),
        images: Arc::default(),
        count: 4,
        shape: genai_tui::shape::ImageShape::MNIST,
        pairs: 0,
        scores,
        real_scores: Vec::new(),
        diversity: f64::NAN,
    };
    let body = Recorded::Samples {
        file: "samples/x.png".to_owned(),
        samples: body,
    };
    recorder.handle(&event(1, Body::Recorded(body)));
    recorder.handle(&window(1, f64::NEG_INFINITY));
    recorder.finish().unwrap();
    let back: Vec<Body> = read_events(&run.dir.events())
        .unwrap()
        .map(|e| e.unwrap().body)
        .collect();
    let [
        Body::Recorded(Recorded::Samples { samples, .. }),
        Body::Recorded(Recorded::Step(window)),
    ] = &back[..]
    else {
        unreachable!("{back:?}")
    };
    assert!(
        samples.scores[0].is_nan()
            && samples.scores[1] == f32::INFINITY
            && samples.diversity.is_nan()
    );
    assert!((samples.scores[2] - 0.1).abs() < f32::EPSILON);
    assert!(window.metrics["d_loss"].max == f64::NEG_INFINITY);
}

#[test]
fn a_run_leaves_the_expected_files() {
    let run = run();
    run.dir.write_config("seed = 7\n").unwrap();
    let mut recorder = Recorder::new(&run.dir);
    let state = Body::Live(Live::State {
        state: State::Running,
        detail: String::new(),
        metrics: Metrics::default(),
    });
    for event in [
        started(&run.path),
        event(1, state),
        samples(10, Some("samples/step-00000010.png")),
        samples(20, None),
        samples(30, None),
        finished(100),
    ] {
        assert_eq!(recorder.handle(&event), None);
    }
    recorder.finish().unwrap();
    drop(run.dir);
    let expected = [
        "card.md",
        "config.toml",
        "events.jsonl",
        "samples/step-00000010.png",
        "samples/step-00000030.png",
        "summary.json",
    ];
    assert_eq!(tree(&run.path), expected.map(str::to_owned).into());
    let bytes = fs::read(run.path.join("samples/step-00000010.png")).unwrap();
    for words in [&b"Source run\0"[..], b"Step\x0010", b"Seed\0"] {
        assert!(bytes.windows(words.len()).any(|window| window == words));
    }
    let last = image::open(run.path.join("samples/step-00000030.png"))
        .unwrap()
        .into_luma8();
    assert!(last.pixels().any(|p| p.0[0] == 30));
    // Live events are not recorded: only started, the kept samples, finished.
    assert_eq!(
        read_events(&run.path.join("events.jsonl")).unwrap().count(),
        3
    );

    let text = fs::read_to_string(run.path.join("summary.json")).unwrap();
    let summary: RunSummary = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (summary.name.as_str(), summary.dataset.as_deref()),
        ("first", Some("digits"))
    );
    assert_eq!((summary.summary.step, summary.summary.images), (100, 6400));
    assert!(text.contains("\n  \"outcome\": \"completed\",\n"), "{text}");
    assert_eq!(
        RunDir::check_free(&run.path)
            .unwrap_err()
            .to_string()
            .matches("summary.json")
            .count(),
        1
    );
}

#[test]
fn a_note_flushes_the_steps_before_it() {
    let run = run();
    let mut recorder = Recorder::new(&run.dir);
    recorder.handle(&window(1, 0.5));
    recorder.handle(&event(
        1,
        Body::Recorded(Recorded::Note {
            text: "n".to_owned(),
        }),
    ));
    assert_eq!(read_events(&run.dir.events()).unwrap().flatten().count(), 2);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_reported_once_and_at_the_end() {
    let run = run();
    std::os::unix::fs::symlink("/dev/full", run.dir.events()).unwrap();
    let mut recorder = Recorder::new(&run.dir);
    let warning = recorder.handle(&started(&run.path)).unwrap().text;
    assert!(
        warning.contains("events.jsonl: No space left on device"),
        "{warning}"
    );
    for step in 1..=5 {
        assert_eq!(
            recorder.handle(&event(
                step,
                Body::Recorded(Recorded::Note {
                    text: "n".to_owned()
                })
            )),
            None
        );
    }
    // The summary and the pictures are not affected.
    recorder.handle(&samples(6, None));
    recorder.handle(&finished(6));
    let error = recorder.finish().unwrap_err().to_string();
    assert!(
        error.contains("is not complete: 7 events could not be written"),
        "{error}"
    );
    assert!(
        run.path.join("summary.json").is_file()
            && run.path.join("samples/step-00000006.png").is_file()
    );
}

#[test]
fn a_recovered_disk_gets_the_waiting_data() {
    let run = run();
    let mut recorder = Recorder::new(&run.dir);
    // A missing folder causes errors like a disk does, also for root.
    fs::remove_dir(run.dir.samples()).unwrap();
    let warning = recorder
        .handle(&samples(1, Some("samples/step-00000001.png")))
        .unwrap()
        .text;
    assert!(
        warning.contains("cannot write") && warning.contains("step-00000001.png"),
        "{warning}"
    );
    for step in 2..=20 {
        assert_eq!(
            recorder.handle(&samples(step, Some(&format!("samples/step-{step:08}.png")))),
            None
        );
    }
    fs::create_dir(run.dir.samples()).unwrap();
    let recovery = recorder
        .handle(&event(
            21,
            Body::Recorded(Recorded::Note {
                text: "n".to_owned(),
            }),
        ))
        .unwrap()
        .text;
    assert!(
        recovery.starts_with("recovered") && recovery.ends_with("4 pictures lost"),
        "{recovery}"
    );
    assert_eq!(tree(&run.dir.samples()).len(), 16);
    assert_eq!(
        recorder.handle(&event(
            22,
            Body::Recorded(Recorded::Note {
                text: "n".to_owned()
            })
        )),
        None
    );
    recorder.finish().unwrap();
    assert_eq!(
        read_events(&run.dir.events()).unwrap().flatten().count(),
        22
    );
}
