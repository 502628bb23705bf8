//! Sweeps where something is wrong: nothing is lost, a clear word each, and no worker spins.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use rustix::process::Signal;

use super::{WORK, new, results, status, wait_for_training};
use crate::file_systems::{shim, without};
use crate::resume::disk::mount;
use crate::workbench::{Bench, Program, names, poll_until};

/// A sweep of three trials that is done.
fn done(bench: &Bench) {
    new(bench, &SHORT);
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
}

const SHORT: [&str; 4] = ["--trials", "3", "--steps", "12"];

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-r").args([from, to]).status();
    assert!(copied.unwrap().success());
}

#[test]
fn a_directory_that_was_copied_by_half_gets_what_it_lacks() {
    let bench = Bench::new();
    done(&bench);
    let wanted = status(&bench);
    fs::rename(bench.path("s"), bench.path("whole")).unwrap();
    // What is in the way of other copies: results only, records only, nothing but trials, and a record that is cut.
    let without: [&[&str]; 5] = [
        &["runs"],
        &["results", "decisions"],
        &["results", "decisions", "runs"],
        &["results", "runs/0000-0/checkpoints"],
        &["results", "trials", "runs/0001-0/summary.json"],
    ];
    for lacking in without {
        let _ = fs::remove_dir_all(bench.path("s"));
        copy(&bench.path("whole"), &bench.path("s"));
        for name in lacking {
            let path = bench.path("s").join(name);
            if path.is_dir() {
                fs::remove_dir_all(path).unwrap();
            } else {
                fs::remove_file(path).unwrap();
            }
        }
        let done = bench.run(&WORK);
        assert_eq!(done.code, Some(0), "{lacking:?}: {}", done.err);
        let found = status(&bench);
        assert_eq!(results(&found), results(&wanted), "{lacking:?}");
        assert_eq!(found["is_done"], true, "{lacking:?}");
    }
    // A result that is cut is as if it were not there; a trial that is cut is named.
    let cut = |name: &str| {
        let path = bench.path(name);
        let text = fs::read(&path).unwrap();
        fs::write(&path, &text[..text.len() / 2]).unwrap();
    };
    cut("s/results/0002-0-12.json");
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
    cut("s/trials/0001.toml");
    let refused = bench.run(&["sweep", "status", "s"]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.err.contains("s/trials/0001.toml") && refused.err.contains("remove the file"),
        "{}",
        refused.err
    );
}

#[test]
fn a_file_that_is_edited_wrongly_ends_workers_and_nothing_is_lost() {
    let bench = Bench::new();
    new(&bench, &["--trials", "2", "--steps", "40"]);
    let file = bench.path("s/sweep.toml");
    let text = fs::read_to_string(&file).unwrap();
    let worker = Program::start(&mut bench.command(&WORK));
    wait_for_training(&bench);
    fs::write(&file, text.replace("trials = 2", "trials = none")).unwrap();
    let done = worker.finish();
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(done.err.contains("s/sweep.toml"), "{}", done.err);
    assert_eq!(names(&bench.path("s/claims")).len(), 0);
    // With a trial more than there were.
    fs::write(&file, text.replace("trials = 2", "trials = 3")).unwrap();
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(
        !done.err.contains("trial 0 "),
        "it was trained again: {}",
        done.err
    );
    assert_eq!(status(&bench)["trials"].as_array().unwrap().len(), 3);
    // Other parameters than the trials have.
    fs::write(
        &file,
        text.replace("\"optimizer.g.lr\"", "\"optimizer.d.lr\""),
    )
    .unwrap();
    let refused = bench.run(&["sweep", "status", "s"]);
    assert_eq!(refused.code, Some(2), "{}", refused.out);
    assert!(
        refused.err.contains("has sweep.toml been changed since?"),
        "{}",
        refused.err
    );
}

#[test]
fn hosts_whose_clocks_are_an_hour_off_leave_each_other_alone() {
    let bench = Bench::new();
    new(&bench, &["--trials", "1", "--steps", "1000000"]);
    let Some(shim) = shim("elsewhere") else {
        return;
    };
    let on = |host: &str, shift: &str, more: &[&str]| {
        let mut command = bench.command(&[&WORK[..], more].concat());
        command.env("LD_PRELOAD", &shim);
        command.env("ELSEWHERE", host).env("SHIFT", shift);
        command
    };
    let early = Program::start(&mut on("early", "3600", &[]));
    wait_for_training(&bench);
    for shift in ["-3600", "0", "7200"] {
        let done = Program::start(&mut on("late", shift, &["--idle", "1s"])).finish();
        assert_eq!(done.code, Some(0), "{}", done.err);
        assert!(
            done.err.contains("others are at what is left") && !done.err.contains("trial 0"),
            "{shift}: {}",
            done.err
        );
    }
    early.signal(Signal::KILL);
    let lock = bench.path("s/runs/0000-0/lock");
    assert!(poll_until(|| lock.exists(), |locked| !locked));
    // Two minutes later, by the clock of the file system.
    let claim = bench.path("s/claims/0000-0/lock");
    let then = SystemTime::now() - Duration::from_secs(130);
    File::options()
        .write(true)
        .open(claim)
        .unwrap()
        .set_modified(then)
        .unwrap();
    let late = Program::start(&mut on("late", "-3600", &["--max-time", "2s"])).finish();
    assert_eq!(late.code, Some(0), "{}", late.err);
    assert!(
        late.err.contains("it was left on the way there"),
        "{}",
        late.err
    );
}

#[test]
fn a_full_disk_is_not_the_fault_of_a_trial() {
    let bench = Bench::new();
    let sweep = bench.path("s");
    let Some(_mount) = mount(&sweep, &["-t", "tmpfs", "-o", "size=1m", "tmpfs"]) else {
        return;
    };
    new(&bench, &SHORT);
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(1), "{}", done.err);
    assert!(done.err.contains("No space left on device"), "{}", done.err);
    assert_eq!(names(&bench.path("s/claims")).len(), 0);
    assert_eq!(names(&bench.path("s/failures")).len(), 0);
    let more = Command::new("mount")
        .args(["-o", "remount,size=200m"])
        .arg(&sweep)
        .status();
    assert!(more.unwrap().success());
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let alone = Bench::new();
    self::done(&alone);
    assert_eq!(results(&status(&bench)), results(&status(&alone)));
    // Nobody can write any more.
    let only = Command::new("mount")
        .args(["-o", "remount,ro"])
        .arg(&sweep)
        .status();
    assert!(only.unwrap().success());
    assert_eq!(status(&bench)["is_done"], true);
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "there is nothing to do: {}", done.err);
}

#[test]
fn a_directory_that_cannot_be_written_ends_a_worker_at_once() {
    let bench = Bench::new();
    let sweep = bench.path("s");
    let Some(_mount) = mount(&sweep, &["-t", "tmpfs", "tmpfs"]) else {
        return;
    };
    new(&bench, &SHORT);
    let only = Command::new("mount")
        .args(["-o", "remount,ro"])
        .arg(&sweep)
        .status();
    assert!(only.unwrap().success());
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(1), "{}", done.err);
    assert!(done.err.contains("Read-only file system"), "{}", done.err);
    let status = bench.run(&["sweep", "status", "s"]);
    assert_eq!(status.code, Some(0), "{}", status.err);
    assert!(
        status.out.contains("3 more trials to come"),
        "{}",
        status.out
    );
}

#[test]
fn a_file_system_without_links_serves() {
    let bench = Bench::new();
    new(&bench, &SHORT);
    let Some(mut command) = without(&bench, "link", &WORK) else {
        return;
    };
    let done = Program::start(&mut command).finish();
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(status(&bench)["is_done"], true);
}
