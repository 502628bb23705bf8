//! Sweeps that are changed by hand, or copied by half, while they are under way: what no longer goes together is named, and what was damaged
//! is trained again.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::trouble::copy;
use super::{WORK, new, results, status};
use crate::workbench::{Bench, TINY, names};

/// A file with one text in the place of another.
fn edit(path: &Path, from: &str, to: &str) -> String {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from}: {text}");
    fs::write(path, text.replace(from, to)).unwrap();
    text
}

/// Cuts a file in half, or all files in a folder.
fn cut(path: &Path) {
    if path.is_dir() {
        for name in names(path) {
            cut(&path.join(name));
        }
        return;
    }
    let text = fs::read(path).unwrap();
    fs::write(path, &text[..text.len() / 2]).unwrap();
}

#[test]
fn whatever_makes_a_run_is_compared_with_what_its_sweep_says_by_now() {
    let bench = Bench::new();
    fs::write(bench.path("base.toml"), "latent_dim = 8\n").unwrap();
    let base = ["--trials", "2", "--steps", "6", "--config", "base.toml"];
    new(&bench, &base);
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let (sweep, base) = (bench.path("s/sweep.toml"), bench.path("s/base.toml"));
    let dataset = bench.path(TINY).display().to_string();
    for (file, from, to, words) in [
        (
            &sweep,
            "seed = 0",
            "seed = 7",
            "`seed` is 7 for trial 0, and 0 in ",
        ),
        (
            &base,
            "latent_dim = 8",
            "latent_dim = 9",
            "`latent_dim` is 9 for trial 0, and 8 in ",
        ),
        (&base, "latent_dim = 8", "", "for trial 0, and 8 in "),
        // Ranges that are moved, narrowed, widened.
        (
            &sweep,
            "log(1e-5,0.01)",
            "log(1e-2,0.1)",
            "once there are any",
        ),
        (
            &sweep,
            "log(1e-5,0.01)",
            "log(1e-5,0.1)",
            "once there are any",
        ),
        (
            &sweep,
            &dataset,
            "digits",
            "`dataset` is digits for trial 0, and ",
        ),
        (
            &sweep,
            "[set]\n",
            "[set]\n\"images.size\" = \"14\"\n",
            "`images.size` is 14 for trial 0, and not set in ",
        ),
        (
            &sweep,
            "[set]\n",
            "[set]\n\"evaluation.samples\" = \"100\"\n",
            "`evaluation.samples` is 100 for trial 0, and ",
        ),
    ] {
        let before = edit(file, from, to);
        for arguments in [&["sweep", "status", "s"][..], &WORK] {
            let refused = bench.run(arguments);
            assert_eq!(refused.code, Some(2), "{to}: {}", refused.out);
            assert!(
                refused.err.contains("s/sweep.toml: ") && refused.err.contains(words),
                "{to}: {}",
                refused.err
            );
        }
        fs::write(file, before).unwrap();
    }
    // Other images may be the same that were moved; and not everything makes a run.
    let moved = bench.path("moved").display().to_string();
    fs::copy(bench.path(TINY), &moved).unwrap();
    edit(&sweep, &dataset, &moved);
    edit(
        &sweep,
        "\"samples.count\" = \"4\"",
        "\"samples.count\" = \"9\"",
    );
    edit(&sweep, "trials = 2", "trials = 3");
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(results(&status(&bench)).len(), 3);
}

#[test]
fn no_trial_is_begun_with_another_sweep_than_those_before_it() {
    let bench = Bench::new();
    new(&bench, &["--trials", "1", "--steps", "6"]);
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let sweep = bench.path("s/sweep.toml");
    edit(&sweep, "trials = 1", "trials = 3");
    let rate = "\"optimizer.g.lr\" = \"log(1e-5,0.01)\"";
    for (from, to, words) in [
        (
            "batch_size = \"8\"",
            "batch_size = \"4\"",
            "`batch_size` is 4 for trial 0",
        ),
        (
            rate,
            "\"optimizer.d.lr\" = \"log(1e-5,0.01)\"",
            "the parameter `optimizer.g.lr`, which the sweep does not have",
        ),
        (
            rate,
            "\"optimizer.d.lr\" = \"log(1e-5,0.01)\"\n\"optimizer.g.lr\" = \"log(1e-5,0.01)\"",
            "found trial 0 with 1 parameters, expected trial 0 with 2",
        ),
    ] {
        let before = edit(&sweep, from, to);
        let refused = bench.run(&WORK);
        assert_eq!(refused.code, Some(2), "{to}: {}", refused.err);
        assert!(refused.err.contains(words), "{to}: {}", refused.err);
        assert_eq!(names(&bench.path("s/trials")), ["0000.toml"], "{to}");
        assert_eq!(names(&bench.path("s/runs")), ["0000-0"], "{to}");
        fs::write(&sweep, before).unwrap();
    }
}

#[test]
fn a_run_that_was_copied_by_half_on_its_way_is_begun_again_at_the_first_attempt() {
    type Damage<'a> = &'a dyn Fn(&Path);
    let often = ["--set", "checkpoint.every_steps=2"];
    let sweep = [&["--trials", "1", "--steps", "4"][..], &often].concat();
    let bench = Bench::new();
    new(&bench, &sweep);
    assert_eq!(bench.run(&WORK).code, Some(0));
    edit(&bench.path("s/sweep.toml"), "steps = 4", "steps = 8");
    fs::rename(bench.path("s"), bench.path("whole")).unwrap();
    let alone = Bench::new();
    let longer = [&["--trials", "1", "--steps", "8"][..], &often].concat();
    new(&alone, &longer);
    assert_eq!(alone.run(&WORK).code, Some(0));
    let wanted = results(&status(&alone));
    let checkpoints = |run: &Path, spared: usize| {
        let folder = run.join("checkpoints");
        for name in names(&folder).iter().skip(spared) {
            cut(&folder.join(name));
        }
    };
    let damages: [(bool, Damage<'_>); 6] = [
        (true, &|run| checkpoints(run, 0)),
        (false, &|run| checkpoints(run, 1)),
        (true, &|run| cut(&run.join("config.toml"))),
        (true, &|run| fs::write(run.join("config.toml"), "").unwrap()),
        (true, &|run| {
            fs::remove_file(run.join("config.toml")).unwrap();
        }),
        // Cut between two lines.
        (true, &|run| {
            let path = run.join("config.toml");
            let text = fs::read_to_string(&path).unwrap();
            let end = text.find("batch_size").unwrap();
            fs::write(path, &text[..end]).unwrap();
        }),
    ];
    for (number, (is_lost, damage)) in damages.into_iter().enumerate() {
        let _ = fs::remove_dir_all(bench.path("s"));
        copy(&bench.path("whole"), &bench.path("s"));
        damage(&bench.path("s/runs/0000-0"));
        let done = bench.run(&WORK);
        assert_eq!(done.code, Some(0), "{number}: {}", done.err);
        assert_eq!(
            done.err.contains("it is begun again"),
            is_lost,
            "{number}: {}",
            done.err
        );
        assert_eq!(
            bench.path("s/runs/aside-0000-0-1").exists(),
            is_lost,
            "{number}"
        );
        assert_eq!(
            names(&bench.path("s/failures")).len(),
            0,
            "{number}: {}",
            done.err
        );
        assert_eq!(results(&status(&bench)), wanted, "{number}");
    }
}

#[test]
fn a_run_whose_record_was_cut_does_not_say_what_it_reached() {
    let bench = Bench::new();
    new(&bench, &["--trials", "2", "--steps", "12"]);
    assert_eq!(bench.run(&WORK).code, Some(0));
    let wanted = results(&status(&bench));
    fs::remove_dir_all(bench.path("s/results")).unwrap();
    cut(&bench.path("s/runs/0000-0/events.jsonl"));
    fs::remove_file(bench.path("s/runs/0001-0/events.jsonl")).unwrap();
    let done = bench.run(&WORK);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(results(&status(&bench)), wanted);
}

/// A folder in which nobody, root included, can make or remove anything.
struct Sealed<'a>(&'a Path);

impl<'a> Sealed<'a> {
    fn new(folder: &'a Path) -> Option<Self> {
        let done = Command::new("chattr").arg("+i").arg(folder).output();
        done.is_ok_and(|done| done.status.success())
            .then_some(Self(folder))
    }
}

impl Drop for Sealed<'_> {
    fn drop(&mut self) {
        let _ = Command::new("chattr").arg("-i").arg(self.0).output();
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that cannot be made says so")]
fn runs_that_cannot_be_written_are_given_back_and_have_not_failed() {
    let bench = Bench::new();
    new(&bench, &["--trials", "2", "--steps", "6"]);
    assert_eq!(bench.run(&WORK).code, Some(0));
    let places = [
        ("s/runs", "steps = 6", "steps = 12"),
        ("s/runs/0000-0", "steps = 12", "steps = 18"),
    ];
    for (folder, before, longer) in places {
        edit(&bench.path("s/sweep.toml"), before, longer);
        let folder = bench.path(folder);
        if folder.ends_with("runs") {
            // So that they have to be made.
            fs::remove_dir_all(&folder).unwrap();
            fs::remove_dir_all(bench.path("s/results")).unwrap();
            fs::create_dir(&folder).unwrap();
        }
        let Some(sealed) = Sealed::new(&folder) else {
            eprintln!("not tested: chattr +i is refused here");
            return;
        };
        let done = bench.run(&WORK);
        assert_eq!(done.code, Some(1), "{}", done.err);
        assert!(done.err.contains("it was given back"), "{}", done.err);
        assert_eq!(names(&bench.path("s/failures")).len(), 0, "{}", done.err);
        drop(sealed);
        let done = bench.run(&WORK);
        assert_eq!(done.code, Some(0), "{}", done.err);
    }
}
