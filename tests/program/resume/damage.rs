//! Checkpoints that cannot be resumed: each is reported with the problem, and nothing is changed.

use std::fs;
use std::path::Path;

use super::resume;
use crate::workbench::{Bench, names};

/// Changes a byte in the middle.
fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// Damages a file.
type Damage = fn(&Path);

fn cut(path: &Path) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
}

#[test]
fn a_damaged_checkpoint_is_reported_with_its_file_and_alternatives() {
    let bench = Bench::new();
    bench.trained("a", &["--steps", "4", "--at", "2:checkpoint"]);
    let record = bench.record("a");
    let checkpoint = record.checkpoint(4).dir;
    let events = record.bytes("events.jsonl");
    let damages: [(&str, Damage, &str); 9] = [
        ("generator.safetensors", flip, "damaged"),
        ("discriminator.safetensors", flip, "damaged"),
        ("state.safetensors", flip, "damaged"),
        ("state.json", flip, "state.json"),
        ("checksums.md5", flip, "md5"),
        ("last-good/generator.safetensors", flip, "last-good"),
        ("state.safetensors", cut, "damaged"),
        ("state.json", cut, "state.json"),
        (
            "generator.safetensors",
            |p| fs::remove_file(p).unwrap(),
            "No such file",
        ),
    ];
    for (file, damage, says) in damages {
        let path = checkpoint.join(file);
        let whole = fs::read(&path).unwrap();
        damage(&path);
        let done = resume(&bench, "a@4", &["--steps", "6"]);
        assert_eq!(done.code, Some(2), "{file}: {}", done.err);
        if file != "generator.safetensors" || says == "damaged" {
            assert!(
                done.err.contains(says) && done.err.contains("step-00000004"),
                "{file}: {}",
                done.err
            );
            assert!(done.err.contains("a@2"), "{file}: {}", done.err);
        }
        assert!(!done.err.contains("panicked"), "{}", done.err);
        fs::write(&path, whole).unwrap();
    }
    assert!(
        record.bytes("events.jsonl") == events,
        "nothing was touched"
    );
    // The rollback state belongs to it.
    let (good, away) = (checkpoint.join("last-good"), checkpoint.join("away"));
    fs::rename(&good, &away).unwrap();
    let done = resume(&bench, "a@4", &["--steps", "6"]);
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(done.err.contains("last-good"), "{}", done.err);
    // Other damaged checkpoints are not recommended.
    let other = record.checkpoint(2).dir.join("generator.safetensors");
    let whole = fs::read(&other).unwrap();
    flip(&other);
    let done = resume(&bench, "a@4", &["--steps", "6"]);
    assert!(
        done.err.contains("cannot be used either") && !done.err.contains("a@2"),
        "{}",
        done.err
    );
    fs::write(&other, whole).unwrap();
    fs::rename(&away, &good).unwrap();
    // The previous one is intact and can be resumed.
    let done = resume(&bench, "a@2", &["--steps", "6"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
}

#[test]
fn other_formats_and_shapes_are_reported_as_such() {
    let bench = Bench::new();
    bench.trained("a", &["--steps", "2"]);
    bench.trained("b", &["--steps", "2", "--set", "latent_dim=7"]);
    let path = bench.record("a").checkpoint(2).dir.join("state.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"format\": 4", "\"format\": 3")).unwrap();
    let done = resume(&bench, "a", &["--steps", "4"]);
    assert_eq!(done.code, Some(2));
    assert!(
        done.err.contains("format 3") && done.err.contains("format 4"),
        "{}",
        done.err
    );
    // A checkpoint of another run in the place of this run's.
    let (own, other) = (
        bench.record("a").checkpoint(2).dir,
        bench.record("b").checkpoint(2).dir,
    );
    fs::remove_dir_all(&own).unwrap();
    fs::rename(&other, &own).unwrap();
    let done = resume(&bench, "a", &["--steps", "4"]);
    assert_eq!(done.code, Some(2));
    assert!(done.err.contains("another run"), "{}", done.err);
}

#[test]
fn leftovers_of_a_kill_are_removed() {
    let bench = Bench::new();
    bench.trained("a", &["--steps", "4", "--at", "2:checkpoint"]);
    let folder = bench.record("a").path("checkpoints");
    // One was being written, and one was being replaced.
    fs::create_dir(folder.join(".step-00000006.partial")).unwrap();
    fs::write(folder.join(".step-00000006.partial/state.json"), "{").unwrap();
    fs::rename(
        folder.join("step-00000004"),
        folder.join(".step-00000004.old"),
    )
    .unwrap();
    let done = resume(&bench, "a@2", &["--steps", "3"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let found = names(&folder);
    assert!(found.iter().all(|name| !name.starts_with('.')), "{found:?}");
    assert!(found.contains(&"step-00000002".to_owned()), "{found:?}");
}

#[test]
fn a_torn_last_line_of_the_record_is_removed() {
    let bench = Bench::new();
    bench.trained("a", &["--steps", "4"]);
    let path = bench.record("a").path("events.jsonl");
    let mut text = fs::read_to_string(&path).unwrap();
    text.push_str("{\"schema\":1,\"branch\":0,\"st");
    fs::write(&path, text).unwrap();
    let done = resume(&bench, "a", &["--steps", "6"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    // Reads every line.
    let steps = bench.record("a").of_kind("finished");
    assert_eq!(steps.len(), 2);
}

#[test]
fn a_checkpoint_is_usable_without_the_record_but_not_without_its_files() {
    let bench = Bench::new();
    let flags = ["--steps", "4", "--at", "2:checkpoint"];
    let run = bench.trained("a", &flags);
    fs::write(run.path("events.jsonl"), "").unwrap();
    let done = bench.run(&["--no-tui", "--resume", "a", "--steps", "5"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    // The newest lacks a file: that is an error, and no older one is used instead.
    fs::remove_file(run.path("checkpoints/step-00000005/generator.safetensors")).unwrap();
    for command in [
        &["--no-tui", "--resume", "a", "--steps", "6"][..],
        &["sample", "a", "-o", "a.png"],
    ] {
        let done = bench.run(command);
        assert_eq!(done.code, Some(2), "{}", done.err);
        assert!(done.err.contains("generator.safetensors"), "{}", done.err);
    }
}
