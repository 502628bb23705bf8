//! The run directory: its contents, and that they are enough to repeat the run.

use crate::workbench::{Bench, FULL_WIDTH, Record, names};

#[test]
fn it_has_everything_in_common_formats() {
    let bench = Bench::new();
    let flags = [
        &["--steps", "6", "--at", "2:sample", "--at", "3:checkpoint"][..],
        &["--set", "samples.keep_every_steps=4", "--seed", "5"],
        &["--set", "ema.decay=0.999"],
        &FULL_WIDTH,
    ];
    let run = bench.trained("a", &flags.concat());
    // An ended run leaves no lock and no temporary file.
    let mut found = names(&run.dir);
    found.retain(|name| name != "host.log");
    assert_eq!(
        found,
        [
            "card.md",
            "checkpoints",
            "config.toml",
            "events.jsonl",
            "samples",
            "summary.json"
        ]
    );
    assert_eq!(
        names(&run.path("checkpoints")),
        ["step-00000003", "step-00000006"]
    );
    for checkpoint in [run.checkpoint(3), run.checkpoint(6)] {
        assert_eq!(
            names(&checkpoint.dir),
            [
                "checksums.md5",
                "discriminator.safetensors",
                "ema.safetensors",
                "generator.safetensors",
                "last-good",
                "state.json",
                "state.safetensors"
            ]
        );
        // 100-256-512-1024-784 and 784-1024-512-256-1.
        assert_eq!(checkpoint.generator().len(), 1_486_352);
        assert_eq!(checkpoint.discriminator().len(), 1_460_225);
        assert_eq!(
            checkpoint
                .tensor("generator.safetensors", "model.0.weight")
                .len(),
            256 * 100
        );
    }
    let pictures = names(&run.path("samples"));
    assert_eq!(
        pictures,
        [
            "step-00000000.png",
            "step-00000002.png",
            "step-00000004.png",
            "step-00000006.png"
        ]
    );
    for name in pictures {
        let picture = image::open(run.path("samples").join(&name))
            .unwrap()
            .to_luma8();
        assert!(picture.width() >= 56 && picture.height() >= 56, "{name}");
        assert!(
            picture.pixels().any(|p| p.0 != picture.get_pixel(0, 0).0),
            "{name}"
        );
    }
    let summary = run.summary();
    assert_eq!(summary["outcome"], "completed");
    assert_eq!(summary["total_steps"], 6);
    assert_eq!(summary["total_images"], 48);
    assert_eq!(summary["epochs"], 0.75);
    assert_eq!(summary["interventions"], 2);
    assert_eq!(summary["checkpoint"], "checkpoints/step-00000006");
    let events = run.events();
    assert_eq!(events[0]["event"], "started");
    assert_eq!(events[0]["seed"], 5);
    assert_eq!(events.last().unwrap()["event"], "finished");
}

#[test]
fn its_config_reproduces_the_run() {
    let bench = Bench::new();
    let flags = [
        &["--objective", "lsgan", "--steps", "6", "--lr-g", "3e-4"][..],
        &["--at", "3:lr d /2", "--seed", "11"],
    ];
    let first = bench.trained("first", &flags.concat());
    let done = bench.run(&[
        "--no-tui",
        "--config",
        "runs/first/config.toml",
        "--name",
        "again",
    ]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let again = bench.record("again");
    assert!(first.last().generator() == again.last().generator());
    assert!(first.last().discriminator() == again.last().discriminator());
    assert_eq!(first.text("config.toml"), again.text("config.toml"));
}

#[test]
fn a_run_is_never_overwritten() {
    let bench = Bench::new();
    let run = bench.trained("a", &["--steps", "1"]);
    let before = run.bytes("events.jsonl");
    let done = bench.train("a", &["--steps", "2"]);
    assert_eq!(done.code, Some(2));
    assert!(done.err.contains("runs/a"), "{}", done.err);
    assert!(run.bytes("events.jsonl") == before);
}

#[test]
fn without_a_name_each_run_gets_its_own() {
    let bench = Bench::new();
    let flags = [
        "--no-tui",
        "--dataset",
        "digits",
        "--steps",
        "1",
        "--batch-size",
        "4",
    ];
    let flags = [&flags[..], &["--set", "samples.count=1"]].concat();
    for _ in 0..2 {
        assert_eq!(bench.run(&flags).code, Some(0));
    }
    let runs = names(&bench.path("runs"));
    assert_eq!(runs.len(), 2, "{runs:?}");
    assert!(runs.iter().all(|name| name.starts_with("gan-digits-")));
}

#[test]
fn costs_are_recorded_and_continue_after_a_resume() {
    let bench = Bench::new();
    let run = bench.trained("a", &["--steps", "6", "--set", "system.watts_per_core=1e6"]);
    let looks = |run: &Record| -> Vec<f64> {
        let events = run.events().into_iter();
        let looks = events.filter(|e| e["event"] == "system");
        looks.map(|e| e["watt_hours"].as_f64().unwrap()).collect()
    };
    let spent = looks(&run);
    assert_eq!(spent.len(), 1, "the last look is always kept");
    let energy = &run.summary()["energy"];
    assert_eq!(energy["watt_hours"], spent[0]);
    assert!(energy["watt_hours_per_1000_images"].as_f64().unwrap() >= 0.0);
    if energy["energy_source"] == "estimated" {
        // A megawatt per core shows at once.
        assert!(spent[0] > 0.0);
    }
    let done = bench.run(&["--no-tui", "--resume", "a", "--steps", "8"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let spent_since = looks(&run);
    assert!(
        spent_since.len() == 2 && spent_since[1] >= spent[0],
        "{spent_since:?}"
    );
}

#[test]
fn an_ended_run_leaves_a_model_card() {
    let bench = Bench::new();
    let common = [
        "--no-tui",
        "--dataset",
        "digits",
        "--name",
        "a",
        "--steps",
        "4",
    ];
    let done = bench.run(&[&common[..], &FULL_WIDTH, &["--at", "2:lr g 1e-4"]].concat());
    assert_eq!(done.code, Some(0), "{}", done.err);
    let record = bench.record("a");
    let card = record.text("card.md");
    for says in [
        "# a\n",
        "digits: 20000 training images",
        "latents of 100 dimensions",
        "1486352 (generator or decoder)",
        "- 4 steps, 256 real images shown",
        "- step 2: `lr g 1e-4`: optimizer.g.lr 6e-4 → 1e-4",
        "| `optimizer.d.lr` | 0.0006 |",
        "Not evaluated.",
        " Wh, ",
        "checkpoints/step-00000004",
    ] {
        assert!(card.contains(says), "{says}: {card}");
    }
    assert!(!card.contains("did not reach its end"));
    let flags = [
        "--no-tui", "--resume", "a", "--steps", "6", "--at", "5:stop",
    ];
    let done = bench.run(&[&flags[..], &FULL_WIDTH].concat());
    assert_eq!(done.code, Some(0), "{}", done.err);
    let card = bench.record("a").text("card.md");
    assert!(
        card.contains("- 5 steps") && card.contains("did not reach its end"),
        "{card}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_moved_live_run_is_followed_and_its_replacement_left_alone() {
    use crate::workbench::{Program, small};

    let bench = Bench::new();
    let other = bench.trained("a", &["--steps", "4"]);
    let all = |record: &Record| {
        let files = ["events.jsonl", "summary.json", "card.md"].map(|name| record.text(name));
        (
            names(&record.path("checkpoints")),
            names(&record.dir),
            files,
        )
    };
    let before = all(&other);
    let flags = ["--set", "checkpoint.every_steps=10"];
    let program = Program::start(&mut bench.command(&[&small("b")[..], &flags].concat()));
    program.wait_for_diagnostic("checkpoints/step-");
    std::fs::rename(bench.path("runs/b"), bench.path("c")).unwrap();
    std::os::unix::fs::symlink(bench.path("runs/a"), bench.path("runs/b")).unwrap();
    program.wait_for_diagnostic("the run's directory was moved from runs/b to ");
    // It is reachable in its new place, and its next checkpoint is there.
    let sent = bench.run(&["send", "./c", "checkpoint"]);
    assert_eq!(sent.code, Some(0), "{}", sent.err);
    program.signal(rustix::process::Signal::TERM);
    let done = program.finish();
    assert_eq!(done.code, Some(143), "{}", done.err);
    assert_eq!(all(&other), before, "{}", done.err);
    let place = bench.path("c").canonicalize().unwrap();
    let last_words = format!("genai-tui --resume {}", place.display());
    assert!(done.err.contains(&last_words), "{}", done.err);
    let moved = Record {
        dir: bench.path("c"),
    };
    assert!(!moved.path("lock").exists() && moved.path("summary.json").exists());
    assert!(moved.last().dir.is_dir());
    let warnings = moved.of_kind("warning");
    assert!(
        warnings
            .iter()
            .any(|w| w["text"].as_str().unwrap().contains("was moved from")),
        "{warnings:?}"
    );
    let done = bench.run(&["--no-tui", "--resume", "./c", "--max-time", "1s"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
}

#[test]
fn a_live_run_without_its_directory_reports_it_and_fails() {
    use crate::workbench::{Program, poll_until, small};

    let bench = Bench::new();
    // As `mv` to another file system does: copied, then removed.
    let flags = [&small("b")[..], &["--format", "json"]].concat();
    let program = Program::start(&mut bench.command(&flags));
    program.wait_for(r#""event":"step""#);
    // The run writes there meanwhile: a file may go before it is copied, and one may come into a folder that was just emptied.
    let mut copying = std::process::Command::new("cp");
    let copying = copying
        .args(["-r", "runs/b", "copy"])
        .current_dir(bench.path(""));
    copying.status().unwrap();
    let place = bench.path("runs/b");
    let remove = || {
        let _ = std::fs::remove_dir_all(&place);
        place.exists()
    };
    assert!(poll_until(remove, |is_there| !is_there));
    program.wait_for("it was removed or moved out of reach");
    let copy = names(&bench.path("copy"));
    // What is put in its place does not belong to it either.
    std::fs::create_dir(bench.path("runs/b")).unwrap();
    program.signal(rustix::process::Signal::TERM);
    let done = program.finish();
    assert_eq!(done.code, Some(1), "{}", done.err);
    assert!(done.err.contains("runs/b"), "{}", done.err);
    assert!(names(&bench.path("runs/b")).is_empty());
    assert_eq!(names(&bench.path("copy")), copy);
}

#[test]
fn unrelated_files_do_not_matter() {
    let bench = Bench::new();
    let dir = bench.record("a");
    std::fs::create_dir_all(dir.path("lost+found")).unwrap();
    let mine = [
        "slurm-1.out",
        ".gitkeep",
        ".DS_Store",
        "nohup.out",
        "notes.md~",
    ];
    for name in mine {
        std::fs::write(dir.path(name), "mine").unwrap();
    }
    // A start that fails does not delete them either.
    let done = bench.train("a", &["--set", "samples.count=4", "--dataset", "nosuch"]);
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert_eq!(names(&dir.dir).len(), 6);
    bench.trained("a", &["--steps", "2"]);
    for name in mine {
        assert_eq!(dir.text(name), "mine");
    }
    let done = bench.train("a", &["--steps", "2"]);
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(
        done.err.contains("already holds a run (found config.toml"),
        "{}",
        done.err
    );
}
