//! Sweeps that would be trained to the end and have nothing to compare, or not what was asked for: refused before anything begins.

use std::fs;

use super::{WORK, new, status};
use crate::workbench::{Bench, TINY, names};

const PARAM: [&str; 2] = ["--param", "optimizer.g.lr=log(1e-5,1e-2)"];

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_no_evaluation_measures_and_rungs_that_there_are_not_are_refused() {
    let bench = Bench::new();
    let start = [
        &["sweep", "new", "u", "--set", "dataset=digits"][..],
        &PARAM,
    ]
    .concat();
    for (more, words) in [
        (
            &["--steps", "9", "--metric", "kid"][..],
            "found `kid`, which is not measured during a run",
        ),
        (
            &[
                "--steps",
                "9",
                "--metric",
                "fid",
                "--set",
                "evaluation.every_steps=0",
            ],
            "evaluation.every_steps: found 0, expected a number above 0",
        ),
        (
            &[
                "--steps",
                "900",
                "--scheduler",
                "asha",
                "--first-rung",
                "100",
                "--set",
                "evaluation.every_steps=200",
            ],
            "evaluation.every_steps: found 200, expected at most 100, where the first rung is",
        ),
        (
            &["--steps", "9", "--first-rung", "3"],
            "--first-rung: found --scheduler none, which has no rungs",
        ),
        (
            &["--steps", "9", "--factor", "3"],
            "--factor: found --scheduler none, which has no rungs",
        ),
        (
            &["--steps", "9", "--scheduler", "asha", "--first-rung", "9"],
            "--first-rung: found `9`, expected less than the budget",
        ),
        (
            &[
                "--time",
                "1s",
                "--scheduler",
                "asha",
                "--first-rung",
                "300ms",
            ],
            "--first-rung: found `300ms`, expected a duration in whole seconds",
        ),
        (
            &["--time", "1500ms"],
            "found `1500ms`, expected whole seconds",
        ),
    ] {
        let done = bench.run(&[&start[..], more].concat());
        assert_eq!(done.code, Some(2), "{more:?}: {}", done.out);
        assert!(done.err.contains(words), "{more:?}: {}", done.err);
        assert!(!bench.path("u").exists(), "{more:?}");
    }
    let long = [
        "--steps",
        "900",
        "--scheduler",
        "asha",
        "--first-rung",
        "100",
        "--set",
        "evaluation.every_steps=50",
    ];
    let done = bench.run(&[&start[..], &long].concat());
    assert_eq!(done.code, Some(0), "{}", done.err);
    // Edited by hand.
    new(&bench, &["--trials", "2", "--steps", "9"]);
    let file = bench.path("s/sweep.toml");
    let text = fs::read_to_string(&file).unwrap();
    for (from, to, words) in [
        (
            "steps = 9",
            "time = \"1500ms\"",
            "time: found `1500ms`, expected a duration in whole seconds",
        ),
        ("[set]\n", "[set]\nfoo = 1\n", "s/sweep.toml: set: "),
        (
            "[set]\n",
            "[set.optimizer.d]\nlr = 1e-4\n\n[set]\n",
            "set: found a table `optimizer`, expected keys with their groups in front",
        ),
    ] {
        assert!(text.contains(from), "{text}");
        fs::write(&file, text.replace(from, to)).unwrap();
        let done = bench.run(&["sweep", "status", "s"]);
        assert_eq!(done.code, Some(2), "{to}: {}", done.out);
        assert!(
            done.err.contains(words)
                && !done.err.contains("--set")
                && !done.err.contains("optimizer.g.lr:"),
            "{to}: {}",
            done.err
        );
    }
}

#[test]
fn a_trial_whose_samples_nobody_can_judge_here_is_given_back() {
    let bench = Bench::new();
    // Images without labels, in two places.
    fs::copy(bench.path(TINY), bench.path("others")).unwrap();
    let datasets = format!("dataset=choice({TINY},others)");
    let start = ["sweep", "new", "s", "--steps", "3", "--trials", "4"];
    let metric = [
        "--metric",
        "modes",
        "--goal",
        "max",
        "--set",
        "batch_size=8",
    ];
    let done = bench.run(&[&start[..], &metric, &["--param", &datasets]].concat());
    assert_eq!(done.code, Some(0), "{}", done.err);
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(
        done.err
            .contains(" was given back: `modes` cannot be measured: "),
        "{}",
        done.err
    );
    for folder in ["s/failures", "s/runs", "s/claims"] {
        assert_eq!(names(&bench.path(folder)).len(), 0, "{folder}");
    }
}

#[test]
fn rungs_within_one_step_have_the_value_of_that_step() {
    let bench = Bench::new();
    let images = ["--trials", "3", "--images", "100", "--set", "batch_size=16"];
    new(&bench, &[&images[..], &["--scheduler", "asha"]].concat());
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let status = status(&bench);
    assert_eq!(status["rungs"], serde_json::json!([3, 11, 33, 100]));
    let best = &status["trials"][status["best"].as_u64().unwrap() as usize]["runs"][0];
    assert_eq!(
        (&best["state"], &best["step"]),
        (&"done".into(), &7.into()),
        "{status}"
    );
    let rungs = best["rungs"].as_array().unwrap();
    assert_eq!(rungs.len(), 4, "{status}");
    assert_eq!(rungs[0][1], rungs[1][1]);
    assert_ne!(rungs[1][1], rungs[2][1]);
}

#[test]
fn a_worker_on_whose_machine_nothing_begins_leaves_the_rest_to_others() {
    let bench = Bench::new();
    new(&bench, &["--trials", "9", "--steps", "3"]);
    let dataset = bench.path(TINY);
    let elsewhere = bench.path("elsewhere");
    fs::rename(&dataset, &elsewhere).unwrap();
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(1), "{}", done.err);
    assert!(
        done.err
            .contains("runs of 8 trials in a row could not begin here"),
        "{}",
        done.err
    );
    fs::rename(&elsewhere, &dataset).unwrap();
    fs::remove_dir_all(bench.path("s/failures")).unwrap();
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let states = status(&bench)["trials"].as_array().unwrap().clone();
    assert!(
        states
            .iter()
            .all(|trial| trial["runs"][0]["state"] == "done")
    );
}
