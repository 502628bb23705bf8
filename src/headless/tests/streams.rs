//! JSON on stdout, diagnostics on stderr, and every way in which the watching ends.

use std::io::ErrorKind;

use super::*;

#[test]
fn json_has_one_event_per_line_and_nothing_else() {
    let samples = Samples {
        columns: Vec::new(),
        images: Arc::new(ImageGrid::new(ImageShape::MNIST, vec![1; 784])),
        count: 1,
        shape: ImageShape::MNIST,
        pairs: 0,
        scores: vec![0.5],
        real_scores: Vec::new(),
        diversity: f64::NAN,
    };
    let state = Body::Live(Live::State {
        state: State::Paused,
        detail: String::new(),
        metrics: Metrics::default(),
    });
    let events = vec![
        event(
            0,
            Body::Live(Live::Loading {
                what: "building networks".to_owned(),
                done: None,
                total: None,
            }),
        ),
        epochs(1, 938),
        event(10, Body::Live(Live::Samples(samples))),
        event(10, state),
        window(1, 10),
        finished(),
    ];
    let (ending, out, _) = print(Format::Json, events.clone());
    assert!(matches!(ending, Ending::Finished(summary) if summary.step == 500));
    assert!(out.ends_with('\n') && !out.contains("pixels"));
    let kinds: Vec<String> = out
        .lines()
        .map(|line| {
            let _: Event = serde_json::from_str(line).unwrap();
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            value["event"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(
        kinds,
        ["loading", "started", "samples", "state", "step", "finished"]
    );
    assert!(out.contains(r#""scores":[0.5]"#), "{out}");
    assert!(!out.contains(r#""diversity":"#), "there is none: {out}");
}

#[test]
fn diagnostics_go_to_the_other_stream() {
    let command = Command::Objective("wgan".to_owned());
    let change = |key: &str, from, to| Change {
        key: key.to_owned(),
        from,
        to,
    };
    let changes = vec![
        change("optimizer.d.lr", Value::Float(2e-4), Value::Float(5e-5)),
        change("critic.n_critic", Value::Integer(1), Value::Integer(5)),
    ];
    let warm_up = |left| {
        Body::Live(Live::State {
            state: State::WarmUp,
            detail: format!("D trains alone, {left} updates to go"),
            metrics: Metrics::default(),
        })
    };
    let events = vec![
        event(
            0,
            Body::Live(Live::Loading {
                what: "downloading train-images".to_owned(),
                done: Some(1),
                total: Some(9),
            }),
        ),
        epochs(1, 938),
        event(
            5,
            Body::Recorded(Recorded::Applied {
                request: None,
                source: Source::Script,
                signal: None,
                command: command.clone(),
                changes,
                objective: None,
            }),
        ),
        event(5, warm_up(37)),
        event(5, warm_up(36)),
        event(
            6,
            Body::Recorded(Recorded::Rejected {
                request: None,
                source: Source::Viewer,
                command,
                reason: "it is wgan".to_owned(),
            }),
        ),
        event(
            7,
            Body::Recorded(Recorded::Alarm {
                alarm: "d_collapse".to_owned(),
                level: Level::Critical,
                text: "D won".to_owned(),
            }),
        ),
        event(
            8,
            Body::Recorded(Recorded::Warning(Warning::passing(
                "the disk is full".to_owned(),
            ))),
        ),
        event(
            9,
            Body::Recorded(Recorded::Checkpoint {
                path: "checkpoints/step-00000009".to_owned(),
                reason: CheckpointReason::Final,
            }),
        ),
        finished(),
    ];
    for format in [Format::Text, Format::Json] {
        let (_, out, err) = print(format, events.clone());
        assert_eq!(out.is_empty(), format == Format::Text);
        let expected = "\
downloading train-images
run first in 'runs/first one'
  dataset: digits, 60032 images
  notice: no network
  device: cpu, 2 threads (no CUDA in this build)
  objective: GAN, batch size 64, seed 7
step 5: loss wgan: optimizer.d.lr 2e-4 -> 5e-5, critic.n_critic 1 -> 5
step 5: WARM-UP: D trains alone, 37 updates to go
step 6: loss wgan: rejected: it is wgan
step 7: ALARM d_collapse: D won
warning: the disk is full
step 9: checkpoints/step-00000009 (final)
stopped: stopped on request
  500 steps, 32000 images, 0.53 epochs in 3 min 5 s (2.7 steps/s)
  everything is in 'runs/first one'
  generate images: genai-tui sample 'runs/first one'
  resume: genai-tui --resume 'runs/first one'
";
        assert_eq!(err, expected);
    }
}

#[test]
fn waiting_is_reported_once() {
    // The backlog keeps the newest progress only, so each is published and printed by itself.
    let mut diagnostics = Diagnostics::default();
    let mut err = Vec::new();
    for (what, done) in [("a", 1), ("a", 2), ("b", 1), ("b", 2)] {
        let body = Body::Live(Live::Loading {
            what: what.to_owned(),
            done: Some(done),
            total: Some(2),
        });
        diagnostics.print(&event(0, body), &mut err);
    }
    assert_eq!(String::from_utf8(err).unwrap(), "a\nb\n");
}

#[test]
fn a_failure_is_reported_with_its_cause() {
    let (ending, _, err) = print(
        Format::Text,
        vec![event(
            3,
            Body::Recorded(Recorded::Failed {
                error: "out of memory".to_owned(),
            }),
        )],
    );
    assert_eq!(ending, Ending::Failed("out of memory".to_owned()));
    assert_eq!(err, "failed at step 3\n");
}

#[test]
fn events_after_finished_are_printed() {
    let (ending, _, err) = print(
        Format::Text,
        vec![
            finished(),
            event(
                500,
                Body::Recorded(Recorded::Warning(Warning::passing("w".to_owned()))),
            ),
        ],
    );
    assert!(matches!(ending, Ending::Finished(_)));
    assert!(err.ends_with("warning: w\n"), "{err}");
}

#[test]
fn a_training_that_vanishes_is_a_failure() {
    let (ending, ..) = print(Format::Text, vec![window(1, 10)]);
    assert!(matches!(ending, Ending::Failed(why) if why.contains("without saying how")));
}

#[test]
fn a_slow_reader_learns_of_merged_windows() {
    let windows = (1..=2000).map(|batch| window(1, batch));
    let (_, _, err) = print(Format::Json, windows.chain([finished()]).collect());
    assert!(err.contains("step events were merged"), "{err}");
}

/// A stdout that refuses.
struct Refusing(ErrorKind);

impl Write for Refusing {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_stdout_error_is_reported_once_and_diagnostics_continue() {
    for format in [Format::Text, Format::Json] {
        for kind in [ErrorKind::BrokenPipe, ErrorKind::StorageFull] {
            let events = vec![epochs(1, 938), window(1, 100), window(1, 200), finished()];
            let mut err = Vec::new();
            let printed = print_to(format, events, &mut Refusing(kind), &mut err);
            assert!(matches!(printed.ending, Ending::Finished(_)));
            assert_eq!(printed.lost.map(|error| error.kind()), Some(kind));
            let err = String::from_utf8(err).unwrap();
            assert!(err.contains("everything is in"), "{err}");
        }
    }
}

#[test]
fn a_closed_stderr_does_not_matter() {
    let mut out = Vec::new();
    let events = vec![epochs(1, 938), window(1, 100), finished()];
    let printed = print_to(
        Format::Text,
        events,
        &mut out,
        &mut Refusing(ErrorKind::BrokenPipe),
    );
    assert!(matches!(printed.ending, Ending::Finished(_)) && !out.is_empty());
}
