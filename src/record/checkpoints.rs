//! The checkpoints of a run as a list: which there are, and what their `state.json` says of each.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A checkpoint that is whole: they get their name when all their files are written.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckpointFacts {
    /// The step it was saved at.
    pub step: u64,
    /// The branch of the run it is on; 0 where its state cannot be read.
    pub branch: u32,
    /// The objective that was trained, if its state says so.
    pub objective: Option<String>,
    /// How good it was found, if it was judged.
    pub score: Option<CheckpointScore>,
    /// Its folder.
    pub dir: PathBuf,
}

/// How good a checkpoint is by one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckpointScore {
    /// The metric.
    pub metric: String,
    /// Its value.
    pub value: f64,
    /// The lower the better, whichever way the metric is better.
    pub badness: f64,
}

/// The file that makes a folder a checkpoint that can be drawn from.
pub const GENERATOR: &str = "generator.safetensors";

/// What `state.json` says that a list shows. Of another format, most of it is missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct State {
    branch: u32,
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
    score: Option<CheckpointScore>,
}

impl CheckpointFacts {
    /// What is known of the checkpoint in `dir`; nothing where there is none.
    #[must_use]
    pub fn read(dir: &Path) -> Option<Self> {
        let step = dir
            .file_name()?
            .to_str()?
            .strip_prefix("step-")?
            .parse()
            .ok()?;
        if !dir.join(GENERATOR).is_file() {
            return None;
        }
        let state: State = fs::read(dir.join("state.json"))
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok())
            .unwrap_or_default();
        Some(Self {
            step,
            branch: state.branch,
            objective: state.settings.objective,
            score: state.saved.score,
            dir: dir.to_path_buf(),
        })
    }
}

/// Every checkpoint below the folder `checkpoints`, oldest first: of those of one branch the later is the newer, and one
/// of a higher branch is newer than any of a lower.
#[must_use]
pub fn checkpoints(folder: &Path) -> Vec<CheckpointFacts> {
    let mut found: Vec<CheckpointFacts> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| CheckpointFacts::read(&entry.path()))
        .collect();
    found.sort_by_key(|c| (c.branch, c.step));
    found
}
