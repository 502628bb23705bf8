//! How the trials of a sweep stand, as far as deciding needs it. What is final is read once: a look costs a few listings of folders,
//! and not the records of all runs.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::budget::Budget;
use super::by_hand;
use super::claim;
use super::course::{self, Until};
use super::decide::{ATTEMPTS, Job, Replicate, Stage};
use super::definition::Definition;
use super::disk::{Disk, Local};
use super::error::SweepError;
use super::mark::{Mark, parse_mark, parse_name, parse_run};
use super::run_seen::RunSeen;
use super::rungs::Rungs;
use super::sampler::Known;
use super::submitted;
use super::trial::{Begun, Trial};
use crate::record::{self, Status};

/// The folders of files about runs that are written once: what was decided, what was reached, and attempts that failed.
const ONCE: [&str; 3] = [DECISIONS, RESULTS, FAILURES];
const DECISIONS: &str = "decisions";
const RESULTS: &str = "results";
const FAILURES: &str = "failures";

/// Ends the name of the file that says of a run that a person has stopped its trial: `failures/0003-0-stopped.txt`.
const STOPPED: &str = "-stopped.txt";

/// Claims of which it is found out at a look whether their workers live. To find out costs a few calls to the server for one of
/// another host; those not looked at this time are taken to live.
const CHECKED: usize = 8;

/// For how many looks a run that another was found to have counts as held: a listing may not show it yet.
const REMEMBERED: u64 = 3;

/// The trials of a sweep and their runs.
pub struct Board {
    dir: PathBuf,
    disk: Arc<dyn Disk>,
    /// The bytes of `sweep.toml`, and of the configuration that goes with it.
    text: Vec<u8>,
    base: Option<Vec<u8>>,
    definition: Definition,
    rungs: Rungs,
    trials: BTreeMap<u64, Trial>,
    runs: BTreeMap<(u64, u64), RunSeen>,
    /// What has been read, by folder.
    read: [HashSet<String>; ONCE.len()],
    /// Claims that are there, with whether their workers lived when they were looked at last.
    claims: BTreeMap<(u64, u64), bool>,
    /// The claim that is looked at next.
    next_claim: (u64, u64),
    /// How often it looked.
    looks: u64,
    /// Whether a trial was compared with the sweep since that was changed.
    is_checked: bool,
    /// Runs whose configuration was compared with what their trial says.
    compared: HashSet<(u64, u64)>,
}

impl Board {
    /// The sweep in a directory.
    ///
    /// # Errors
    /// When there is none, or it is wrong.
    pub fn open(dir: &Path) -> Result<Self, SweepError> {
        Self::on(dir, Arc::new(Local))
    }

    /// The same, on another file system.
    ///
    /// # Errors
    /// When there is none, or it is wrong.
    pub fn on(dir: &Path, disk: Arc<dyn Disk>) -> Result<Self, SweepError> {
        let text = Definition::text(dir, &*disk)?;
        let definition = Definition::parse(dir, &text)?;
        Ok(Self {
            dir: dir.to_owned(),
            disk,
            text,
            base: None,
            rungs: definition.rungs(),
            definition,
            trials: BTreeMap::new(),
            runs: BTreeMap::new(),
            read: Default::default(),
            claims: BTreeMap::new(),
            next_claim: (0, 0),
            looks: 0,
            is_checked: false,
            compared: HashSet::new(),
        })
    }

    /// The directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The file system that it is on.
    #[must_use]
    pub fn disk(&self) -> &dyn Disk {
        &*self.disk
    }

    /// What the sweep is.
    #[must_use]
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// Looks at everything that may have changed, also at how far runs have come that are under way: for people.
    ///
    /// # Errors
    /// When a trial does not fit the sweep, or the system refuses.
    pub fn look(&mut self) -> Result<(), SweepError> {
        self.read_definition()?;
        self.read_trials()?;
        self.see(usize::MAX)?;
        let begun = self.begun()?;
        self.make_again(&begun);
        self.compare_all(&begun)?;
        self.read_details()?;
        for (number, seed) in begun {
            let run = self.runs.entry((number, seed)).or_default();
            if run.is_final(&self.rungs) {
                continue;
            }
            let path = self.dir.join("runs").join(Trial::run_name(number, seed));
            run.is_paused = false;
            if run.is_beyond_its_mark() {
                run.by_hand = by_hand::changes(&path);
            }
            if let Some(facts) = record::facts(&path) {
                let is_live = matches!(facts.status, Status::Live { .. });
                let saved = facts.newest_checkpoint;
                // What is not saved is lost where nobody is at it.
                let steps = if is_live {
                    facts.step.max(saved)
                } else {
                    saved
                };
                run.steps = steps.unwrap_or(run.steps);
                run.is_paused = is_live && facts.paused;
                // Whose worker died a moment ago.
                if is_live {
                    run.replicate.stage = Stage::Held;
                }
            }
        }
        Ok(())
    }

    /// Reads what names of results do not say: the steps, and why a run failed.
    fn read_details(&mut self) -> Result<(), SweepError> {
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

    /// Looks at what deciding needs.
    ///
    /// # Errors
    /// When the sweep or a trial is wrong by now, or the system refuses.
    pub fn glance(&mut self) -> Result<(), SweepError> {
        self.read_definition()?;
        if self.definition.sampler.learns() {
            self.read_trials()?;
        }
        if !self.is_checked {
            self.check_one()?;
            self.is_checked = true;
        }
        self.see(CHECKED)
    }

    /// Makes sure that the sweep was not changed since trials were drawn, and since runs were begun: before another one is trained with
    /// something else. One of each tells, because the parameters, and what is set, are those of all.
    fn check_one(&mut self) -> Result<(), SweepError> {
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

    /// The runs of this sweep that have a directory.
    fn begun(&self) -> Result<Vec<(u64, u64)>, SweepError> {
        let (count, seeds) = (self.definition.count(), self.definition.seeds);
        let names = self.names("runs")?;
        let runs = names.iter().filter_map(|name| parse_run(name));
        Ok(runs
            .filter(|(number, seed)| *number < count && *seed < seeds)
            .collect())
    }

    /// Makes sure that there is a trial for each run: where files were lost it is drawn again, and what is there is read.
    ///
    /// # Errors
    /// When a trial does not fit the sweep or its runs, or the system refuses.
    pub(super) fn complete(&mut self) -> Result<(), SweepError> {
        self.read_trials()?;
        for number in self.numbers(RunSeen::has_begun) {
            self.trial(number)?;
        }
        self.compare_all(&self.begun()?)
    }

    /// The trials of which this holds for a run.
    fn numbers(&self, is_it: impl Fn(&RunSeen) -> bool) -> BTreeSet<u64> {
        let runs = self.runs.iter().filter(|(_, run)| is_it(run));
        runs.map(|((number, _), _)| *number).collect()
    }

    /// Finds out the values of trials whose files were lost, for people; workers write them.
    fn make_again(&mut self, begun: &[(u64, u64)]) {
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
    fn again(&self, number: u64) -> Option<Trial> {
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

    fn compare_all(&mut self, begun: &[(u64, u64)]) -> Result<(), SweepError> {
        for &(number, seed) in begun {
            if let Some(trial) = self.trials.get(&number).cloned() {
                self.compare(&trial, seed)?;
            }
        }
        Ok(())
    }

    /// Makes sure that a run was begun with what its trial says: it goes on with that, and is shown with it. Returns whether that could
    /// be found out.
    pub(super) fn compare(&mut self, trial: &Trial, seed: u64) -> Result<bool, SweepError> {
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

    /// Looks at claims, at so many of them closely, and at what was written since.
    fn see(&mut self, checked: usize) -> Result<(), SweepError> {
        self.looks += 1;
        self.read_claims(checked)?;
        for folder in 0..ONCE.len() {
            self.take_in(folder)?;
        }
        self.settle();
        Ok(())
    }

    fn settle(&mut self) {
        for (key, run) in &mut self.runs {
            let is_taken = run.taken_at.is_some_and(|at| at + REMEMBERED > self.looks);
            let is_held = is_taken || self.claims.get(key) == Some(&true);
            run.settle(&self.rungs, &self.definition, is_held);
        }
    }

    /// Takes over a changed `sweep.toml`.
    fn read_definition(&mut self) -> Result<(), SweepError> {
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

    fn read_trials(&mut self) -> Result<(), SweepError> {
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
    fn read_claims(&mut self, most: usize) -> Result<(), SweepError> {
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

    fn names(&self, folder: &str) -> Result<Vec<String>, SweepError> {
        let path = self.dir.join(folder);
        let names = self.disk.names(&path);
        names.map_err(SweepError::io("read it", &path))
    }

    /// Takes in what is new in a folder of files that are written once.
    fn take_in(&mut self, folder: usize) -> Result<(), SweepError> {
        for name in self.names(ONCE[folder])? {
            if !self.read[folder].contains(&name) && self.take_in_one(folder, &name)? {
                self.read[folder].insert(name);
            }
        }
        Ok(())
    }

    /// Takes over that a person has stopped the trial of a run, where the name of a file says so.
    fn take_in_stop(&mut self, name: &str) -> Result<bool, SweepError> {
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
    fn said_in_failures(&self, name: &str) -> Result<Option<String>, SweepError> {
        let path = self.dir.join(FAILURES).join(name);
        let content = self.disk.read(&path);
        let content = content.map_err(SweepError::io("read it", &path))?;
        Ok(content.map(|content| String::from_utf8_lossy(&content).trim_end().to_owned()))
    }

    /// Returns whether a file says something of a run of this sweep.
    fn take_in_one(&mut self, folder: usize, name: &str) -> Result<bool, SweepError> {
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

    /// How each run of each trial stands, for [`super::decide`]; those of trials that were not drawn are new.
    #[must_use]
    pub fn replicates(&self) -> Vec<Vec<Replicate>> {
        let each = |number: u64| {
            (0..self.definition.seeds)
                .map(|replicate| {
                    let seen = self.runs.get(&(number, replicate));
                    seen.map(|run| run.replicate.clone()).unwrap_or_default()
                })
                .collect()
        };
        (0..self.definition.count()).map(each).collect()
    }

    /// A run of a trial, once there is anything of it.
    #[must_use]
    pub fn run(&self, number: u64, replicate: u64) -> Option<&RunSeen> {
        self.runs.get(&(number, replicate))
    }

    /// How many trials failed with the first of their seeds; those that a person stopped did not.
    #[must_use]
    pub fn failures(&self) -> u64 {
        let failed = |run: &&RunSeen| run.replicate.stage == Stage::Failed && !run.was_stopped();
        let firsts = self.runs.iter().filter(|((_, seed), _)| *seed == 0);
        firsts.map(|(_, run)| run).filter(failed).count() as u64
    }

    /// How often somebody changed what the runs of a trial are trained with, while they were.
    #[must_use]
    pub fn changes_by_hand(&self, number: u64) -> u64 {
        let runs = (0..self.definition.seeds).filter_map(|seed| self.run(number, seed));
        runs.map(|run| run.by_hand).sum()
    }

    /// Whether no run has reached anything yet.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn is_fresh(&self) -> Result<bool, SweepError> {
        Ok(self.names(RESULTS)?.is_empty())
    }

    /// The trials that were drawn, as far as they were read.
    pub fn trials(&self) -> impl Iterator<Item = &Trial> {
        self.trials.values()
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

    fn draw(&self, number: u64) -> Result<Option<Trial>, SweepError> {
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
    fn known(&self) -> Vec<Known<'_>> {
        let trials = self.trials.values().filter_map(|trial| {
            let run = self.runs.get(&(trial.number, 0))?;
            Some(Known {
                places: &trial.places,
                cost: run.replicate.last_cost()?,
            })
        });
        trials.collect()
    }

    /// How far a run of a trial which was drawn is trained for a rung.
    ///
    /// # Errors
    /// When the values of the trial are not what keys take.
    pub fn until(&self, trial: &Trial, rung: usize) -> Result<Until, SweepError> {
        let amount = self.rungs.at(rung);
        Ok(match self.definition.budget {
            Budget::Seconds(_) => Until::Seconds(amount),
            Budget::Steps(_) => Until::Steps(amount),
            Budget::Images(_) => {
                let place = format!("trial {}", trial.number);
                let config = self.definition.resolve(&trial.values, &place)?;
                Until::Steps(amount.div_ceil((config.batch_size as u64).max(1)))
            }
        })
    }

    fn insert(&mut self, trial: Trial) {
        for seed in 0..self.definition.seeds {
            self.runs.entry((trial.number, seed)).or_default();
        }
        self.trials.insert(trial.number, trial);
    }

    /// Another worker has this run.
    pub(super) fn taken(&mut self, job: &Job) {
        let run = self.runs.entry((job.trial, job.replicate)).or_default();
        run.taken_at = Some(self.looks);
    }

    /// Writes down what a claimed run is to be trained to and why, for people and for other workers. Returns whether that is still
    /// to be done: after a look that was out of date another may have done it by now.
    pub(super) fn begin(&mut self, job: &Job) -> Result<bool, SweepError> {
        let name = Trial::run_name(job.trial, job.replicate);
        let (_, unit) = self.definition.budget.parts();
        let text = serde_json::json!({
            "trial": job.trial,
            "seed": job.replicate,
            "until": job.until,
            "unit": unit,
            "reason": job.reason,
            "worker": format!("{}:{}", record::host(), std::process::id()),
            "job": submitted::of_this_worker(),
        });
        let path = decision_file(&self.dir, &name, job.until);
        if self.write_once(&path, &format!("{text}\n"))? {
            return Ok(true);
        }
        // It was decided before: by one that died, or by one that is done with it.
        for (folder, place) in (0..).zip(ONCE).skip(1) {
            let path = self.dir.join(place);
            let refreshed = self.disk.refresh(&path);
            refreshed.map_err(SweepError::io("write into it", &path))?;
            self.take_in(folder)?;
        }
        let run = self.runs.entry((job.trial, job.replicate)).or_default();
        Ok(!run.marks.contains_key(&job.until) && !run.has_failed())
    }

    /// Looks into the record of a claimed run, and writes down what it reached, if the job is done. Returns whether it is.
    pub(super) fn conclude(&mut self, job: &Job) -> Result<bool, SweepError> {
        let name = Trial::run_name(job.trial, job.replicate);
        let run = self.dir.join("runs").join(&name);
        let Some(trial) = self.trial(job.trial)?.cloned() else {
            return Ok(false);
        };
        let until = self.until(&trial, job.rung)?;
        let from = match self.definition.budget {
            Budget::Seconds(_) => 0,
            budget => {
                let config = self.definition.resolve(&trial.values, &name)?;
                let steps = |amount| budget.steps(amount, config.batch_size).unwrap_or(amount);
                self.rungs.shorter(job.rung, steps)
            }
        };
        match course::reached(&run, (job, until), &self.definition.metric, from) {
            Some(mark) => self.mark(job, mark).map(|()| true),
            None => Ok(false),
        }
    }

    /// Writes down what a claimed run reached.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mark(&mut self, job: &Job, mark: Mark) -> Result<(), SweepError> {
        let name = Trial::run_name(job.trial, job.replicate);
        self.write_once(&mark.path(&self.dir, &name), &mark.text())?;
        let run = self.runs.entry((job.trial, job.replicate)).or_default();
        run.reached(mark.until, mark.reached());
        run.detail(mark);
        Ok(())
    }

    /// Keeps why an attempt at a run failed; after two it is not tried again.
    pub(super) fn fail(&self, job: &Job, reason: &str) -> Result<(), SweepError> {
        for attempt in 0..ATTEMPTS {
            if self.write_failure((job.trial, job.replicate), attempt, reason)? {
                break;
            }
        }
        Ok(())
    }

    /// Says of a run that it goes no further: as many attempts at it have failed as make it count as failed.
    pub(super) fn give_up(&self, number: u64, seed: u64, reason: &str) -> Result<(), SweepError> {
        for attempt in 0..ATTEMPTS {
            self.write_failure((number, seed), attempt, reason)?;
        }
        Ok(())
    }

    /// Says of a run that a person has stopped its trial.
    pub(super) fn stop(&self, number: u64, seed: u64) -> Result<(), SweepError> {
        let name = format!("{}{STOPPED}", Trial::run_name(number, seed));
        let path = self.dir.join(FAILURES).join(name);
        self.write_once(&path, "stopped by a person\n").map(|_| ())
    }

    /// Returns whether it was not there.
    fn write_failure(
        &self,
        (number, seed): (u64, u64),
        attempt: u64,
        reason: &str,
    ) -> Result<bool, SweepError> {
        let name = Trial::run_name(number, seed);
        let path = self
            .dir
            .join(FAILURES)
            .join(format!("{name}-{attempt}.txt"));
        self.write_once(&path, &format!("{reason}\n"))
    }

    fn write_once(&self, path: &Path, text: &str) -> Result<bool, SweepError> {
        let written = self.disk.write_once(path, text);
        written.map_err(SweepError::io("write it", path))
    }
}

/// Where it is written down why a run is trained to a rung.
pub(super) fn decision_file(dir: &Path, run: &str, until: u64) -> PathBuf {
    dir.join(DECISIONS).join(format!("{run}-{until}.json"))
}

/// The number of the trial that a name says: `0003.toml`.
fn number_of(name: &str) -> Option<u64> {
    name.strip_suffix(".toml")?.parse().ok()
}
