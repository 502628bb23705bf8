//! How the trials of a sweep stand, as far as deciding needs it. What is final is read once: a look costs a few listings of folders,
//! and not the records of all runs.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::claim;
use super::course::{self, Until};
use super::decide::{ATTEMPTS, Job, Replicate, Stage};
use super::definition::{Budget, Definition};
use super::disk::{Disk, Local};
use super::error::SweepError;
use super::mark::{Mark, parse_name, parse_run};
use super::rungs::Rungs;
use super::sampler::Known;
use super::submitted;
use super::trial::Trial;
use crate::record::{self, Status};

/// The folders of files about runs that are written once.
const ONCE: [&str; 3] = ["decisions", "results", "failures"];

/// Claims of which it is found out at a look whether their workers live. To find out costs a few calls to the server for one of
/// another host; those not looked at this time are taken to live.
const CHECKED: usize = 8;

/// For how many looks a run that another was found to have counts as held: a listing may not show it yet.
const REMEMBERED: u64 = 3;

/// The trials of a sweep and their runs.
pub struct Board {
    dir: PathBuf,
    disk: Arc<dyn Disk>,
    /// The bytes of `sweep.toml`.
    text: Vec<u8>,
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
}

/// What is known of a run.
#[derive(Default)]
pub struct RunSeen {
    /// Where it stands.
    pub replicate: Replicate,
    /// Steps done, as far as they are saved.
    pub steps: u64,
    /// Its values of the metric at each rung that it reached.
    pub values: Vec<Option<f64>>,
    /// Why it failed.
    pub failure: Option<String>,
    /// What it reached, by rung in the unit of the budget.
    marks: BTreeMap<u64, Mark>,
    /// Rungs that it was decided to train it to.
    decided: BTreeSet<u64>,
    /// Why attempts at it failed, by their numbers.
    attempts: BTreeMap<u64, String>,
    /// The look at which another worker was found to be at it.
    taken_at: Option<u64>,
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
            rungs: definition.rungs(),
            definition,
            trials: BTreeMap::new(),
            runs: BTreeMap::new(),
            read: Default::default(),
            claims: BTreeMap::new(),
            next_claim: (0, 0),
            looks: 0,
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
        for (number, seed) in self
            .names("runs")?
            .iter()
            .filter_map(|name| parse_run(name))
        {
            if number >= self.definition.count() || seed >= self.definition.seeds {
                continue;
            }
            let run = self.runs.entry((number, seed)).or_default();
            if run.is_final(&self.rungs) {
                continue;
            }
            let path = self.dir.join("runs").join(Trial::run_name(number, seed));
            if let Some(facts) = record::facts(&path) {
                run.steps = facts.newest_checkpoint.unwrap_or(run.steps);
                // Whose worker died a moment ago.
                if matches!(facts.status, Status::Live { .. }) {
                    run.replicate.stage = Stage::Held;
                }
            }
        }
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
        self.see(CHECKED)
    }

    /// Looks at claims, at so many of them closely, and at what was written since.
    fn see(&mut self, checked: usize) -> Result<(), SweepError> {
        self.looks += 1;
        self.read_claims(checked)?;
        for (folder, place) in ONCE.into_iter().enumerate() {
            for name in self.names(place)? {
                if !self.read[folder].contains(&name)
                    && let Some(of) = parse_name(&name)
                {
                    self.take_in(folder, &name, of)?;
                }
            }
        }
        for (key, run) in &mut self.runs {
            let is_taken = run.taken_at.is_some_and(|at| at + REMEMBERED > self.looks);
            let is_held = is_taken || self.claims.get(key) == Some(&true);
            run.settle(&self.rungs, &self.definition, is_held);
        }
        Ok(())
    }

    /// Takes over a changed `sweep.toml`.
    fn read_definition(&mut self) -> Result<(), SweepError> {
        let text = Definition::text(&self.dir, &*self.disk)?;
        if text == self.text {
            return Ok(());
        }
        let definition = Definition::parse(&self.dir, &text)?;
        if definition.metric != self.definition.metric {
            // Marks are of one metric.
            self.read = Default::default();
            self.runs.clear();
        }
        if definition.params != self.definition.params {
            self.trials.clear();
        }
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
            let number = name
                .strip_suffix(".toml")
                .and_then(|stem| stem.parse().ok());
            if let Some(number) = number
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

    /// Takes in a file that is written once.
    fn take_in(
        &mut self,
        folder: usize,
        name: &str,
        (number, seed, last): (u64, u64, u64),
    ) -> Result<(), SweepError> {
        if number >= self.definition.count() || seed >= self.definition.seeds {
            return Ok(());
        }
        let path = self.dir.join(ONCE[folder]).join(name);
        let read = || {
            let content = self.disk.read(&path);
            content.map_err(SweepError::io("read it", &path))
        };
        let run = self.runs.entry((number, seed)).or_default();
        match ONCE[folder] {
            "decisions" => {
                run.decided.insert(last);
            }
            "results" => {
                let Some(content) = read()? else {
                    return Ok(());
                };
                // One that is not whole, or of another metric, is found out again from the record.
                if let Some(mark) = Mark::parse(&content, &self.definition.metric, last) {
                    run.marks.insert(last, mark);
                }
            }
            _ => {
                let Some(content) = read()? else {
                    return Ok(());
                };
                let reason = String::from_utf8_lossy(&content).trim_end().to_owned();
                run.attempts.insert(last, reason);
            }
        }
        self.read[folder].insert(name.to_owned());
        Ok(())
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

    /// The trials that were drawn, as far as they were read.
    pub fn trials(&self) -> impl Iterator<Item = &Trial> {
        self.trials.values()
    }

    /// The trial of this number: read, or drawn with what is known of others and written.
    ///
    /// # Errors
    /// When it cannot be written, or what is there does not fit.
    pub fn trial(&mut self, number: u64) -> Result<&Trial, SweepError> {
        if !self.trials.contains_key(&number) {
            let trial = match Trial::read(&self.dir, &*self.disk, number, &self.definition)? {
                Some(there) => there,
                None => self.draw(number)?,
            };
            self.insert(trial);
        }
        self.trials.get(&number).ok_or_else(|| SweepError::Trial {
            path: self.dir.clone(),
            reason: format!("trial {number} is gone"),
        })
    }

    fn draw(&self, number: u64) -> Result<Trial, SweepError> {
        let known: Vec<Known<'_>> = self
            .trials
            .values()
            .filter_map(|trial| {
                let run = self.runs.get(&(trial.number, 0))?;
                Some(Known {
                    places: &trial.places,
                    cost: run.replicate.last_cost()?,
                })
            })
            .collect();
        let drawn = Trial::draw(&self.definition, number, &known);
        drawn.keep(&self.dir, &*self.disk, &self.definition)
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
        let path = self
            .dir
            .join("decisions")
            .join(format!("{name}-{}.json", job.until));
        if self.write_once(&path, &format!("{text}\n"))? {
            return Ok(true);
        }
        // It was decided before: by one that died, or by one that is done with it.
        for folder in &ONCE[1..] {
            let path = self.dir.join(folder);
            let refreshed = self.disk.refresh(&path);
            refreshed.map_err(SweepError::io("write into it", &path))?;
        }
        let of = |last| (job.trial, job.replicate, last);
        self.take_in(1, &format!("{name}-{}.json", job.until), of(job.until))?;
        for attempt in 0..ATTEMPTS {
            self.take_in(2, &format!("{name}-{attempt}.txt"), of(attempt))?;
        }
        let run = self.runs.entry((job.trial, job.replicate)).or_default();
        Ok(!run.marks.contains_key(&job.until) && run.failed().is_none())
    }

    /// Looks into the record of a claimed run, and writes down what it reached, if the job is done. Returns whether it is.
    pub(super) fn conclude(&mut self, job: &Job) -> Result<bool, SweepError> {
        let name = Trial::run_name(job.trial, job.replicate);
        let run = self.dir.join("runs").join(&name);
        let trial = self.trial(job.trial)?.clone();
        let until = self.until(&trial, job.rung)?;
        let from = match job.rung.checked_sub(1).map(|rung| self.until(&trial, rung)) {
            Some(Ok(Until::Steps(steps))) => steps,
            // A long step may end beyond the next rung; then there is nothing newer.
            _ => 0,
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
        self.write_once(&Mark::path(&self.dir, &name, mark.until), &mark.text())?;
        let run = self.runs.entry((job.trial, job.replicate)).or_default();
        run.marks.insert(mark.until, mark);
        Ok(())
    }

    /// Keeps why an attempt at a run failed; after two it is not tried again.
    pub(super) fn fail(&mut self, job: &Job, reason: &str) -> Result<(), SweepError> {
        let name = Trial::run_name(job.trial, job.replicate);
        for attempt in 0..ATTEMPTS {
            let path = self
                .dir
                .join("failures")
                .join(format!("{name}-{attempt}.txt"));
            if self.write_once(&path, &format!("{reason}\n"))? {
                break;
            }
        }
        Ok(())
    }

    fn write_once(&self, path: &Path, text: &str) -> Result<bool, SweepError> {
        let written = self.disk.write_once(path, text);
        written.map_err(SweepError::io("write it", path))
    }
}

impl RunSeen {
    /// Why it failed for good, if it did.
    fn failed(&self) -> Option<&String> {
        let by_itself = self.marks.values().find_map(|mark| mark.failure.as_ref());
        let is_given_up = self.attempts.len() as u64 >= ATTEMPTS;
        by_itself.or_else(|| self.attempts.values().next_back().filter(|_| is_given_up))
    }

    fn is_final(&self, rungs: &Rungs) -> bool {
        self.failed().is_some() || self.marks.contains_key(&rungs.at(rungs.last()))
    }

    fn settle(&mut self, rungs: &Rungs, definition: &Definition, is_held: bool) {
        let at_each = || rungs.iter().map(|rung| self.marks.get(&rung));
        self.values = at_each().map(|mark| mark?.value).collect();
        let goal = definition.goal;
        let cost = |mark: &Mark| match mark.failure {
            // It did not get there.
            Some(_) => None,
            // One that was never measured is the worst, not one to wait for.
            None => Some(mark.value.map_or(f64::INFINITY, |value| goal.cost(value))),
        };
        self.replicate.costs = at_each().map(|mark| mark.and_then(cost)).collect();
        self.failure = self.failed().cloned();
        if let Some(mark) = self.marks.values().next_back() {
            self.steps = self.steps.max(mark.steps);
        }
        let reached = self.replicate.reached().map(|rung| rungs.at(rung));
        // Decided, and not there: nobody is at it if it is not held.
        let is_on_its_way = rungs.iter().any(|rung| {
            reached.is_none_or(|reached| rung > reached) && self.decided.contains(&rung)
        });
        self.replicate.stage = match (reached, is_on_its_way) {
            _ if is_held => Stage::Held,
            _ if self.failure.is_some() => Stage::Failed,
            (None, false) => Stage::New,
            (reached, is_on_its_way) => {
                Stage::At(reached.unwrap_or_default() + u64::from(is_on_its_way))
            }
        };
    }
}
