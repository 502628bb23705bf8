//! The trials of a sweep: read, drawn, found out again, and compared with what runs were begun with.

use std::collections::{BTreeMap, BTreeSet};

use super::Board;
use super::reading::number_of;
use crate::sweep::error::SweepError;
use crate::sweep::run_seen::RunSeen;
use crate::sweep::sampler::Known;
use crate::sweep::trial::{Begun, Trial};

impl Board {
    /// Makes sure that the sweep was not changed since trials were drawn, and since runs were begun: before another one is trained with
    /// something else. One of each tells, because the parameters, and what is set, are those of all.
    pub(super) fn check_one(&mut self) -> Result<(), SweepError> {
        let trials = self.names("trials")?;
        if let Some(number) = trials.iter().find_map(|name| number_of(name)) {
            Trial::read(&self.dir, &*self.disk, number, &self.definition)?;
        }
        for (number, seed) in self.begun()? {
            let trial = Trial::read(&self.dir, &*self.disk, number, &self.definition)?;
            if let Some(trial) = trial
                && self.compare(&trial, seed)?
            {
                break;
            }
        }
        Ok(())
    }

    /// Makes sure that there is a trial for each run: where files were lost it is drawn again, and what is there is read.
    ///
    /// # Errors
    /// When a trial does not fit the sweep or its runs, or the system refuses.
    pub(in crate::sweep) fn complete(&mut self) -> Result<(), SweepError> {
        self.read_trials()?;
        for number in self.numbers(RunSeen::has_begun) {
            self.trial(number)?;
        }
        self.compare_all(&self.begun()?)
    }

    /// The trials of which this holds for a run.
    pub(super) fn numbers(&self, is_it: impl Fn(&RunSeen) -> bool) -> BTreeSet<u64> {
        let runs = self.runs.iter().filter(|(_, run)| is_it(run));
        runs.map(|((number, _), _)| *number).collect()
    }

    /// Finds out the values of trials whose files were lost, for people; workers write them.
    pub(super) fn make_again(&mut self, begun: &[(u64, u64)]) {
        let mut numbers = self.numbers(RunSeen::has_begun);
        numbers.extend(begun.iter().map(|(number, _)| *number));
        for number in numbers {
            if !self.trials.contains_key(&number)
                && let Some(trial) = self.again(number)
            {
                self.insert(trial);
            }
        }
    }

    /// A trial as it was, without its file: drawn again, or for a sampler that learns as one of its runs was begun.
    pub(super) fn again(&self, number: u64) -> Option<Trial> {
        if !self.definition.sampler.learns() {
            return Some(Trial::draw(&self.definition, number, &[]));
        }
        (0..self.definition.seeds).find_map(|seed| {
            let run = self.dir.join("runs").join(Trial::run_name(number, seed));
            Trial::of_run(&self.definition, number, &run)
        })
    }

    /// Trials that reached something, and whose values nothing tells any more: what is to be said of each.
    #[must_use]
    pub fn lost(&self) -> BTreeMap<u64, String> {
        let reached = self.numbers(RunSeen::has_said).into_iter();
        reached
            .filter(|number| !self.trials.contains_key(number))
            .map(|number| (number, Trial::lost(&self.dir, number)))
            .collect()
    }

    pub(super) fn compare_all(&mut self, begun: &[(u64, u64)]) -> Result<(), SweepError> {
        for &(number, seed) in begun {
            if let Some(trial) = self.trials.get(&number).cloned() {
                self.compare(&trial, seed)?;
            }
        }
        Ok(())
    }

    /// Makes sure that a run was begun with what its trial says: it goes on with that, and is shown with it. Returns whether that could
    /// be found out.
    pub(in crate::sweep) fn compare(
        &mut self,
        trial: &Trial,
        seed: u64,
    ) -> Result<bool, SweepError> {
        if self.compared.contains(&(trial.number, seed)) {
            return Ok(true);
        }
        match trial.compare((&self.dir, seed), &self.definition)? {
            Begun::So => {
                trial.check_places(&self.dir, &self.definition)?;
                self.compared.insert((trial.number, seed));
                Ok(true)
            }
            Begun::Unknown => Ok(false),
            Begun::Otherwise { path, reason } => Err(SweepError::Trial {
                path,
                reason: format!(
                    "{reason} Put it back, or remove what there is of this run in runs, results and decisions"
                ),
            }),
        }
    }

    /// The trial of this number: read, or drawn with what is known of others and written. Nothing, where it was drawn before and its
    /// values are lost.
    ///
    /// # Errors
    /// When it cannot be written, or what is there does not fit.
    pub fn trial(&mut self, number: u64) -> Result<Option<&Trial>, SweepError> {
        if !self.trials.contains_key(&number) {
            let found = match Trial::read(&self.dir, &*self.disk, number, &self.definition)? {
                None => self.draw(number)?,
                there => there,
            };
            let Some(trial) = found else {
                return Ok(None);
            };
            self.insert(trial);
        }
        Ok(self.trials.get(&number))
    }

    pub(super) fn draw(&self, number: u64) -> Result<Option<Trial>, SweepError> {
        let has_said = |((of, _), run): (&(u64, u64), &RunSeen)| *of == number && run.has_said();
        let drawn = match self.again(number) {
            Some(trial) => trial,
            None if self.runs.iter().any(has_said) => {
                // Another host may have written it, and it seems to be missing.
                let folder = self.dir.join("trials");
                let refreshed = self.disk.refresh(&folder);
                refreshed.map_err(SweepError::io("write into it", &folder))?;
                return Trial::read(&self.dir, &*self.disk, number, &self.definition);
            }
            None => Trial::draw(&self.definition, number, &self.known()),
        };
        let kept = drawn.keep(&self.dir, &*self.disk, &self.definition);
        kept.map(Some)
    }

    /// What is known of trials, for a sampler that learns.
    pub(super) fn known(&self) -> Vec<Known<'_>> {
        let trials = self.trials.values().filter_map(|trial| {
            let run = self.runs.get(&(trial.number, 0))?;
            Some(Known {
                places: &trial.places,
                cost: run.replicate.last_cost()?,
            })
        });
        trials.collect()
    }

    pub(super) fn insert(&mut self, trial: Trial) {
        for seed in 0..self.definition.seeds {
            self.runs.entry((trial.number, seed)).or_default();
        }
        self.trials.insert(trial.number, trial);
    }
}
