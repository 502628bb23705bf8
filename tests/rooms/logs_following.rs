//! Logs that grow, are written anew, damaged or cut off.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use genai_tui::history::Series;
use genai_tui::logs::{self, Events, Run};

use crate::logs_readers::samples;

fn open(path: &Path) -> Run {
    let found = logs::find(path).unwrap().runs;
    assert_eq!(found.len(), 1, "{found:#?}");
    Run::open(&found[0])
}

fn count(run: &mut Run, metric: &str) -> u64 {
    run.read_all().unwrap();
    let series = run.history().series(metric);
    series
        .and_then(Series::facts)
        .map_or(0, |facts| facts.count)
}

fn append(path: &Path, bytes: &[u8]) {
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .unwrap();
    file.write_all(bytes).unwrap();
}

/// An event file with a value of `loss` at each of these steps.
fn event_file(start: Option<u64>, steps: std::ops::Range<u64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut events = Events::begin(&mut bytes, 1.7e9).unwrap();
    if let Some(step) = start {
        events.start(step, 1.7e9).unwrap();
    }
    for step in steps {
        let loss = ("loss", step as f64);
        let lone = ("lone", 1.0);
        let values: &[_] = if step == 5 { &[loss, lone] } else { &[loss] };
        events
            .scalars(step, 1.7e9 + step as f64, values.iter().copied())
            .unwrap();
    }
    bytes
}

#[test]
fn every_format_is_followed_byte_by_byte() {
    let dir = tempfile::tempdir().unwrap();
    for (from, name, metric, wanted) in [
        (
            "tf1/events.out.tfevents.1700000000.host.1.0",
            "events.out.tfevents.1.h",
            "loss",
            10,
        ),
        (
            "wandb/offline-run-20231114_221320-seed0/run-seed0.wandb",
            "a.wandb",
            "d_loss",
            30,
        ),
        (
            "lightning/version_0/metrics.csv",
            "metrics.csv",
            "val_fid",
            2,
        ),
        ("jsonl/metrics.jsonl", "metrics.jsonl", "loss/d", 20),
    ] {
        let bytes = fs::read(samples().join(from)).unwrap();
        let path = dir.path().join(name);
        // A viewer that was there before the second record.
        let start = bytes.len().min(if name.contains("csv") { 60 } else { 400 });
        fs::write(&path, &bytes[..start]).unwrap();
        let mut run = open(&path);
        let mut last = 0;
        for piece in bytes[start..].chunks(97) {
            append(&path, piece);
            let now = count(&mut run, metric);
            assert!(now >= last, "{name}: {now} after {last}");
            last = now;
        }
        assert_eq!(last, wanted, "{name}");
        assert!(
            run.about().notes.is_empty(),
            "{name}: {:?}",
            run.about().notes
        );
    }
}

#[test]
fn a_run_goes_on_in_a_new_event_file_that_takes_steps_back() {
    let dir = tempfile::tempdir().unwrap();
    let file = |number: u32| dir.path().join(format!("events.out.tfevents.17{number}.h"));
    fs::write(file(0), event_file(None, 0..10)).unwrap();
    let mut run = open(dir.path());
    assert_eq!((count(&mut run, "loss"), count(&mut run, "lone")), (10, 1));
    fs::write(file(1), event_file(Some(4), 4..7)).unwrap();
    assert_eq!(count(&mut run, "loss"), 7);
    // Measured at step 5, which is void.
    let lone = run.history().series("lone").unwrap().facts().unwrap();
    assert_eq!((lone.count, lone.last.0), (1, 5));
    fs::write(file(2), event_file(Some(3), 3..4)).unwrap();
    assert_eq!((count(&mut run, "loss"), count(&mut run, "lone")), (4, 0));
}

#[test]
fn a_log_that_is_written_anew_is_read_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.out.tfevents.17.h");
    fs::write(&path, event_file(None, 0..10)).unwrap();
    let mut run = open(dir.path());
    assert_eq!(count(&mut run, "loss"), 10);
    fs::write(&path, event_file(None, 2..5)).unwrap();
    assert_eq!(count(&mut run, "loss"), 3);

    // Lightning writes the whole table again when there is another metric.
    let path = dir.path().join("metrics.csv");
    fs::write(&path, "step,a\n0,1\n1,2\n").unwrap();
    let mut run = open(&path);
    assert_eq!(count(&mut run, "a"), 2);
    fs::write(&path, "step,a,b\n0,1,\n1,2,\n1,,5\n2,3,\n").unwrap();
    assert_eq!((count(&mut run, "a"), count(&mut run, "b")), (3, 1));

    let folder = dir.path().join("out");
    let state = |number: u32| folder.join(format!("checkpoint-{number}/trainer_state.json"));
    for number in [10, 20] {
        fs::create_dir_all(state(number).parent().unwrap()).unwrap();
    }
    fs::copy(
        samples().join("trainer/checkpoint-10/trainer_state.json"),
        state(10),
    )
    .unwrap();
    let mut run = open(&folder);
    assert_eq!(count(&mut run, "loss"), 5);
    fs::copy(
        samples().join("trainer/checkpoint-20/trainer_state.json"),
        state(20),
    )
    .unwrap();
    assert_eq!(count(&mut run, "loss"), 10);
}

#[test]
fn a_damaged_record_is_skipped_and_noted() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.out.tfevents.17.h");
    let mut bytes = event_file(None, 0..10);
    let middle = bytes.len() / 2;
    let at = (middle..bytes.len())
        .find(|at| bytes[*at..].starts_with(b"loss"))
        .unwrap();
    bytes[at] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let mut run = open(dir.path());
    assert_eq!(count(&mut run, "loss"), 9);
    assert_eq!(run.about().notes, ["1 damaged record was skipped"]);

    let from = samples().join("wandb/offline-run-20231114_221320-seed0/run-seed0.wandb");
    let mut bytes = fs::read(from).unwrap();
    let at = (bytes.len() / 2..bytes.len())
        .find(|at| bytes[*at..].starts_with(b"d_loss"))
        .unwrap();
    bytes[at] ^= 1;
    let path = dir.path().join("a.wandb");
    fs::write(&path, bytes).unwrap();
    let mut run = open(&path);
    run.read_all().unwrap();
    assert_eq!(run.about().notes, ["1 damaged record was skipped"]);

    let path = dir.path().join("metrics.jsonl");
    fs::write(
        &path,
        "{\"step\":0,\"a\":1}\n{\"step\":1,\"a\n{\"step\":2,\"a\":3}\n",
    )
    .unwrap();
    let mut run = open(&path);
    assert_eq!(count(&mut run, "a"), 2);
    assert_eq!(run.about().notes, ["1 line that is no object was skipped"]);
}

#[test]
fn rows_without_a_step_or_with_repeated_epochs_are_numbered() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.csv");
    fs::write(&path, "a;b\n1;x\n2;y\n3;z\n").unwrap();
    let mut run = open(&path);
    assert_eq!(count(&mut run, "a"), 3);
    assert_eq!(run.history().last_step(), 2);
    fs::write(&path, "epoch,a\n0,1\n0,2\n0,3\n1,4\n").unwrap();
    let mut run = open(&path);
    assert_eq!((count(&mut run, "a"), count(&mut run, "epoch")), (4, 4));
    assert_eq!(run.history().last_step(), 3);
}

#[test]
fn what_is_no_log_is_named_and_a_directory_without_logs_is_empty() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notes.txt");
    fs::write(&path, "Dear diary, today 3 runs failed.\n").unwrap();
    let error = logs::find(&path).unwrap_err().to_string();
    assert!(
        error.contains("found a file that begins with \"Dear diary, today"),
        "{error}"
    );
    assert!(
        error.contains("expected a run directory of genai-tui, TensorBoard's event files"),
        "{error}"
    );
    assert_eq!(logs::find(dir.path()).unwrap().runs, []);
    assert!(logs::find(&dir.path().join("missing")).is_err());
    // Formats are told by content, whatever a file is called.
    let odd = dir.path().join("progress.out");
    fs::write(&odd, "step,loss\n1,2\n").unwrap();
    assert_eq!(logs::find(&odd).unwrap().runs[0].format, logs::Format::Csv);
    // A directory that leads back to itself is entered once.
    std::os::unix::fs::symlink(dir.path(), dir.path().join("loop")).unwrap();
    assert_eq!(logs::find(dir.path()).unwrap().runs.len(), 1);
}
