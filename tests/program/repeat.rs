//! One seed, one run: the same events and the same bits, with any number of threads.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::workbench::{Bench, FULL_WIDTH, Record, TINY};

/// A run with several changes along the way.
const SWITCHED: &[&str] = &[
    "--steps",
    "12",
    "--at",
    "3:lr g *1.25",
    "--at",
    "6:loss wgan",
    "--at",
    "9:sample",
    "--set",
    "switch.warm_up_updates=10",
    "--set",
    "switch.ramp_steps=3",
    "--set",
    "events.every_batches=1",
];

/// The recorded events without data that depends on clock or place. Checkpoints are reported when the disk is done.
fn training_events(record: &Record) -> (Vec<Value>, BTreeSet<String>) {
    let mut checkpoints = BTreeSet::new();
    let mut rest = Vec::new();
    for mut event in record.events() {
        let fields = event.as_object_mut().unwrap();
        for clock in [
            "time",
            "elapsed",
            "seconds",
            "steps_per_second",
            "images_per_second",
        ] {
            fields.remove(clock);
        }
        for place in ["name", "dir", "device"] {
            fields.remove(place);
        }
        match fields["event"].as_str() {
            Some("checkpoint") => drop(checkpoints.insert(event.to_string())),
            // Depends on the machine.
            Some("system") => {}
            _ => rest.push(event),
        }
    }
    (rest, checkpoints)
}

fn assert_same(a: &Record, b: &Record) {
    let (a_events, a_checkpoints) = training_events(a);
    let (b_events, b_checkpoints) = training_events(b);
    for (a, b) in a_events.iter().zip(&b_events) {
        assert_eq!(a, b);
    }
    assert_eq!(a_events.len(), b_events.len());
    assert_eq!(a_checkpoints, b_checkpoints);
    for file in [
        "generator.safetensors",
        "discriminator.safetensors",
        "state.safetensors",
    ] {
        assert!(a.last().file(file) == b.last().file(file), "{file} differs");
    }
}

#[test]
fn the_same_seed_gives_the_same_run_at_one_and_at_two_threads() {
    let bench = Bench::new();
    let runs: Vec<Record> = [("a", "1"), ("again", "1"), ("wide", "2")]
        .into_iter()
        .map(|(run, threads)| {
            let flags = [
                &["--dataset", TINY, "--name", run, "--no-tui"],
                &["--batch-size", "32", "--seed", "7", "--threads", threads][..],
                &["--set", "checkpoint.every_time=0s"],
                &FULL_WIDTH,
                SWITCHED,
            ];
            let done = bench.run(&flags.concat());
            assert_eq!(done.code, Some(0), "{}", done.err);
            bench.record(run)
        })
        .collect();
    assert_same(&runs[0], &runs[1]);
    assert_same(&runs[0], &runs[2]);
    assert!(runs[0].of_kind("step").len() >= 12);
    assert_eq!(runs[0].of_kind("applied").len(), 3);
}

#[test]
fn another_seed_gives_another_run() {
    let bench = Bench::new();
    let [one, two] = ["1", "2"].map(|seed| {
        bench
            .trained(seed, &["--steps", "1", "--seed", seed])
            .last()
    });
    assert_ne!(one.generator(), two.generator());
    assert_ne!(one.discriminator(), two.discriminator());
}
