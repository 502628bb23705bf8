//! What a run reached at a rung, in a file that is written once: by the worker that trained it there, while it holds its claim.
//!
//! It is what the record of the run says, and can be found out from there again. What decides stands in the name of the file
//! (`0003-0-900-fid-12.25.json`), so that a listing tells it: hundreds of workers would read thousands of files each, over NFS.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Stands in a name for a run that failed on the way, for one that was stopped, and for one without a value.
const FAILED: &str = "failed";
const STOPPED: &str = "stopped";
const NONE: &str = "none";

/// What a run reached at a rung, or why it failed on the way there.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
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
    /// Whether that is because a person, or a command in its configuration, stopped it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_stopped: bool,
    /// How often somebody changed what it is trained with, while it was.
    #[serde(default)]
    pub by_hand: u64,
}

/// What decides of a mark: the part of it that its name says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reached {
    /// This value, where there is one.
    Value(Option<f64>),
    /// It failed on the way.
    Failed,
    /// It was stopped on the way.
    Stopped,
}

impl Mark {
    /// Its file, of a run.
    pub(super) fn path(&self, dir: &Path, run: &str) -> PathBuf {
        let at = (self.until, self.metric.as_str());
        self.reached().path(dir, run, at)
    }

    /// What decides.
    pub(super) fn reached(&self) -> Reached {
        match self.failure {
            Some(_) if self.is_stopped => Reached::Stopped,
            Some(_) => Reached::Failed,
            None => Reached::Value(self.value.filter(|value| value.is_finite())),
        }
    }

    /// Reads one; nothing where a file is not whole.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    pub(super) fn text(&self) -> String {
        // Numbers and texts can always be written.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

impl Reached {
    /// The file that says it: of a run, at a rung, of a metric.
    pub(super) fn path(self, dir: &Path, run: &str, (until, metric): (u64, &str)) -> PathBuf {
        folder(dir).join(format!("{run}-{until}-{metric}-{}.json", self.word()))
    }

    fn word(self) -> String {
        match self {
            Self::Failed => FAILED.to_owned(),
            Self::Stopped => STOPPED.to_owned(),
            Self::Value(None) => NONE.to_owned(),
            // Exact, and with an exponent where it would be long.
            Self::Value(Some(value)) => format!("{value:?}"),
        }
    }

    fn parse(word: &str) -> Option<Self> {
        match word {
            FAILED => Some(Self::Failed),
            STOPPED => Some(Self::Stopped),
            NONE => Some(Self::Value(None)),
            number => {
                let value: f64 = number.parse().ok()?;
                value.is_finite().then_some(Self::Value(Some(value)))
            }
        }
    }

    /// Of two that are said of one run at one rung, as after a copy of a sweep into another, the one that every worker takes.
    pub(super) fn or(self, other: Option<Self>) -> Self {
        match (self, other) {
            (Self::Value(Some(one)), Some(Self::Value(Some(other)))) => {
                Self::Value(Some(if one.total_cmp(&other).is_le() {
                    one
                } else {
                    other
                }))
            }
            (Self::Failed | Self::Stopped, Some(other @ Self::Value(_)))
            | (Self::Failed, Some(other @ Self::Stopped))
            | (Self::Value(None), Some(other @ Self::Value(Some(_)))) => other,
            (one, _) => one,
        }
    }
}

/// Where they are.
fn folder(dir: &Path) -> PathBuf {
    dir.join("results")
}

/// The run, the rung and what it reached, as a name says it of this metric: `0003-0-900-fid-12.25.json`.
pub(super) fn parse_mark(name: &str, metric: &str) -> Option<(u64, u64, u64, Reached)> {
    let stem = name.strip_suffix(".json")?;
    let mut parts = stem.splitn(4, '-');
    let mut number = || parts.next()?.parse().ok();
    let (trial, seed, until) = (number()?, number()?, number()?);
    let word = parts.next()?.strip_prefix(metric)?.strip_prefix('-')?;
    Some((trial, seed, until, Reached::parse(word)?))
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
    fn a_name_says_what_decides_and_the_file_all_of_it() {
        let mark = Mark {
            until: 900,
            metric: "g_loss".to_owned(),
            value: Some(0.1 + 0.2),
            steps: 900,
            seconds: 1.5,
            ..Mark::default()
        };
        let name = |mark: &Mark| {
            let path = mark.path(Path::new("s"), "0003-1");
            path.file_name().unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(name(&mark), "0003-1-900-g_loss-0.30000000000000004.json");
        let text = mark.text();
        assert_eq!(Mark::parse(text.as_bytes()), Some(mark.clone()));
        assert_eq!(Mark::parse(&text.as_bytes()[..20]), None);
        assert_eq!(parse_mark(&name(&mark), "loss"), None);
        assert_eq!(parse_mark("0003-1-900.json", "g_loss"), None);
        let read = |value: Option<f64>, failure: Option<String>| {
            let mark = Mark {
                value,
                failure,
                ..mark.clone()
            };
            let (trial, seed, until, reached) = parse_mark(&name(&mark), "g_loss").unwrap();
            assert_eq!((trial, seed, until, reached), (3, 1, 900, mark.reached()));
            reached
        };
        for value in [0.1 + 0.2, -5.0, 1e-300, -f64::MAX, f64::MIN_POSITIVE] {
            assert_eq!(read(Some(value), None), Reached::Value(Some(value)));
        }
        assert_eq!(read(Some(f64::NAN), None), Reached::Value(None));
        assert_eq!(read(None, None), Reached::Value(None));
        let failed = read(Some(1.0), Some("diverged".to_owned()));
        assert_eq!(failed, Reached::Failed);
        let stopped = Mark {
            failure: Some("stopped".to_owned()),
            is_stopped: true,
            ..mark.clone()
        };
        assert_eq!(name(&stopped), "0003-1-900-g_loss-stopped.json");
        let (.., stopped) = parse_mark(&name(&stopped), "g_loss").unwrap();
        // Whichever is seen first.
        let all = [
            failed,
            stopped,
            Reached::Value(None),
            Reached::Value(Some(2.0)),
            Reached::Value(Some(1.0)),
        ];
        for (i, one) in all.into_iter().enumerate() {
            for (j, other) in all.into_iter().enumerate() {
                assert_eq!(one.or(Some(other)), all[i.max(j)]);
            }
        }
        assert_eq!(parse_name("0003-1-900.json"), Some((3, 1, 900)));
        assert_eq!(parse_name(".draft-x.tmp"), None);
        assert_eq!(parse_run("12345-2"), Some((12345, 2)));
    }
}
