//! `genai-tui eval`: measures of samples, and errors if they cannot be computed.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::workbench::{Bench, Program};

/// Writes `rows` × `columns` values as `NumPy` does.
fn write_npy(path: &Path, rows: usize, columns: usize, value: impl Fn(usize, usize) -> f64) {
    let mut header =
        format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    for row in 0..rows {
        for column in 0..columns {
            bytes.extend(value(row, column).to_le_bytes());
        }
    }
    fs::write(path, bytes).unwrap();
}

#[test]
fn users_features_can_be_compared() {
    let bench = Bench::new();
    let value = |row: usize, column: usize| ((row * 37 + column * column * 11) % 101) as f64 / 50.0;
    write_npy(&bench.path("a.npy"), 60, 4, value);
    write_npy(&bench.path("b.npy"), 60, 4, |row, column| {
        value(row, column) + 1.0
    });
    let fid = |a: &str, b: &str| {
        let done = bench.run(&["eval", "--features", a, b, "--format", "json"]);
        assert_eq!(done.code, Some(0), "{}", done.err);
        let report: Value = serde_json::from_str(&done.out).unwrap();
        report["measures"]["fid"]["value"].as_f64().unwrap()
    };
    assert!(fid("a.npy", "a.npy").abs() < 1e-9);
    // Shifted by 1 in each of four dimensions.
    assert!((fid("a.npy", "b.npy") - 4.0).abs() < 1e-9);
    write_npy(&bench.path("n.npy"), 60, 4, |row, column| {
        if (row, column) == (3, 2) {
            f64::NAN
        } else {
            value(row, column)
        }
    });
    let done = bench.run(&["eval", "--features", "a.npy", "n.npy"]);
    assert_eq!(done.code, Some(2));
    assert!(
        done.err.contains("n.npy: feature 2 of row 3 is NaN"),
        "{}",
        done.err
    );
}

#[test]
fn a_missing_judge_is_reported_with_advice() {
    let bench = Bench::new();
    bench.trained("a", &["--steps", "2"]);
    let refused = |arguments: &[&str], words: &str| {
        let done = bench.run(&[&["eval"], arguments].concat());
        assert_eq!(done.code, Some(2), "{}", done.err);
        assert!(
            done.err.contains(words) && done.out.is_empty(),
            "{}",
            done.err
        );
    };
    refused(&["no-such-run"], "no run `no-such-run`");
    refused(
        &["a", "--dataset", "digits"],
        "tiny-images-idx3-ubyte, and the judge of another dataset",
    );
    let sampled = bench.run(&["sample", "a", "-n", "20", "-o", "s.idx"]);
    assert_eq!(sampled.code, Some(0), "{}", sampled.err);
    refused(
        &["s.idx", "--dataset", "digits"],
        "`genai-tui eval train-judge --dataset digits`",
    );
    refused(
        &["train-judge", "--dataset", "mnist"],
        "is part of this program",
    );
}

/// The measures printed by `eval`, by name.
fn measures(done: &crate::workbench::Done) -> Value {
    assert_eq!(done.code, Some(0), "{}", done.err);
    let report: Value = serde_json::from_str(&done.out).unwrap();
    report["measures"].clone()
}

#[test]
fn a_set_compared_with_itself_has_distance_zero() {
    let bench = Bench::new();
    let value = |row: usize, column: usize| {
        ((row * row * 7 + row * (column + 1) * 37 + column * column * 11) % 101) as f64 / 50.0
    };
    // More and fewer rows than dimensions, and rows that are identical.
    write_npy(&bench.path("many.npy"), 60, 4, value);
    write_npy(&bench.path("few.npy"), 12, 40, value);
    write_npy(&bench.path("alike.npy"), 20, 4, |_, column| column as f64);
    for file in ["many.npy", "few.npy", "alike.npy"] {
        let text = bench.run(&["eval", "--features", file, file]);
        assert_eq!(text.code, Some(0), "{}", text.err);
        assert!(
            !text.out.contains("-0.0000") && !text.out.contains("inf"),
            "{}",
            text.out
        );
        let fid = text.out.lines().find(|line| line.starts_with("FID"));
        assert!(
            fid.is_some_and(|line| line.contains(" 0.0000")),
            "{}",
            text.out
        );
        let done = bench.run(&["eval", "--features", file, file, "--format", "json"]);
        let found = measures(&done);
        assert!(
            found["fid"]["value"]
                .as_f64()
                .is_some_and(|v| (0.0..1e-6).contains(&v)),
            "{found}"
        );
        assert!(
            found["swd"]["value"]
                .as_f64()
                .is_some_and(|v| v.abs() < 1e-9),
            "{found}"
        );
        for (name, measure) in found.as_object().unwrap() {
            assert!(measure["value"].is_number(), "{name}: {measure}");
        }
    }
}

#[test]
fn a_long_computation_reports_progress_and_can_be_interrupted() {
    let bench = Bench::new();
    let value = |row: usize, column: usize| ((row * 37 + column * column * row * 11) % 1009) as f64;
    write_npy(&bench.path("large.npy"), 3000, 400, value);
    let arguments = ["eval", "--features", "large.npy", "large.npy"];
    let running = Program::start(&mut bench.command(&arguments));
    running.wait_for_diagnostic(" s so far)");
    running.signal(rustix::process::Signal::INT);
    let done = running.finish();
    assert_ne!(done.code, Some(0), "{}", done.err);
    assert!(done.out.is_empty(), "{}", done.out);
    // A short computation reports nothing.
    write_npy(&bench.path("small.npy"), 20, 4, value);
    let done = bench.run(&["eval", "--features", "small.npy", "small.npy"]);
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
}
