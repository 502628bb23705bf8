//! Names and places: the meaning of paths, names used by several processes at once, and data that has moved or changed
//! since a run began.

use std::fs;
use std::process::Command;

use genai_tui::testkit::{TINY_IMAGES, idx_images};

use crate::workbench::{Bench, Done, Program, TINY, names, poll_until, small};

/// A short training in a directory that is not given.
const SHORT: &[&str] = &[
    "--threads",
    "1",
    "--batch-size",
    "8",
    "--set",
    "samples.count=4",
    "--set",
    "checkpoint.every_time=0s",
    "--steps",
    "2",
];

fn went_well(done: &Done) {
    assert_eq!(done.code, Some(0), "{}", done.err);
}

fn refused(done: &Done, says: &str) {
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(done.err.contains(says), "no `{says}`: {}", done.err);
}

/// The same command in another working directory.
fn from(bench: &Bench, folder: &str, arguments: &[&str]) -> Done {
    fs::create_dir_all(bench.path(folder)).unwrap();
    Program::start(bench.command(arguments).current_dir(bench.path(folder))).finish()
}

#[test]
fn a_tilde_is_the_home_directory_in_every_path() {
    let bench = Bench::new();
    fs::create_dir_all(bench.path("home/d")).unwrap();
    fs::rename(bench.path(TINY), bench.path("home/d/images")).unwrap();
    fs::write(
        bench.path("home/c.toml"),
        "dataset = \"~/d/images\"\ndata_dir = \"~/data\"\n",
    )
    .unwrap();
    let flags = [&["--no-tui", "--config=~/c.toml", "--run-dir=~/r"], SHORT].concat();
    went_well(&bench.run(&flags));
    let home = bench.path("home");
    let config = fs::read_to_string(home.join("r/config.toml")).unwrap();
    for line in [
        format!("\ndata_dir = \"{}\"\n", home.join("data").display()),
        format!("\ndataset = \"{}\"\n", home.join("d/images").display()),
    ] {
        assert!(config.contains(&line), "{line}: {config}");
    }
    let set = [
        "--no-tui",
        "--set=dataset=~/d/images",
        "--data-dir=~/data",
        "--name",
        "b",
    ];
    went_well(&bench.run(&[&set, SHORT].concat()));
    went_well(&bench.run(&["--no-tui", "--resume=~/r", "--steps", "3"]));
    went_well(&bench.run(&["sample", "~/r@3", "-n", "4", "-o", "~/x.png"]));
    went_well(&bench.run(&["runs", "~"]));
    assert!(home.join("x.png").is_file());
    let mut listed = bench.command(&["data", "list"]);
    listed.env("GENAI_TUI_DATA_DIR", "~/elsewhere");
    let listed = Program::start(&mut listed).finish();
    let place = home.join("elsewhere").display().to_string();
    assert!(listed.out.contains(&place), "{}", listed.out);
    assert!(!bench.path("~").exists());
}

#[test]
fn shell_only_notation_is_refused_and_creates_nothing() {
    let bench = Bench::new();
    fs::write(bench.path("c.toml"), "data_dir = \"$HOME/d\"\n").unwrap();
    let before = names(&bench.path(""));
    for (flags, says) in [
        (&["--run-dir=~ada/r"][..], "`~ada` stands for a user's home"),
        (&["--data-dir=~ada"], "`~ada` stands for a user's home"),
        (&["--config", "c.toml"], "`$HOME` is a variable"),
        (&["--set", "dataset=${DATA}/x"], "`${DATA}` is a variable"),
        (&["--resume", "~ada/r"], "`~ada` stands for a user's home"),
    ] {
        refused(&bench.run(&[&["--no-tui"], flags].concat()), says);
    }
    assert_eq!(names(&bench.path("")), before);
}

#[test]
fn runs_started_in_the_same_second_get_different_names() {
    let bench = Bench::new();
    let flags = [&["--no-tui", "--dataset", TINY, "--format", "json"], SHORT].concat();
    let starts: Vec<Program> = (0..6)
        .map(|_| Program::start(&mut bench.command(&flags)))
        .collect();
    let detached = [&["--detach", "--dataset", TINY], SHORT].concat();
    let hidden: Vec<Program> = (0..2)
        .map(|_| Program::start(&mut bench.command(&detached)))
        .collect();
    for start in starts {
        went_well(&start.finish());
    }
    for start in hidden {
        let done = start.finish();
        went_well(&done);
        // The reported name is the real one.
        let name = done.out.lines().last().unwrap().trim().rsplit(' ').next();
        let ended = || bench.record(name.unwrap()).path("summary.json").exists();
        assert!(poll_until(ended, |ended| *ended), "{}", done.out);
    }
    let runs = names(&bench.path("runs"));
    assert_eq!(runs.len(), 8, "{runs:?}");
    for run in &runs {
        let record = bench.record(run);
        assert_eq!(record.of_kind("started").len(), 1);
        assert_eq!(&record.of_kind("started")[0]["name"], run);
    }
}

#[test]
fn a_run_finds_its_data_from_another_working_directory_and_after_it_was_moved() {
    let bench = Bench::new();
    let whole = bench.trained("whole", &["--steps", "4"]);
    let run = bench.trained("a", &["--steps", "2"]);
    let path = run.dir.display().to_string();
    let steps = |n: &'static str| ["--no-tui", "--steps", n, "--resume"];
    // There is another file with that name.
    fs::create_dir_all(bench.path("elsewhere")).unwrap();
    fs::write(bench.path("elsewhere").join(TINY), other_images()).unwrap();
    went_well(&from(
        &bench,
        "elsewhere",
        &[&steps("3")[..], &[&path]].concat(),
    ));
    let moved = bench.path("a moved\nrun");
    fs::rename(&run.dir, &moved).unwrap();
    let moved = moved.display().to_string();
    went_well(&from(
        &bench,
        "elsewhere",
        &[&steps("4")[..], &[&moved]].concat(),
    ));
    let record = crate::workbench::Record { dir: moved.into() };
    assert!(record.last().generator() == whole.last().generator());
    assert_eq!(record.of_kind("started")[0]["dataset"]["name"], TINY);
}

/// Other images, equally many.
fn other_images() -> Vec<u8> {
    let pixels: Vec<u8> = (0..TINY_IMAGES * 784).map(|i| (i % 251) as u8).collect();
    idx_images(&pixels)
}

#[test]
fn replaced_data_is_noticed_and_the_run_is_not_changed() {
    let bench = Bench::new();
    let run = bench.trained("a", &["--steps", "2"]);
    let left = |name: &str| (run.bytes(name), names(&run.dir));
    let before = ["config.toml", "events.jsonl", "summary.json", "card.md"].map(left);
    let images = fs::read(bench.path(TINY)).unwrap();
    let on = ["--no-tui", "--resume", "a", "--steps", "4"];
    fs::write(bench.path(TINY), other_images()).unwrap();
    let done = bench.run(&on);
    refused(
        &done,
        "has changed since the run learned from it: found 64 other images",
    );
    assert!(done.err.contains("--fork"), "{}", done.err);
    let fewer = [
        &2051_u32.to_be_bytes()[..],
        &8_u32.to_be_bytes(),
        &images[8..16 + 8 * 784],
    ];
    fs::write(bench.path(TINY), fewer.concat()).unwrap();
    refused(&bench.run(&on), "found 8 images, where it was 64");
    fs::remove_file(bench.path(TINY)).unwrap();
    refused(&bench.run(&on), "which no longer exists: restore the file");
    assert!(["config.toml", "events.jsonl", "summary.json", "card.md"].map(left) == before);
    // Packed and moved, it is still the same data.
    fs::write(bench.path("packed"), &images).unwrap();
    let packed = Command::new("gzip").arg(bench.path("packed")).status();
    assert!(packed.unwrap().success());
    went_well(&bench.run(&[&on[..], &["--dataset", "packed.gz"]].concat()));
    // A fork on other images is a separate run and reports that.
    fs::write(bench.path("packed.gz"), other_images()).unwrap();
    let done = bench.run(&["--no-tui", "--fork", "a@4", "--name", "b", "--steps", "6"]);
    went_well(&done);
    assert!(
        done.err
            .contains("has changed since run `a` learned from it"),
        "{}",
        done.err
    );
    assert_eq!(bench.record("b").summary()["total_steps"], 6);
}

#[test]
fn a_run_of_an_earlier_version_continues_without_a_digest() {
    let bench = Bench::new();
    let run = bench.trained("a", &["--steps", "2"]);
    // As an earlier version recorded it: a relative path, and no digest of the content.
    for file in [
        "config.toml",
        "events.jsonl",
        "checkpoints/step-00000002/state.json",
    ] {
        let text = run
            .text(file)
            .replace(&bench.path(TINY).display().to_string(), TINY);
        let text = text
            .lines()
            .filter(|l| !l.contains("\"dataset_digest\"") && !l.contains("\"dataset_images\""));
        let text: Vec<&str> = text.collect();
        fs::write(run.path(file), text.join("\n") + "\n").unwrap();
    }
    let folder = run.path("checkpoints/step-00000002");
    let sums = Command::new("sh")
        .args(["-c", "rm -r last-good; sed -i '/last_good/d' state.json; md5sum *.json *.safetensors > checksums.md5"])
        .current_dir(&folder)
        .status();
    assert!(sums.unwrap().success());
    went_well(&bench.run(&["--no-tui", "--resume", "a", "--steps", "4"]));
    fs::write(bench.path(TINY), &fs::read(bench.path(TINY)).unwrap()[..16]).unwrap();
    assert_eq!(bench.run(&["--no-tui", "--resume", "a"]).code, Some(2));
}

#[test]
fn directories_with_unusual_names_hold_runs() {
    use std::os::unix::ffi::OsStrExt;

    let bench = Bench::new();
    let flags = [&["--no-tui", "--dataset", TINY], SHORT].concat();
    let in_dir = |dir: &std::ffi::OsStr| {
        let mut command = bench.command(&flags);
        command.arg("--run-dir").arg(dir);
        Program::start(&mut command).finish()
    };
    for dir in ["a b/", "line\nbreak", "./-x", "numbers/../ü", "數字"] {
        went_well(&in_dir(dir.as_ref()));
        went_well(&bench.run(&["--no-tui", "--steps", "3", "--resume", dir]));
    }
    went_well(&in_dir(std::ffi::OsStr::from_bytes(b"bytes\xff\xfe")));
    std::os::unix::fs::symlink(bench.path("a b"), bench.path("link")).unwrap();
    went_well(&bench.run(&["--no-tui", "--steps", "4", "--resume", "link"]));
    refused(&in_dir("x".repeat(300).as_ref()), "File name too long");
    let here = bench.path("here");
    fs::create_dir(&here).unwrap();
    fs::write(here.join("slurm-2.out"), "").unwrap();
    let data = bench.path(TINY);
    let mut again = bench.command(&[&["--no-tui", "--run-dir", "."], SHORT].concat());
    again.arg("--dataset").arg(&data).current_dir(&here);
    went_well(&Program::start(&mut again).finish());
    let started = crate::workbench::Record { dir: here.clone() }.of_kind("started");
    assert_eq!(started[0]["name"], "here");
    // A working directory that was deleted.
    let gone = bench.path("gone");
    fs::create_dir(&gone).unwrap();
    let script = format!(
        "cd {0} && rmdir {0} && exec {1} --no-tui --dataset {2} --steps 1 --run-dir r",
        gone.display(),
        env!("CARGO_BIN_EXE_genai-tui"),
        data.display()
    );
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &script])
        .env_clear()
        .envs(bench.environment());
    let done = Program::start(&mut shell).finish();
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(done.err.contains("cannot create r"), "{}", done.err);
}

#[test]
fn a_name_given_twice_at_once_is_one_run() {
    let bench = Bench::new();
    let flags = [&small("a")[..], &["--steps", "30"]].concat();
    let starts: Vec<Program> = (0..3)
        .map(|_| Program::start(&mut bench.command(&flags)))
        .collect();
    let codes: Vec<_> = starts
        .into_iter()
        .map(|s| s.finish().code.unwrap())
        .collect();
    assert_eq!(
        codes.iter().filter(|code| **code == 0).count(),
        1,
        "{codes:?}"
    );
    assert!(codes.iter().all(|code| [0, 2].contains(code)), "{codes:?}");
    assert_eq!(bench.record("a").of_kind("started").len(), 1);
}
