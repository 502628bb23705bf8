//! Logs that are damaged, or not quite as their format has it: what can be read is read, and what cannot is said.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use genai_tui::logs::{self, Points, Reached, Run};

use crate::logs_fuzz::framed;

/// What is found in one file: the points as `METRIC STEP VALUE`, and the notes; or why it cannot be read.
fn read(path: &Path) -> Result<(Vec<String>, Vec<String>), String> {
    let mut all = logs::find(path.parent().unwrap()).unwrap().runs;
    assert_eq!(all.len(), 1, "{}: {all:?}", path.display());
    let (mut source, mut points) = (logs::open(&all.remove(0)), Points::default());
    loop {
        match source.read(u64::MAX, &mut points) {
            Ok(Reached::More) => {}
            Ok(Reached::End) => break,
            Err(error) => return Err(error.to_string()),
        }
    }
    let found = points.metrics().flat_map(|(name, points)| {
        let line = move |p: &logs::Point| format!("{name} {} {}", p.step, p.value);
        points.iter().map(line)
    });
    Ok((found.collect(), source.about().notes.clone()))
}

fn write(name: &str, bytes: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::write(&path, bytes).unwrap();
    (dir, path)
}

/// As [`write`], but nobody has written to it for an hour.
fn write_long_ago(name: &str, bytes: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
    let (dir, path) = write(name, bytes);
    let then = SystemTime::now() - Duration::from_secs(3_600);
    let file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.set_modified(then).unwrap();
    (dir, path)
}

const NO_STEP: &str = "skipped: expected a whole number from 0 to 9007199254740992 as the step";

#[test]
fn rows_with_no_step_among_the_others_are_skipped_and_mentioned() {
    for (name, text, expected, skipped) in [
        (
            "a.csv",
            "step,loss\n1,1\n2,2\n-5,9\n1e30,8\n18446744073709551615,8\nx,7\n3,3\n",
            &["loss 1 1", "loss 2 2", "loss 3 3"][..],
            "4 rows were",
        ),
        (
            "a.jsonl",
            "{\"step\":1,\"loss\":2}\n{\"step\":1.5,\"loss\":3}\n{\"step\":\"2\",\"loss\":4}\n{\"loss\":5}\n{\"acc\":6}\n",
            &["loss 1 2", "loss 2 4", "acc 2 6"],
            "2 rows were",
        ),
    ] {
        let (_dir, path) = write(name, text);
        let (found, notes) = read(&path).unwrap();
        assert_eq!(found, expected, "{name}");
        assert_eq!(notes, [format!("{skipped} {NO_STEP}")], "{name}");
    }
    // Where all are fractions, rows are told apart by their numbers.
    let (_dir, path) = write("a.csv", "step,loss\n0.5,1\n1.5,2\n");
    assert_eq!(read(&path).unwrap().0, ["loss 0 1", "loss 1 2"]);
}

#[test]
fn text_is_read_however_it_is_written() {
    for (name, text, expected) in [
        // A byte order mark.
        (
            "a.jsonl",
            "\u{feff}{\"step\":1,\"loss\":2}\n",
            &["loss 1 2"][..],
        ),
        // A last line without an end: the object is whole.
        (
            "a.jsonl",
            "{\"step\":1,\"loss\":2}\n{\"step\":2,\"loss\":3}",
            &["loss 1 2", "loss 2 3"],
        ),
        (
            "a.jsonl",
            "{\"step\":1,\"loss\":2}\n{\"step\":2,\"loss\":",
            &["loss 1 2"],
        ),
        // A number that no float holds.
        ("a.jsonl", "{\"step\":1,\"loss\":1e999}\n", &["loss 1 inf"]),
        // Decimal commas.
        (
            "a.csv",
            "step;loss\n1;0,5\n2;1,25\n",
            &["loss 1 0.5", "loss 2 1.25"],
        ),
        // Rows that are shorter than the header.
        (
            "a.csv",
            "step,loss,acc\n1,2\n3,4,5\n",
            &["loss 1 2", "loss 3 4", "acc 3 5"],
        ),
        // Long form, as exports have it.
        (
            "a.csv",
            "step,wall_time,metric,value\n1,,loss,2\n2,,loss,3\n1,,acc,0.5\n",
            &["loss 1 2", "loss 2 3", "acc 1 0.5"],
        ),
        (
            "a.csv",
            "run,step,wall_time,metric,value\na,1,,loss,2\nb,1,,loss,NaN\n",
            &["a/loss 1 2", "b/loss 1 NaN"],
        ),
        (
            "a.jsonl",
            "{\"step\":1,\"wall_time\":null,\"metric\":\"loss\",\"value\":2}\n{\"step\":1,\"wall_time\":null,\"metric\":\"acc\",\"value\":\"NaN\"}\n",
            &["loss 1 2", "acc 1 NaN"],
        ),
    ] {
        let (_dir, path) = write(name, text);
        let (found, notes) = read(&path).unwrap();
        assert_eq!(found, expected, "{text}");
        assert!(notes.is_empty(), "{text}: {notes:?}");
    }
    // Of a table, only when nobody goes on writing it.
    let text = "step,loss\n1,1\n2,2";
    let (_dir, path) = write("a.csv", text);
    assert_eq!(read(&path).unwrap().0, ["loss 1 1"]);
    let (_dir, path) = write_long_ago("a.csv", text);
    assert_eq!(read(&path).unwrap().0, ["loss 1 1", "loss 2 2"]);
}

#[test]
fn a_damaged_row_takes_no_others_with_it() {
    let odd = "1 row that does not fit the header was skipped";
    for text in [
        "step,loss\n1,1\n2,\"2\n3,3\n4,4\n",
        "step,loss\n1,1\n2,\u{0}2\n3,3\n4,4\n",
        "step,loss\n1,1\n2,2,2\n3,3\n4,4\n",
    ] {
        let (_dir, path) = write_long_ago("a.csv", text);
        let (found, notes) = read(&path).unwrap();
        assert_eq!(found, ["loss 1 1", "loss 3 3", "loss 4 4"], "{text:?}");
        assert_eq!(notes, [odd], "{text:?}");
    }
}

#[test]
fn a_file_that_only_has_the_name_of_a_log_says_what_was_found() {
    let noise: Vec<u8> = (0..5_000_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    for (name, bytes, expected) in [
        (
            "trainer_state.json",
            &b"{\"log_history\": [{\"st"[..],
            "no readable JSON",
        ),
        (
            "trainer_state.json",
            b"{\"global_step\": 3}",
            "found no list `log_history`",
        ),
        (
            "trainer_state.json",
            b"{\"log_history\": 3}",
            "found no list `log_history`",
        ),
        (
            "run-a.wandb",
            &noise,
            "expected one that begins with `:W&B`",
        ),
        (
            "events.out.tfevents.1.h",
            &noise,
            "no record begins at byte 0",
        ),
        (
            "events.out.tfevents.1.h",
            &[0; 500],
            "no record begins at byte 0",
        ),
        (
            "a.csv",
            b"\xff\xfes\0t\0e\0p\0",
            "found text in UTF-16, expected UTF-8",
        ),
    ] {
        let (_dir, path) = write(name, bytes);
        let problem = read(&path).unwrap_err();
        assert!(problem.contains(expected), "{name}: {problem}");
    }
}

#[test]
fn values_below_step_0_are_mentioned() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.out.tfevents.1.h");
    // A step, and a summary with one value of one tag.
    let event = |step: i64| {
        let mut event = vec![0x10];
        let mut rest = step as u64;
        while rest >= 0x80 {
            event.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        event.push(rest as u8);
        event.extend(b"\x2a\x0d\x0a\x0b\x0a\x04loss\x15\0\0\0\x3f");
        event
    };
    let records: Vec<Vec<u8>> = [-2, -1, 0, 1].map(event).into();
    fs::write(&path, framed(&records)).unwrap();
    let (found, notes) = read(&path).unwrap();
    assert_eq!(found, ["loss 0 0.5", "loss 1 0.5"]);
    assert_eq!(notes, ["2 values at steps below 0 were left out"]);
}

#[test]
fn settings_of_pytorch_without_series_are_runs_with_their_metrics() {
    let sample = crate::logs_readers::samples().join("pytorch/1700000002.5");
    let events = fs::read(sample.join("events.out.tfevents.1700000000.host.1.0")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let put = |folder: &str| {
        let folder = dir.path().join(folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("events.out.tfevents.1.h"), &events).unwrap();
    };
    // The file of the run itself has no values.
    let main = dir.path().join("grid/events.out.tfevents.1.h");
    put("grid/1700000002.5");
    fs::write(&main, framed(&[])).unwrap();
    let (found, _) = read(&main).unwrap();
    assert_eq!(found, ["loss/final 0 0.5"]);
    // Several are trials.
    put("grid/1700000001.25");
    let names: Vec<String> = logs::find(dir.path())
        .unwrap()
        .runs
        .into_iter()
        .map(|found| found.name)
        .collect();
    assert_eq!(names, ["grid/trial 1", "grid/trial 2"]);
}

#[test]
fn long_lines_and_names_with_line_breaks_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let long = "x".repeat(5 << 20);
    let row = |step: u64| format!("{{\"step\":{step},\"loss\":0.5,\"text\":\"{long}\"}}\n");
    std::fs::create_dir(dir.path().join("long")).unwrap();
    std::fs::write(dir.path().join("long/a.jsonl"), row(1) + &row(2)).unwrap();
    std::fs::create_dir(dir.path().join("broken")).unwrap();
    let table = "step,\"d\nloss\"\n1,0.5\n2,0.25\n";
    std::fs::write(dir.path().join("broken/a.csv"), table).unwrap();
    let finding = logs::find(dir.path()).unwrap();
    assert_eq!(finding.notes, Vec::<String>::new());
    let read = |at: usize| {
        let mut run = Run::open(&finding.runs[at]);
        run.read_all().unwrap();
        let names = run.history().metrics().map(str::to_owned);
        (names.collect::<Vec<_>>(), run.history().last_step())
    };
    assert_eq!(read(0), (vec!["d loss".to_owned()], 2));
    assert_eq!(read(1), (vec!["loss".to_owned()], 2));
}

#[test]
fn files_that_are_named_as_logs_and_are_none_are_said_in_one_note() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write("begins.jsonl", "");
    write("notes.txt", "one\ntwo\n");
    write("words.csv", "name,colour\nrose,red\n");
    let notes = || {
        let finding = logs::find(dir.path()).unwrap();
        assert_eq!(finding.runs, []);
        finding.notes
    };
    let expected = "expected a header and numbers, or objects of JSON with numbers";
    assert_eq!(notes(), [format!("`words.csv` is no log: {expected}")]);
    for number in 0..4 {
        write(&format!("a{number}.jsonl"), "{\"text\": \"a\"}\n");
    }
    let all = "`a0.jsonl`, `a1.jsonl`, `a2.jsonl` and 2 more are no logs";
    assert_eq!(notes(), [format!("{all}: {expected}")]);
}

#[test]
fn values_that_are_nested_too_deep_are_left_out_and_mentioned() {
    let deep = |step: u64| {
        let (open, close) = ("{\"a\":".repeat(5_000), "}".repeat(5_000));
        format!("{{\"step\":{step},\"x\":{open}1{close},\"loss\":0.5}}\n")
    };
    // Whatever it is named.
    for name in ["a.jsonl", "a.log"] {
        let (_dir, path) = write(name, deep(1) + &deep(2));
        let (points, notes) = read(&path).unwrap();
        assert_eq!(points, ["loss 1 0.5", "loss 2 0.5"], "{name}");
        assert!(
            notes[0].starts_with("of 2 lines values are left out"),
            "{notes:?}"
        );
    }
}
