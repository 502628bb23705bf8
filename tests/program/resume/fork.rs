//! New runs from old checkpoints.

use crate::workbench::Bench;

#[test]
fn a_fork_is_a_separate_run_that_records_its_origin() {
    let bench = Bench::new();
    let origin = bench.trained(
        "a",
        &["--steps", "6", "--seed", "5", "--at", "3:checkpoint"],
    );
    let events = origin.bytes("events.jsonl");
    let flags = [
        "--no-tui",
        "--fork",
        "a@3",
        "--name",
        "b",
        "--objective",
        "lsgan",
        "--steps",
        "9",
    ];
    let done = bench.run(&flags);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let fork = bench.record("b");
    let started = &fork.of_kind("started")[0];
    assert_eq!(started["step"], 3);
    // Its time is its own, as `--max-time` is.
    assert_eq!(started["elapsed"], 0.0);
    assert_eq!(started["objective"]["name"], "lsgan");
    assert_eq!(started["origin"]["run"], "a");
    assert_eq!(started["origin"]["step"], 3);
    assert_eq!(fork.summary()["total_steps"], 9);
    assert_eq!(fork.summary()["objective"], "lsgan");
    let config = fork.text("config.toml");
    assert!(config.contains("objective = \"lsgan\"") && config.contains("seed = 5"));
    assert!(bench.record("a").bytes("events.jsonl") == events);
    // It can be resumed, and still knows its origin.
    let done = bench.run(&["--no-tui", "--resume", "b", "--steps", "10"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(fork.of_kind("started")[1]["origin"]["run"], "a");
}

#[test]
fn a_fork_with_other_networks_is_refused_before_it_has_a_directory() {
    let bench = Bench::new();
    bench.trained("a", &["--steps", "3"]);
    for (flags, says) in [
        (
            &["--arch-width", "8"][..],
            "`arch.width` 16 and the fork would have `arch.width` 8",
        ),
        (&["--set", "latent_dim=7"], "`latent_dim` 100"),
        (&["--objective", "vae"], "expected the same networks"),
    ] {
        let fork = ["--no-tui", "--fork", "a", "--name", "b", "--steps", "5"];
        let done = bench.run(&[&fork[..], flags].concat());
        assert_eq!(done.code, Some(2), "{flags:?}: {}", done.err);
        assert!(done.err.contains(says), "{flags:?}: {}", done.err);
        assert!(!bench.path("runs/b").exists(), "{flags:?}");
    }
}

#[test]
fn an_unchanged_fork_trains_like_its_origin() {
    let bench = Bench::new();
    let origin = bench.trained("a", &["--steps", "8", "--at", "3:checkpoint"]);
    let done = bench.run(&["--no-tui", "--fork", "a@3", "--name", "b"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let fork = bench.record("b");
    for file in ["generator.safetensors", "state.safetensors"] {
        assert!(fork.last().file(file) == origin.last().file(file), "{file}");
    }
    let done = bench.run(&["--no-tui", "--fork", "a@3", "--name", "c", "--seed", "9"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(bench.record("c").last().generator() != origin.last().generator());
}
