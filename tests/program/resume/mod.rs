//! A run that is stopped, killed or damaged continues as if it had never stopped, or not at all and with a clear
//! message.

mod conditions;
mod damage;
pub mod disk;
mod fork;
mod kill;
mod settings;

use serde_json::Value;

use crate::workbench::{Bench, Done, Record};

/// A run with a warm-up, a ramp, changes of rates, and a rule that counts; long enough to be interrupted in each of
/// them.
const PLAN: &[&str] = &[
    "--at",
    "4:lr g *1.25",
    "--at",
    "8:loss wgan",
    "--at",
    "16:loss lsgan",
    "--set",
    "switch.warm_up_updates=20",
    "--set",
    "switch.ramp_steps=4",
    "--set",
    "switch.guard_steps=8",
    "--set",
    "events.every_batches=3",
    "--set",
    "samples.keep_every_steps=5",
    "--set",
    "rewind.every_steps=5",
    "--set",
    "checkpoint.keep=2",
    "--set",
    "ema.decay=0.999",
    "--set",
    "rules=[{ when = 'd_real > -100 for 6', do = 'alarm' }]",
];

/// Steps of [`PLAN`].
const STEPS: &str = "22";

/// The result of the run `run` without interruptions.
fn undisturbed(bench: &Bench, run: &str, more: &[&str]) -> Record {
    bench.trained(run, &[PLAN, &["--steps", STEPS], more].concat())
}

/// Resumes a run.
fn resume(bench: &Bench, run: &str, arguments: &[&str]) -> Done {
    bench.run(&[&["--no-tui", "--resume", run], arguments].concat())
}

/// The events that count: each branch takes back the events after its beginning.
fn counting(record: &Record) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for event in record.events() {
        if let Some(after) = event["after"].as_u64() {
            kept.retain(|e| e["seq"].as_u64().is_none_or(|seq| seq <= after));
        }
        kept.push(event);
    }
    kept
}

/// The events of the training itself, without time, place and numbering.
fn training(record: &Record) -> Vec<Value> {
    const KINDS: [&str; 7] = [
        "step", "samples", "applied", "rejected", "alarm", "rule", "finished",
    ];
    let mut events = counting(record);
    events.retain(|e| KINDS.contains(&e["event"].as_str().unwrap()));
    for event in &mut events {
        let fields = event.as_object_mut().unwrap();
        for field in [
            "time",
            "elapsed",
            "seconds",
            "steps_per_second",
            "images_per_second",
            "branch",
            "seq",
            "after",
        ] {
            fields.remove(field);
        }
    }
    events
}

fn assert_same(resumed: &Record, whole: &Record) {
    let (a, b) = (training(resumed), training(whole));
    for (a, b) in a.iter().zip(&b) {
        assert_eq!(a, b);
    }
    assert_eq!(a.len(), b.len());
    let (a, b) = (resumed.last(), whole.last());
    for file in [
        "generator.safetensors",
        "discriminator.safetensors",
        "state.safetensors",
    ] {
        assert!(a.file(file) == b.file(file), "{file} differs");
    }
}

#[test]
fn a_stopped_run_continues_as_if_it_had_never_stopped() {
    let bench = Bench::new();
    let whole = undisturbed(&bench, "whole", &[]);
    // In the first phase, in the warm-up, right at a switch, and in a ramp.
    for stop in ["3", "10", "16", "18"] {
        let run = &format!("to-{stop}");
        bench.trained(run, &[PLAN, &["--steps", stop]].concat());
        let done = resume(&bench, run, &["--steps", STEPS]);
        assert_eq!(done.code, Some(0), "{}", done.err);
        assert!(
            done.err.contains(&format!("step-{stop:0>8}")),
            "it says where it continues: {}",
            done.err
        );
        let record = bench.record(run);
        assert_same(&record, &whole);
        assert_eq!(record.events().last().unwrap()["branch"], 1);
        assert_eq!(record.summary()["total_steps"], 22);
        // Its configuration has the new length.
        assert!(record.text("config.toml").contains("\nsteps = 22\n"));
    }
}

#[test]
fn a_run_resumed_again_and_again_shows_each_step_once() {
    let bench = Bench::new();
    let whole = undisturbed(&bench, "whole", &[]);
    bench.trained("a", &[PLAN, &["--steps", "5"]].concat());
    for total in ["9", "13", "14", STEPS] {
        let done = resume(&bench, "a", &["--steps", total]);
        assert_eq!(done.code, Some(0), "{}", done.err);
    }
    let record = bench.record("a");
    assert_same(&record, &whole);
    let mut at = 0;
    for event in counting(&record) {
        if event["event"] == "step" {
            assert_eq!(event["from_step"], at + 1);
            at = event["step"].as_u64().unwrap();
        }
    }
    assert_eq!(at, 22);
}
