//! What a list shows of a checkpoint.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Score;
use crate::files;
use crate::protocol::CheckpointReason;

/// Begins the name of a checkpoint's folder.
const STEP: &str = "step-";
const STATE: &str = "state.json";

/// A checkpoint that is whole: it gets its name when all its files are written.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckpointFacts {
    /// The step it was saved at.
    pub step: u64,
    /// The branch of the run it is on; 0 if its state cannot be read.
    pub branch: u32,
    /// Whether its state can be read. If not, only its step is known.
    pub is_readable: bool,
    /// Number of the last event before it, if its state says so.
    pub seq: Option<u64>,
    /// The objective that was trained, if its state says so.
    pub objective: Option<String>,
    /// Why it was written, if its state says so.
    pub reason: Option<CheckpointReason>,
    /// How good it is, if that was known.
    pub score: Option<Score>,
    /// Its folder.
    pub dir: PathBuf,
}

/// What `state.json` says that a list shows. Of another format, most of it is missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct State {
    branch: u32,
    seq: Option<u64>,
    settings: Settings,
    saved: Saved,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Settings {
    objective: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Saved {
    reason: Option<CheckpointReason>,
    score: Option<Score>,
}

impl CheckpointFacts {
    /// What is known of the checkpoint in `dir`; `None` if there is no checkpoint.
    #[must_use]
    pub fn read(dir: &Path) -> Option<Self> {
        let name = dir.file_name()?.to_str()?;
        let step = name.strip_prefix(STEP)?.parse().ok()?;
        // It got its name when it was complete: if files are missing it is damaged, which must be reported, not ignored.
        fs::read_dir(dir).ok()?.next()?.ok()?;
        let state = read_state(dir);
        let is_readable = state.is_some();
        let state = state.unwrap_or_default();
        Some(Self {
            step,
            is_readable,
            branch: state.branch,
            seq: state.seq,
            objective: state.settings.objective,
            reason: state.saved.reason,
            score: state.saved.score,
            dir: dir.to_path_buf(),
        })
    }

    /// Sorts by age: of the checkpoints of one branch the later is the newer, and one of a higher branch is newer than any of
    /// a lower, which was abandoned.
    #[must_use]
    pub fn age(&self) -> (u32, u64) {
        (self.branch, self.step)
    }
}

fn read_state(dir: &Path) -> Option<State> {
    let json = files::read(&dir.join(STATE)).ok()?;
    serde_json::from_slice(&json).ok()
}

/// Returns whether the folder, whatever its name, holds the state of a checkpoint.
#[must_use]
pub fn has_state(folder: &Path) -> bool {
    read_state(folder).is_some_and(|state| state.saved.reason.is_some())
}

/// The folder name of the checkpoint of a step.
#[must_use]
pub fn checkpoint_name(step: u64) -> String {
    format!("{STEP}{step:08}")
}
