//! Conditions that fail a run, and rules that act on it: exit codes, both streams, the record and the summary.

use std::fs;

use serde_json::{Value, json};

use crate::workbench::{Bench, FULL_WIDTH, TINY, small};

/// A run on the tiny dataset that a condition ends; returns its stderr.
fn failed(bench: &Bench, run: &str, flags: &[&str]) -> String {
    let done = bench.train(run, flags);
    assert_eq!(done.code, Some(3), "{}", done.err);
    assert_eq!(bench.record(run).summary()["outcome"], "failed_condition");
    done.err
}

#[test]
fn a_condition_that_holds_ends_the_run_with_exit_code_3_and_a_report() {
    let bench = Bench::new();
    let flags = [
        &small("a")[..],
        &["--format", "json", "--steps", "40"],
        &["--fail-if", "g_loss is nan", "--fail-if", "d_loss>0 for 12"],
    ];
    let done = bench.run(&flags.concat());
    assert_eq!(done.code, Some(3), "{}", done.err);
    let record = bench.record("a");
    let summary = record.summary();
    let rules = record.of_kind("rule");
    assert_eq!(rules.len(), 1, "{rules:?}");
    let measured = &rules[0]["measured"];
    let last = record.of_kind("step").last().unwrap()["metrics"]["d_loss"]["last"].clone();
    assert_eq!(measured, &json!({"step": 12, "value": last}));
    assert_eq!(rules[0]["condition"], "d_loss > 0 for 12");
    assert_eq!(rules[0]["action"], "fail");
    assert_eq!(rules[0]["step"], 12);
    let reason = summary["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("`d_loss > 0 for 12` held at step 12: d_loss was 0."),
        "{reason}"
    );
    assert!(
        done.err.contains(&format!("failed: {reason}\n")),
        "{}",
        done.err
    );
    assert_eq!(summary["outcome"], "failed_condition");
    assert_eq!(summary["total_steps"], 12);
    let conditions = summary["conditions"].as_array().unwrap();
    assert_eq!(conditions[0]["verdict"], "passed");
    assert_eq!(conditions[0]["measured"]["step"], 12);
    assert_eq!(conditions[1]["verdict"], "held");
    assert_eq!(&conditions[1]["measured"], measured);
    // As with any other ending, weights are saved and `finished` is the last event.
    assert_eq!(record.checkpoint(12).state()["step"], 12);
    let printed = done.json();
    assert_eq!(printed.last().unwrap()["event"], "finished");
    assert!(printed.iter().any(|e| e["event"] == "rule"));
}

#[test]
fn a_failed_run_stays_failed_despite_other_commands_at_that_step() {
    let bench = Bench::new();
    for (run, also) in [("a", "5:stop"), ("b", "5:loss wgan")] {
        let flags = [
            "--fail-if",
            "d_loss > 0 for 5",
            "--steps",
            "9",
            "--at",
            also,
        ];
        let err = failed(&bench, run, &flags);
        assert!(
            err.contains("failed: `d_loss > 0 for 5` held at step 5: d_loss was"),
            "{run}: {err}"
        );
        let summary = bench.record(run).summary();
        assert_eq!(summary["conditions"][0]["verdict"], "held");
        assert_eq!(
            summary["total_steps"],
            summary["conditions"][0]["measured"]["step"]
        );
    }
}

#[test]
fn a_condition_that_does_not_hold_is_reported_as_passed() {
    let bench = Bench::new();
    let run = bench.trained(
        "a",
        &[
            "--steps",
            "6",
            "--fail-if",
            "d_loss < -1 after 3",
            "--fail-if",
            "lr_g > 1 @ 6",
        ],
    );
    let summary = run.summary();
    assert_eq!(summary["outcome"], "completed");
    let verdicts: Vec<_> = summary["conditions"].as_array().unwrap().iter().collect();
    assert_eq!(verdicts.len(), 2);
    assert!(
        verdicts.iter().all(|c| c["verdict"] == "passed"),
        "{verdicts:?}"
    );
    assert_eq!(verdicts[1]["measured"], json!({"step": 6, "value": 6e-4}));
    assert!(run.of_kind("rule").is_empty());
    assert!(
        run.text("config.toml")
            .contains("fail_if = [\"d_loss < -1 after 3\", \"lr_g > 1 @ 6\"]")
    );
}

#[test]
fn a_condition_that_was_never_measured_fails_the_run() {
    let bench = Bench::new();
    for (run, flags, says) in [
        (
            "a",
            &["--fail-if", "fid > 60"][..],
            "fid was never measured, and the run ended at step 6",
        ),
        (
            "b",
            &["--fail-if", "d_loss > 9 @ 20", "--fail-if", "d_loss > 9"],
            "`d_loss > 9 @ 20` was never checked: d_loss was not measured from step 20 on",
        ),
        (
            "c",
            &["--fail-if", "wasserstein < 0 after 2"],
            "not measured after step 2",
        ),
        (
            "d",
            &["--fail-if", "images_per_s < 1"],
            "images_per_s was never measured",
        ),
        (
            "e",
            &["--fail-if", "modes < 8", "--at", "6:stop"],
            "modes was never measured",
        ),
    ] {
        let err = failed(&bench, run, &[flags, &["--steps", "6"]].concat());
        assert!(
            err.contains("failed: `") && err.contains(says),
            "{run}: {err}"
        );
        let record = bench.record(run);
        let rules = record.of_kind("rule");
        assert_eq!(rules.len(), 1, "{run}");
        assert!(rules[0].get("measured").is_none());
        let verdict = &record.summary()["conditions"][0]["verdict"];
        assert_eq!(verdict, "not_measured", "{run}");
        assert_eq!(record.last().state()["step"], 6);
    }
}

#[test]
fn conditions_see_non_finite_numbers_before_the_rollback() {
    let bench = Bench::new();
    let flags = ["--objective", "lsgan", "--lr", "1", "--steps", "40"];
    // Which of them becomes non-finite first depends on the processor.
    let conditions = ["d_loss", "g_loss", "d_grad_norm", "g_grad_norm"]
        .map(|metric| format!("{metric} is not finite"));
    let conditions = conditions.iter().flat_map(|c| ["--fail-if", c]);
    failed(
        &bench,
        "a",
        &flags
            .into_iter()
            .chain(FULL_WIDTH)
            .chain(conditions)
            .collect::<Vec<_>>(),
    );
    let record = bench.record("a");
    let rule = &record.of_kind("rule")[0];
    assert!(rule["measured"]["value"].is_string(), "{rule}");
    assert_eq!(record.events().last().unwrap()["branch"], 0);
    assert_eq!(record.summary()["total_steps"], rule["step"]);
    let last = record.last();
    let all = [last.generator(), last.discriminator()].concat();
    assert!(all.iter().all(|v| v.is_finite()));
}

#[test]
fn an_invalid_condition_is_reported_before_there_is_a_run() {
    let bench = Bench::new();
    fs::write(
        bench.path("bad.toml"),
        "steps = 5\nfail_if = [\"d_loss > 1\", \"fid > 60 @\"]\n",
    )
    .unwrap();
    fs::write(
        bench.path("rules.toml"),
        "[[rules]]\nwhen = \"d_los > 1\"\ndo = \"alarm\"\n",
    )
    .unwrap();
    for (flags, says) in [
        (
            &["--fail-if", "fid > sixty @ 20000"][..],
            "expected a number after `>`; found `sixty` (column 7)\n  fid > sixty @ 20000\n        ^^^^^\n",
        ),
        (
            &["--fail-if", "gloss > 1"],
            "there is no metric `gloss` (did you mean `g_loss`?) (column 1)\n  gloss > 1\n  ^^^^^\n",
        ),
        (
            &["--set", "fail_if=d_loss < 1 fro 5"],
            "--set: `fail_if`: expected `@ STEP`, `after STEP`, `for STEPS` or the end; found `fro` (column 12)\n  \
             d_loss < 1 fro 5\n             ^^^\n",
        ),
        (
            &["--config", "bad.toml"],
            "bad.toml:2: `fail_if`: expected a whole number of steps of at least 1 after `@`; found nothing (column 11)\n  \
             fid > 60 @\n            ^\n",
        ),
        (
            &["--config", "rules.toml"],
            "rules.toml:1: `rules`: rule 1: there is no metric `d_los` (did you mean `d_loss`?) (column 1)\n  d_los > 1\n  \
             ^^^^^\n",
        ),
        (
            &["--set", "rules=[{ when = 'd_loss > 1', do = 'pause' }]"],
            "rules: `d_loss > 1: pause`: without a dashboard the run cannot be resumed; `--set rules=[]` leaves",
        ),
    ] {
        let done = bench.train("a", flags);
        assert_eq!(done.code, Some(2), "{}", done.err);
        assert!(done.err.contains(says), "{}\nexpected {says}", done.err);
        assert!(done.out.is_empty() && !bench.path("runs").exists());
    }
    let mut command = bench.command(&small("a"));
    let done =
        crate::workbench::Program::start(command.env("GENAI_TUI_FAIL_IF", "d_loss")).finish();
    assert_eq!(done.code, Some(2));
    assert!(
        done.err
            .contains("found nothing (column 7)\n  d_loss\n        ^\n"),
        "{}",
        done.err
    );
}

#[test]
fn rules_of_a_file_save_and_raise_alarms_once_per_episode() {
    let bench = Bench::new();
    let text = format!(
        "objective = \"gan\"\ndataset = \"{TINY}\"\n\n[[rules]]\nwhen = \"lr_d > 5e-4 for 3\"\ndo = \"checkpoint\"\n\n\
         [[rules]]\nwhen = \"lr_g>5e-4\"\ndo = \"alarm\"\n"
    );
    fs::write(bench.path("run.toml"), text).unwrap();
    let script = [
        &["--at", "4:lr 1e-3", "--at", "10:lr 1e-4"][..],
        // Rows begin anew with another objective, whose rates are 2e-4 again.
        &[
            "--at",
            "12:lr d 1e-3",
            "--at",
            "14:loss lsgan",
            "--at",
            "14:lr 1e-3",
        ],
        &["--set", "switch.ramp_steps=0", "--steps", "20"],
    ];
    let flags = [&["--config", "run.toml"][..], &script.concat()].concat();
    let done = bench.train("a", &flags);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let run = bench.record("a");
    let at = |events: Vec<Value>| -> Vec<u64> {
        events.iter().map(|e| e["step"].as_u64().unwrap()).collect()
    };
    let rules = run.of_kind("rule");
    let episodes: Vec<_> = rules
        .iter()
        .map(|e| (e["action"].as_str().unwrap(), e["step"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        episodes,
        [
            ("alarm", 5),
            ("checkpoint", 7),
            ("alarm", 15),
            ("checkpoint", 17)
        ]
    );
    let mut alarms = run.of_kind("alarm");
    alarms.retain(|e| e["alarm"] == "rule");
    assert_eq!(
        alarms[0]["text"],
        "`lr_g > 5e-4` held at step 5: lr_g was 0.001"
    );
    assert_eq!(at(alarms), [5, 15]);
    let mut commands = run.of_kind("applied");
    commands.retain(|e| e["source"] == "rule");
    assert!(commands.iter().all(|e| e["command"] == "checkpoint"));
    assert_eq!(at(commands), [7, 17]);
    let mut saved = run.of_kind("checkpoint");
    saved.retain(|e| e["reason"] == "request");
    assert_eq!(at(saved), [7, 17]);
    assert_eq!(run.checkpoint(7).state()["step"], 7);
    assert_eq!(run.summary()["interventions"], 7);
    for said in [
        "step 5: alarm rule: `lr_g > 5e-4` held",
        "step 7: rule: checkpoint: `lr_d > 5e-4 for 3` held at step 7: lr_d was 0.001",
    ] {
        assert!(done.err.contains(said), "{said}: {}", done.err);
    }
    // The resolved configuration is enough to repeat the run.
    let again = bench.run(&[&small("b")[..], &["--config", "runs/a/config.toml"]].concat());
    assert_eq!(again.code, Some(0), "{}", again.err);
    assert_eq!(bench.record("b").of_kind("rule").len(), 4);
}
