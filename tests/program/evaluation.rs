//! Evaluations during a run: what they print, record, keep and fail, and what happens without a judge.

use std::path::PathBuf;

use serde_json::Value;

use crate::workbench::{Bench, Record, names};

/// MNIST, if it is available: only it has a built-in judge.
fn mnist() -> Option<PathBuf> {
    let dir = PathBuf::from(std::env::var_os("GENAI_TUI_DATA_DIR")?);
    dir.join("mnist").is_dir().then_some(dir)
}

/// The results of each evaluation, without their durations.
fn evaluations(record: &Record) -> Vec<Value> {
    let mut all = record.of_kind("evaluated");
    for event in &mut all {
        for clock in ["time", "elapsed", "seconds"] {
            assert!(event.as_object_mut().unwrap().remove(clock).is_some());
        }
    }
    all
}

#[test]
fn evaluations_are_reproducible_and_the_best_checkpoint_is_kept() {
    let Some(data) = mnist() else { return };
    let bench = Bench::new();
    let train = |run: &str, more: &[&str]| {
        let small = [
            "--no-tui",
            "--name",
            run,
            "--dataset",
            "mnist",
            "--data-dir",
            data.to_str().unwrap(),
            "--batch-size",
            "8",
            "--set",
            "evaluation.every_steps=4",
            "--set",
            "evaluation.samples=100",
            "--set",
            "checkpoint.every_time=0s",
            "--set",
            "samples.count=4",
        ];
        bench.run(&[&small, more].concat())
    };
    let done = train("a", &["--threads", "1", "--steps", "10"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let a = bench.record("a");
    let found = evaluations(&a);
    let steps: Vec<_> = found.iter().map(|e| e["step"].as_u64().unwrap()).collect();
    assert_eq!(steps, [4, 8, 10]);
    assert_eq!(
        (&found[0]["n"], &found[0]["real"]),
        (&100.into(), &100.into())
    );
    assert_eq!(found[0]["classes"].as_array().unwrap().len(), 10);
    for name in ["fid", "score", "modes", "precision", "recall"] {
        assert!(found[0]["values"][name].is_number(), "{name}");
    }
    let lines: Vec<_> = done.out.lines().filter(|l| l.starts_with("Eval")).collect();
    let fid = found[1]["values"]["fid"].as_f64().unwrap();
    let expected = format!("Evaluation, Step [8]: fid {fid:.2}, score ");
    assert!(lines[1].starts_with(&expected), "{}", done.out);
    assert_eq!(a.summary()["quality"]["values"], found[2]["values"]);
    assert_eq!(a.summary()["quality"]["step"], 10);

    // With another number of threads, and a stop and a resume in between.
    let cache = bench.path("home/cache/genai-tui/features");
    let features = names(&cache);
    assert_eq!(features.len(), 2, "held-out images, and those of the floor");
    assert_eq!(
        train("b", &["--threads", "2", "--steps", "6"]).code,
        Some(0)
    );
    let done = bench.run(&["--no-tui", "--resume", "b", "--steps", "10"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let mut again = evaluations(&bench.record("b"));
    let values = |all: &[Value]| -> Vec<_> {
        let each = all.iter();
        each.map(|e| (e["step"].clone(), e["values"].clone(), e["seq"].clone()))
            .collect()
    };
    // The evaluation at the end, which the continued run has not reached.
    assert_eq!(again.remove(1)["step"], 6);
    let (first, second) = (values(&found), values(&again));
    assert_eq!(first.len(), second.len());
    for ((step, values, _), (other, others, _)) in first.iter().zip(&second) {
        assert_eq!((step, values), (other, others));
    }
    assert_eq!(names(&cache), features, "looked at once");

    // The best of all evaluated checkpoints, also of those with no other reason to be kept.
    let best = found
        .iter()
        .min_by(|x, y| {
            let fid = |e: &Value| e["values"]["fid"].as_f64().unwrap();
            fid(x).total_cmp(&fid(y))
        })
        .unwrap();
    let kept = a.checkpoint(best["step"].as_u64().unwrap()).state();
    assert_eq!(kept["saved"]["score"]["metric"], "fid");
    assert_eq!(kept["saved"]["score"]["value"], best["values"]["fid"]);
    let done = bench.run(&["sample", "a@best", "-o", "best.png"]);
    assert_eq!(done.code, Some(0), "{}", done.err);

    let done = train("c", &["--steps", "100", "--fail-if", "fid > 0.001 after 4"]);
    assert_eq!(done.code, Some(3), "{}", done.err);
    let summary = bench.record("c").summary();
    assert_eq!(summary["total_steps"], 8);
    let reason = summary["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("`fid > 0.001 after 4` held at step 8: fid was "),
        "{reason}"
    );
}

#[test]
fn a_missing_judge_matters_only_to_conditions() {
    let bench = Bench::new();
    let done = bench.train("a", &["--steps", "3"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(!done.err.contains("judge"), "{}", done.err);
    let done = bench.train("b", &["--steps", "3", "--fail-if", "fid > 60"]);
    assert_eq!(done.code, Some(3), "{}", done.err);
    let why = "evaluations of these images measure random_fid only";
    let warning = format!("warning: `fid > 60` will never be checked: {why}");
    assert!(done.err.contains(&warning), "{}", done.err);
    let reason = bench.record("b").summary()["reason"].to_string();
    assert!(
        reason.contains("fid was never measured") && reason.contains(why),
        "{reason}"
    );
    let digits = ["--no-tui", "--name", "d", "--dataset", "digits"];
    let done = bench.run(&[&digits[..], &["--steps", "3", "--fail-if", "fid > 60"]].concat());
    assert_eq!(done.code, Some(3), "{}", done.err);
    let why = "found no judge for the dataset";
    let warning = format!("warning: nothing is evaluated: {why}");
    assert!(done.err.contains(&warning), "{}", done.err);
    let reason = bench.record("d").summary()["reason"].to_string();
    assert!(
        reason.contains("fid was never measured") && reason.contains(why),
        "{reason}"
    );
    // Metrics that only `genai-tui eval` measures are not available to conditions.
    let done = bench.train("c", &["--fail-if", "two_sample > 1"]);
    assert_eq!(done.code, Some(2), "{}", done.err);
}

#[test]
fn evaluating_without_a_judge_is_refused_before_generating() {
    let bench = Bench::new();
    let digits = [
        "--no-tui",
        "--name",
        "a",
        "--dataset",
        "digits",
        "--steps",
        "1",
    ];
    assert_eq!(bench.run(&digits).code, Some(0));
    let done = bench.run(&["eval", "a", "--dataset", "mnist"]);
    assert_eq!(done.code, Some(2));
    let done = bench.run(&["eval", "a"]);
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(done.err.contains("no judge"), "{}", done.err);
}
