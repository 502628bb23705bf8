//! File systems that lack parts of POSIX, refuse, are full, or break.
//!
//! A preloaded library refuses what they lack; without a C compiler, or where nothing can be mounted, a test says that
//! it was skipped.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use rustix::process::Signal;
use serde_json::Value;

use crate::resume::disk::mount;
use crate::workbench::{Bench, Done, FULL_WIDTH, Program, names, poll_until, small};

/// A library of `shims/`, compiled; it is deleted with the tests' temporary files.
pub fn shim(name: &str) -> Option<PathBuf> {
    static SHIMS: Mutex<BTreeMap<String, Option<PathBuf>>> = Mutex::new(BTreeMap::new());
    let compile = || {
        let source = format!(
            "{}/tests/program/shims/{name}.c",
            env!("CARGO_MANIFEST_DIR")
        );
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        // Another process may be using the one that is there.
        let new = folder.join(format!("{name}-{}.so", std::process::id()));
        let done = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&new)
            .args([&source, "-ldl"])
            .status();
        if !done.is_ok_and(|status| status.success()) {
            return None;
        }
        let library = folder.join(format!("{name}.so"));
        fs::rename(new, &library).unwrap();
        Some(library)
    };
    let mut shims = SHIMS.lock().unwrap();
    let found = shims.entry(name.to_owned()).or_insert_with(compile).clone();
    found.or_else(|| {
        untested("there is no C compiler");
        None
    })
}

#[expect(clippy::print_stderr, reason = "a test that cannot be made says so")]
fn untested(why: &str) {
    eprintln!("not tested: {why}");
}

/// A command on a file system that lacks these features.
pub fn without(bench: &Bench, lacking: &str, arguments: &[&str]) -> Option<Command> {
    let mut command = bench.command(arguments);
    command
        .env("LD_PRELOAD", shim("refuse")?)
        .env("REFUSE", lacking);
    Some(command)
}

#[test]
fn a_run_works_without_folder_sync_links_modes_and_sockets() {
    let bench = Bench::new();
    let flags = ["--set", "checkpoint.every_steps=8"];
    let flags = [&small("a")[..], &flags].concat();
    let Some(mut command) = without(&bench, "fsync,link,bind,chmod", &flags) else {
        return;
    };
    let program = Program::start(&mut command);
    let record = bench.record("a");
    let saved = || !names(&record.path("checkpoints")).is_empty();
    assert!(poll_until(saved, |saved| *saved));
    // It can still be reached.
    let stopped = bench.run(&["stop", "a"]);
    assert_eq!(stopped.code, Some(0), "{}", stopped.err);
    let done = program.finish();
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(!done.err.contains("warning"), "{}", done.err);
    assert_eq!(record.summary()["outcome"], "stopped");
    assert!(record.path("card.md").exists());
    let step = record.summary()["total_steps"].as_u64().unwrap();
    let steps = (step + 8).to_string();
    let again = ["--no-tui", "--resume", "runs/a", "--steps", &steps];
    let done = Program::start(&mut without(&bench, "fsync,link,bind,chmod", &again).unwrap());
    assert_eq!(done.finish().code, Some(0));
}

#[test]
fn other_commands_work_there_too() {
    let bench = Bench::new();
    bench.trained("a", &["--steps", "2"]);
    fs::write(bench.path("a.png"), "old").unwrap();
    let arguments = ["sample", "a", "-n", "4", "-o", "a.png"];
    let Some(mut command) = without(&bench, "fsync,link,chmod", &arguments) else {
        return;
    };
    let done = Program::start(&mut command).finish();
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(
        fs::read(bench.path("a.png"))
            .unwrap()
            .starts_with(b"\x89PNG")
    );
}

#[test]
fn an_incomplete_record_is_not_a_success() {
    let bench = Bench::new();
    let flags = [&small("a")[..], &["--steps", "16"]].concat();
    let Some(mut command) = without(&bench, "write", &flags) else {
        return;
    };
    let done: Done = Program::start(&mut command).finish();
    assert!(done.err.contains("training continues"), "{}", done.err);
    assert!(done.err.contains("is not complete"), "{}", done.err);
    assert_eq!(done.code, Some(1), "{}", done.err);
    // Everything except the broken file is complete.
    assert!(bench.record("a").checkpoint(16).dir.is_dir());
}

/// A run with a file size limit of 4 MiB: enough for the record, but not for weights.
fn with_small_files(bench: &Bench, arguments: &[&str]) -> Command {
    // In units of 512 bytes.
    let script = format!(
        "trap '' XFSZ; ulimit -f 8192; exec {} \"$@\"",
        env!("CARGO_BIN_EXE_genai-tui")
    );
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", &script, "sh"])
        .args(small("a"))
        .args(FULL_WIDTH);
    shell
        .args(arguments)
        .env_clear()
        .envs(bench.environment())
        .current_dir(bench.path(""));
    shell
}

#[test]
fn a_command_for_a_checkpoint_that_cannot_be_saved_fails_at_once() {
    let bench = Bench::new();
    let mut program = Program::start(&mut with_small_files(&bench, &[]));
    let record = bench.record("a");
    let steps = || record.so_far("step");
    assert!(poll_until(steps, |steps| !steps.is_empty()));
    let sent = bench.run(&["send", "a", "checkpoint"]);
    assert_eq!(sent.code, Some(1), "{}", sent.err);
    assert!(sent.err.contains("File too large"), "{}", sent.err);
    assert!(program.is_running(), "the run continues");
    let warnings = || record.so_far("warning");
    let failed = |warnings: &Vec<Value>| {
        let kind = |w: &Value| {
            (
                w["trouble"].clone(),
                w["state"].clone(),
                w["reason"].clone(),
            )
        };
        let expected = ("checkpoint".into(), "open".into(), "request".into());
        warnings.iter().any(|warning| kind(warning) == expected)
    };
    assert!(poll_until(warnings, failed));
    program.signal(Signal::TERM);
    assert_eq!(program.finish().code, Some(1));
}

#[test]
fn a_file_size_limit_counts_as_a_full_disk() {
    let bench = Bench::new();
    let steps = ["--steps", "24", "--set", "checkpoint.every_steps=8"];
    let done = Program::start(&mut with_small_files(&bench, &steps)).finish();
    assert_eq!(done.code, Some(1), "{}", done.err);
    assert!(done.err.contains("File too large"), "{}", done.err);
    let record = bench.record("a");
    assert!(
        record.of_kind("step").last().unwrap()["step"] == 24,
        "it continued"
    );
    assert!(
        names(&record.path("checkpoints")).is_empty(),
        "nothing half is left"
    );
}

#[test]
fn a_file_quota_loses_what_does_not_fit_but_training_continues() {
    let bench = Bench::new();
    let runs = bench.path("runs");
    let Some(_mount) = mount(&runs, &["-t", "tmpfs", "-o", "nr_inodes=12", "tmpfs"]) else {
        return;
    };
    let flags = [
        "--set",
        "checkpoint.every_steps=8",
        "--set",
        "samples.keep_every_steps=0",
        // The quota is computed for checkpoints with an average.
        "--set",
        "ema.decay=0.999",
    ];
    let program = Program::start(&mut bench.command(&[&small("a")[..], &flags].concat()));
    program.wait_for_diagnostic("No space left on device");
    let record = bench.record("a");
    // Make room by raising the quota.
    let more = Command::new("mount")
        .args(["-o", "remount,nr_inodes=200"])
        .arg(&runs)
        .status();
    assert!(more.unwrap().success());
    let saved = || names(&record.path("checkpoints")).len();
    assert!(poll_until(saved, |count| *count > 0));
    program.signal(Signal::TERM);
    let done = program.finish();
    assert_eq!(done.code, Some(143), "{}", done.err);
    assert_eq!(record.summary()["outcome"], "interrupted");
}
