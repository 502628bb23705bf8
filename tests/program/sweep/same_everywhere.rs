//! What a trial is stands in the directory of the sweep, and nowhere else: not in a worker's environment, and not in its folder.

use std::fs;

use image::{Rgb, RgbImage};

use super::{WORK, new, results, status};
use crate::workbench::{Bench, Done, Program, TINY};

const PARAM: [&str; 2] = ["--param", "optimizer.g.lr=log(1e-5,1e-2)"];

#[test]
fn the_environment_of_a_worker_says_nothing_of_its_trials() {
    let sweep = ["--trials", "2", "--steps", "8"];
    let bench = Bench::new();
    new(&bench, &sweep);
    let mut command = bench.command(&WORK);
    command.env("GENAI_TUI_BATCH_SIZE", "5");
    command.env("GENAI_TUI_OPTIMIZER__D__LR", "0.5");
    command.env("GENAI_TUI_EPOCHS", "1");
    // Facts of the machine count, and so does what is said of a key that it has anyway.
    command.env("GENAI_TUI_DEVICE", "cpu");
    let done = Program::start(&mut command).finish();
    assert_eq!(done.code, Some(0), "{}", done.err);
    let said =
        "what a trial is: GENAI_TUI_BATCH_SIZE, GENAI_TUI_EPOCHS, GENAI_TUI_OPTIMIZER__D__LR\n";
    assert!(done.err.contains(said), "{}", done.err);

    let alone = Bench::new();
    new(&alone, &sweep);
    let done = alone.run(&[&WORK[..], &["--jobs", "2"]].concat());
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(results(&status(&bench)), results(&status(&alone)));

    // What is wrong there would be wrong in every run.
    for (name, value) in [("GENAI_TUI_BATCHSIZE", "5"), ("GENAI_TUI_THREADS", "many")] {
        let done = Program::start(bench.command(&WORK).env(name, value)).finish();
        assert_eq!(done.code, Some(2), "{}", done.err);
        assert!(done.err.contains(name), "{}", done.err);
    }
}

#[test]
fn what_a_sweep_is_made_of_stands_in_it_as_a_whole() {
    let bench = Bench::new();
    let dataset = format!("dataset=./{TINY}");
    fs::write(
        bench.path("base.toml"),
        "batch_size = 8\nsteps = 7\nseed = 5\n",
    )
    .unwrap();
    let arguments = [
        "sweep",
        "new",
        "s",
        "--config",
        "base.toml",
        "--set",
        &dataset,
    ];
    let arguments = [
        &arguments[..],
        &PARAM,
        &["--metric", "g_loss", "--trials", "2"],
    ]
    .concat();
    let mut command = bench.command(&arguments);
    command.env("GENAI_TUI_LATENT_DIM", "12");
    let done = Program::start(&mut command).finish();
    assert_eq!(done.code, Some(0), "{}", done.err);
    let text = fs::read_to_string(bench.path("s/sweep.toml")).unwrap();
    let file: toml::Table = text.parse().unwrap();
    assert_eq!(file["steps"].as_integer(), Some(7));
    assert_eq!(file["seed"].as_integer(), Some(5));
    let set = file["set"].as_table().unwrap();
    assert_eq!(set["latent_dim"].as_str(), Some("12"));
    assert_eq!(set["arch.width"].as_str(), Some("16"));
    assert_eq!(set["dataset"].as_str(), bench.path(TINY).to_str());
    // From another folder, without that environment.
    fs::create_dir(bench.path("elsewhere")).unwrap();
    let mut command = bench.command(&["sweep", "work", "../s", "--threads", "1"]);
    command.current_dir(bench.path("elsewhere"));
    let done = Program::start(&mut command).finish();
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(status(&bench)["is_done"], true);

    // What `auto` is depends on the machine.
    let arguments = [&["sweep", "new", "t", "--steps", "3"][..], &PARAM].concat();
    let done = bench.run(&arguments);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(
        done.out.contains("20 trials, all of them on digits"),
        "{}",
        done.out
    );
    let text = fs::read_to_string(bench.path("t/sweep.toml")).unwrap();
    assert!(text.contains("dataset = \"digits\""), "{text}");

    let start = [&["sweep", "new", "u"][..], &PARAM].concat();
    for (more, words) in [
        (&[][..], "found no length of a trial"),
        (
            &["--steps", "5", "--set", "steps=8"],
            "found `steps` besides --steps",
        ),
        (
            &["--steps", "5", "--set", "max_time=8s"],
            "found `max_time` besides --steps",
        ),
        (
            &["--steps", "5", "--seed", "18446744073709551615"],
            "below 2^63",
        ),
        (&["--steps", "5", "--set", "dataset=builtin"], "builtin"),
        (
            &["--steps", "5", "--param", "dataset=choice(digits,mnst)"],
            "did you mean \"mnist\"?",
        ),
    ] {
        let done = bench.run(&[&start[..], more].concat());
        assert_eq!(done.code, Some(2), "{more:?}: {}", done.err);
        assert!(done.err.contains(words), "{more:?}: {}", done.err);
        assert!(!bench.path("u").exists(), "{more:?}");
    }
}

#[test]
fn a_plan_is_for_images_as_large_as_trials_have_them() {
    let bench = Bench::new();
    fs::create_dir(bench.path("photos")).unwrap();
    let new = |name: &str, more: &[&str]| {
        let start = [
            "sweep",
            "new",
            name,
            "--steps",
            "3",
            // Steps of a trial are timed.
            "--trials",
            "1",
            "--set",
            "batch_size=8",
            "--set",
            "dataset=photos",
        ];
        let done = bench.run(&[&start[..], &PARAM, more].concat());
        assert_eq!(done.code, Some(0), "{}", done.err);
        bench.run(&["sweep", "plan", name])
    };
    let is_planned = |done: &Done| done.out.contains(" for one worker (");
    // What is set need not be looked for.
    let set = ["--set", "images.size=16x24", "--set", "images.channels=3"];
    let done = new("set", &set);
    assert!(done.code == Some(0) && is_planned(&done), "{}", done.err);
    let done = new("unknown", &[]);
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(
        done.err.contains("photos") && done.err.contains("no files"),
        "{}",
        done.err
    );
    let picture = RgbImage::from_fn(24, 16, |x, y| Rgb([x as u8, y as u8, 0]));
    picture.save(bench.path("photos/a.png")).unwrap();
    let done = bench.run(&["sweep", "plan", "unknown"]);
    assert!(done.code == Some(0) && is_planned(&done), "{}", done.err);
}
