//! The state of conditions is part of the run's state.

use serde_json::json;

use super::{assert_same, resume};
use crate::workbench::{Bench, Record};

/// `d_loss` of a GAN is never negative.
const ROW: [&str; 2] = ["--fail-if", "d_loss > 0 for 12"];
const RULES: [&str; 2] = [
    "--set",
    "rules=[{ when = 'd_loss > 0 for 7', do = 'checkpoint' }, { when = 'lr_d > 0 @ 5', do = 'alarm' }]",
];

fn reason(record: &Record) -> String {
    record.summary()["reason"].as_str().unwrap().to_owned()
}

#[test]
fn a_row_continues_across_a_resume() {
    let bench = Bench::new();
    let flags = [&ROW[..], &RULES].concat();
    let done = bench.train("whole", &[&flags[..], &["--steps", "20"]].concat());
    assert_eq!(done.code, Some(3), "{}", done.err);
    let whole = bench.record("whole");
    assert!(reason(&whole).starts_with("`d_loss > 0 for 12` held at step 12: "));
    // Also where a rule triggers, and one step before the end.
    for stop in ["4", "7", "11"] {
        let run = &format!("to-{stop}");
        bench.trained(run, &[&flags[..], &["--steps", stop]].concat());
        let done = resume(&bench, run, &["--steps", "20"]);
        assert_eq!(done.code, Some(3), "{}", done.err);
        assert_same(&bench.record(run), &whole);
    }
}

#[test]
fn a_failed_run_fails_again_until_its_conditions_change() {
    let bench = Bench::new();
    let done = bench.train("a", &[&ROW[..], &["--steps", "20"]].concat());
    assert_eq!(done.code, Some(3), "{}", done.err);
    assert!(
        done.err.contains("--resume runs/a --set 'fail_if=[]'\n"),
        "{}",
        done.err
    );
    let first = reason(&bench.record("a"));
    for flags in [&["--steps", "20"][..], &ROW] {
        let done = resume(&bench, "a", flags);
        assert_eq!(done.code, Some(3), "{}", done.err);
        assert_eq!(reason(&bench.record("a")), first);
    }
    let done = resume(&bench, "a", &["--set", "fail_if=[]"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let whole = bench.trained("whole", &["--steps", "20"]);
    let (resumed, whole) = (bench.record("a").last(), whole.last());
    assert!(resumed.generator() == whole.generator());
    assert!(resumed.discriminator() == whole.discriminator());
    assert_eq!(bench.record("a").summary().get("conditions"), None);
}

#[test]
fn a_condition_on_a_past_step_is_refused() {
    let bench = Bench::new();
    bench.trained("a", &["--steps", "6", "--fail-if", "d_loss > 9 @ 4"]);
    // It was tested then, and need not be tested again.
    let done = resume(&bench, "a", &["--steps", "8"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let conditions = &bench.record("a").summary()["conditions"];
    assert_eq!(conditions[0]["measured"]["step"], 4);
    assert_eq!(conditions[0]["verdict"], json!("passed"));
    let before = bench.record("a").bytes("summary.json");
    let done = resume(
        &bench,
        "a",
        &["--steps", "10", "--fail-if", "d_loss > 8 @ 5"],
    );
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(
        done.err
            .contains("fail_if `d_loss > 8 @ 5`: the run resumes from step 8"),
        "{}",
        done.err
    );
    assert_eq!(bench.record("a").bytes("summary.json"), before);
    // Conditions of a run do not apply to its fork.
    let fork = ["--no-tui", "--fork", "a", "--name", "b", "--steps", "10"];
    let done = bench.run(&fork);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(!bench.record("b").text("config.toml").contains("\nfail_if"));
}
