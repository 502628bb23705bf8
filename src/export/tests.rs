//! What is exported is what is read, and what is written for TensorBoard is read back the same.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::slice::from_ref;

use super::{Exported, LeftOut, Table, read, tensorboard, write};
use crate::logs;

fn sample(name: &str) -> Exported {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs");
    let found = logs::find(&samples.join(name)).unwrap();
    read(&found.runs[0]).unwrap()
}

fn text(table: Table, runs: &[Exported]) -> String {
    let mut out = Vec::new();
    write(table, runs, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_line_for_each_point_that_counts() {
    let run = sample("pytorch");
    let csv = text(Table::Csv, from_ref(&run));
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "step,wall_time,metric,value");
    // The header, two series, and a final value.
    assert_eq!(lines.len(), 1 + 2 * 24 + 1);
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("5,") && line.ends_with(",loss/d_loss,NaN"))
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("9,") && line.ends_with(",loss/g_loss,Infinity"))
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("7,") && line.ends_with(",loss/g_loss,50"))
    );
    let both = text(Table::Csv, &[run.clone(), sample("csv")]);
    assert!(both.starts_with("run,step,wall_time,metric,value\npytorch,0,"));
    assert!(both.contains("\ncsv,0,,d loss,0.69\n"));
    let lines = text(Table::Jsonl, from_ref(&run));
    let values: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(values.len(), 49);
    assert_eq!(values[5]["value"], "NaN");
    assert_eq!(
        (&values[0]["metric"], &values[0]["step"]),
        (&"loss/d_loss".into(), &0.into())
    );
    let markdown = text(Table::Markdown, from_ref(&run));
    assert!(
        markdown.starts_with("# pytorch\n\nTensorBoard, unknown, began "),
        "{markdown}"
    );
    assert!(markdown.contains("| loss/g_loss | 24 | "), "{markdown}");
    assert!(markdown.contains(" | 50.00 at 7 | "), "{markdown}");
    assert!(markdown.contains("| lr | 2e-4 |"), "{markdown}");
}

#[test]
fn event_files_are_read_back_the_same() {
    let dir = tempfile::tempdir().unwrap();
    for name in [
        "pytorch",
        "tf2/train",
        "wandb/offline-run-20231114_221320-seed0",
    ] {
        let run = sample(name);
        let to: PathBuf = dir.path().join(name);
        assert_eq!(
            tensorboard(from_ref(&run), &to).unwrap(),
            LeftOut::default()
        );
        assert!(tensorboard(from_ref(&run), &to).is_err(), "it is taken");
        let back = read(&logs::find(&to).unwrap().runs[0]).unwrap();
        assert_eq!(back.about.config, run.about.config, "{name}");
        assert_eq!(back.pictures.len(), run.pictures.len());
        assert_eq!(back.points.metrics().len(), run.points.metrics().len());
        for (metric, points) in run.points.metrics() {
            let (_, again) = back
                .points
                .metrics()
                .find(|(name, _)| *name == metric)
                .unwrap();
            assert_eq!(again.len(), points.len(), "{name}: {metric}");
            for (a, b) in again.iter().zip(points) {
                // In single precision.
                let (x, y) = (a.value as f32, b.value as f32);
                assert!(
                    x.to_bits() == y.to_bits() || x.is_nan() && y.is_nan(),
                    "{x} {y}"
                );
                assert_eq!((a.step, a.time), (b.step, b.time), "{name}: {metric}");
            }
        }
        assert_eq!(back.texts, run.texts, "{name}");
        for (a, b) in back.pictures.iter().zip(&run.pictures) {
            assert_eq!(logs::load(a).unwrap(), logs::load(b).unwrap());
        }
    }
}

#[test]
fn parquet_has_a_row_for_each_point() {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::RowAccessor as _;

    let runs = [sample("jsonl"), sample("csv")];
    let mut out = Vec::new();
    write(Table::Parquet, &runs, &mut out).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("points.parquet");
    std::fs::write(&path, out).unwrap();
    let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
    let rows: Vec<_> = reader
        .get_row_iter(None)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(rows.len(), 80);
    let columns: Vec<&str> = rows[0]
        .get_column_iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(columns, ["run", "step", "wall_time", "metric", "value"]);
    let nan = rows
        .iter()
        .find(|row| row.get_double(4).unwrap().is_nan())
        .unwrap();
    assert_eq!(
        (
            nan.get_string(3).unwrap().as_str(),
            nan.get_long(1).unwrap()
        ),
        ("loss/g", 7)
    );
    assert!((nan.get_double(2).unwrap() - 1_700_000_007.0).abs() < 1e-6);
    assert!(rows[79].get_double(2).is_err(), "CSV has no times");
}
