//! Readers of logs on 10,000 mutated files of each format: none makes them panic, hang or grow.
//!
//! Checksums are made right again in half of the files, because otherwise nothing behind them would be reached.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use genai_tui::logs::{self, Reached, Run};

use crate::logs_readers::samples;

/// Files of each format.
const FILES: u32 = 10_000;
/// Says how many files there are to be of each format, and that the memory is to be measured: this process does nothing else.
const ALONE: &str = "GENAI_TUI_FUZZ_ALONE";
/// What may be taken beyond the length of a file, in bytes.
const BEYOND: u64 = 64 << 20;
/// How long one file may take.
const LONGEST: Duration = Duration::from_secs(1);
/// What may be kept of one file, in bytes.
const MOST: usize = 8 << 20;

/// Reproducible random numbers (a 64-bit linear congruential generator).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }
}

/// Pieces that mean something to one format or another.
const PIECES: [&[u8]; 22] = [
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"\x00",
    b"\n",
    b"\"",
    b",",
    b"{",
    b"}",
    b"[[[[[[[[",
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"9223372036854775807",
    b"-1",
    b"18446744073709551616",
    b"step",
    b"\"_type\": \"image-file\"",
    b"../../../../etc/passwd",
    b"\xc3\x28",
    b"\xef\xbb\xbf",
    b"\x0a\x80\x80\x80\x80\x08",
    b"#",
];

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let length = random.below(24).min(bytes.len() - at);
        match random.below(7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 if at < bytes.len() => bytes[at] = random.below(256) as u8,
            2 => drop(bytes.drain(at..at + length)),
            3 => {
                let again = bytes[at..at + length].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, again);
            }
            4 => {
                let piece = PIECES[random.below(PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            5 => {
                let piece = PIECES[random.below(PIECES.len())];
                bytes.splice(at..at + length, piece.iter().copied());
            }
            _ if random.below(8) == 0 => bytes.truncate(at),
            _ => {}
        }
    }
}

fn masked(data: &[u8]) -> u32 {
    crc32c::crc32c(data)
        .rotate_right(15)
        .wrapping_add(0xa282_ead8)
}

/// The records of an event file.
fn records(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<8>() {
        let length = u64::from_le_bytes(*length) as usize;
        found.push(rest[4..4 + length].to_vec());
        bytes = &rest[4 + length + 4..];
    }
    found
}

/// An event file.
pub fn framed(records: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    for data in records {
        let length = (data.len() as u64).to_le_bytes();
        out.extend(length);
        out.extend(masked(&length).to_le_bytes());
        out.extend(data);
        out.extend(masked(data).to_le_bytes());
    }
    out
}

/// The records of a `.wandb` file that fits into one block.
fn chunks(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut rest = &bytes[7..];
    while rest.len() > 7 {
        let length = usize::from(u16::from_le_bytes([rest[4], rest[5]]));
        found.push(rest[7..7 + length].to_vec());
        rest = &rest[7 + length..];
    }
    found
}

fn chunked(records: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b":W&B\xe1\xbe\x00".to_vec();
    for record in records {
        let payload = [&[1_u8][..], record].concat();
        out.extend(crc32fast::hash(&payload).to_le_bytes());
        out.extend((record.len() as u16).to_le_bytes());
        out.extend(payload);
    }
    out
}

/// Reads what is at `path` in every way that a viewer would.
fn look(path: &Path, what: u32) {
    let begun = Instant::now();
    if let Ok(found) = logs::find(path) {
        for place in &found.runs {
            let mut run = Run::open(place);
            let budget = if what.is_multiple_of(2) {
                u64::MAX
            } else {
                400
            };
            let mut calls = 0;
            while let Ok(Reached::More) = run.read(budget) {
                calls += 1;
                assert!(calls < 100_000, "file {what} is read for ever");
            }
            let bytes = run.history().bytes();
            assert!(bytes < MOST, "file {what} takes {bytes} bytes");
            let _ = run.about().state(jiff::Timestamp::now());
            for picture in run.pictures().values().flatten().take(2) {
                let _ = logs::load(picture);
            }
        }
    }
    let took = begun.elapsed();
    assert!(took < LONGEST, "file {what} took {took:?}");
}

/// Mutates one of several files again and again; `repair` makes checksums right.
fn fuzz(
    name: &str,
    originals: &[Vec<u8>],
    repaired: impl Fn(&[u8], &mut Random) -> Option<Vec<u8>>,
) {
    // In memory, where the system offers that: some file systems take a while for each file that is written over.
    let memory = Path::new("/dev/shm");
    let dir = if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    };
    let path = dir.path().join(name);
    let mut random = Random(17);
    let alone: Option<u32> = std::env::var(ALONE).ok().and_then(|n| n.parse().ok());
    let before = peak();
    let mut longest = 0;
    for what in 0..alone.unwrap_or(FILES) {
        let original = &originals[random.below(originals.len())];
        let repaired = (what.is_multiple_of(2))
            .then(|| repaired(original, &mut random))
            .flatten();
        let bytes = repaired.unwrap_or_else(|| {
            let mut bytes = original.clone();
            mutate(&mut bytes, &mut random);
            bytes
        });
        longest = longest.max(bytes.len() as u64);
        fs::write(&path, bytes).unwrap();
        look(&path, what);
    }
    if let (Some(_), Some(before), Some(after)) = (alone, before, peak()) {
        let taken = after.saturating_sub(before);
        assert!(
            taken < BEYOND + longest,
            "{name}: {taken} bytes for files of {longest}"
        );
    }
}

fn sample(name: &str) -> Vec<u8> {
    fs::read(samples().join(name)).unwrap()
}

fn mutated_records(mut records: Vec<Vec<u8>>, random: &mut Random) -> Vec<Vec<u8>> {
    for _ in 0..=random.below(3) {
        let at = random.below(records.len());
        mutate(&mut records[at], random);
    }
    records
}

#[test]
fn mutated_event_files() {
    // A few records of every kind, so that the files are short.
    let few = |name: &str, count| framed(&records(&sample(name))[..count]);
    let originals = [
        few("pytorch/events.out.tfevents.1700000000.host.1.0", 10),
        few("pytorch/events.out.tfevents.1700000001.host.1.1", 6),
        sample("pytorch/1700000002.5/events.out.tfevents.1700000000.host.1.0"),
        few("tf2/train/events.out.tfevents.1700000000.host.1.0", 6),
        few("tf1/events.out.tfevents.1700000000.host.1.0", 4)[..].to_vec(),
    ];
    fuzz(
        "events.out.tfevents.1.host",
        &originals,
        |original, random| Some(framed(&mutated_records(records(original), random))),
    );
}

#[test]
fn mutated_wandb_files() {
    let all = chunks(&sample(
        "wandb/offline-run-20231114_221320-seed1/run-seed1.wandb",
    ));
    let last = all[all.len() - 4..].to_vec();
    let originals = [
        chunked(&all[..12]),
        chunked(&[all[..2].to_vec(), last].concat()),
    ];
    fuzz("run-a.wandb", &originals, |original, random| {
        Some(chunked(&mutated_records(chunks(original), random)))
    });
}

#[test]
fn mutated_text_files() {
    let csv = [
        sample("lightning/version_0/metrics.csv"),
        sample("csv/log.csv"),
    ];
    fuzz("metrics.csv", &csv, |_, _| None);
    let lines = sample("jsonl/metrics.jsonl");
    let short = lines[..600].to_vec();
    fuzz("metrics.jsonl", &[short], |_, _| None);
}

/// Lines that mean something to records.
const EVENTS: [&str; 6] = [
    r#"{"schema":1,"branch":0,"step":4,"images":256,"time":"2026-01-01T00:00:00Z","elapsed":1.0,"event":"step","from_step":1,"epoch":1,"batch":4,"metrics":{"d_loss":{"count":4,"mean":0.5,"min":0.1,"max":0.9,"last":0.4}},"steps_per_second":4.0,"images_per_second":256.0}"#,
    r#"{"schema":1,"branch":0,"step":8,"images":512,"time":"2026-01-01T00:00:02Z","elapsed":2.0,"event":"evaluated","n":10,"real":10,"values":{"fid":12.5,"recall":"NaN"},"floor":{"fid":1.0},"seconds":0.5}"#,
    r#"{"schema":1,"branch":1,"seq":9,"after":3,"step":4,"images":256,"time":"2026-01-01T00:00:03Z","elapsed":3.0,"event":"note","text":"a"}"#,
    r#"{"schema":1,"branch":1,"step":5,"images":320,"time":"2026-01-01T00:00:04Z","elapsed":4.0,"event":"samples","file":"samples/../../../etc/passwd","count":4,"shape":{"channels":1,"height":2,"width":2},"scores":[]}"#,
    r#"{"schema":1,"branch":1,"step":6,"images":384,"time":"2026-01-01T00:00:05Z","elapsed":5.0,"event":"applied","source":"viewer","command":"lr d /2","changes":[{"key":"optimizer.d.lr","from":0.1,"to":0.05}]}"#,
    r#"{"schema":1,"branch":1,"step":7,"images":448,"time":"2026-01-01T00:00:06Z","elapsed":6.0,"event":"distribution","name":"w","edges":[0,1,2],"counts":[3,4]}"#,
];

#[test]
fn mutated_own_records() {
    let all = EVENTS.map(|line| format!("{line}\n")).concat().into_bytes();
    let line = format!("{}\n", EVENTS[0]).into_bytes();
    fuzz("events.jsonl", &[all, line], |original, random| {
        // Whole lines in another order, and again.
        let lines: Vec<&[u8]> = original.split_inclusive(|byte| *byte == b'\n').collect();
        let count = random.below(2 * lines.len()) + 1;
        let mut bytes = Vec::new();
        for _ in 0..count {
            bytes.extend_from_slice(lines[random.below(lines.len())]);
        }
        mutate(&mut bytes, random);
        Some(bytes)
    });
}

/// The most memory that this process ever had, in bytes; `None` where the system does not say it.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[test]
fn mutated_files_take_no_memory_that_they_do_not_account_for() {
    let tests = [
        "mutated_event_files",
        "mutated_wandb_files",
        "mutated_text_files",
        "mutated_own_records",
        "mutated_trainer_states",
    ];
    for test in tests {
        let done = std::process::Command::new(std::env::current_exe().unwrap())
            .args([&format!("logs_fuzz::{test}"), "--exact", "--test-threads=1"])
            .env(ALONE, "500")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(
            done.status.success() && said.contains("1 passed"),
            "{test}: {said}"
        );
    }
}

#[test]
fn mutated_trainer_states() {
    let state = sample("trainer/checkpoint-10/trainer_state.json");
    fuzz("trainer_state.json", &[state], |_, _| None);
}

#[test]
fn a_file_with_more_metrics_than_are_kept_takes_bounded_memory() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.out.tfevents.1.host");
    let records: Vec<Vec<u8>> = (0..60_000)
        .map(|i| {
            let tag = format!("tag{i}");
            let mut value = vec![0x0a, tag.len() as u8];
            value.extend(tag.bytes());
            value.extend([0x15, 0, 0, 0x80, 0x3f]);
            let mut summary = vec![0x0a, value.len() as u8];
            summary.extend(value);
            let mut event = vec![0x2a, summary.len() as u8];
            event.extend(summary);
            event
        })
        .collect();
    fs::write(&path, framed(&records)).unwrap();
    let mut run = Run::open(&logs::find(&path).unwrap().runs[0]);
    run.read_all().unwrap();
    assert_eq!(run.history().metrics().len(), 20_000);
    assert_eq!(run.left_out(), 40_000);
    assert!(
        run.history().bytes() < 64 << 20,
        "{}",
        run.history().bytes()
    );
}
