//! How fast logs of other tools are read: files as their writers write them, made for this, read from the page cache.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use serde::Serialize;

use crate::logs::{Events, LogError, Run, find};

/// Metrics of each file.
const METRICS: usize = 20;
/// Bytes of a block of a `.wandb` file, and of a chunk's header.
const BLOCK: usize = 32 * 1024;
const HEAD: usize = 7;

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The processor and its widest vectors.
    pub processor: String,
    /// An event file of TensorBoard.
    pub tensorboard: Reading,
    /// A `.wandb` file.
    pub wandb: Reading,
}

/// One file.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Reading {
    /// Values in it.
    pub values: u64,
    /// Its size.
    pub megabytes: f64,
    /// Seconds from its path to its series, the best of three.
    pub seconds: f64,
    /// What is kept of it.
    pub kept_megabytes: f64,
}

/// Why it could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The files cannot be made.
    #[error("cannot write the logs to measure with")]
    Write(#[from] io::Error),
    /// They cannot be read.
    #[error(transparent)]
    Read(#[from] LogError),
}

/// Measures with files of 20 metrics, this many steps each.
///
/// # Errors
/// When the files cannot be made or read.
pub fn run(steps: u64) -> Result<Report, Error> {
    let dir = tempfile::tempdir()?;
    let events = dir.path().join("events.out.tfevents.1700000000.bench.0");
    event_file(&events, steps)?;
    let wandb = dir.path().join("run-bench.wandb");
    wandb_file(&wandb, steps)?;
    Ok(Report {
        processor: super::processor(),
        tensorboard: reading(&events, steps)?,
        wandb: reading(&wandb, steps)?,
    })
}

fn reading(path: &Path, steps: u64) -> Result<Reading, Error> {
    let mut best = f64::INFINITY;
    let mut kept = 0;
    for _ in 0..3 {
        let begun = Instant::now();
        for found in find(path)?.runs {
            let mut run = Run::open(&found);
            run.read_all()?;
            kept = run.history().bytes();
        }
        best = best.min(begun.elapsed().as_secs_f64());
    }
    Ok(Reading {
        values: steps * METRICS as u64,
        megabytes: fs::metadata(path)?.len() as f64 / 1e6,
        seconds: best,
        kept_megabytes: kept as f64 / 1e6,
    })
}

fn value(metric: usize, step: u64) -> f64 {
    (step as f64 / 1e3 + metric as f64).sin()
}

/// As PyTorch writes it: an event for each value.
fn event_file(path: &Path, steps: u64) -> io::Result<()> {
    let mut events = Events::begin(BufWriter::new(File::create(path)?), 1.7e9)?;
    let tags: Vec<String> = (0..METRICS).map(|i| format!("train/metric_{i}")).collect();
    for step in 0..steps {
        for (metric, tag) in tags.iter().enumerate() {
            let one = [(tag.as_str(), value(metric, step))];
            events.scalars(step, 1.7e9 + step as f64 / 10.0, one)?;
        }
    }
    events.flush()
}

/// As the writer of W&B writes it: a record for each row, and one that repeats it in the summary.
fn wandb_file(path: &Path, steps: u64) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(b":W&B\xe1\xbe\x00")?;
    let mut at = HEAD;
    for step in 0..steps {
        let time = 1.7e9 + step as f64 / 10.0;
        let values = (0..METRICS).map(|metric| (format!("metric_{metric}"), value(metric, step)));
        let hidden = [
            ("_step", step as f64),
            ("_timestamp", time),
            ("_runtime", step as f64 / 10.0),
        ];
        let hidden = hidden.map(|(name, value)| (name.to_owned(), value));
        let mut row = Vec::new();
        for (key, value) in values.chain(hidden) {
            let mut item = Vec::new();
            field(&mut item, 2, key.as_bytes());
            field(&mut item, 16, value.to_string().as_bytes());
            field(&mut row, 1, &item);
        }
        for kind in [2, 3] {
            let mut record = Vec::new();
            field(&mut record, kind, &row);
            put(&mut out, &mut at, &record)?;
        }
    }
    out.flush()
}

/// A field of bytes.
fn field(out: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    for mut rest in [number << 3 | 2, bytes.len() as u64] {
        while rest >= 0x80 {
            out.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        out.push(rest as u8);
    }
    out.extend_from_slice(bytes);
}

/// A record in as many chunks as blocks ask for.
fn put(out: &mut impl Write, at: &mut usize, record: &[u8]) -> io::Result<()> {
    let mut rest = record;
    let mut is_first = true;
    loop {
        let mut room = BLOCK - *at % BLOCK;
        if room < HEAD {
            out.write_all(&[0; HEAD][..room])?;
            *at += room;
            room = BLOCK;
        }
        let (now, later) = rest.split_at(rest.len().min(room - HEAD));
        let kind: u8 = match (is_first, later.is_empty()) {
            (true, true) => 1,
            (true, false) => 2,
            (false, false) => 3,
            (false, true) => 4,
        };
        let mut sum = crc32fast::Hasher::new();
        sum.update(&[kind]);
        sum.update(now);
        out.write_all(&sum.finalize().to_le_bytes())?;
        out.write_all(&(now.len() as u16).to_le_bytes())?;
        out.write_all(&[kind])?;
        out.write_all(now)?;
        *at += HEAD + now.len();
        if later.is_empty() {
            return Ok(());
        }
        (rest, is_first) = (later, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_measured_with_is_read_whole() {
        let dir = tempfile::tempdir().unwrap_or_else(|error| unreachable!("{error}"));
        for (name, write) in [
            (
                "events.out.tfevents.1.b",
                event_file as fn(&Path, u64) -> io::Result<()>,
            ),
            ("a.wandb", wandb_file),
        ] {
            let path = dir.path().join(name);
            assert!(write(&path, 300).is_ok());
            let found = find(&path).map(|found| found.runs).unwrap_or_default();
            let mut run = Run::open(&found[0]);
            assert!(run.read_all().is_ok() && run.about().notes.is_empty());
            let count = |name: &str| Some(run.history().series(name)?.facts()?.count);
            let counts: Vec<u64> = run.history().metrics().filter_map(count).collect();
            assert_eq!(counts, [300; METRICS], "{name}");
        }
    }
}
