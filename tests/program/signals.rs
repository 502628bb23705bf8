//! Signals to a headless run: the first stops it at a step boundary with a checkpoint, the second ends it at once.

use rustix::process::Signal;

use crate::workbench::{Bench, Program, names, poll_until, small};

fn endless(run: &str) -> Vec<&str> {
    [&small(run)[..], &["--format", "json"]].concat()
}

#[test]
fn a_signal_stops_the_run_with_a_checkpoint_and_its_own_exit_code() {
    let bench = Bench::new();
    for (run, signal, code) in [
        ("term", Signal::TERM, 143),
        ("int", Signal::INT, 130),
        ("hup", Signal::HUP, 129),
    ] {
        let program = Program::start(&mut bench.command(&endless(run)));
        program.wait_for(r#""event":"step""#);
        program.signal(signal);
        let done = program.finish();
        assert_eq!(done.code, Some(code), "{run}: {}", done.err);
        let record = bench.record(run);
        let summary = record.summary();
        assert_eq!(summary["outcome"], "interrupted");
        let step = summary["total_steps"].as_u64().unwrap();
        assert!(step > 0);
        assert_eq!(record.last().state()["step"], step);
        let events = done.json();
        assert_eq!(events.last().unwrap()["event"], "finished");
        assert!(
            events.iter().any(|e| e["event"] == "applied"
                && e["source"] == "signal"
                && e["command"] == "stop")
        );
    }
}

#[test]
fn a_signal_before_the_first_step_ends_it_as_well() {
    let bench = Bench::new();
    let flags = ["--format", "json", "--dataset", "digits", "--name", "a"];
    let program = Program::start(&mut bench.command(&flags));
    program.wait_for(r#""event":"loading""#);
    program.signal(Signal::TERM);
    let done = program.finish();
    assert_eq!(done.code, Some(143), "{}", done.err);
    assert_eq!(done.json().last().unwrap()["outcome"], "interrupted");
}

#[test]
fn a_signal_as_early_as_there_is_a_directory_leaves_no_half_of_a_run() {
    let bench = Bench::new();
    let flags = ["--no-tui", "--dataset", "digits", "--name", "a"];
    let dir = bench.path("runs/a");
    let program = Program::start(&mut bench.command(&flags));
    assert!(poll_until(|| dir.exists(), |there| *there));
    program.signal(Signal::TERM);
    let done = program.finish();
    assert_eq!(done.code, Some(143), "{}", done.err);
    assert!(
        !dir.exists() || dir.join("summary.json").is_file(),
        "{:?}",
        names(&dir)
    );
}

#[test]
fn a_second_signal_does_not_wait_for_the_step() {
    let bench = Bench::new();
    // One step of this run takes many seconds.
    let slow = [
        "--format",
        "json",
        "--name",
        "slow",
        "--dataset",
        "digits",
        "--threads",
        "1",
        "--batch-size",
        "2048",
        "--set",
        "critic.n_critic=200",
    ];
    let mut program = Program::start(&mut bench.command(&slow));
    program.wait_for(r#""state":"running""#);
    // Signals that follow closely may be one that took two ways; so this one is given again until it is heard.
    let ended = poll_until(
        || {
            if program.is_running() {
                program.signal(Signal::TERM);
                true
            } else {
                false
            }
        },
        |running| !running,
    );
    assert!(ended);
    let done = program.finish();
    assert_eq!(done.code, Some(143), "{}", done.err);
    assert!(done.json().iter().all(|e| e["event"] != "finished"));
    // A signal may come before the first step begins: then there is the state before it, or what is written of it.
    let saved = names(&bench.path("runs/slow/checkpoints"));
    assert!(
        saved
            .iter()
            .all(|name| name.trim_start_matches('.').starts_with("step-00000000")),
        "{saved:?}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_run_that_is_suspended_is_said_to_be_and_goes_on() {
    let bench = Bench::new();
    let program = Program::start(&mut bench.command(&endless("held")));
    program.wait_for(r#""event":"step""#);
    program.signal(Signal::STOP);
    let id = program.id();
    let listed = || bench.run(&["runs"]).out;
    assert!(poll_until(listed, |out| out
        .contains(&format!("suspended, process {id}"))));
    for command in [&["send", "held", "pause"][..], &["stop", "held"]] {
        let done = bench.run(command);
        assert_eq!(done.code, Some(2), "{}", done.err);
        assert!(
            done.err.contains(&format!("kill -CONT {id}")),
            "{}",
            done.err
        );
    }
    program.signal(Signal::CONT);
    let done = bench.run(&["stop", "held"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(program.finish().code, Some(0));
}
