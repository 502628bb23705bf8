//! `genai-tui eval`: numbers about samples, and what it says where there can be none.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::workbench::Bench;

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
fn features_of_ones_own_are_compared() {
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
    // Moved by 1 in each of four directions, and nothing else.
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
fn what_cannot_be_judged_is_said_with_the_way_to_do_it() {
    let bench = Bench::new();
    bench.trained("a", &["--steps", "2"]);
    let told = |arguments: &[&str], words: &str| {
        let done = bench.run(&[&["eval"], arguments].concat());
        assert_eq!(done.code, Some(2), "{}", done.err);
        assert!(
            done.err.contains(words) && done.out.is_empty(),
            "{}",
            done.err
        );
    };
    told(&["no-such-run"], "no run `no-such-run`");
    told(
        &["a", "--dataset", "digits"],
        "the run was trained on tiny-images",
    );
    let drawn = bench.run(&["sample", "a", "-n", "20", "-o", "s.idx"]);
    assert_eq!(drawn.code, Some(0), "{}", drawn.err);
    told(
        &["s.idx", "--dataset", "digits"],
        "`genai-tui eval train-judge --dataset digits`",
    );
    told(
        &["train-judge", "--dataset", "mnist"],
        "is part of this program",
    );
}
