//! A trial: the values that it has, in a file that is written once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::definition::Definition;
use super::disk::Disk;
use super::error::{SweepError, of_toml};
use super::sampler::Known;
use crate::config::{self, Origin, RunConfig, Sources, ValueType};
use crate::files::folder_of;
use crate::record::CONFIG;

/// Trials that are drawn to see whether their values go together.
const DRAWN: u64 = 50;

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
        let mut values = BTreeMap::new();
        for (param, value) in definition.params.iter().zip(drawn) {
            values.insert(param.key.clone(), value);
        }
        // Conditions on parameters that are themselves not set do not hold.
        loop {
            let unset: Vec<String> = definition
                .params
                .iter()
                .filter(|param| values.contains_key(&param.key))
                .filter(|param| {
                    param.when.as_ref().is_some_and(|(key, wanted)| {
                        let set = |set: &String| *set == format!("{key}={wanted}");
                        values.get(key) != Some(wanted) && !definition.set.iter().any(set)
                    })
                })
                .map(|param| param.key.clone())
                .collect();
            if unset.is_empty() {
                break;
            }
            for key in unset {
                values.remove(&key);
            }
        }
        Self {
            number,
            places,
            values,
        }
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
            definition.resolve(&trial.values, &place)?;
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
                "{}; remove the file, and the trial is drawn again",
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

    /// Its file.
    pub(super) fn path(dir: &Path, number: u64) -> PathBuf {
        dir.join("trials").join(format!("{number:04}.toml"))
    }

    /// What a run was begun with that is not what this trial says, if anything is.
    ///
    /// # Errors
    /// When its values are not what keys take.
    pub(super) fn differs_from(
        &self,
        run: &Path,
        definition: &Definition,
    ) -> Result<Option<String>, SweepError> {
        let file = run.join(CONFIG);
        // One that is damaged is the run's to report.
        let Ok(found) = config::resolve(Sources::file(&file)) else {
            return Ok(None);
        };
        let place = format!("trial {}", self.number);
        let wanted = definition.resolve(&self.values, &place)?;
        let settings = |config: &RunConfig| -> BTreeMap<&str, String> {
            config.settings().unwrap_or_default().into_iter().collect()
        };
        let (has, wanted) = (settings(&found.config), settings(&wanted));
        let keys = self.values.keys().map(String::as_str).chain(
            definition
                .set
                .iter()
                .filter_map(|set| Some(set.split_once('=')?.0.trim())),
        );
        // Paths are written down as they are from anywhere.
        let counts = |key: &&str| {
            matches!(found.origins.get(*key), Some(Origin::File { .. }))
                && config::find_key(key)
                    .is_some_and(|key| !matches!(key.value_type, ValueType::Path(_)))
        };
        let mut others = keys.filter(counts).filter_map(|key| {
            let (has, wanted) = (has.get(key)?, wanted.get(key)?);
            (has != wanted).then(|| {
                format!(
                    "`{key}` is {wanted} for this trial, and {has} in {}",
                    file.display()
                )
            })
        });
        Ok(others.next())
    }

    /// The name of its run with the seed of this number: `0003-0`.
    #[must_use]
    pub fn run_name(number: u64, replicate: u64) -> String {
        format!("{number:04}-{replicate}")
    }
}
