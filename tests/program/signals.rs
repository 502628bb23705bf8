//! Signals to a headless run: the first stops it at a step boundary with a checkpoint, the second ends it at once.

use std::process::Command;

use rustix::process::Signal;

use crate::workbench::{Bench, FULL_WIDTH, Program, Record, names, poll_until, small};

/// A run that loads for a while, without the automatic checkpoint at the start of training.
const LOADING: [&str; 8] = [
    "--format",
    "json",
    "--dataset",
    "digits",
    "--name",
    "a",
    "--set",
    "checkpoint.every_time=0s",
];

/// An endless run that reports each step.
fn endless(run: &str) -> Vec<&str> {
    let each = ["--format", "json", "--set", "events.every_batches=1"];
    [&small(run)[..], &each].concat()
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
fn a_signal_before_the_first_step_stops_the_run() {
    let bench = Bench::new();
    let program = Program::start(&mut bench.command(&LOADING));
    program.wait_for(r#""event":"loading""#);
    program.signal(Signal::TERM);
    let done = program.finish();
    assert_eq!(done.code, Some(143), "{}", done.err);
    assert_eq!(done.json().last().unwrap()["outcome"], "interrupted");
}

#[test]
fn a_very_early_signal_leaves_no_partial_run() {
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
    // Two signals close together may be merged, so this one is repeated until it has an effect.
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
    // The signal may come before the first step: then the initial state is saved, or partly written.
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
fn a_suspended_run_is_reported_and_continues() {
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

/// Waits until the record has a checkpoint, and returns its reason.
fn first_checkpoint(record: &Record) -> String {
    let found = || record.so_far("checkpoint");
    assert!(poll_until(found, |found| !found.is_empty()));
    found()[0]["reason"].as_str().unwrap().to_owned()
}

/// A program under `env` with one of its signal options; `None` if this `env` does not have it.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn under_env(bench: &Bench, option: &str, flags: &[&str]) -> Option<Program> {
    let known = Command::new("env").args([option, "true"]).output();
    if !known.is_ok_and(|done| done.status.success()) {
        eprintln!("skipped: no `env {option}` here");
        return None;
    }
    let mut command = Command::new("env");
    command
        .args([option, env!("CARGO_BIN_EXE_genai-tui")])
        .args(flags);
    bench.settle(&mut command);
    Some(Program::start(&mut command))
}

#[test]
fn every_terminating_signal_stops_the_run_with_a_checkpoint() {
    let bench = Bench::new();
    let mut signals = vec![
        ("SIGALRM", Signal::ALARM),
        ("SIGVTALRM", Signal::VTALARM),
        ("SIGPROF", Signal::PROF),
        ("SIGXCPU", Signal::XCPU),
        ("SIGXFSZ", Signal::XFSZ),
    ];
    #[cfg(target_os = "linux")]
    signals.extend([("SIGIO", Signal::IO), ("SIGPWR", Signal::POWER)]);
    for (name, signal) in signals {
        let program = Program::start(&mut bench.command(&endless(name)));
        program.wait_for(r#""event":"step""#);
        program.signal(signal);
        let done = program.finish();
        assert_eq!(
            done.code,
            Some(128 + signal.as_raw()),
            "{name}: {}",
            done.err
        );
        let summary = bench.record(name).summary();
        assert_eq!(summary["outcome"], "interrupted", "{name}");
        assert_eq!(summary["signal"], name);
        assert_eq!(summary["reason"], format!("stopped by {name}"));
        let saved = bench.record(name).last().state()["step"].clone();
        assert_eq!(saved, summary["total_steps"], "{name}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_real_time_signal_stops_the_run_with_a_checkpoint() {
    let bench = Bench::new();
    let program = Program::start(&mut bench.command(&endless("a")));
    program.wait_for(r#""event":"step""#);
    let kill = format!("kill -50 {}", program.id());
    assert!(
        Command::new("sh")
            .args(["-c", &kill])
            .status()
            .unwrap()
            .success()
    );
    let done = program.finish();
    assert_eq!(done.code, Some(178), "{}", done.err);
    assert_eq!(bench.record("a").summary()["signal"], "SIGRTMIN+16");
}

#[test]
fn signals_ignored_at_the_start_stay_ignored() {
    let bench = Bench::new();
    let flags = endless("a").join(" ");
    let program = env!("CARGO_BIN_EXE_genai-tui");
    let all = "HUP INT QUIT TERM USR1 XCPU ALRM";
    let script = format!("trap '' {all}; exec {program} {flags}");
    let mut command = Command::new("sh");
    command.args(["-c", &script]);
    bench.settle(&mut command);
    let program = Program::start(&mut command);
    program.wait_for(r#""event":"step""#);
    for signal in [
        Signal::HUP,
        Signal::INT,
        Signal::QUIT,
        Signal::TERM,
        Signal::USR1,
        Signal::XCPU,
        Signal::ALARM,
    ] {
        program.signal(signal);
    }
    let steps = || bench.record("a").so_far("step").len();
    let before = steps();
    assert!(poll_until(steps, |now| *now > before + 2));
    assert!(bench.record("a").so_far("applied").is_empty());
    // This signal was not ignored.
    program.signal(Signal::USR2);
    assert_eq!(first_checkpoint(&bench.record("a")), "interval");
    let stopped = bench.run(&["stop", "a"]);
    assert_eq!(stopped.code, Some(0), "{}", stopped.err);
    assert_eq!(program.finish().code, Some(0));
}

#[test]
fn nohup_and_background_jobs_work_as_usual() {
    let bench = Bench::new();
    let program = env!("CARGO_BIN_EXE_genai-tui");
    for (run, how, signal) in [
        ("nohup", "exec nohup", Signal::HUP),
        // A shell without job control starts background jobs with SIGINT and SIGQUIT ignored.
        ("background", "", Signal::INT),
    ] {
        let flags = endless(run).join(" ");
        let script = format!("{how} {program} {flags} & echo started $!; wait");
        let mut command = Command::new("sh");
        command.args(["-c", &script]);
        bench.settle(&mut command);
        let shell = Program::start(&mut command);
        shell.wait_for(r#""event":"step""#);
        let pid = bench.holder(run);
        rustix::process::kill_process(pid, signal).unwrap();
        let steps = || bench.record(run).so_far("step").len();
        let before = steps();
        assert!(poll_until(steps, |now| *now > before + 2), "{run}");
        rustix::process::kill_process(pid, Signal::TERM).unwrap();
        assert_eq!(shell.finish().code, Some(0));
        assert_eq!(bench.record(run).summary()["signal"], "SIGTERM");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn signals_blocked_at_the_start_are_handled() {
    let bench = Bench::new();
    let option = "--block-signal=TERM";
    let Some(program) = under_env(&bench, option, &endless("a")) else {
        return;
    };
    program.wait_for(r#""event":"step""#);
    program.signal(Signal::TERM);
    let done = program.finish();
    assert_eq!(done.code, Some(143), "{}", done.err);
}

#[test]
fn a_user_signal_saves_a_checkpoint_and_the_run_continues() {
    let bench = Bench::new();
    let program = Program::start(&mut bench.command(&endless("a")));
    program.wait_for(r#""event":"step""#);
    program.signal(Signal::USR1);
    let record = bench.record("a");
    // It counts as an interval checkpoint, because a scheduler may ask every few minutes.
    assert_eq!(first_checkpoint(&record), "interval");
    program.wait_for_diagnostic("checkpoint (SIGUSR1)");
    let steps = || record.so_far("step").len();
    let before = steps();
    assert!(poll_until(steps, |now| *now > before));
    assert_eq!(record.so_far("applied")[0]["signal"], "SIGUSR1");
    program.signal(Signal::TERM);
    assert_eq!(program.finish().code, Some(143));
}

#[test]
fn a_user_signal_can_be_configured_to_stop_the_run() {
    let bench = Bench::new();
    let flags = [&endless("a")[..], &["--set", "signals.usr2=stop"]].concat();
    let program = Program::start(&mut bench.command(&flags));
    program.wait_for(r#""event":"step""#);
    program.signal(Signal::USR2);
    let done = program.finish();
    assert_eq!(done.code, Some(140), "{}", done.err);
    assert_eq!(bench.record("a").summary()["signal"], "SIGUSR2");
}

#[test]
fn a_user_signal_before_the_first_step_is_answered_with_a_checkpoint() {
    let bench = Bench::new();
    let program = Program::start(&mut bench.command(&LOADING));
    program.wait_for(r#""event":"loading""#);
    program.signal(Signal::USR1);
    assert_eq!(first_checkpoint(&bench.record("a")), "interval");
    let applied = bench.record("a").so_far("applied");
    assert_eq!(applied[0]["signal"], "SIGUSR1");
    program.signal(Signal::TERM);
    assert_eq!(program.finish().code, Some(143));
}

#[test]
fn sigquit_does_not_wait() {
    let bench = Bench::new();
    let program = Program::start(&mut bench.command(&endless("a")));
    program.wait_for(r#""event":"step""#);
    program.signal(Signal::QUIT);
    let done = program.finish();
    assert_eq!(done.code, Some(131), "{}", done.err);
    assert!(done.json().iter().all(|e| e["event"] != "finished"));
}

#[test]
fn a_file_size_limit_is_handled_like_a_full_disk() {
    let bench = Bench::new();
    let program = env!("CARGO_BIN_EXE_genai-tui");
    let flags = [&endless("a")[..], &FULL_WIDTH].concat().join(" ");
    // In units of 512 or 1,024 bytes: too small for a checkpoint.
    let script = format!("ulimit -f 2000; exec {program} {flags} --set checkpoint.every_steps=5");
    let mut command = Command::new("bash");
    command.args(["-c", &script]);
    bench.settle(&mut command);
    let program = Program::start(&mut command);
    program.wait_for_diagnostic("no checkpoint at step 5");
    program.wait_for_diagnostic("File too large");
    program.wait_for(r#""step":20"#);
    program.signal(Signal::TERM);
    // Its weights are lost, which is a failure.
    let done = program.finish();
    assert_eq!(done.code, Some(1), "{}", done.err);
}
