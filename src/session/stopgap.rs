//! Until the record has them.
use std::path::Path;

use crate::record::{RecordError, RunDir, read_events};

pub struct Tail {
    pub last_seq: u64,
    pub last_branch: u32,
}

pub fn open_existing(path: &Path) -> Result<RunDir, RecordError> {
    RunDir::stopgap(path)
}

pub fn repair(path: &Path) -> Tail {
    let mut tail = Tail {
        last_seq: 0,
        last_branch: 0,
    };
    if let Ok(bytes) = std::fs::read(path) {
        let end = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        if end < bytes.len() {
            let _ = std::fs::write(path, &bytes[..end]);
        }
    }
    for event in read_events(path).into_iter().flatten().flatten() {
        tail.last_seq = tail.last_seq.max(event.seq.unwrap_or(0));
        tail.last_branch = tail.last_branch.max(event.branch);
    }
    tail
}
