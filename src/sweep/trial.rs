//! A trial: the values that it has, in a file that is written once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::definition::Definition;
use super::disk::Disk;
use super::error::{SweepError, of_toml};
use super::param::Param;
use super::place::FILE;
use super::sampler::Known;
use crate::config::{self, KEYS, Origin, RunConfig, Sources, makes_the_run};
use crate::files::folder_of;
use crate::record::CONFIG;

/// Trials that are drawn to see whether their values go together.
const DRAWN: u64 = 50;
/// Keys that may change when a run is resumed, and without which two trials could not be compared.
const MEASURED: [&str; 4] = ["at", "evaluation.samples", "fail_if", "rules"];

/// Whether a run was begun as its trial and the sweep say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Begun {
    /// It was.
    So,
    /// There is nothing to compare.
    Unknown,
    /// It was not.
    Otherwise {
        /// The file that says something else.
        path: PathBuf,
        /// In what they differ.
        reason: String,
    },
}

/// How far from its place a value may lie, which is written with four digits.
const NEAR: f64 = 1e-3;

/// A trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// Its number, from 0.
    pub number: u64,
    /// Where its value of each parameter lies, in [0, 1), in the order of the parameters.
    pub places: Vec<f64>,
    /// Its values, by key; a parameter whose condition does not hold has none.
    pub values: BTreeMap<String, String>,
}

impl Trial {
    /// The trial of this number, where it is not there yet: drawn by the sampler of the sweep, with what is known of others.
    #[must_use]
    pub fn draw(definition: &Definition, number: u64, known: &[Known<'_>]) -> Self {
        let (places, drawn) =
            definition
                .sampler
                .draw((&definition.params, definition.seed), number, known);
        let keys = definition.params.iter().map(|param| param.key.clone());
        let mut values = keys.zip(drawn).collect();
        unset(definition, &mut values);
        Self {
            number,
            places,
            values,
        }
    }

    /// The trial of this number by the configuration of one of its runs: where its file was lost, and would be drawn otherwise now. A
    /// value lies where the domain has it, and one that is not set in the middle. Nothing, where that does not say all values.
    pub(super) fn of_run(definition: &Definition, number: u64, run: &Path) -> Option<Self> {
        let found = config::resolve(Sources::file(run.join(CONFIG))).ok()?;
        let settings: BTreeMap<&str, String> = found.config.settings().ok()?.into_iter().collect();
        // What a file that was cut does not say has its default.
        let is_said = |key: &str| matches!(found.origins.get(key), Some(Origin::File { .. }));
        let mut values: BTreeMap<String, String> = definition
            .params
            .iter()
            .filter(|param| is_said(&param.key))
            .filter_map(|param| {
                let setting = settings.get(param.key.as_str())?;
                Some((param.key.clone(), definition.written(param, setting)?))
            })
            .collect();
        unset(definition, &mut values);
        let place = |param: &Param| match values.get(&param.key) {
            Some(value) => param.domain.place_of(value),
            None => is_off(definition, &values, param).then_some(0.5),
        };
        let places = definition.params.iter().map(place);
        Some(Self {
            number,
            places: places.collect::<Option<_>>()?,
            values,
        })
    }

    /// What is to be said of the trial of this number where nothing tells its values any more.
    pub(super) fn lost(dir: &Path, number: u64) -> String {
        format!(
            "its values are lost: found neither {} nor a configuration of its runs in {}, expected one of them, since what is drawn \
             depends on what was known then. It goes no further: put one of them back, and remove its files in {}",
            Self::path(dir, number).display(),
            dir.join("runs").display(),
            dir.join("failures").display()
        )
    }

    /// Checks a sweep, and its first trials as they would be drawn: values that are good each by itself may not go together.
    ///
    /// # Errors
    /// What is wrong, and what was expected. `place` is where the definition stands.
    pub fn check_draws(definition: &Definition, place: &str) -> Result<(), SweepError> {
        definition.check(place)?;
        for number in 0..definition.count().min(DRAWN) {
            let trial = Self::draw(definition, number, &[]);
            let values = trial.values.iter();
            let values: Vec<String> = values
                .map(|(key, value)| format!("{key}={value}"))
                .collect();
            let place = format!("{place}: trial {number} ({})", values.join(", "));
            let config = definition.resolve(&trial.values, &place)?;
            definition.check_evaluations(&place, &config)?;
        }
        Ok(())
    }

    /// Writes it, unless another worker was faster; returns the one that is there.
    ///
    /// # Errors
    /// When it cannot be written, or what is there is no trial of this sweep.
    pub(super) fn keep(
        self,
        dir: &Path,
        disk: &dyn Disk,
        definition: &Definition,
    ) -> Result<Self, SweepError> {
        let path = Self::path(dir, self.number);
        let text = toml::to_string(&self).unwrap_or_default();
        let written = disk.write_once(&path, &text);
        if written.map_err(SweepError::io("write it", &path))? {
            return Ok(self);
        }
        // Another host has just written it, and it may seem to be missing.
        let refreshed = disk.refresh(folder_of(&path));
        refreshed.map_err(SweepError::io("write beside it", &path))?;
        Self::read(dir, disk, self.number, definition)?.ok_or_else(|| SweepError::Trial {
            path,
            reason: "the file was there and is gone".to_owned(),
        })
    }

    /// The trial of this number, if it was drawn.
    ///
    /// # Errors
    /// When it cannot be read, or does not fit the sweep.
    pub(super) fn read(
        dir: &Path,
        disk: &dyn Disk,
        number: u64,
        definition: &Definition,
    ) -> Result<Option<Self>, SweepError> {
        let path = Self::path(dir, number);
        let read = disk.read(&path);
        let Some(text) = read.map_err(SweepError::io("read it", &path))? else {
            return Ok(None);
        };
        let wrong = |reason: String| SweepError::Trial {
            path: path.clone(),
            reason,
        };
        let trial: Self = toml::from_slice(&text).map_err(|error| {
            wrong(format!(
                "{}; remove the file, and it is made anew",
                of_toml(&text, &error)
            ))
        })?;
        let is_known = |key: &String| definition.params.iter().any(|param| param.key == *key);
        if trial.number != number || trial.places.len() != definition.params.len() {
            return Err(wrong(format!(
                "found trial {} with {} parameters, expected trial {number} with {}: has sweep.toml been changed since?",
                trial.number,
                trial.places.len(),
                definition.params.len()
            )));
        }
        if let Some(key) = trial.values.keys().find(|key| !is_known(key)) {
            return Err(wrong(format!(
                "found the parameter `{key}`, which the sweep does not have: has sweep.toml been changed since?"
            )));
        }
        Ok(Some(trial))
    }

    /// Makes sure that its values are where the sweep has them: with other ranges, or others of a choice, trials would not be of one
    /// sweep.
    pub(super) fn check_places(
        &self,
        dir: &Path,
        definition: &Definition,
    ) -> Result<(), SweepError> {
        for (param, place) in definition.params.iter().zip(&self.places) {
            let Some(value) = self.values.get(&param.key) else {
                continue;
            };
            let lies = param.domain.place_of(value);
            let is_there = lies.is_some_and(|lies| (lies - place).abs() < NEAR);
            if !is_there && param.domain.at(*place) != *value {
                return Err(SweepError::Trial {
                    path: dir.join(FILE),
                    reason: format!(
                        "found {} for {}, where trial {} has {value} and would have {}: what trials have cannot be changed once there are \
                         any. Put back what was there, or make another sweep",
                        param.domain,
                        param.key,
                        self.number,
                        param.domain.at(*place),
                    ),
                });
            }
        }
        Ok(())
    }

    /// Its file.
    pub(super) fn path(dir: &Path, number: u64) -> PathBuf {
        dir.join("trials").join(format!("{number:04}.toml"))
    }

    /// Compares what makes a run with what this trial, and the sweep, say of it.
    ///
    /// # Errors
    /// When its values are not what keys take.
    pub(super) fn compare(
        &self,
        (dir, replicate): (&Path, u64),
        definition: &Definition,
    ) -> Result<Begun, SweepError> {
        let name = Self::run_name(self.number, replicate);
        let file = dir.join("runs").join(&name).join(CONFIG);
        // One that is not there or damaged is the worker's to deal with.
        let Ok(found) = config::resolve(Sources::file(&file)) else {
            return Ok(Begun::Unknown);
        };
        let mut wanted = definition.resolve(&self.values, &format!("trial {}", self.number))?;
        wanted.seed = definition.seed + replicate;
        let settings = |config: &RunConfig| -> BTreeMap<&str, String> {
            config.settings().unwrap_or_default().into_iter().collect()
        };
        let (has, wanted) = (settings(&found.config), settings(&wanted));
        let always = config::resolve(Sources::default())
            .map(|found| found.origins)
            .unwrap_or_default();
        let compared = KEYS
            .iter()
            .filter(|key| makes_the_run(key) || MEASURED.contains(&key.name));
        for key in compared.map(|key| key.name) {
            // A key that an earlier version did not know is not in the file, and neither is one that is not set.
            let is_said = matches!(found.origins.get(key), Some(Origin::File { .. }));
            if !is_said && always.contains_key(key) {
                continue;
            }
            let (has, wanted) = (has.get(key), wanted.get(key));
            let is_it = match (has, wanted) {
                (Some(has), Some(wanted)) if key == "dataset" => is_dataset(has, wanted),
                (has, wanted) => has == wanted,
            };
            if is_it {
                continue;
            }
            let path = if self.values.contains_key(key) {
                Self::path(dir, self.number)
            } else {
                dir.join(FILE)
            };
            let word = |value: Option<&String>| value.map_or("not set", String::as_str).to_owned();
            return Ok(Begun::Otherwise {
                path,
                reason: format!(
                    "`{key}` is {} for trial {}, and {} in {}: has it been changed since?",
                    word(wanted),
                    self.number,
                    word(has),
                    file.display()
                ),
            });
        }
        Ok(Begun::So)
    }

    /// The name of its run with the seed of this number: `0003-0`.
    #[must_use]
    pub fn run_name(number: u64, replicate: u64) -> String {
        format!("{number:04}-{replicate}")
    }
}

/// Removes the values of parameters whose conditions do not hold: one on a parameter that is itself not set does not.
fn unset(definition: &Definition, values: &mut BTreeMap<String, String>) {
    loop {
        let params = definition.params.iter();
        let off: Vec<&Param> = params
            .filter(|param| values.contains_key(&param.key) && is_off(definition, values, param))
            .collect();
        if off.is_empty() {
            return;
        }
        for param in off {
            values.remove(&param.key);
        }
    }
}

/// Whether a parameter is not set, because its condition does not hold among these values.
fn is_off(definition: &Definition, values: &BTreeMap<String, String>, param: &Param) -> bool {
    param.when.as_ref().is_some_and(|(key, wanted)| {
        values.get(key) != Some(wanted) && definition.said(key) != Some(wanted)
    })
}

/// Whether a run may have been begun with this dataset: its file may have moved since, and `auto` stands for a name.
fn is_dataset(has: &str, wanted: &str) -> bool {
    let (then, now) = (Path::new(has), Path::new(wanted));
    has == wanted
        || wanted == "auto"
        || then.is_absolute() && (now.is_absolute() || then.file_name() == now.file_name())
}
