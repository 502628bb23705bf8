//! Runs that are killed at random moments, and resumed each time.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use super::{PLAN, STEPS, assert_same, undisturbed};
use crate::workbench::{Bench, Program, names, small};

/// Checkpoints are so frequent that most kills hit one.
const OFTEN: &[&str] = &["--set", "checkpoint.every_steps=3"];

/// When kills happened.
#[derive(Debug, Default)]
struct Tally {
    kills: usize,
    /// While a checkpoint was being written.
    in_writing: usize,
    /// So that it resumed in the middle of a warm-up.
    in_warm_up: usize,
}

/// A reproducible sequence of numbers below `bound` (a 64-bit linear congruential generator).
fn below(state: &mut u64, bound: u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % bound
}

/// The state of the newest checkpoint, if there is one.
fn newest(folder: &Path) -> Option<Value> {
    let name = names(folder)
        .into_iter()
        .rfind(|name| name.starts_with("step-"))?;
    Some(serde_json::from_slice(&fs::read(folder.join(name).join("state.json")).unwrap()).unwrap())
}

/// Runs from start to end, killed and resumed as often as needed.
fn torture(
    bench: &Bench,
    run: &str,
    random: &mut u64,
    longest: u64,
    tally: &mut Tally,
    most: usize,
) {
    let first = [&small(run)[..], PLAN, &["--steps", STEPS], OFTEN].concat();
    let record = bench.record(run);
    loop {
        let begun = newest(&record.path("checkpoints")).is_some();
        if !begun {
            let _ = fs::remove_dir_all(&record.dir);
        }
        let again = ["--no-tui", "--resume", run];
        let mut program = Program::start(&mut bench.command(if begun { &again } else { &first }));
        if tally.kills >= most {
            let done = program.finish();
            assert_eq!(done.code, Some(0), "{}", done.err);
            return;
        }
        thread::sleep(Duration::from_millis(below(random, longest)));
        if !program.is_running() {
            let done = program.finish();
            assert_eq!(done.code, Some(0), "{}", done.err);
            return;
        }
        program.signal(Signal::KILL);
        drop(program.finish());
        tally.kills += 1;
        let checkpoints = record.path("checkpoints");
        let writing = names(&checkpoints).iter().any(|n| n.ends_with(".partial"));
        tally.in_writing += usize::from(writing);
        let warming = newest(&checkpoints)
            .is_some_and(|s| s["phase"]["warm_up_left"].as_u64().is_some_and(|n| n > 0));
        tally.in_warm_up += usize::from(warming);
    }
}

/// At least `kills`, and more until `telling` of them hit the writing of a checkpoint and as many a warm-up.
fn killed(kills: usize, telling: usize, longest: u64) -> Tally {
    let bench = Bench::new();
    let whole = undisturbed(&bench, "whole", OFTEN);
    let (mut tally, mut random) = (Tally::default(), 1);
    let mut most = kills;
    for number in 0.. {
        if tally.kills >= most {
            let enough = tally.in_writing.min(tally.in_warm_up) >= telling;
            if enough {
                break;
            }
            assert!(
                most < 4 * kills,
                "kills hardly ever fall where they tell: {tally:?}"
            );
            most += kills / 4;
        }
        let run = &format!("run-{number}");
        torture(&bench, run, &mut random, longest, &mut tally, most);
        assert_same(&bench.record(run), &whole);
        fs::remove_dir_all(bench.record(run).dir).unwrap();
    }
    tally
}

#[test]
fn a_few_kills_do_not_change_the_result() {
    let tally = killed(4, 0, 1200);
    assert!(tally.kills >= 4, "{tally:?}");
}

/// `cargo test --release --locked --test program -- --ignored --nocapture two_hundred_kills`
#[test]
#[ignore = "takes minutes"]
#[expect(clippy::print_stdout, reason = "where the kills fell is the result")]
fn two_hundred_kills_do_not_change_the_result() {
    let tally = killed(200, 20, 2000);
    println!("{tally:?}");
    assert!(tally.kills >= 200, "{tally:?}");
}
