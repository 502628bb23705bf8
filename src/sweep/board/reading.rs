//! What lies in the folders of a sweep, as it is read: of what is final only what is new.

use std::collections::BTreeSet;

use super::{Board, FAILURES, ONCE, REMEMBERED, RESULTS, STOPPED};
use crate::sweep::claim;
use crate::sweep::definition::Definition;
use crate::sweep::error::SweepError;
use crate::sweep::mark::{Mark, parse_mark, parse_name, parse_run};
use crate::sweep::trial::Trial;

impl Board {
    /// Reads what names of results do not say: the steps, and why a run failed.
    pub(super) fn read_details(&mut self) -> Result<(), SweepError> {
        for ((number, seed), run) in &mut self.runs {
            let Some((until, reached)) = run.lacks_detail() else {
                continue;
            };
            let name = Trial::run_name(*number, *seed);
            let path = reached.path(&self.dir, &name, (until, &self.definition.metric));
            let content = self.disk.read(&path);
            let content = content.map_err(SweepError::io("read it", &path))?;
            // One that is not whole is no worse than its name.
            if let Some(mark) = content.and_then(|content| Mark::parse(&content)) {
                run.detail(mark);
            }
        }
        self.settle();
        Ok(())
    }

    /// The runs of this sweep that have a directory.
    pub(super) fn begun(&self) -> Result<Vec<(u64, u64)>, SweepError> {
        let (count, seeds) = (self.definition.count(), self.definition.seeds);
        let names = self.names("runs")?;
        let runs = names.iter().filter_map(|name| parse_run(name));
        Ok(runs
            .filter(|(number, seed)| *number < count && *seed < seeds)
            .collect())
    }

    /// Looks at claims, at so many of them closely, and at what was written since.
    pub(super) fn see(&mut self, checked: usize) -> Result<(), SweepError> {
        self.looks += 1;
        self.read_claims(checked)?;
        for folder in 0..ONCE.len() {
            self.take_in(folder)?;
        }
        self.settle();
        Ok(())
    }

    pub(super) fn settle(&mut self) {
        for (key, run) in &mut self.runs {
            let is_taken = run.taken_at.is_some_and(|at| at + REMEMBERED > self.looks);
            let is_held = is_taken || self.claims.get(key) == Some(&true);
            run.settle(&self.rungs, &self.definition, is_held);
        }
    }

    /// Takes over a changed `sweep.toml`.
    pub(super) fn read_definition(&mut self) -> Result<(), SweepError> {
        let text = Definition::text(&self.dir, &*self.disk)?;
        let base = match &self.definition.base {
            Some(path) => self
                .disk
                .read(path)
                .map_err(SweepError::io("read it", path))?,
            None => None,
        };
        if text == self.text && base == self.base {
            return Ok(());
        }
        self.base = base;
        let definition = Definition::parse(&self.dir, &text)?;
        if definition.metric != self.definition.metric {
            // Marks are of one metric.
            self.read = Default::default();
            self.runs.clear();
        }
        if definition.params != self.definition.params {
            self.trials.clear();
        }
        self.is_checked = false;
        self.compared.clear();
        self.rungs = definition.rungs();
        self.definition = definition;
        self.text = text;
        let (count, seeds) = (self.definition.count(), self.definition.seeds);
        self.trials.retain(|number, _| *number < count);
        self.runs
            .retain(|(number, seed), _| *number < count && *seed < seeds);
        Ok(())
    }

    pub(super) fn read_trials(&mut self) -> Result<(), SweepError> {
        for name in self.names("trials")? {
            if let Some(number) = number_of(&name)
                && number < self.definition.count()
                && !self.trials.contains_key(&number)
                && let Some(trial) = Trial::read(&self.dir, &*self.disk, number, &self.definition)?
            {
                self.insert(trial);
            }
        }
        Ok(())
    }

    /// Which claims there are, and of some of them whether their workers live.
    pub(super) fn read_claims(&mut self, most: usize) -> Result<(), SweepError> {
        let there: BTreeSet<_> = self
            .names("claims")?
            .iter()
            .filter_map(|name| parse_run(name))
            .collect();
        self.claims.retain(|claim, _| there.contains(claim));
        for claim in &there {
            self.claims.entry(*claim).or_insert(true);
            self.runs.entry(*claim).or_default();
        }
        // In turn.
        let after = there.range(self.next_claim..);
        let checked: Vec<_> = after
            .chain(&there)
            .take(most.min(there.len()))
            .copied()
            .collect();
        for (number, seed) in checked {
            let folder = claim::folder(&self.dir, &Trial::run_name(number, seed));
            self.claims
                .insert((number, seed), self.disk.is_held(&folder));
            self.next_claim = (number, seed + 1);
        }
        Ok(())
    }

    pub(super) fn names(&self, folder: &str) -> Result<Vec<String>, SweepError> {
        let path = self.dir.join(folder);
        let names = self.disk.names(&path);
        names.map_err(SweepError::io("read it", &path))
    }

    /// Takes in what is new in a folder of files that are written once.
    pub(super) fn take_in(&mut self, folder: usize) -> Result<(), SweepError> {
        for name in self.names(ONCE[folder])? {
            if !self.read[folder].contains(&name) && self.take_in_one(folder, &name)? {
                self.read[folder].insert(name);
            }
        }
        Ok(())
    }

    /// Takes over that a person has stopped the trial of a run, where the name of a file says so.
    pub(super) fn take_in_stop(&mut self, name: &str) -> Result<bool, SweepError> {
        let Some((number, seed)) = name.strip_suffix(STOPPED).and_then(parse_run) else {
            return Ok(false);
        };
        if number >= self.definition.count() || seed >= self.definition.seeds {
            return Ok(false);
        }
        let Some(why) = self.said_in_failures(name)? else {
            return Ok(false);
        };
        self.runs.entry((number, seed)).or_default().stopped = Some(why);
        Ok(true)
    }

    /// What stands in a file about a failure, if it is there.
    pub(super) fn said_in_failures(&self, name: &str) -> Result<Option<String>, SweepError> {
        let path = self.dir.join(FAILURES).join(name);
        let content = self.disk.read(&path);
        let content = content.map_err(SweepError::io("read it", &path))?;
        Ok(content.map(|content| String::from_utf8_lossy(&content).trim_end().to_owned()))
    }

    /// Returns whether a file says something of a run of this sweep.
    pub(super) fn take_in_one(&mut self, folder: usize, name: &str) -> Result<bool, SweepError> {
        if ONCE[folder] == FAILURES && name.ends_with(STOPPED) {
            return self.take_in_stop(name);
        }
        let is_result = ONCE[folder] == RESULTS;
        let said = if is_result {
            parse_mark(name, &self.definition.metric)
                .map(|(trial, seed, until, reached)| ((trial, seed, until), Some(reached)))
        } else {
            parse_name(name).map(|of| (of, None))
        };
        let Some(((number, seed, last), reached)) = said else {
            return Ok(false);
        };
        if number >= self.definition.count() || seed >= self.definition.seeds {
            return Ok(false);
        }
        let reason = if ONCE[folder] == FAILURES {
            match self.said_in_failures(name)? {
                None => return Ok(false),
                said => said,
            }
        } else {
            None
        };
        let run = self.runs.entry((number, seed)).or_default();
        match (reached, reason) {
            (Some(reached), _) => run.reached(last, reached),
            (None, Some(reason)) => {
                run.attempts.insert(last, reason);
            }
            (None, None) => {
                run.decided.insert(last);
            }
        }
        Ok(true)
    }
}

/// The number of the trial that a name says: `0003.toml`.
pub(super) fn number_of(name: &str) -> Option<u64> {
    name.strip_suffix(".toml")?.parse().ok()
}
