//! What a run reached at a rung, in a file that is written once: by the worker that trained it there, while it holds its claim.
//!
//! It is what the record of the run says, and can be found out from there again; but a worker that decides reads one small file
//! for each rung of each run, once, and not the records of thousands of runs.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What a run reached at a rung, or why it failed on the way there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// The rung, in the unit of the budget.
    pub until: u64,
    /// What was measured.
    pub metric: String,
    /// Its newest value; null where it was not measured since the rung before, or is no finite number.
    pub value: Option<f64>,
    /// Steps done.
    pub steps: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// Why it goes no further, whatever others reach: it diverged, met a condition, or was stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl Mark {
    /// Its file: of a run, at a rung.
    pub(super) fn path(dir: &Path, run: &str, until: u64) -> PathBuf {
        folder(dir).join(format!("{run}-{until}.json"))
    }

    /// Reads one; nothing where a file is not whole, which is as if it were not there.
    pub(super) fn parse(bytes: &[u8], metric: &str, until: u64) -> Option<Self> {
        let mark: Self = serde_json::from_slice(bytes).ok()?;
        (mark.metric == metric && mark.until == until).then_some(mark)
    }

    pub(super) fn text(&self) -> String {
        // Numbers and texts can always be written.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

/// Where they are.
pub(super) fn folder(dir: &Path) -> PathBuf {
    dir.join("results")
}

/// The run and the number behind it that a name says: `0003-0-900.json` is the run 0 of trial 3 and 900.
pub(super) fn parse_name(name: &str) -> Option<(u64, u64, u64)> {
    let (stem, _) = name.split_once('.')?;
    let mut parts = stem.split('-').map(str::parse);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(Ok(trial)), Some(Ok(seed)), Some(Ok(number)), None) => Some((trial, seed, number)),
        _ => None,
    }
}

/// The run that a name says: `0003-0`.
pub(super) fn parse_run(name: &str) -> Option<(u64, u64)> {
    let (trial, seed) = name.split_once('-')?;
    Some((trial.parse().ok()?, seed.parse().ok()?))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written_and_a_torn_one_is_none() {
        let mark = Mark {
            until: 900,
            metric: "fid".to_owned(),
            value: Some(0.1 + 0.2),
            steps: 900,
            seconds: 1.5,
            failure: None,
        };
        let text = mark.text();
        assert_eq!(Mark::parse(text.as_bytes(), "fid", 900), Some(mark.clone()));
        assert_eq!(Mark::parse(text.as_bytes(), "modes", 900), None);
        assert_eq!(Mark::parse(&text.as_bytes()[..20], "fid", 900), None);
        let worst = Mark {
            value: Some(f64::NAN),
            ..mark
        };
        let read = Mark::parse(worst.text().as_bytes(), "fid", 900).unwrap();
        assert_eq!(read.value, None);
        let path = Mark::path(Path::new("s"), "0003-1", 900);
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(parse_name(name), Some((3, 1, 900)));
        assert_eq!(parse_name(".draft-x.tmp"), None);
        assert_eq!(parse_run("12345-2"), Some((12345, 2)));
    }
}
