//! Sweeps: workers that share a directory, and what becomes of their runs when they die.

mod by_hand;
mod changed;
mod nothing_to_compare;
mod same_everywhere;
mod schedulers;
mod trouble;

use std::fs;
use std::os::unix::fs::symlink;

use rustix::process::Signal;
use serde_json::Value;

use crate::workbench::{Bench, Program, TINY, poll_until};

/// A new sweep `s` of narrow networks.
pub fn new(bench: &Bench, more: &[&str]) {
    let dataset = format!("dataset={TINY}");
    let arguments = [
        "sweep",
        "new",
        "s",
        "--param",
        "optimizer.g.lr=log(1e-5,1e-2)",
        "--metric",
        "g_loss",
        "--set",
        &dataset,
        "--set",
        "batch_size=8",
        "--set",
        "samples.count=4",
        "--set",
        "checkpoint.every_time=0s",
    ];
    let done = bench.run(&[&arguments, more].concat());
    assert_eq!(done.code, Some(0), "{}", done.err);
}

/// Ends once a worker trains the run 0000-0.
pub fn wait_for_training(bench: &Bench) {
    let record = bench.path("s/runs/0000-0/events.jsonl");
    let trains = || {
        fs::read_to_string(&record)
            .unwrap_or_default()
            .contains("\"event\":\"step\"")
    };
    assert!(poll_until(trains, |trains| *trains));
}

pub fn status(bench: &Bench) -> Value {
    let done = bench.run(&["sweep", "status", "s", "--format", "json"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    serde_json::from_str(&done.out).unwrap()
}

pub const WORK: [&str; 5] = ["sweep", "work", "s", "--threads", "1"];

/// What trials reached, without who trained them and when.
fn results(status: &Value) -> Vec<(Value, Value)> {
    let trials = status["trials"].as_array().unwrap();
    let result = |trial: &Value| (trial["params"].clone(), trial["runs"][0]["rungs"].clone());
    trials.iter().map(result).collect()
}

#[test]
fn workers_that_die_lose_nothing_and_the_results_are_those_of_one_worker() {
    let sweep = ["--trials", "3", "--steps", "24"];
    let alone = Bench::new();
    new(&alone, &sweep);
    let done = alone.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);

    let bench = Bench::new();
    new(&bench, &sweep);
    let killed = Program::start(&mut bench.command(&WORK));
    let began = || bench.path("s/runs/0000-0/events.jsonl").is_file();
    assert!(poll_until(began, |began| *began));
    killed.signal(Signal::KILL);
    let workers = [(); 2].map(|()| Program::start(&mut bench.command(&WORK)));
    for worker in workers {
        let done = worker.finish();
        assert_eq!(done.code, Some(0), "{}", done.err);
    }
    let (found, wanted) = (status(&bench), status(&alone));
    assert_eq!(found["is_done"], true);
    assert_eq!(found["best"], wanted["best"]);
    assert_eq!(results(&found), results(&wanted));
    assert_eq!(results(&found).len(), 3);
    // Nothing stays locked.
    let claims = fs::read_dir(bench.path("s/claims")).map_or(0, Iterator::count);
    assert_eq!(claims, 0);

    let best = bench.run(&["sweep", "best", "s", "--apply", "best.toml"]);
    assert_eq!(best.code, Some(0), "{}", best.err);
    assert!(best.out.contains("runner-up: trial "), "{}", best.out);
    let value = &found["trials"][found["best"].as_u64().unwrap() as usize]["params"];
    let rate: f64 = value["optimizer.g.lr"].as_str().unwrap().parse().unwrap();
    let config: toml::Table = fs::read_to_string(bench.path("best.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let written = config["optimizer"]["g"]["lr"].as_float().unwrap();
    assert!((written - rate).abs() < 1e-12);
    assert_eq!(config["steps"].as_integer(), Some(24));
    assert!(!config.contains_key("epochs"), "{config}");
    the_best_configuration_goes_where_any_output_may(&bench);
    for (condition, code, said) in [
        ("g_loss > 1000", 0, ""),
        ("g_loss < 1000", 3, "failed: g_loss < 1000: trial "),
        ("fid < 1", 2, "expected that of the sweep, g_loss"),
        ("g_loss < 1000 @ 6", 2, "found certain steps"),
        ("g_loss < 1000 for 5", 2, "found certain steps"),
    ] {
        let done = bench.run(&["sweep", "status", "s", "--fail-if", condition]);
        assert_eq!(done.code, Some(code), "{condition}");
        assert!(done.err.contains(said), "{}", done.err);
    }
}

/// Through links, onto standard output, over a file of before; and not over a file of the sweep, or into no folder.
fn the_best_configuration_goes_where_any_output_may(bench: &Bench) {
    let apply = |file: &str| bench.run(&["sweep", "best", "s", "--apply", file]);
    let wanted = fs::read_to_string(bench.path("best.toml")).unwrap();
    let printed = apply("-");
    assert_eq!((printed.code, printed.out), (Some(0), wanted.clone()));
    fs::write(bench.path("target.toml"), "old").unwrap();
    symlink("target.toml", bench.path("link.toml")).unwrap();
    assert_eq!(apply("link.toml").code, Some(0));
    assert!(bench.path("link.toml").is_symlink());
    let target = fs::read_to_string(bench.path("target.toml")).unwrap();
    assert_eq!(target, wanted);
    assert_eq!(apply("s/best.toml").code, Some(0));
    symlink("s/sweep.toml", bench.path("other.toml")).unwrap();
    for (file, words) in [
        ("s/sweep.toml", "belongs to the sweep"),
        ("other.toml", "belongs to the sweep"),
        // It would be what all trials have.
        ("s/base.toml", "belongs to the sweep"),
        ("s/trials/0000.toml", "belongs to the sweep"),
        ("no/best.toml", "there is no folder `no`"),
        ("s", "this is a folder"),
    ] {
        let before = fs::read(bench.path("s/sweep.toml")).unwrap();
        let refused = apply(file);
        assert_eq!(refused.code, Some(2), "{file}: {}", refused.err);
        assert!(refused.err.contains(words), "{file}: {}", refused.err);
        assert_eq!(refused.out, "", "{file}");
        assert!(!bench.path("s/base.toml").exists());
        assert_eq!(fs::read(bench.path("s/sweep.toml")).unwrap(), before);
    }
}

#[test]
fn a_worker_that_is_asked_to_end_gives_back_what_it_trained() {
    let bench = Bench::new();
    new(&bench, &["--trials", "1", "--steps", "100000"]);
    let again = ["--again-code", "75"];
    let mut command = bench.command(&[&WORK[..], &again].concat());
    command.envs([("SLURM_ARRAY_JOB_ID", "4711"), ("SLURM_ARRAY_TASK_ID", "3")]);
    let worker = Program::start(&mut command);
    wait_for_training(&bench);
    // Before anything is saved.
    let live = status(&bench)["trials"][0]["runs"][0].clone();
    assert_eq!(live["state"], "training", "{live}");
    assert!(live["step"].as_u64().unwrap() > 0, "{live}");
    worker.signal(Signal::USR1);
    let done = worker.finish();
    assert_eq!(done.code, Some(75), "{}", done.err);
    let decision = fs::read(bench.path("s/decisions/0000-0-100000.json")).unwrap();
    let decision: Value = serde_json::from_slice(&decision).unwrap();
    assert_eq!(decision["job"], "4711_3");
    let status = status(&bench);
    let run = &status["trials"][0]["runs"][0];
    assert_eq!(run["state"], "interrupted");
    assert!(run["step"].as_u64().unwrap() > 0, "{status}");
    // The next one goes on from there, and gives it back when its time is up.
    let done = bench.run(&[&WORK[..], &["--max-time", "100ms"]].concat());
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(
        done.err.contains("it was left on the way there"),
        "{}",
        done.err
    );
}

#[test]
fn a_trial_that_cannot_train_is_tried_twice_and_does_not_hold_up_others() {
    let bench = Bench::new();
    let sweep = ["--trials", "4", "--steps", "3"];
    let gone = bench.path("nowhere");
    fs::copy(bench.path(TINY), &gone).unwrap();
    let datasets = format!("dataset=choice(nowhere,{TINY})");
    new(&bench, &[&sweep[..], &["--param", &datasets]].concat());
    fs::remove_file(gone).unwrap();
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let status = bench.run(&["sweep", "status", "s"]);
    assert!(
        status.out.contains("failed") && status.out.contains("done"),
        "{}",
        status.out
    );
    assert!(status.out.contains("nowhere"), "{}", status.out);
}

#[test]
fn a_killed_worker_takes_its_run_along_which_saves_what_it_has() {
    let bench = Bench::new();
    new(&bench, &["--trials", "1", "--steps", "1000000"]);
    let worker = Program::start(&mut bench.command(&WORK));
    let lock = bench.path("s/runs/0000-0/lock");
    wait_for_training(&bench);
    worker.signal(Signal::KILL);
    assert!(poll_until(|| lock.exists(), |locked| !locked));
    let status = status(&bench);
    let run = &status["trials"][0]["runs"][0];
    assert_eq!(run["state"], "interrupted", "{status}");
    assert!(run["step"].as_u64().unwrap() > 0, "{status}");
}

#[test]
fn rungs_of_time_stop_and_go_on_where_they_were() {
    let bench = Bench::new();
    let budget = ["--trials", "2", "--time", "2s", "--first-rung", "1s"];
    let halving = ["--scheduler", "asha", "--factor", "2"];
    new(&bench, &[&budget[..], &halving].concat());
    let text = fs::read_to_string(bench.path("s/sweep.toml")).unwrap();
    assert!(
        text.contains("time = \"2s\"") && text.contains("first_rung = \"1s\""),
        "{text}"
    );
    let done = bench.run(&[&WORK[..], &["--jobs", "2"]].concat());
    assert_eq!(done.code, Some(0), "{}", done.err);
    let status = status(&bench);
    assert_eq!(status["unit"], "seconds");
    assert_eq!(status["rungs"], serde_json::json!([1, 2]));
    let reached: Vec<usize> = (0..2)
        .map(|trial| {
            let run = &status["trials"][trial]["runs"][0];
            run["rungs"].as_array().unwrap().len()
        })
        .collect();
    assert_eq!(reached.iter().max(), Some(&2), "{status}");
    assert_eq!(status["is_done"], true);
    // It was resumed, and trained for two seconds in all.
    let best = status["best"].as_u64().unwrap();
    let runs = bench.run(&["runs", "s/runs", "--format", "json"]);
    let name = format!("{best:04}-0");
    let runs = runs.json();
    let run = runs.iter().find(|run| run["name"] == name).unwrap();
    // A step that began in time is made.
    assert!(run["elapsed"].as_f64().unwrap() >= 2.0, "{run}");
    let wrong = bench.run(&[
        "sweep",
        "new",
        "t",
        "--param",
        "optimizer.g.lr=log(1e-5,1e-2)",
        "--time",
        "2s",
        "--first-rung",
        "1",
    ]);
    assert_eq!(wrong.code, Some(2));
    assert!(
        wrong
            .err
            .contains("--first-rung: found `1`, expected a duration"),
        "{}",
        wrong.err
    );
}

#[test]
fn a_trial_that_a_person_stops_stays_stopped() {
    let bench = Bench::new();
    new(&bench, &["--trials", "1", "--steps", "1000000"]);
    let worker = Program::start(&mut bench.command(&WORK));
    wait_for_training(&bench);
    let stop = bench.run(&["stop", "s/runs/0000-0"]);
    assert_eq!(stop.code, Some(0), "{}", stop.err);
    let words = "a trial of a sweep: it stays cancelled there";
    assert!(stop.out.contains(words), "{}", stop.out);
    let done = worker.finish();
    assert_eq!(done.code, Some(0), "{}", done.err);
    let status = status(&bench);
    assert_eq!(
        status["trials"][0]["runs"][0]["state"], "cancelled",
        "{status}"
    );
    assert_eq!(status["is_done"], true);
    let failure = status["trials"][0]["runs"][0]["failure"].as_str().unwrap();
    assert_eq!(failure, "stopped on request");
    let words = bench.run(&["sweep", "status", "s"]).out;
    assert!(words.contains("cancelled"), "{words}");
    // Nobody tries it again, and it did not fail.
    let again = bench.run(&WORK);
    assert_eq!(again.code, Some(0), "{}", again.err);
    assert!(!again.err.contains("trial 0 (seed 0)"), "{}", again.err);
    assert!(!again.err.contains("failed"), "{}", again.err);
}

#[test]
fn what_is_left_of_a_sweep_is_not_taken_for_a_new_one() {
    let bench = Bench::new();
    new(&bench, &["--trials", "1", "--steps", "8"]);
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
    fs::remove_file(bench.path("s/sweep.toml")).unwrap();
    for command in ["status", "plan", "work", "best", "watch"] {
        let refused = bench.run(&["sweep", command, "s"]);
        assert_eq!(refused.code, Some(2), "{command}");
        let words = "s: found no sweep.toml, and what its sweep has left (trials/0000.toml, ";
        assert!(refused.err.contains(words), "{command}: {}", refused.err);
        assert!(refused.err.contains("put that file back"), "{command}");
    }
    let new = |dir: &str| {
        let param = "optimizer.g.lr=log(1e-5,1e-2)";
        let dataset = format!("dataset={TINY}");
        bench.run(&[
            "sweep", "new", dir, "--param", param, "--steps", "9", "--set", &dataset,
        ])
    };
    let refused = new("s");
    assert_eq!(refused.code, Some(2));
    for words in [
        "found trials/0000.toml, runs/0000-0, results/0000-0-8-g_loss-",
        "whose sweep.toml is gone",
        "expected a directory without trials",
    ] {
        assert!(refused.err.contains(words), "{}", refused.err);
    }
    // Other runs are in nobody's way.
    fs::create_dir_all(bench.path("t/runs/20260101-my-run")).unwrap();
    let made = new("t");
    assert_eq!(made.code, Some(0), "{}", made.err);
}

#[test]
fn what_is_no_sweep_is_refused_in_words() {
    let bench = Bench::new();
    let refused = |arguments: &[&str], words: &str| {
        let done = bench.run(arguments);
        assert_eq!(done.code, Some(2), "{}", done.err);
        assert!(done.err.contains(words), "{}", done.err);
    };
    refused(
        &["sweep", "work", "nowhere"],
        "nowhere: found no sweep here",
    );
    let param = ["--param", "optimizer.g.lr=log(1e-5,1e-3)", "--steps", "9"];
    let start = ["sweep", "new", "s"];
    refused(
        &[
            "sweep",
            "new",
            "s",
            "--param",
            "optimizer.g.lr=1e-3",
            "--steps",
            "9",
        ],
        "found `1e-3`, expected choice(",
    );
    refused(
        &[&start[..], &param, &["--metric", "fidd"]].concat(),
        "did you mean `fid`?",
    );
    assert!(!bench.path("s").exists());
    new(&bench, &["--trials", "1", "--steps", "9"]);
    refused(&[&start[..], &param].concat(), "there is a sweep already");
    // Edited by hand.
    let file = bench.path("s/sweep.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("log(1e-5,0.01)", "log(1e-5,zero)")).unwrap();
    refused(
        &["sweep", "work", "s"],
        "params.optimizer.g.lr: found `log(1e-5,zero)`",
    );
    fs::write(&file, format!("metrics = 1\n{text}")).unwrap();
    refused(&["sweep", "status", "s"], "unknown field `metrics`");
}
