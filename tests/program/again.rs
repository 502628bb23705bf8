//! `--resume-or-start`: the same command line, run again and again.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use rustix::process::Signal;

use crate::workbench::{Bench, Done, Program, Record, names, poll_until, small};

const AGAIN: &str = "--resume-or-start";

/// The run `a`, started or resumed.
fn again(bench: &Bench, arguments: &[&str]) -> Done {
    bench.train("a", &[&[AGAIN], arguments].concat())
}

fn went_well(done: &Done) {
    assert_eq!(done.code, Some(0), "{}", done.err);
}

/// A start that is killed once `text` appears on its stdout.
fn killed_at(bench: &Bench, text: &str, arguments: &[&str]) {
    let flags = [&small("a")[..], &[AGAIN, "--format", "json"], arguments].concat();
    let program = Program::start(&mut bench.command(&flags));
    program.wait_for(text);
    // Its output may be ahead of its record.
    let record = || fs::metadata(bench.path("runs/a/events.jsonl")).map_or(0, |file| file.len());
    assert!(poll_until(record, |bytes| *bytes > 0));
    program.signal(Signal::KILL);
    program.finish();
}

/// The lock of a process on another host whose last heartbeat was `silent` seconds ago.
fn lock_of_another_host(record: &Record, silent: u64) {
    fs::create_dir_all(&record.dir).unwrap();
    let holder = r#"{"host":"another-node","pid":7,"started":"2026-01-01T00:00:00Z"}"#;
    fs::write(record.path("lock"), holder).unwrap();
    let then = SystemTime::now() - Duration::from_secs(silent);
    let lock = File::options().write(true).open(record.path("lock"));
    lock.unwrap().set_modified(then).unwrap();
}

#[test]
fn it_starts_then_is_finished_then_continues_to_a_larger_total() {
    let bench = Bench::new();
    let flags = ["--epochs", "1", "--at", "3:lr *0.5", "--seed", "4"];
    went_well(&again(&bench, &flags));
    let record = bench.record("a");
    let (events, summary) = (record.bytes("events.jsonl"), record.bytes("summary.json"));
    for _ in 0..2 {
        let done = again(&bench, &flags);
        went_well(&done);
        assert!(
            done.err
                .contains("run `a` has ended already: reached 1 epochs"),
            "{}",
            done.err
        );
        assert_eq!(done.out, "");
    }
    assert!(record.bytes("events.jsonl") == events && record.bytes("summary.json") == summary);
    let more = [
        "--epochs",
        "2",
        "--at",
        "3:lr *0.5",
        "--at",
        "12:sample",
        "--seed",
        "4",
    ];
    went_well(&again(&bench, &more));
    went_well(&again(&bench, &more));
    assert_eq!(record.summary()["total_steps"], 16);
    assert_eq!(record.of_kind("applied").len(), 2);
    assert_eq!(record.of_kind("started").len(), 2);
}

#[test]
fn a_run_killed_before_its_first_checkpoint_starts_again_and_keeps_the_old_record() {
    let bench = Bench::new();
    let whole = bench.trained("whole", &["--steps", "12"]);
    // Without automatic checkpoints.
    killed_at(
        &bench,
        r#""event":"step""#,
        &["--steps", "1000000", "--set", "events.every_batches=1"],
    );
    let record = bench.record("a");
    assert!(names(&record.path("checkpoints")).is_empty());
    // As if it had been killed while writing one.
    let partial = record.path("checkpoints/.step-00000000.partial");
    std::fs::create_dir(&partial).unwrap();
    std::fs::write(partial.join("generator.safetensors"), "half").unwrap();
    let done = again(&bench, &["--steps", "12"]);
    went_well(&done);
    assert!(
        done.err.contains("was cut off before it had a checkpoint")
            && done.err.contains("cut-off-1"),
        "{}",
        done.err
    );
    assert!(record.path("cut-off-1/events.jsonl").is_file());
    assert!(record.last().generator() == whole.last().generator());
    assert_eq!(record.of_kind("started").len(), 1);
    let warnings = record.of_kind("warning");
    assert!(
        warnings[0]["text"].as_str().unwrap().contains("cut-off-1"),
        "{warnings:?}"
    );
}

#[test]
fn a_run_killed_after_a_second_has_a_checkpoint() {
    let bench = Bench::new();
    let by_time = ["--set", "checkpoint.every_time=1h", "--steps"];
    let whole = bench.trained("whole", &[&by_time[..], &["6"]].concat());
    let started = |record: &Record| names(&record.path("checkpoints"));
    assert_eq!(started(&whole), ["step-00000006"]);
    let first = [&by_time[..], &["1000000"]].concat();
    let flags = [&small("a")[..], &[AGAIN], &first].concat();
    let program = Program::start(&mut bench.command(&flags));
    let record = bench.record("a");
    let there = crate::workbench::poll_until(
        || started(&record),
        |found| found.iter().any(|name| name == "step-00000000"),
    );
    assert!(there, "no checkpoint");
    program.signal(Signal::KILL);
    program.finish();
    let done = again(&bench, &[&by_time[..], &["6"]].concat());
    went_well(&done);
    assert!(done.err.contains("step-00000000"), "{}", done.err);
    for file in ["generator.safetensors", "state.safetensors"] {
        assert!(
            record.last().file(file) == whole.last().file(file),
            "{file}"
        );
    }
}

#[test]
fn leftovers_of_a_failed_start_do_not_matter() {
    let bench = Bench::new();
    let record = bench.record("a");
    fs::create_dir_all(record.path("checkpoints/.step-00000003.partial")).unwrap();
    fs::remove_dir_all(record.path("checkpoints")).unwrap();
    fs::create_dir(record.path("lost+found")).unwrap();
    for name in [".lock-abc.tmp", ".x1y2z3.tmp", "host.log", "slurm-17.out"] {
        fs::write(record.path(name), "mine").unwrap();
    }
    // Of a process that no longer exists.
    let gone = Program::start(&mut bench.command(&["--version"]));
    let id = gone.id();
    gone.finish();
    let host = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    let holder = format!(r#"{{"host":"{host}","pid":{id},"started":"2026-01-01T00:00:00Z"}}"#);
    fs::write(record.path("lock"), holder).unwrap();
    // A configuration that was not completely written.
    fs::write(record.path("config.toml"), "objective = \"g").unwrap();
    went_well(&again(&bench, &["--steps", "2"]));
    assert_eq!(record.text("slurm-17.out"), "mine");
    assert_eq!(record.text("cut-off-1/config.toml"), "objective = \"g");
    assert!(!record.path("lock").exists());
    // What nobody but a run calls like this goes; any other hidden file may be someone's.
    assert!(!record.path(".lock-abc.tmp").exists() && record.path(".x1y2z3.tmp").exists());
}

#[test]
fn a_damaged_newest_checkpoint_is_skipped_with_a_warning() {
    let bench = Bench::new();
    let whole = bench.trained("whole", &["--steps", "8"]);
    went_well(&again(&bench, &["--steps", "4", "--at", "2:checkpoint"]));
    let record = bench.record("a");
    let file = record.path("checkpoints/step-00000004/generator.safetensors");
    let mut bytes = fs::read(&file).unwrap();
    bytes[5000] ^= 1;
    fs::write(&file, bytes).unwrap();
    let done = again(&bench, &["--steps", "8", "--at", "2:checkpoint"]);
    went_well(&done);
    assert!(
        done.err.contains("step-00000004/generator.safetensors")
            && done.err.contains("resumes from an earlier checkpoint"),
        "{}",
        done.err
    );
    assert!(record.last().generator() == whole.last().generator());
}

#[test]
fn another_configuration_is_refused_with_its_keys() {
    let bench = Bench::new();
    fs::write(bench.path("mine.toml"), "seed = 3\nbatch_size = 8\n").unwrap();
    let flags = ["--config", "mine.toml", "--steps", "4"];
    went_well(&again(&bench, &flags));
    let record = bench.record("a");
    let events = record.bytes("events.jsonl");
    went_well(&again(&bench, &flags));
    fs::write(bench.path("mine.toml"), "seed = 5\nlatent_dim = 50\n").unwrap();
    let done = again(&bench, &flags);
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(
        done.err.contains("`seed`") && done.err.contains("`latent_dim`"),
        "{}",
        done.err
    );
    assert!(record.bytes("events.jsonl") == events && !record.path("lock").exists());
    assert_eq!(record.summary()["total_steps"], 4);
}

#[test]
fn a_rate_changed_during_the_run_is_kept() {
    let bench = Bench::new();
    let flags = ["--lr", "1e-3", "--at", "2:lr 1e-4", "--steps"];
    went_well(&again(&bench, &[&flags[..], &["4"]].concat()));
    went_well(&again(&bench, &[&flags[..], &["8"]].concat()));
    let record = bench.record("a");
    assert_eq!(record.of_kind("applied").len(), 1);
    assert_eq!(
        record.last().state()["settings"]["optimizer"]["d"]["lr"],
        1e-4
    );
}

#[test]
fn a_run_that_failed_a_condition_fails_again_without_training() {
    let bench = Bench::new();
    let flags = ["--steps", "50", "--fail-if", "d_loss > 0 after 2"];
    for _ in 0..2 {
        assert_eq!(again(&bench, &flags).code, Some(3));
    }
    assert_eq!(bench.record("a").of_kind("started").len(), 1);
    went_well(&again(
        &bench,
        &["--steps", "6", "--fail-if", "d_loss > 1e9"],
    ));
}

#[test]
fn runs_stopped_from_outside_continue_but_runs_stopped_by_their_script_do_not() {
    let bench = Bench::new();
    let flags = [
        &small("a")[..],
        &[AGAIN, "--steps", "1000000", "--format", "json"],
        &["--set", "events.every_batches=1"],
    ]
    .concat();
    let program = Program::start(&mut bench.command(&flags));
    program.wait_for(r#""event":"step""#);
    program.signal(Signal::TERM);
    assert_eq!(program.finish().code, Some(143));
    let program = Program::start(&mut bench.command(&flags));
    program.wait_for(r#""event":"step""#);
    went_well(&bench.run(&["stop", "a"]));
    went_well(&program.finish());
    let record = bench.record("a");
    let at = record.summary()["total_steps"].as_u64().unwrap();
    let total = (at + 5).to_string();
    went_well(&again(&bench, &["--steps", &total]));
    assert_eq!(record.of_kind("started").len(), 3);
    let itself = ["--steps", "9", "--at", "4:stop"];
    for _ in 0..2 {
        went_well(&bench.train("b", &[&[AGAIN][..], &itself].concat()));
    }
    assert_eq!(bench.record("b").summary()["total_steps"], 4);
}

#[test]
fn a_silent_holder_on_another_host_is_waited_for() {
    let bench = Bench::new();
    went_well(&again(&bench, &["--steps", "2"]));
    let record = bench.record("a");
    for flags in [
        &[&small("a")[..], &[AGAIN, "--steps", "4"]].concat()[..],
        &["--no-tui", "--resume", "a", "--steps", "6"],
    ] {
        lock_of_another_host(&record, 118);
        let done = bench.run(flags);
        went_well(&done);
        assert!(
            done.err
                .contains("waiting for the run in runs/a: process 7 on another-node")
                && done
                    .err
                    .contains("took over from process 7 on another-node"),
            "{}",
            done.err
        );
    }
    // Also before there was anything else.
    fs::remove_dir_all(&record.dir).unwrap();
    lock_of_another_host(&record, 119);
    went_well(&again(&bench, &["--steps", "2"]));
}

#[test]
fn a_live_holder_on_another_host_is_left_alone() {
    let bench = Bench::new();
    went_well(&again(&bench, &["--steps", "2"]));
    let record = bench.record("a");
    let events = record.bytes("events.jsonl");
    lock_of_another_host(&record, 60);
    let program = Program::start(&mut bench.command(&["--no-tui", "--resume", "a"]));
    program.wait_for_diagnostic("waiting for the run in runs/a");
    lock_of_another_host(&record, 1);
    let done = program.finish();
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(
        done.err
            .contains("is still running (process 7 on another-node"),
        "{}",
        done.err
    );
    assert!(record.bytes("events.jsonl") == events && record.path("lock").exists());
}

#[test]
fn of_several_simultaneous_starts_one_trains_and_the_others_find_it_finished() {
    let bench = Bench::new();
    let flags = [&small("a")[..], &[AGAIN, "--steps", "20"]].concat();
    let starts: Vec<Program> = (0..3)
        .map(|_| Program::start(&mut bench.command(&flags)))
        .collect();
    for start in starts {
        went_well(&start.finish());
    }
    let record = bench.record("a");
    assert_eq!(record.of_kind("started").len(), 1);
    assert_eq!(record.summary()["total_steps"], 20);
}

#[test]
fn it_needs_a_directory_and_conflicts_with_resume_and_fork() {
    let bench = Bench::new();
    for flags in [
        &["--no-tui", AGAIN][..],
        &["--no-tui", AGAIN, "--name", "a", "--resume", "b"],
        &["--no-tui", AGAIN, "--name", "a", "--fork", "b"],
    ] {
        assert_eq!(bench.run(flags).code, Some(2), "{flags:?}");
    }
    let flags = [
        "--no-tui",
        AGAIN,
        "--run-dir",
        "deep/run",
        "--steps",
        "2",
        "--dataset",
    ];
    for _ in 0..2 {
        went_well(&bench.run(&[&flags[..], &[crate::workbench::TINY]].concat()));
    }
}

#[test]
fn it_works_in_the_background() {
    let bench = Bench::new();
    let mut flags = small("a").to_vec();
    flags.retain(|flag| *flag != "--no-tui");
    flags.extend([AGAIN, "--detach", "--steps", "6"]);
    let record = bench.record("a");
    let first = bench.run(&flags);
    went_well(&first);
    assert!(
        first.out.contains("started: a trains as process"),
        "{}",
        first.out
    );
    let is_over = |found: &bool| *found;
    assert!(crate::workbench::poll_until(
        || record.path("summary.json").exists() && !record.path("lock").exists(),
        is_over
    ));
    let second = bench.run(&flags);
    went_well(&second);
    assert!(second.err.contains("has ended already"), "{}", second.err);
    assert_eq!(record.of_kind("started").len(), 1);
}
