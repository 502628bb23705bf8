//! How programs end, what they leave, and what becomes of this one.

use std::fs;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, test_kill_process};

use super::python::python;
use super::{command, run, sh};
use crate::workbench::{Bench, Program, poll_until};

#[test]
fn the_exit_code_is_the_programs() {
    for (script, code, outcome, reason) in [
        ("exit 0", 0, "completed", "the program ended"),
        ("exit 7", 7, "failed", "the program ended with exit code 7"),
        (
            "kill -SEGV $$",
            139,
            "failed",
            "the program was ended by SIGSEGV",
        ),
    ] {
        let bench = Bench::new();
        let (done, record) = run(&bench, &[], &sh(script));
        assert_eq!(done.code, Some(code), "{}", done.err);
        let summary = record.summary();
        assert_eq!(summary["outcome"], outcome);
        assert_eq!(summary["reason"], reason);
        assert_eq!(summary["exit_code"], code);
    }
}

#[test]
fn a_program_that_removes_its_run_directory_keeps_its_exit_code() {
    let bench = Bench::new();
    // While the panel writes there, it may take another attempt.
    let gone = "until rm -rf \"$GENAI_TUI_RUN_DIR\" 2>/dev/null; do :; done";
    let script = format!("echo 'step=1 loss=0.5'; {gone}; exit 3");
    let done = Program::start(&mut command(&bench, &[], &sh(&script))).finish();
    assert_eq!(done.code, Some(3), "{}", done.err);
    let said = "is not complete";
    assert!(done.err.contains(said), "{}", done.err);
    assert!(!done.err.contains("everything is in"), "{}", done.err);
    assert!(done.err.contains("  1 step in "), "{}", done.err);
    let done = Program::start(&mut command(&bench, &[], &sh(gone))).finish();
    assert_eq!(done.code, Some(1), "{}", done.err);
    assert!(done.err.contains(said), "{}", done.err);
}

#[test]
fn what_needs_a_checkpoint_of_this_programs_own_says_whose_the_run_is() {
    let bench = Bench::new();
    let (done, _) = run(&bench, &[], &sh("echo 'step=1 loss=0.5'"));
    assert_eq!(done.code, Some(0), "{}", done.err);
    for command in [
        &["--resume", "runs/a"][..],
        &["sample", "a"],
        &["eval", "a"],
    ] {
        let done = bench.run(command);
        assert_ne!(done.code, Some(0), "{}", done.err);
        let said = "its trainer is another program (`sh -c";
        assert!(done.err.contains(said), "{command:?}: {}", done.err);
        assert!(!done.err.contains("from the beginning"), "{}", done.err);
    }
}

#[test]
fn settings_of_networks_are_refused_wherever_they_stand() {
    let bench = Bench::new();
    fs::write(
        bench.path("a.toml"),
        "at = [\"5:pause\"]\n[health]\nd_loss_low = 0.2\n[optimizer.d]\nlr = 1\n",
    )
    .unwrap();
    let of_file = ["--config", "a.toml"];
    for (flags, place) in [
        (of_file, "a.toml:5: `optimizer.d.lr`"),
        (["--set", "optimizer.d.lr=1"], "--set: `optimizer.d.lr`"),
    ] {
        let done = Program::start(&mut command(&bench, &flags, &sh("exit 0"))).finish();
        assert_eq!(done.code, Some(2), "{}", done.err);
        assert!(done.err.contains(place), "{}", done.err);
        assert!(
            done.err.contains("expected a key of health"),
            "{}",
            done.err
        );
    }
    let mut command = command(&bench, &["--set", "health.d_loss_low=0.2"], &sh("exit 0"));
    let done = Program::start(command.env("GENAI_TUI_OPTIMIZER__D__LR", "1")).finish();
    assert_eq!(done.code, Some(0), "{}", done.err);
}

#[test]
fn a_program_that_cannot_be_started_leaves_no_run() {
    let bench = Bench::new();
    fs::write(bench.path("data"), "no program").unwrap();
    for (program, reason) in [
        (
            "no-such-program",
            "there is no such program in the folders of PATH",
        ),
        ("./nowhere", "there is no such file"),
        ("./data", "it is not a file that may be executed"),
    ] {
        let done = bench.run(&["run", "--no-tui", "--name", "a", "--", program]);
        assert_eq!(done.code, Some(2), "{}", done.err);
        assert!(done.err.contains(reason), "{}", done.err);
        assert!(!bench.path("runs/a").exists());
    }
}

#[test]
fn both_streams_go_to_the_log_and_the_last_lines_of_a_failure_are_said() {
    let bench = Bench::new();
    let script = "echo one; echo two >&2; printf 'abc\\r'; printf 'four\\n'; exit 3";
    let (done, record) = run(&bench, &[], &sh(script));
    assert_eq!(record.text("output.log"), "one\ntwo\nabc\rfour\n");
    assert!(done.out.is_empty(), "{}", done.out);
    let told = "the last lines that the program printed:\n  one\n  two\n  four\n";
    assert!(done.err.contains(told), "{}", done.err);
}

#[test]
fn output_without_end_is_kept_and_does_not_fill_memory_or_stdout() {
    let bench = Bench::new();
    let script = "head -c 20000000 /dev/zero | tr '\\0' x; echo; echo end";
    let (done, record) = run(&bench, &["--format", "json"], &sh(script));
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(record.bytes("output.log").len(), 20_000_005);
    let output = done.json();
    let mut texts = output.iter().filter(|event| event["event"] == "output");
    assert!(texts.any(|event| event["text"].as_str().unwrap().ends_with("end\n")));
    assert!(done.out.len() < 10_000_000, "{}", done.out.len());
    assert!(record.of_kind("output").is_empty(), "it is not recorded");
}

/// Whether the process whose number is in this file runs.
fn runs(bench: &Bench, file: &str) -> bool {
    let text = fs::read_to_string(bench.path(file)).unwrap();
    let pid = Pid::from_raw(text.trim().parse().unwrap()).unwrap();
    test_kill_process(pid).is_ok()
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_that_it_started_is_left_running() {
    let bench = Bench::new();
    // In its group, and in a session of its own whose parent has ended.
    let script = "sleep 1000 & echo $! > plain; (setsid sh -c 'echo $$ > daemon; exec sleep 1000' &); \
                  while [ ! -s daemon ]; do sleep 0.01; done";
    let (done, record) = run(&bench, &[], &sh(script));
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(!runs(&bench, "plain") && !runs(&bench, "daemon"));
    let warning = &record.of_kind("warning")[0];
    assert_eq!(
        warning["text"],
        "the program left 2 processes running when it ended: ended by SIGTERM"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_is_left_of_a_program_that_outlived_a_killed_panel() {
    let bench = Bench::new();
    // In its group, and in a session of its own whose parent has ended; deaf to what ends others.
    let script = "trap '' TERM HUP; forever='while :; do sleep 0.1; done'; \
                  sh -c \"echo \\$\\$ > worker; $forever\" & \
                  (setsid sh -c \"echo \\$\\$ > daemon; $forever\" &); \
                  while [ ! -s worker ] || [ ! -s daemon ]; do sleep 0.01; done; \
                  echo $$ > trainer; eval \"$forever\"";
    let program = Program::start(&mut command(&bench, &[], &sh(script)));
    assert!(poll_until(
        || bench.path("trainer").is_file(),
        |there| *there
    ));
    program.wait_for_diagnostic("program:");
    program.signal(Signal::KILL);
    drop(program.finish());
    thread::sleep(Duration::from_millis(300));
    let all = ["trainer", "worker", "daemon"];
    assert!(all.iter().all(|file| runs(&bench, file)), "it goes on");
    let trainer = fs::read_to_string(bench.path("trainer")).unwrap();
    let trainer = Pid::from_raw(trainer.trim().parse().unwrap()).unwrap();
    rustix::process::kill_process(trainer, Signal::KILL).unwrap();
    let left = || all.iter().filter(|file| runs(&bench, file)).count();
    assert!(poll_until(left, |count| *count == 0));
}

#[test]
fn a_signal_ends_the_program_and_is_the_exit_code() {
    let bench = Bench::new();
    let program = Program::start(&mut command(
        &bench,
        &[],
        &sh("echo up; echo $$ > pid; exec sleep 1000"),
    ));
    assert!(poll_until(|| bench.path("pid").is_file(), |there| *there));
    program.wait_for_diagnostic("program:");
    program.signal(Signal::TERM);
    let done = program.finish();
    assert_eq!(done.code, Some(143), "{}", done.err);
    assert!(!runs(&bench, "pid"));
    let summary = bench.record("a").summary();
    assert_eq!(
        (&summary["outcome"], &summary["signal"]),
        (&"interrupted".into(), &"SIGTERM".into())
    );
}

#[test]
fn a_program_that_ignores_sigterm_is_killed_when_asked_twice() {
    let bench = Bench::new();
    let script = "trap '' TERM; echo $$ > pid; while :; do sleep 0.05; done";
    let program = Program::start(&mut command(&bench, &[], &sh(script)));
    assert!(poll_until(|| bench.path("pid").is_file(), |there| *there));
    program.wait_for_diagnostic("program:");
    program.signal(Signal::INT);
    program.wait_for_diagnostic("stop (SIGINT)");
    thread::sleep(Duration::from_millis(300));
    assert!(runs(&bench, "pid"));
    program.signal(Signal::INT);
    let done = program.finish();
    assert_eq!(done.code, Some(130), "{}", done.err);
    assert!(poll_until(|| runs(&bench, "pid"), |there| !there));
}

#[test]
fn its_session_is_its_own() {
    let Some(python) = python() else { return };
    let bench = Bench::new();
    let script = "import os, sys\n\
                  print(os.getsid(0) == os.getpid(), sys.stdin.read() == '', os.environ['GENAI_TUI_PROTOCOL'])\n\
                  print(sorted(k for k in os.environ if 'BECOME' in k or 'FRONT' in k))\n\
                  try:\n    open('/dev/tty')\nexcept OSError:\n    print('no terminal')";
    let (done, record) = run(&bench, &[], &[python, "-c", script]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(record.text("output.log"), "True True 1\n[]\nno terminal\n");
}

#[test]
fn a_command_of_this_program_runs_inside_a_run() {
    let bench = Bench::new();
    let inner = format!(
        "{} config > inner.toml && exit 7",
        env!("CARGO_BIN_EXE_genai-tui")
    );
    let (done, record) = run(&bench, &[], &sh(&inner));
    assert_eq!(
        done.code,
        Some(7),
        "{}\n{}",
        done.err,
        record.text("output.log")
    );
}
