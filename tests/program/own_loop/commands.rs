//! Commands to programs: from scripts, rules and other shells.

use super::python::{python, trainer};
use super::{command, run, sh};
use crate::workbench::{Bench, Program};

#[test]
fn a_program_is_steered_from_another_shell() {
    let Some(python) = python() else { return };
    let bench = Bench::new();
    let words = [python, &trainer(&bench), "1000000"];
    let program = Program::start(&mut command(&bench, &["--format", "json"], &words));
    program.wait_for(r#""event":"step""#);
    let send = |text: &str| bench.run(&["send", "a", text]);
    for (text, answer) in [
        ("pause", ": pause\n"),
        ("set lr 0.01", ": set lr 0.01: lr 0.1 → 0.01\n"),
        ("lr /2", ": lr *0.5: lr 0.01 → 0.005\n"),
        ("loss b", ": loss b: objective a → b\n"),
        ("step 3", ": step 3\n"),
        ("checkpoint", ": saved.pt\n"),
        ("sample", ": sample\n"),
        ("action reset", ": action reset\n"),
        ("note a remark", ": note a remark\n"),
        ("resume", ": resume\n"),
    ] {
        let done = send(text);
        assert_eq!(done.code, Some(0), "{text}: {}", done.err);
        assert!(done.out.ends_with(answer), "{text}: {}", done.out);
    }
    for (text, reason) in [
        ("set lr 2", "`lr`: expected a value from 0 to 1, found `2`"),
        ("set lx 2", "there is no control `lx`"),
        ("loss c", "`objective`: expected one of a, b, found `c`"),
        ("action fly", "there is no action `fly`"),
        ("rewind", "another program, which cannot do that"),
    ] {
        let done = send(text);
        assert_eq!(done.code, Some(1), "{text}");
        assert!(done.err.contains(reason), "{text}: {}", done.err);
    }
    let stopped = bench.run(&["stop", "a"]);
    assert_eq!(stopped.code, Some(0), "{}", stopped.err);
    assert!(
        stopped.out.contains("last checkpoint: saved.pt"),
        "{}",
        stopped.out
    );
    let done = program.finish();
    assert_eq!(done.code, Some(0), "{}", done.err);
    let record = bench.record("a");
    assert_eq!(record.summary()["outcome"], "stopped");
    assert_eq!(record.summary()["interventions"], 11);
    let applied = record.of_kind("applied");
    let switched = applied.iter().find(|e| e["command"] == "loss b").unwrap();
    assert_eq!(switched["objective"]["name"], "b");
    let samples = record.of_kind("samples");
    assert_eq!(samples[0]["count"], 2);
    assert_eq!(record.of_kind("rejected").len(), 5);
}

#[test]
fn a_silent_program_can_only_be_stopped() {
    let bench = Bench::new();
    let program = Program::start(&mut command(
        &bench,
        &["--format", "json"],
        &sh("exec sleep 1000"),
    ));
    program.wait_for(r#""event":"started""#);
    let done = bench.run(&["send", "a", "pause"]);
    assert_eq!(done.code, Some(1));
    assert!(
        done.err
            .contains("has not connected, and takes no commands but `stop`"),
        "{}",
        done.err
    );
    let stopped = bench.run(&["stop", "a"]);
    assert_eq!(stopped.code, Some(0), "{}", stopped.err);
    let done = program.finish();
    assert_eq!(done.code, Some(143), "the program's own: {}", done.err);
    assert_eq!(bench.record("a").summary()["outcome"], "stopped");
}

#[test]
fn conditions_are_on_the_programs_metrics() {
    let Some(python) = python() else { return };
    let trained = |flags: &[&str]| {
        let bench = Bench::new();
        let words = [python, &trainer(&bench), "60"];
        let (done, record) = run(&bench, flags, &words);
        (done, record.summary(), bench)
    };
    let (done, summary, _) = trained(&["--fail-if", "loss < 0.05 for 5"]);
    assert_eq!(done.code, Some(3), "{}", done.err);
    assert_eq!(summary["outcome"], "failed_condition");
    assert!(summary["total_steps"].as_u64().unwrap() < 60, "{summary}");
    let (done, summary, _) = trained(&["--fail-if", "val/loss > 1"]);
    assert_eq!(done.code, Some(3), "{}", done.err);
    assert!(
        summary["reason"]
            .as_str()
            .unwrap()
            .contains("val/loss was never measured")
    );
    let (done, summary, _) = trained(&["--fail-if", "loss is nan", "--at", "10:set lr 0.5"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(summary["metrics"]["lr"]["last"], 0.5);
}

#[test]
fn rules_of_a_file_name_the_programs_metrics() {
    let Some(python) = python() else { return };
    let bench = Bench::new();
    let rules = "[[rules]]\nwhen = \"train.loss < 0.1\"\ndo = \"alarm\"\n";
    std::fs::write(
        bench.path("rules.toml"),
        rules.replace("train.loss", "loss"),
    )
    .unwrap();
    std::fs::write(bench.path("other.toml"), rules).unwrap();
    let words = [python, &trainer(&bench), "20"];
    let (done, record) = run(&bench, &["--config", "rules.toml"], &words);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(record.of_kind("rule").len(), 1);
    assert_eq!(record.of_kind("alarm")[0]["alarm"], "rule");
    // This program's own trainer has no such metric.
    let done = bench.run(&["config", "--config", "other.toml"]);
    assert_eq!(done.code, Some(2));
    assert!(
        done.err.contains("there is no metric `train.loss`"),
        "{}",
        done.err
    );
    let done = bench.run(&["run", "--set", "optimizer.d.lr=1", "--", "true"]);
    assert_eq!(done.code, Some(2));
    assert!(
        done.err
            .contains("how the program trains is the program's own"),
        "{}",
        done.err
    );
}
