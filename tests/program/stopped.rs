//! Time in which the process does not run is no training.

use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::workbench::{Bench, Program, small};

#[test]
fn a_process_that_was_stopped_has_its_time_left_and_says_how_long_it_was() {
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
    // Longer than the whole training may take.
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
    let told = record.of_kind("warning");
    let told = told
        .iter()
        .find(|w| w["text"].as_str().unwrap().contains("did not run for"))
        .unwrap();
    assert!(told["elapsed"].as_f64().unwrap() < 2.0, "{told}");
    let summary = record.summary();
    assert_eq!(summary["reason"], "reached its time");
    let seconds = summary["seconds"].as_f64().unwrap();
    assert!((2.0..4.0).contains(&seconds), "{summary}");
    // It went on behind the stop.
    assert!(
        summary["total_steps"].as_u64() > told["step"].as_u64(),
        "{summary} {told}"
    );
}
