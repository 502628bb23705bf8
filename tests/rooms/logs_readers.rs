//! Readers of logs, on the samples in `tests/logs/`, which the tools' own writers wrote.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use genai_tui::logs::{self, Format, Found, Points, Reached, Run};
use genai_tui::record;
use serde_json::Value;

use crate::record_kit;

type Tags = BTreeMap<String, Vec<(u64, Value)>>;

pub fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs")
}

fn expected() -> BTreeMap<String, Tags> {
    let text = std::fs::read_to_string(samples().join("EXPECTED.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn found() -> Vec<Found> {
    let finding = logs::find(&samples()).unwrap();
    assert_eq!(finding.notes, Vec::<String>::new());
    finding.runs
}

fn run(name: &str) -> Run {
    let all = found();
    let found = all.iter().find(|found| found.name == name);
    assert!(found.is_some(), "{name} is not among {all:#?}");
    let mut run = Run::open(found.unwrap());
    run.read_all().unwrap();
    run
}

fn points(found: &Found, budget: u64) -> Points {
    let (mut source, mut points) = (logs::open(found), Points::default());
    while source.read(budget, &mut points).unwrap() == Reached::More {}
    points
}

fn is_like(found: f64, wanted: &Value, tolerance: f64) -> bool {
    match wanted.as_str() {
        Some("NaN") => found.is_nan(),
        Some("Infinity") => found == f64::INFINITY,
        Some("-Infinity") => found == f64::NEG_INFINITY,
        _ => {
            let wanted = wanted.as_f64().unwrap();
            (found - wanted).abs() <= tolerance * wanted.abs().max(1e-3)
        }
    }
}

#[test]
fn every_value_of_every_sample_is_found() {
    let expected = expected();
    let mut runs = 0;
    for found in found() {
        let Some(tags) = expected.get(&found.name) else {
            continue;
        };
        runs += 1;
        // PyTorch and TensorFlow write single precision.
        let tolerance = match found.format {
            logs::Format::TensorBoard => 1e-7,
            _ => 0.0,
        };
        for budget in [u64::MAX, 100] {
            let points = points(&found, budget);
            let names: Vec<&str> = points.metrics().map(|(name, _)| name).collect();
            assert_eq!(names.len(), tags.len(), "{}: {names:?}", found.name);
            for (name, points) in points.metrics() {
                let wanted = &tags[name];
                let steps: Vec<u64> = points.iter().map(|p| p.step).collect();
                let steps_wanted: Vec<u64> = wanted.iter().map(|(step, _)| *step).collect();
                assert_eq!(steps, steps_wanted, "{}: {name}", found.name);
                for (point, (step, value)) in points.iter().zip(wanted) {
                    assert!(
                        is_like(point.value, value, tolerance),
                        "{}: {name} at {step} is {}, not {value}",
                        found.name,
                        point.value
                    );
                }
            }
        }
    }
    assert_eq!(runs, expected.len(), "all runs are found");
}

#[test]
fn a_history_has_the_extremes_with_their_steps() {
    let run = run("pytorch");
    let facts = |name: &str| run.history().series(name).unwrap().facts().unwrap();
    let spike = facts("loss/g_loss");
    assert_eq!(spike.highest, Some((7, 50.0)));
    assert_eq!((spike.count, spike.last.0), (24, 23));
    assert_eq!(run.history().series("loss/d_loss").unwrap().odd(), 1);
}

#[test]
fn the_sub_runs_of_pytorch_are_part_of_their_run() {
    let all: Vec<String> = found().into_iter().map(|found| found.name).collect();
    assert!(
        !all.iter()
            .any(|name| name.contains("17000") || name.contains("both")),
        "{all:?}"
    );
    let run = run("pytorch");
    let about = run.about();
    let config: Vec<String> = about
        .config
        .iter()
        .map(|(k, v)| format!("{k}={v}"))
        .collect();
    assert_eq!(config, ["ema=1", "lr=2e-4", "objective=gan", "seed=3"]);
    assert_eq!(about.results.get("loss/final"), Some(&0.5));
    assert_eq!(run.texts()[0].text, "a *note*");
    assert_eq!(run.histograms()["scores"].len(), 3);
}

#[test]
fn pictures_of_every_encoding_are_found_and_decoded() {
    for (name, tag, count) in [
        ("pytorch", "samples", 3),
        ("tf1", "digits", 20),
        ("tf2/train", "pictures", 4),
    ] {
        let run = run(name);
        let pictures = &run.pictures()[tag];
        assert_eq!(pictures.len(), count, "{name}");
        for picture in pictures {
            let image = logs::load(picture).unwrap();
            let first = image.pixels()[0];
            let wanted = picture.step as usize + picture.index;
            assert_eq!((image.count(), usize::from(first)), (1, wanted), "{name}");
        }
    }
}

#[test]
fn settings_ends_and_times_are_those_of_the_log() {
    let run = run("tf2/train");
    let about = run.about();
    let config: Vec<String> = about
        .config
        .iter()
        .map(|(k, v)| format!("{k}={v}"))
        .collect();
    assert_eq!(config, ["bias=false", "name=small", "rate=0.5", "units=64"]);
    assert_eq!(about.group.as_deref(), Some("trial"));
    let now = jiff::Timestamp::now();
    assert_eq!(about.state(now), logs::State::Finished);
    assert_eq!(about.started.unwrap().as_second(), 1_700_000_000);
    assert_eq!(about.ended.unwrap().as_second(), 1_700_000_013);
}

#[test]
fn a_run_of_weights_and_biases_has_its_settings_and_its_end() {
    let now = jiff::Timestamp::now();
    let run = run("wandb/offline-run-20231114_221320-seed0");
    let about = run.about();
    let config: Vec<String> = about
        .config
        .iter()
        .map(|(k, v)| format!("{k}={v}"))
        .collect();
    assert_eq!(config, ["lr=2e-4", "net.width=256", "seed=0"]);
    assert_eq!(
        (
            about.name.as_str(),
            about.group.as_deref(),
            about.remark.as_deref()
        ),
        ("seed0", Some("g"), Some("a remark"))
    );
    assert_eq!(about.tags, ["digits"]);
    assert_eq!(about.state(now), logs::State::Finished);
    assert_eq!(about.goals["acc"], genai_tui::metric::Good::Higher);
    assert_eq!(run.pictures()["samples"].len(), 3);
    let image = logs::load(&run.pictures()["samples"][1]).unwrap();
    assert_eq!(image.pixels()[0], 10);
    assert_eq!(run.histograms()["scores"][0].1.counts, [3.0, 2.0, 2.0, 3.0]);
    let failed = self::run("wandb/offline-run-20231114_221320-seed1");
    assert_eq!(failed.about().state(now), logs::State::Failed);
    let broken = self::run("wandb/offline-run-20231114_221320-broken");
    assert_eq!(broken.about().ending, None);
    assert!(broken.about().tells_its_end && broken.about().notes.is_empty());
    assert!(
        broken
            .history()
            .series("d_loss")
            .unwrap()
            .facts()
            .unwrap()
            .count
            > 10
    );
}

#[test]
fn text_logs_have_the_settings_beside_them() {
    let lightning = run("lightning/version_0");
    let config: Vec<String> = lightning
        .about()
        .config
        .iter()
        .map(|(k, v)| format!("{k}={v}"))
        .collect();
    assert_eq!(config, ["lr=2e-4", "net.width=64", "seed=3"]);
    let trainer = run("trainer");
    assert_eq!(trainer.about().target, Some(40));
    assert_eq!(trainer.about().results.get("best_metric"), Some(&0.5));
    assert_eq!(trainer.history().last_step(), 20);
    let lines = run("jsonl");
    assert_eq!(lines.about().started.unwrap().as_second(), 1_700_000_000);
}

#[test]
fn logs_are_told_one_by_one_and_a_search_ends_when_nobody_wants_more() {
    let mut told: Vec<String> = Vec::new();
    let notes = logs::find_each(&samples(), &mut |found| {
        told.push(found.name);
        told.len() < 3
    });
    assert!(notes.unwrap().is_empty());
    assert_eq!(told.len(), 3);
    let mut all = Vec::new();
    logs::find_each(&samples(), &mut |log| {
        all.push(log);
        true
    })
    .unwrap();
    all.sort_by(|a, b| a.path.cmp(&b.path));
    assert_eq!(all, found(), "found one by one, or together");
}

#[test]
fn what_a_sweep_notes_beside_its_runs_is_no_run() {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("s/sweep.toml", "");
    write(
        "s/decisions/0000-0-1.json",
        "{\"trial\": 0, \"until\": 3}\n",
    );
    write("s/runs/0000-0/log.csv", "step,loss\n1,2\n");
    let runs = logs::find(dir.path()).unwrap().runs;
    let names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
    assert_eq!(names, ["s/runs/0000-0"]);
}

/// What lies in a run's directory before its record (a lock, output) would pass for a log of another kind.
#[test]
fn a_run_that_begins_is_none_before_it_has_a_record() {
    let run = record_kit::run();
    std::fs::write(run.path.join("table.csv"), "step,loss\n1,1.5\n").unwrap();
    assert!(run.path.join("lock").exists());
    assert_eq!(logs::find(run.root.path()).unwrap().runs, []);
    let mut recorder = record::Recorder::new(&run.dir);
    assert_eq!(recorder.handle(&record_kit::started(&run.path)), None);
    drop(recorder);
    let runs = logs::find(run.root.path()).unwrap().runs;
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].format, Format::Own);
}

#[test]
fn a_program_says_which_way_its_metrics_are_better() {
    use genai_tui::metric::Good;
    let dir = tempfile::tempdir().unwrap();
    let head = r#"{"schema":1,"branch":0,"step":1,"images":0,"time":"2026-01-01T00:00:00Z","elapsed":1.0,"#;
    let metric = |name: &str, good: &str, about: &str| {
        format!(
            r#"{{"name":"{name}","title":"{name}","unit":"","good":"{good}","about":"{about}","panel":"a"}}"#
        )
    };
    let metrics = [
        metric("oddness", "higher", ""),
        metric("noise", "neutral", "as it is drawn"),
        metric("accuracy", "neutral", ""),
    ];
    let declared = format!(
        r#"{head}"event":"declared","metrics":[{}]}}"#,
        metrics.join(",")
    );
    std::fs::write(dir.path().join("events.jsonl"), declared + "\n").unwrap();
    let mut run = Run::open(&logs::find(dir.path()).unwrap().runs[0]);
    run.read_all().unwrap();
    assert!(run.about().notes.is_empty(), "{:?}", run.about().notes);
    let known = genai_tui::workspace::Known::of(&run, Reached::End);
    let good = |name: &str| genai_tui::workspace::good(name, Some(&known));
    assert_eq!(good("oddness"), Good::Higher);
    assert_eq!(good("noise"), Good::Neutral);
    // It was measured, and never described: its name says it.
    assert_eq!(good("accuracy"), Good::Higher);
}

/// A run of PyTorch whose settings lie in the sub-directory `settings`, in a directory of its own.
fn with_settings_in(settings: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let copy = |from: &str, to: &str| {
        let to = dir.path().join("logs/th").join(to);
        std::fs::create_dir_all(&to).unwrap();
        for file in std::fs::read_dir(samples().join(from)).unwrap() {
            let file = file.unwrap();
            if file.file_type().unwrap().is_file() {
                std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
            }
        }
    };
    copy("pytorch", "");
    copy("pytorch/1700000002.5", settings);
    dir
}

#[test]
fn settings_in_a_directory_of_any_name_are_those_of_the_run_above() {
    let dir = with_settings_in("hp1");
    let runs = logs::find(dir.path()).unwrap().runs;
    let names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
    assert_eq!(names, ["logs/th"]);
    let mut run = Run::open(&runs[0]);
    run.read_all().unwrap();
    assert_eq!(run.about().config.len(), 4, "{:?}", run.about().config);
    let last = |run: &Run, name: &str| run.history().series(name)?.facts().map(|facts| facts.last);
    assert_eq!(last(&run, "loss/final"), Some((0, 0.5)));
    assert_eq!(last(&run, "loss/g_loss").map(|(step, _)| step), Some(23));
    // With a second file it is a run that has settings.
    let top = dir.path().join("logs/th");
    let file = "events.out.tfevents.1700000001.host.1.1";
    std::fs::copy(top.join(file), top.join("hp1").join(file)).unwrap();
    let runs = logs::find(dir.path()).unwrap().runs;
    assert_eq!(runs.len(), 2, "{runs:?}");
}

#[test]
fn named_settings_below_a_run_without_values_are_trials() {
    let dir = with_settings_in("a");
    let top = dir.path().join("logs/th");
    let empty: Vec<u8> = {
        let file = top.join("events.out.tfevents.1700000000.host.1.0");
        // The first record says the version and nothing else.
        let bytes = std::fs::read(file).unwrap();
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        bytes[..length + 16].to_vec()
    };
    std::fs::remove_file(top.join("events.out.tfevents.1700000001.host.1.1")).unwrap();
    std::fs::write(top.join("events.out.tfevents.1700000000.host.1.0"), empty).unwrap();
    let names = || -> Vec<String> {
        let runs = logs::find(dir.path()).unwrap().runs;
        runs.into_iter().map(|run| run.name).collect()
    };
    assert_eq!(names(), ["logs/th"]);
    std::fs::create_dir(top.join("b")).unwrap();
    for file in std::fs::read_dir(top.join("a")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), top.join("b").join(file.file_name())).unwrap();
    }
    assert_eq!(names(), ["logs/th/a", "logs/th/b"]);
}

#[test]
fn a_metric_of_settings_that_turns_out_to_be_a_series_is_read_anew() {
    use genai_tui::logs::Events;
    let dir = with_settings_in("hp1");
    let found = logs::find(dir.path()).unwrap().runs.remove(0);
    let mut run = Run::open(&found);
    run.read_all().unwrap();
    let file = dir
        .path()
        .join("logs/th/events.out.tfevents.1800000000.host");
    let mut added = Events::begin(std::fs::File::create(file).unwrap(), 1.8e9).unwrap();
    added.scalars(9, 1.8e9, [("loss/final", 0.25)]).unwrap();
    run.read_all().unwrap();
    let facts = run.history().series("loss/final").unwrap().facts().unwrap();
    assert_eq!((facts.count, facts.last), (1, (9, 0.25)));
    assert_eq!(run.about().results.get("loss/final"), Some(&0.5));
}

#[test]
fn a_name_keeps_what_follows_a_dot_unless_it_is_the_extension_of_a_log() {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str| {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "step,loss\n1,2.5\n2,1.5\n").unwrap();
    };
    write("lr0.001-s0/metrics.csv");
    write("several/log.csv");
    write("several/log.csv.1");
    write("several/v1.5");
    let names = |path: &str| -> Vec<String> {
        let runs = logs::find(&dir.path().join(path)).unwrap().runs;
        runs.into_iter().map(|run| run.name).collect()
    };
    assert_eq!(names("lr0.001-s0"), ["lr0.001-s0"]);
    assert_eq!(names("lr0.001-s0/metrics.csv"), ["metrics"]);
    assert_eq!(names("several"), ["log", "log.csv.1", "v1.5"]);
    assert_eq!(names("several/log.csv.1"), ["log.csv.1"]);
    assert_eq!(
        Found::own(&dir.path().join("lr0.001-s0")).name,
        "lr0.001-s0"
    );
    // One event file is named by all of its name.
    let file = "pytorch/events.out.tfevents.1700000000.host.1.0";
    let runs = logs::find(&samples().join(file)).unwrap().runs;
    assert_eq!(runs[0].name, "events.out.tfevents.1700000000.host.1.0");
}

#[test]
fn files_that_are_no_logs_are_no_runs() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    let numbers = "# Reserved protocols.\n0\tunspec\n1\tredirect\n2\tkernel\n";
    for (name, text) in [
        ("package.json", "{\"a\":1}\n"),
        ("two.json", "{\"a\":1}\n[2]\n"),
        ("rt_protos", numbers),
        ("bindresvport.blacklist", "631\t# cups\n636\t# ldaps\n"),
        ("RECORD", "pip/a.py,sha256=x,87\npip/b.py,sha256=y,90\n"),
        ("map", "first,1\nsecond,2\n"),
    ] {
        write(name, text);
    }
    assert_eq!(logs::find(dir.path()).unwrap().runs, []);
    for (name, text) in [
        ("a.txt", "{\"epoch\":1,\"acc\":0.5}\n"),
        ("b.txt", "{\"d_loss\":1}\n"),
        ("c.txt", "{\"a\":1}\n{\"a\":2}\n"),
        ("d.jsonl", "{\"a\":1}\n"),
        ("e.txt", "step,phase,loss\n1,train,0.5\n"),
        ("f.txt", ",acc\n0,0.5\n"),
        ("g.csv", "0 unspec,a\n1,2\n"),
    ] {
        write(name, text);
    }
    let runs = logs::find(dir.path()).unwrap().runs;
    let names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c", "d", "e", "f", "g"]);
}
