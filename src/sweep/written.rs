//! `sweep.toml` as it is written and read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::definition::{Definition, Scheduler};
use super::disk::Disk;
use super::error::{SweepError, of_toml};
use super::goal::Goal;
use super::param::Param;
use super::place::{BASE, FILE};
use super::remains;
use super::sampler::Sampler;
use crate::config;
use crate::files;

/// The file as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default = "one")]
    version: u64,
    metric: String,
    #[serde(default)]
    goal: Goal,
    #[serde(default)]
    sampler: Sampler,
    #[serde(default)]
    scheduler: Scheduler,
    trials: u64,
    #[serde(default = "one")]
    seeds: u64,
    #[serde(default)]
    seed: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    steps: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    images: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_rung: Option<Amount>,
    #[serde(default = "three")]
    factor: u64,
    params: BTreeMap<String, String>,
    #[serde(default)]
    set: BTreeMap<String, toml::Value>,
}

/// A part of the budget: a number, or for a budget in time a duration.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Amount {
    Number(u64),
    Time(String),
}

fn one() -> u64 {
    1
}

fn three() -> u64 {
    3
}

impl Definition {
    /// The bytes of the sweep in a directory.
    pub(super) fn text(dir: &Path, disk: &dyn Disk) -> Result<Vec<u8>, SweepError> {
        let path = dir.join(FILE);
        let read = disk.read(&path).map_err(SweepError::io("read it", &path))?;
        read.ok_or_else(|| match remains::of(dir) {
            Some(found) => SweepError::Gone {
                dir: dir.to_owned(),
                found,
            },
            None => SweepError::NoSweep(dir.to_owned()),
        })
    }

    /// The sweep in a directory, from its bytes.
    pub(super) fn parse(dir: &Path, text: &[u8]) -> Result<Self, SweepError> {
        let path = dir.join(FILE);
        let place = path.display().to_string();
        let wrong = |error: toml::de::Error| {
            SweepError::wrong(&place, of_toml(text, &error), "the file of a sweep")
        };
        // First: another version may have other keys.
        let table: toml::Table = toml::from_slice(text).map_err(wrong)?;
        let version = table
            .get("version")
            .map_or(1, |version| version.as_integer().unwrap_or(0));
        if version != 1 {
            let expected =
                "version 1: it was made by another version of genai-tui, which can go on with it";
            return Err(SweepError::wrong(
                &place,
                format!("version {version}"),
                expected,
            ));
        }
        let written: Written = toml::from_slice(text).map_err(wrong)?;
        let budget = match (written.steps, written.images, &written.time) {
            (Some(steps), None, None) => Budget::Steps(steps),
            (None, Some(images), None) => Budget::Images(images),
            (None, None, Some(time)) => Budget::Seconds(seconds(&format!("{place}: time"), time)?),
            _ => {
                let expected = "one of `steps`, `images` and `time`";
                return Err(SweepError::wrong(place, "no budget, or two", expected));
            }
        };
        let first_rung = match written.first_rung {
            None => 0,
            Some(Amount::Number(amount)) => amount,
            Some(Amount::Time(time)) => seconds(&format!("{place}: first_rung"), &time)?,
        };
        let base = dir.join(BASE);
        let found = Self {
            params: written
                .params
                .iter()
                .map(|(key, text)| {
                    Param::of(key, text)
                        .map_err(|reason| wrong_param(&format!("{place}: params.{key}"), &reason))
                })
                .collect::<Result<_, _>>()?,
            set: written
                .set
                .iter()
                .map(|set| assignment(&place, set))
                .collect::<Result<_, _>>()?,
            sampler: written.sampler,
            scheduler: written.scheduler,
            metric: written.metric,
            goal: written.goal,
            trials: written.trials,
            seeds: written.seeds,
            seed: written.seed,
            budget,
            first_rung,
            factor: written.factor,
            base: base.is_file().then_some(base),
        };
        found.check(&place)?;
        Ok(found)
    }

    /// Makes the directory of a sweep, with the content of a configuration file for all its trials.
    ///
    /// # Errors
    /// When there is a sweep in it already, or what is left of one, or it cannot be written.
    pub fn create(&self, dir: &Path, base: Option<&[u8]>) -> Result<(), SweepError> {
        let path = dir.join(FILE);
        if path.exists() {
            return Err(SweepError::Exists(dir.to_owned()));
        }
        if let Some(found) = remains::of(dir) {
            let dir = dir.to_owned();
            return Err(SweepError::Remains { dir, found });
        }
        fs::create_dir_all(dir).map_err(SweepError::io("make it", dir))?;
        if let Some(base) = base {
            let path = dir.join(BASE);
            files::write(&path, base).map_err(SweepError::io("write it", &path))?;
        }
        let (amount, _) = self.budget.parts();
        let first_rung = (self.first_rung > 0).then_some(self.first_rung);
        let (mut steps, mut images, mut time) = (None, None, None);
        let mut first = first_rung.map(Amount::Number);
        match self.budget {
            Budget::Steps(_) => steps = Some(amount),
            Budget::Images(_) => images = Some(amount),
            Budget::Seconds(_) => {
                time = Some(format!("{amount}s"));
                first = first_rung.map(|rung| Amount::Time(format!("{rung}s")));
            }
        }
        let written = Written {
            version: 1,
            metric: self.metric.clone(),
            goal: self.goal,
            sampler: self.sampler,
            scheduler: self.scheduler,
            trials: self.trials,
            seeds: self.seeds,
            seed: self.seed,
            steps,
            images,
            time,
            first_rung: first,
            factor: self.factor,
            params: self
                .params
                .iter()
                .map(|param| (param.key.clone(), param.text()))
                .collect(),
            set: self.set.iter().map(|set| entry(set)).collect(),
        };
        let text = toml::to_string(&written).unwrap_or_default();
        files::write(&path, text.as_bytes()).map_err(SweepError::io("write it", &path))
    }
}

/// What is wrong with a parameter, from what it says itself: found and expected.
fn wrong_param(place: &str, reason: &str) -> SweepError {
    let reason = reason.strip_prefix("found ").unwrap_or(reason);
    let (found, expected) = reason
        .rsplit_once(", expected ")
        .unwrap_or((reason, "KEY=DOMAIN"));
    SweepError::wrong(place, found, expected)
}

/// A duration in whole seconds.
fn seconds(place: &str, text: &str) -> Result<u64, SweepError> {
    let whole = config::parse_duration(text).filter(|time| time.subsec_nanos() == 0);
    let whole = whole.map(|time| time.as_secs());
    whole.filter(|seconds| *seconds > 0).ok_or_else(|| {
        SweepError::wrong(
            place,
            format!("`{text}`"),
            "a duration in whole seconds, such as 10m",
        )
    })
}

fn assignment(place: &str, (key, value): (&String, &toml::Value)) -> Result<String, SweepError> {
    match value {
        toml::Value::String(text) => Ok(format!("{key}={text}")),
        toml::Value::Table(_) => Err(SweepError::wrong(
            format!("{place}: set"),
            format!("a table `{key}`"),
            "keys with their groups in front, such as \"optimizer.g.lr\" = 1e-4",
        )),
        other => Ok(format!("{key}={other}")),
    }
}

fn entry(set: &str) -> (String, toml::Value) {
    let (key, value) = set.split_once('=').unwrap_or((set, ""));
    (key.trim().to_owned(), toml::Value::String(value.to_owned()))
}
