//! Time during which the process is stopped does not count as training.

use std::fs;
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::workbench::{Bench, Program, names, poll_until, small};

#[test]
fn a_stopped_process_keeps_its_time_limit_and_reports_the_gap() {
    let bench = Bench::new();
    let flags = [
        "--format",
        "json",
        "--max-time",
        "2s",
        "--epochs",
        "1000000",
    ];
    let program = Program::start(&mut bench.command(&[&small("a")[..], &flags].concat()));
    program.wait_for(r#""event":"step""#);
    program.signal(Signal::STOP);
    // Longer than the time limit of the training.
    thread::sleep(Duration::from_secs(4));
    program.signal(Signal::CONT);
    let done = program.finish();
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(
        done.err.contains("the process did not run for"),
        "{}",
        done.err
    );
    let record = bench.record("a");
    let warnings = record.of_kind("warning");
    assert!(
        warnings
            .iter()
            .any(|w| w["text"].as_str().unwrap().contains("did not run for"))
    );
    let summary = record.summary();
    assert_eq!(summary["reason"], "reached its time limit");
    // The wall clock includes the stop, the training time does not.
    let at = |event: &str| {
        let time = record.of_kind(event)[0]["time"]
            .as_str()
            .unwrap()
            .to_owned();
        time.parse::<jiff::Timestamp>().unwrap()
    };
    let wall = at("finished").duration_since(at("started")).as_secs_f64();
    let seconds = summary["seconds"].as_f64().unwrap();
    assert!(seconds >= 2.0 && wall - seconds > 3.0, "{wall} {seconds}");
}

#[test]
fn a_process_whose_run_was_taken_over_stops_writing_and_ends() {
    let bench = Bench::new();
    let flags = [
        "--set",
        "checkpoint.every_steps=4",
        "--set",
        "checkpoint.keep=64",
    ];
    let program = Program::start(&mut bench.command(&[&small("a")[..], &flags].concat()));
    let record = bench.record("a");
    let checkpoints = || {
        names(&record.path("checkpoints"))
            .into_iter()
            .filter(|n| n.starts_with("step"))
    };
    assert!(poll_until(|| checkpoints().count(), |count| *count > 0));
    program.signal(Signal::STOP);
    let stat = format!("/proc/{}/stat", program.id());
    let stopped = || fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") T "));
    assert!(!cfg!(target_os = "linux") || poll_until(stopped, |stopped| *stopped));
    // As another host would write it.
    let lock = record
        .text("lock")
        .replace("\"host\":\"", "\"host\":\"other-");
    fs::write(record.path("lock"), &lock).unwrap();
    let before: Vec<String> = checkpoints().collect();
    program.signal(Signal::CONT);
    let done = program.finish();
    assert_eq!(done.code, Some(1), "{}", done.err);
    assert!(done.err.contains("taken over"), "{}", done.err);
    assert_eq!(checkpoints().collect::<Vec<_>>(), before);
    assert_eq!(record.text("lock"), lock);
    assert!(!record.path("summary.json").exists());
}
