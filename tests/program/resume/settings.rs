//! Settings that may change on resume, and others that may not.

use super::resume;
use crate::workbench::Bench;

#[test]
fn changed_rates_and_objectives_become_interventions() {
    let bench = Bench::new();
    bench.trained("a", &["--steps", "4"]);
    let flags = ["--steps", "8", "--objective", "wgan-gp", "--lr-g", "5e-5"];
    let done = resume(&bench, "a", &flags);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let record = bench.record("a");
    let applied: Vec<_> = record.of_kind("applied");
    let found: Vec<_> = applied
        .iter()
        .map(|e| (e["step"].as_u64(), e["command"].as_str().unwrap()))
        .collect();
    assert_eq!(
        found,
        [(Some(4), "loss wgan-gp"), (Some(4), "lr g 5e-5")],
        "{applied:?}"
    );
    assert_eq!(record.summary()["objective"], "wgan-gp");
    // The configuration still has the initial objective.
    assert!(record.text("config.toml").contains("objective = \"gan\""));
}

#[test]
fn commands_may_be_added_for_later_steps_only() {
    let bench = Bench::new();
    bench.trained(
        "a",
        &["--steps", "4", "--at", "2:lr *0.5", "--at", "6:sample"],
    );
    let done = resume(&bench, "a", &["--steps", "8", "--at", "3:sample"]);
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(done.err.contains("continues from step 4"), "{}", done.err);
    let done = resume(&bench, "a", &["--steps", "8", "--at", "7:lr *2"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let applied = bench.record("a").of_kind("applied");
    let steps: Vec<_> = applied
        .iter()
        .map(|e| e["step"].as_u64().unwrap())
        .collect();
    assert_eq!(steps, [2, 6, 7]);
}

#[test]
fn settings_that_would_change_the_run_are_refused_and_the_run_is_unchanged() {
    let bench = Bench::new();
    let before = bench.trained("a", &["--steps", "4"]);
    let events = before.bytes("events.jsonl");
    for (flags, says) in [
        (
            &["--seed", "3"][..],
            "`seed`: the run has 0 and cannot resume with 3",
        ),
        (&["--batch-size", "16"], "`batch_size`"),
        (&["--arch-width", "8"], "`arch.width`"),
        (&["--dataset", "digits"], "`dataset`"),
        (&["--set", "critic.n_critic=2"], "`critic.n_critic`"),
        (&["--name", "b"], "--resume"),
        (&["--fork", "a"], "--resume"),
    ] {
        let done = resume(&bench, "a", flags);
        assert_eq!(done.code, Some(2), "{flags:?}: {}", done.err);
        assert!(done.err.contains(says), "{flags:?}: {}", done.err);
    }
    assert!(bench.record("a").bytes("events.jsonl") == events);
    assert_eq!(bench.record("a").summary()["total_steps"], 4);
    let done = resume(&bench, "nobody", &[]);
    assert_eq!(done.code, Some(2));
    assert!(done.err.contains("no run `nobody`"), "{}", done.err);
}

#[test]
fn a_finished_run_is_reported_and_unchanged() {
    let bench = Bench::new();
    let whole = bench.trained("a", &["--steps", "4"]);
    let generator = whole.last().generator();
    let done = resume(&bench, "a", &[]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(done.err.contains("reached 4 steps"), "{}", done.err);
    assert!(bench.record("a").last().generator() == generator);
}

#[test]
fn a_total_before_the_current_step_is_an_error() {
    let bench = Bench::new();
    bench.trained("a", &["--steps", "4"]);
    let done = resume(&bench, "a", &["--steps", "3"]);
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(done.err.contains("at step 4 already"), "{}", done.err);
    assert!(
        bench
            .record("a")
            .text("config.toml")
            .contains("\nsteps = 4\n")
    );
}

#[test]
fn abandoned_steps_do_not_count_again() {
    let bench = Bench::new();
    let flags = [
        "--steps",
        "6",
        "--at",
        "2:checkpoint",
        "--at",
        "4:checkpoint",
    ];
    bench.trained("a", &flags);
    let done = resume(&bench, "a@2", &["--steps", "3"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let done = resume(&bench, "a@4", &["--steps", "8"]);
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(done.err.contains("`--fork a@4`"), "{}", done.err);
    // It continues from where it is now.
    let done = resume(&bench, "a", &["--steps", "4"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(done.err.contains("resumes at step 3"), "{}", done.err);
}
