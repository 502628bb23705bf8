//! A disk that is full or refuses: training continues, nothing that was saved is lost, and the next attempt may
//! succeed.
//!
//! The disk is a small file system in memory. If this process may not mount one, the tests say that they were skipped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;
use serde_json::Value;

use super::resume;
use crate::workbench::{Bench, FULL_WIDTH, Program, poll_until, small};

/// A mount that lasts as long as its test.
pub struct Mount(PathBuf);

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[expect(clippy::print_stderr, reason = "a test that cannot be made says so")]
pub fn mount(at: &Path, arguments: &[&str]) -> Option<Mount> {
    fs::create_dir_all(at).unwrap();
    let done = Command::new("mount").args(arguments).arg(at).output();
    if done.as_ref().is_ok_and(|done| done.status.success()) {
        Some(Mount(at.to_owned()))
    } else {
        eprintln!("not tested: no file system can be mounted here");
        None
    }
}

fn says(warning: &Value, text: &str) -> bool {
    warning["text"]
        .as_str()
        .is_some_and(|found| found.contains(text))
}

/// The sizes below are for checkpoints with an average of the weights.
const AVERAGE: [&str; 2] = ["--set", "ema.decay=0.999"];

fn endless(run: &str) -> Vec<&str> {
    let mut flags = small(run).to_vec();
    flags.extend([
        "--set",
        "checkpoint.every_steps=20",
        "--set",
        "checkpoint.keep=1",
    ]);
    flags.extend(["--set", "samples.keep_every_steps=0"]);
    flags.extend(AVERAGE);
    flags
}

#[test]
fn a_full_disk_loses_the_next_checkpoint_but_not_the_last_one() {
    let bench = Bench::new();
    let runs = bench.path("runs");
    // Room for the newest checkpoint, the best and the next, each with its rollback state.
    let Some(_mount) = mount(&runs, &["-t", "tmpfs", "-o", "size=260m", "tmpfs"]) else {
        return;
    };
    let program = Program::start(&mut bench.command(&endless("a")));
    let record = bench.record("a");
    let saved = || record.dir.join("checkpoints/step-00000020").is_dir();
    assert!(poll_until(saved, |saved| *saved));
    let stone = runs.join("stone");
    let mut filled = fs::File::create(&stone).unwrap();
    // Again and again: each checkpoint that the run deletes makes room for another.
    let refused = || {
        assert!(std::io::copy(&mut std::io::repeat(0), &mut filled).is_err());
        // A full disk cannot record a warning; stderr has it.
        program.has_diagnostic("training continues")
    };
    assert!(poll_until(refused, |refused| *refused));
    drop(filled);
    let events = || record.so_far("warning");
    let contains =
        |text: &'static str| move |found: &Vec<Value>| found.iter().any(|w| says(w, text));
    fs::remove_file(&stone).unwrap();
    assert!(poll_until(events, contains("recovered")));
    program.signal(Signal::TERM);
    let done = program.finish();
    assert_eq!(done.code, Some(143), "{}", done.err);
    assert!(done.err.contains("No space left on device"), "{}", done.err);
    let done = resume(&bench, "a", &["--max-time", "1ms"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
}

#[test]
fn an_unwritable_folder_keeps_its_content() {
    let bench = Bench::new();
    let program = Program::start(&mut bench.command(&endless("a")));
    let record = bench.record("a");
    let folder = record.path("checkpoints");
    let saved = || folder.join("step-00000020").is_dir();
    assert!(poll_until(saved, |saved| *saved));
    let path = folder.to_string_lossy().into_owned();
    let Some(mount) = mount(&folder, &["--bind", &path]) else {
        return;
    };
    // Not while something in it is being written.
    let read_only = || {
        let mut mount = Command::new("mount");
        mount.args(["-o", "remount,bind,ro"]).arg(&folder);
        mount.output().unwrap().status.success()
    };
    assert!(poll_until(read_only, |done| *done));
    let warnings = || record.so_far("warning");
    assert!(poll_until(warnings, |found| {
        found.iter().any(|w| says(w, "Read-only"))
    }));
    drop(mount);
    assert!(poll_until(warnings, |found| {
        found.iter().any(|w| says(w, "recovered"))
    }));
    program.signal(Signal::TERM);
    assert_eq!(program.finish().code, Some(143));
}

#[test]
fn with_little_space_a_checkpoint_is_saved_without_its_rollback_state() {
    let bench = Bench::new();
    let runs = bench.path("runs");
    // One with both states and one with a single state: about 106 MB.
    let Some(_mount) = mount(&runs, &["-t", "tmpfs", "-o", "size=125m", "tmpfs"]) else {
        return;
    };
    let every = ["--steps", "24", "--set", "checkpoint.every_steps=20"];
    let record = bench.trained("a", &[&every[..], &AVERAGE, &FULL_WIDTH].concat());
    assert!(record.checkpoint(20).dir.join("last-good").is_dir());
    assert!(!record.checkpoint(24).dir.join("last-good").exists());
    let done = resume(
        &bench,
        "a",
        &[
            &FULL_WIDTH[..],
            &["--steps", "25", "--set", "checkpoint.keep=1"],
        ]
        .concat(),
    );
    assert!(done.err.contains("step-00000024"), "{}", done.err);
}
