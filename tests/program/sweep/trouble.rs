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

pub fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-r").args([from, to]).status();
    assert!(copied.unwrap().success());
}

#[test]
fn a_directory_that_was_copied_by_half_gets_what_it_lacks() {
    let bench = Bench::new();
    // What tpe drew it would not draw again.
    new(&bench, &[&SHORT[..], &["--sampler", "tpe"]].concat());
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
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
    // What a result was stands in its name; a trial that is cut is named.
    let cut = |name: &str| {
        let path = bench.path(name);
        let text = fs::read(&path).unwrap();
        fs::write(&path, &text[..text.len() / 2]).unwrap();
    };
    let of_trial = |number: u64| {
        let begins = format!("{number:04}-0-");
        let mut names = names(&bench.path("s/results")).into_iter();
        let name = names.find(|name| name.starts_with(&begins)).unwrap();
        format!("s/results/{name}")
    };
    cut(&of_trial(2));
    let empty = of_trial(1);
    fs::write(bench.path(&empty), "").unwrap();
    // One whose name is damaged is found out again from the record.
    fs::rename(
        bench.path(&of_trial(0)),
        bench.path("s/results/0000-0-12-g_loss-a.json"),
    )
    .unwrap();
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(results(&status(&bench)), results(&wanted));
    cut("s/trials/0001.toml");
    for arguments in [&["sweep", "status", "s"][..], &WORK] {
        let refused = bench.run(arguments);
        assert_eq!(refused.code, Some(2));
        assert!(
            refused.err.contains("s/trials/0001.toml") && refused.err.contains("remove the file"),
            "{}",
            refused.err
        );
    }
    // As told; and with all that there is of another run but its directory cut.
    fs::remove_file(bench.path("s/trials/0001.toml")).unwrap();
    assert_eq!(results(&status(&bench)), results(&wanted));
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(results(&status(&bench)), results(&wanted));
    assert!(bench.path("s/trials/0001.toml").is_file());
    // With its run nothing tells any more what it was: it is named, and others go on.
    fs::remove_file(bench.path("s/trials/0001.toml")).unwrap();
    fs::remove_dir_all(bench.path("s/runs/0001-0")).unwrap();
    let file = bench.path("s/sweep.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("steps = 12", "steps = 14")).unwrap();
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let words = "trial 1: its values are lost: found neither s/trials/0001.toml nor";
    assert!(done.err.contains(words), "{}", done.err);
    let found = status(&bench);
    assert_eq!(found["lost"], serde_json::json!([1]));
    assert_eq!(found["is_done"], true);
    assert_eq!(results(&found).len(), 2);
    let best = bench.run(&["sweep", "best", "s"]);
    assert_eq!(best.code, Some(0), "{}", best.err);
    assert!(best.err.contains("its values are lost"), "{}", best.err);
    let text = bench.run(&["sweep", "status", "s"]).out;
    assert!(
        text.contains(words) && !text.contains("more trials to come"),
        "{text}"
    );
}

#[test]
fn a_run_that_was_damaged_is_trained_again_to_the_same_result() {
    let bench = Bench::new();
    done(&bench);
    let run = |number: u64| bench.path(&format!("s/runs/{number:04}-0"));
    let checkpoints = run(0).join("checkpoints");
    for checkpoint in names(&checkpoints) {
        let checkpoint = checkpoints.join(checkpoint);
        fs::write(checkpoint.join("generator.safetensors"), "cut").unwrap();
        let _ = fs::remove_dir_all(checkpoint.join("last-good"));
    }
    fs::write(run(1).join("config.toml"), "").unwrap();
    fs::remove_file(run(2).join("config.toml")).unwrap();
    // They are to go on.
    let file = bench.path("s/sweep.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("steps = 12", "steps = 20")).unwrap();
    let ended = bench.run(&WORK);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let alone = Bench::new();
    new(&alone, &["--trials", "3", "--steps", "20"]);
    let ended = alone.run(&WORK);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert_eq!(results(&status(&bench)), results(&status(&alone)));
    let aside = names(&bench.path("s/runs"));
    let aside = aside.iter().filter(|name| name.starts_with("aside-"));
    assert_eq!(aside.count(), 3);
}

#[test]
fn a_trial_or_a_setting_that_was_edited_is_named_beside_what_was_trained() {
    let bench = Bench::new();
    done(&bench);
    let refused = |words: &str| {
        for arguments in [&["sweep", "status", "s"][..], &WORK] {
            let refused = bench.run(arguments);
            assert_eq!(refused.code, Some(2), "{}", refused.err);
            assert!(refused.err.contains(words), "{}", refused.err);
        }
    };
    let edit = |name: &str, from: &str, to: &str| {
        let path = bench.path(name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(path, text.replace(from, to)).unwrap();
        text
    };
    let trial = fs::read_to_string(bench.path("s/trials/0000.toml")).unwrap();
    let value = trial.rsplit_once(" = ").unwrap().1.trim();
    edit("s/trials/0000.toml", value, "\"0.05\"");
    refused("s/trials/0000.toml: `optimizer.g.lr` is 0.05 for trial 0, and ");
    fs::write(bench.path("s/trials/0000.toml"), trial).unwrap();
    let before = edit("s/sweep.toml", "batch_size = \"8\"", "batch_size = \"4\"");
    refused("s/sweep.toml: `batch_size` is 4 for trial 0, and 8 in ");
    // A parameter less than there were, while there is work left.
    let text = before.replace("trials = 3", "trials = 4");
    let params = text.replace("\"optimizer.g.lr\"", "\"optimizer.d.lr\"");
    fs::write(bench.path("s/sweep.toml"), params).unwrap();
    refused("has sweep.toml been changed since?");
    fs::write(bench.path("s/sweep.toml"), text).unwrap();
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(!bench.path("s/trials/0004.toml").exists());
}

#[test]
fn a_sweep_that_is_lengthened_goes_on_from_where_its_trials_are() {
    let bench = Bench::new();
    let halving = ["--scheduler", "asha", "--first-rung", "4"];
    new(
        &bench,
        &[&["--trials", "4", "--steps", "12"][..], &halving].concat(),
    );
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let file = bench.path("s/sweep.toml");
    let text = fs::read_to_string(&file).unwrap();
    let longer = text
        .replace("steps = 12", "steps = 36")
        .replace("trials = 4", "trials = 5");
    fs::write(&file, longer).unwrap();
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let found = status(&bench);
    assert_eq!(found["rungs"], serde_json::json!([4, 12, 36]));

    let alone = Bench::new();
    new(
        &alone,
        &[&["--trials", "5", "--steps", "36"][..], &halving].concat(),
    );
    let done = alone.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let wanted = status(&alone);
    // Which trials went on depends on the order of results; what they reached does not.
    for (found, wanted) in results(&found).into_iter().zip(results(&wanted)) {
        let (has, wants) = (found.1.as_array().unwrap(), wanted.1.as_array().unwrap());
        let both = has.len().min(wants.len());
        assert_eq!((&found.0, &has[..both]), (&wanted.0, &wants[..both]));
    }
    assert!(
        found["trials"]
            .as_array()
            .unwrap()
            .iter()
            .any(|trial| { trial["runs"][0]["rungs"].as_array().unwrap().len() == 3 })
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
        let done = Program::start(&mut on("late", shift, &["--idle", "300ms"])).finish();
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
    let late = Program::start(&mut on("late", "-3600", &["--max-time", "500ms"])).finish();
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

#[test]
fn what_nobody_measures_and_who_was_killed_is_said() {
    let bench = Bench::new();
    new(&bench, &["--trials", "2", "--steps", "1000000"]);
    let worker = Program::start(&mut bench.command(&WORK));
    // Twice the run of the first trial is killed, and not its worker.
    for _ in 0..2 {
        wait_for_training(&bench);
        let lock = bench.path("s/runs/0000-0/lock");
        let held = |lock: &Path| fs::read_to_string(lock).is_ok_and(|text| text.contains("pid"));
        assert!(poll_until(|| held(&lock), |held| *held));
        let holder: serde_json::Value = serde_json::from_slice(&fs::read(&lock).unwrap()).unwrap();
        let pid = i32::try_from(holder["pid"].as_i64().unwrap()).unwrap();
        rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), Signal::KILL)
            .unwrap();
        fs::write(bench.path("s/runs/0000-0/events.jsonl"), "").unwrap_or_default();
    }
    let failed = || bench.path("s/failures/0000-0-1.txt").exists();
    assert!(poll_until(failed, |failed| *failed));
    worker.signal(Signal::TERM);
    let done = worker.finish();
    assert!(
        done.err
            .contains("an attempt failed, and it is tried once more"),
        "{}",
        done.err
    );
    let status = bench.run(&["sweep", "status", "s"]);
    assert!(
        status.out.contains("its process was killed by SIGKILL"),
        "{}",
        status.out
    );
}

#[test]
fn a_sweep_whose_trials_all_fail_has_failed() {
    let bench = Bench::new();
    new(&bench, &["--trials", "2", "--steps", "3"]);
    fs::remove_file(bench.path(crate::workbench::TINY)).unwrap();
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(1), "{}", done.err);
    assert!(
        done.err
            .contains("2 of 2 trials failed: `genai-tui sweep status s` says why"),
        "{}",
        done.err
    );
    for (arguments, words) in [
        (&["sweep", "work", "s", "--threads", "100000"][..], "100000"),
        (&["sweep", "submit", "s", "--slurm", "--cores", "0"], "0"),
        (
            &["sweep", "submit", "s", "--slurm", "--time", "soon"],
            "expected a duration such as 1h 30m",
        ),
        (
            &["sweep", "submit", "s", "--slurm", "--memory", "foo"],
            "expected a size such as 4G",
        ),
        (
            &["sweep", "submit", "s", "--slurm", "--image", "i"],
            "--image",
        ),
        (
            &["sweep", "submit", "s", "--parallel", "--cores", "2"],
            "--cores",
        ),
        (
            &[
                "sweep", "submit", "s", "--k8s", "--image", "i", "--claim", "v", "--gres", "gpu:1",
            ],
            "--gres",
        ),
    ] {
        let refused = bench.run(arguments);
        assert_eq!(refused.code, Some(2), "{arguments:?}: {}", refused.out);
        assert!(
            refused.err.contains(words),
            "{arguments:?}: {}",
            refused.err
        );
    }
}

#[test]
fn a_metric_of_a_judge_that_is_not_there_ends_a_worker_before_it_begins() {
    let bench = Bench::new();
    let metric = [
        "--metric", "modes", "--goal", "max", "--trials", "1", "--steps", "3",
    ];
    let param = [
        "--param",
        "optimizer.g.lr=log(1e-5,1e-2)",
        "--set",
        "dataset=digits",
        "--set",
        "batch_size=8",
    ];
    let start = [&["sweep", "new", "s"][..], &metric, &param].concat();
    assert_eq!(bench.run(&start).code, Some(0));
    let why = "`modes` cannot be measured: found no judge";
    let plan = bench.run(&["sweep", "plan", "s"]);
    assert!(plan.out.contains(why), "{}", plan.out);
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(
        done.err.contains(&format!("no trial was begun: {why}")),
        "{}",
        done.err
    );
    assert!(!bench.path("s/runs").exists());
}
