//! Standard output and standard error that are closed, full or slow: lost output is an error, and is not reported as a
//! requested stop.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, PipeWriter, Read, Write, pipe};
use std::process::{Command, Stdio};

use rustix::fs::{OFlags, fcntl_setfl};

use crate::workbench::{Bench, Done, Program, poll_until, small};

/// Runs a program with this stdout to its end.
fn run_into(stdout: impl Into<Stdio>, command: &mut Command) -> Done {
    let done = command
        .stdout(stdout)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    Done {
        code: done.status.code(),
        out: String::new(),
        err: String::from_utf8(done.stderr).unwrap(),
    }
}

fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").unwrap()
}

/// A pipe that nobody reads.
fn closed() -> PipeWriter {
    pipe().unwrap().1
}

/// Every command that prints, in a folder with a run `a`.
const PRINTING: &[&[&str]] = &[
    &["--help"],
    &["--version"],
    &["help", "train"],
    &["config"],
    &["runs"],
    &["runs", "--format", "json"],
    &["data", "list"],
    &["data", "show", "digits", "--count", "3"],
    &["doctor"],
    &["completions", "bash"],
    &["sample", "a", "-n", "4", "-o", "-"],
];

#[test]
fn a_full_stdout_is_an_error_of_every_printing_command() {
    let bench = Bench::new();
    bench.trained("a", &["--steps", "2"]);
    for arguments in PRINTING {
        let done = run_into(full(), &mut bench.command(arguments));
        assert_eq!(done.code, Some(1), "{arguments:?}: {}", done.err);
        assert!(
            done.err.contains("No space left on device"),
            "{arguments:?}: {}",
            done.err
        );
    }
}

#[test]
fn a_closed_pipe_ends_every_command_silently_like_sigpipe() {
    let bench = Bench::new();
    bench.trained("a", &["--steps", "2"]);
    for arguments in PRINTING {
        let done = run_into(closed(), &mut bench.command(arguments));
        assert_eq!(done.code, Some(141), "{arguments:?}: {}", done.err);
        // Progress may be printed, but no error message.
        assert!(
            !done.err.contains("genai-tui:"),
            "{arguments:?}: {}",
            done.err
        );
    }
}

#[test]
fn training_is_interrupted_and_saved_when_its_reader_leaves() {
    let bench = Bench::new();
    let flags = [&small("a")[..], &["--format", "json"]].concat();
    let (program, out) = Program::start_unread(&mut bench.command(&flags));
    let mut lines = BufReader::new(out).lines();
    assert!(lines.any(|line| line.unwrap().contains(r#""event":"step""#)));
    drop(lines);
    let done = program.finish();
    assert_eq!(done.code, Some(141), "{}", done.err);
    assert!(
        done.err.contains("standard output was closed"),
        "{}",
        done.err
    );
    assert!(done.err.contains("--resume runs/a"), "{}", done.err);
    let record = bench.record("a");
    let summary = record.summary();
    assert_eq!(summary["outcome"], "interrupted");
    assert!(!summary["reason"].as_str().unwrap().contains("request"));
    assert_eq!(record.last().state()["step"], summary["total_steps"]);
    let stop = &record.of_kind("applied")[0];
    assert_eq!(
        (&stop["source"], &stop["command"]),
        (&"output".into(), &"stop".into())
    );
}

#[test]
fn training_saves_and_fails_when_stdout_is_full() {
    let bench = Bench::new();
    for (run, format) in [("text", "text"), ("json", "json")] {
        let flags = [&small(run)[..], &["--format", format, "--steps", "4000"]].concat();
        let done = run_into(full(), &mut bench.command(&flags));
        assert_eq!(done.code, Some(1), "{}", done.err);
        assert!(
            done.err
                .contains("cannot write to standard output: No space left"),
            "{}",
            done.err
        );
        if format == "text" {
            let summary = bench.record(run).summary();
            assert_eq!(summary["outcome"], "interrupted");
            assert!(summary["total_steps"].as_u64().unwrap() < 4000);
        }
    }
}

#[test]
fn divergence_takes_precedence_over_lost_output() {
    let bench = Bench::new();
    let flags = ["--steps", "8", "--fail-if", "d_loss > -1 @ 1"];
    let flags = [&small("a")[..], &flags].concat();
    let done = run_into(full(), &mut bench.command(&flags));
    assert_eq!(done.code, Some(3), "{}", done.err);
}

#[test]
fn initially_closed_streams_do_not_corrupt_the_record() {
    let bench = Bench::new();
    let program = env!("CARGO_BIN_EXE_genai-tui");
    for (run, closed) in [("out", ">&-"), ("all", "<&- >&- 2>&-")] {
        let script = format!("exec {program} \"$@\" {closed}");
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", &script, "sh"])
            .args(small(run))
            .args(["--steps", "16"]);
        shell
            .env_clear()
            .envs(bench.environment())
            .current_dir(bench.path(""));
        let done = run_into(Stdio::null(), &mut shell);
        assert_eq!(done.code, Some(0), "{closed}: {}", done.err);
        let record = bench.record(run);
        assert_eq!(record.events().last().unwrap()["event"], "finished");
        assert_eq!(record.summary()["total_steps"], 16);
    }
}

#[test]
fn a_full_stderr_is_ignored() {
    let bench = Bench::new();
    let mut command = bench.command(&[&small("a")[..], &["--steps", "8"]].concat());
    let status = command
        .stdout(Stdio::null())
        .stderr(full())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_non_blocking_pipe_loses_nothing() {
    let bench = Bench::new();
    let (mut reader, mut writer) = pipe().unwrap();
    fcntl_setfl(&writer, OFlags::NONBLOCK).unwrap();
    // It is full before the program starts.
    while writer.write(&b"{}\n".repeat(1000)).is_ok() {}
    let flags = [&small("a")[..], &["--format", "json", "--steps", "16"]].concat();
    let mut command = bench.command(&flags);
    command.stdout(writer).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    // Only the program has the pipe's writing end.
    drop(command);
    let record = bench.record("a");
    let summary = || record.path("summary.json").exists();
    assert!(
        poll_until(summary, |there| *there),
        "it trains although nobody reads"
    );
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
    let events: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(events.last().unwrap()["event"], "finished");
}
