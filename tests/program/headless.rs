//! Without a terminal: the contents of both streams, and how a run ends.

use std::io::{BufRead, BufReader};

use serde_json::Value;

use crate::workbench::{Bench, FULL_WIDTH, Program, small};

/// The parts of `Epoch [1/3], Step [8/8], d_loss: 0.6931, g_loss: 0.6931`; `None` if the line has another form.
fn classic(line: &str) -> Option<(u64, u64, u64, u64, f64, f64)> {
    let (epoch, rest) = line.strip_prefix("Epoch [")?.split_once("], Step [")?;
    let (batch, losses) = rest.split_once("], d_loss: ")?;
    let (d, g) = losses.split_once(", g_loss: ")?;
    let pair = |text: &str| {
        let (a, b) = text.split_once('/')?;
        Some((a.parse().ok()?, b.parse().ok()?))
    };
    let loss = |text: &str| {
        let digits = text.split_once('.')?.1.len();
        text.parse().ok().filter(|_| digits == 4)
    };
    let ((epoch, epochs), (batch, batches)) = (pair(epoch)?, pair(batch)?);
    Some((epoch, epochs, batch, batches, loss(d)?, loss(g)?))
}

#[test]
fn text_has_the_classic_lines_on_stdout_and_the_rest_on_stderr() {
    let bench = Bench::new();
    let done = bench.train("a", &["--steps", "20"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let windows = bench.record("a").of_kind("step");
    // 64 images in batches of 8: an epoch is shorter than the hundred batches between two lines, so each epoch has one
    // line.
    let lines: Vec<&str> = done.out.lines().collect();
    assert_eq!(lines.len(), 2, "{}", done.out);
    for (line, epoch) in lines.iter().zip(1..) {
        let (at, epochs, batch, batches, d, g) =
            classic(line).unwrap_or_else(|| panic!("not the classic line: {line}"));
        assert_eq!((at, epochs, batch, batches), (epoch, 3, 8, 8), "{line}");
        let recorded = windows.iter().find(|w| w["step"] == epoch * 8).unwrap();
        for (name, printed) in [("d_loss", d), ("g_loss", g)] {
            let last = recorded["metrics"][name]["last"].as_f64().unwrap();
            assert!((last - printed).abs() <= 0.5e-4 + 1e-12, "{line}: {last}");
        }
    }
    for said in [
        "run a in runs/a",
        "64 images",
        "finished: reached 20 steps",
        "genai-tui sample runs/a",
    ] {
        assert!(done.err.contains(said), "{said}: {}", done.err);
    }
    assert!(!done.err.contains('\x1b') && !done.out.contains('\x1b'));
}

#[test]
fn json_output_consists_of_events() {
    let bench = Bench::new();
    let done = bench.run(&[
        "--format",
        "json",
        "--dataset",
        "digits",
        "--name",
        "a",
        "--steps",
        "4",
        "--batch-size",
        "8",
        "--set",
        "events.every_batches=1",
        "--at",
        "2:note half of it",
    ]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let events = done.json();
    for event in &events {
        assert_eq!(event["schema"], 1, "{event}");
        for (key, right) in [
            ("event", Value::is_string as fn(&Value) -> bool),
            ("branch", Value::is_u64),
            ("step", Value::is_u64),
            ("images", Value::is_u64),
            ("time", Value::is_string),
            ("elapsed", Value::is_number),
        ] {
            assert!(right(&event[key]), "{key}: {event}");
        }
    }
    let kinds: Vec<&str> = events
        .iter()
        .map(|e| e["event"].as_str().unwrap())
        .collect();
    assert_eq!(kinds.first(), Some(&"loading"));
    assert_eq!(kinds.last(), Some(&"finished"));
    for kind in [
        "started",
        "state",
        "samples",
        "step",
        "note",
        "applied",
        "checkpoint",
    ] {
        assert!(kinds.contains(&kind), "no `{kind}` among {kinds:?}");
    }
    // Recorded events were printed, byte for byte, except for step windows that were merged under load.
    let printed: Vec<&str> = done.out.lines().collect();
    for line in bench.record("a").text("events.jsonl").lines() {
        assert!(
            line.contains(r#""event":"step""#) || printed.contains(&line),
            "recorded, not printed: {line}"
        );
    }
    let started = events.iter().find(|e| e["event"] == "started").unwrap();
    assert_eq!(started["dataset"]["name"], "digits");
    assert_eq!(started["dataset"]["images"], 20_000);
}

#[test]
fn a_diverging_run_ends_with_exit_code_3_and_finite_weights() {
    let bench = Bench::new();
    for (run, flags) in [
        ("from the start", &["--objective", "lsgan", "--lr", "1"][..]),
        (
            "later",
            &[
                "--at",
                "3:lr d 1",
                "--set",
                "optimizer.d.eps=1e-30",
                "--objective",
                "wgan-gp",
            ],
        ),
    ] {
        let run = &run.replace(' ', "-");
        let done = bench.train(
            run,
            &[
                flags,
                &FULL_WIDTH,
                &["--steps", "200", "--set", "rewind.recoveries=0"],
            ]
            .concat(),
        );
        assert_eq!(done.code, Some(3), "{run}: {}", done.err);
        assert!(done.err.contains("diverged: "), "{run}: {}", done.err);
        let record = bench.record(run);
        assert_eq!(record.summary()["outcome"], "diverged");
        assert!(!record.of_kind("alarm").is_empty());
        let last = record.last();
        let all = [last.generator(), last.discriminator()].concat();
        assert!(all.iter().all(|v| v.is_finite()), "{run}");
    }
}

#[test]
fn a_closed_pipe_ends_the_run_with_a_checkpoint_and_no_message() {
    let bench = Bench::new();
    for format in ["text", "json"] {
        let flags = [&small(format)[..], &["--format", format]].concat();
        let (program, out) = Program::start_unread(&mut bench.command(&flags));
        let mut first = String::new();
        BufReader::new(out).read_line(&mut first).unwrap();
        assert!(!first.is_empty());
        let done = program.finish();
        assert_eq!(done.code, Some(141), "{format}: {}", done.err);
        assert!(!done.err.to_lowercase().contains("pipe"), "{}", done.err);
        if format == "text" {
            // With JSON the reader may have left before the run began.
            let record = bench.record(format);
            assert_eq!(record.summary()["outcome"], "interrupted");
            assert!(!record.last().generator().is_empty());
        }
    }
}
