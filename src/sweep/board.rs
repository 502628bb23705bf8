//! How the trials of a sweep stand, as far as deciding needs it. What is final is read once: a look costs a few listings of folders,
//! and not the records of all runs.

mod reading;
mod trials;
mod writing;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::budget::Budget;
use super::by_hand;
use super::course::Until;
use super::decide::{Job, Replicate, Stage};
use super::definition::Definition;
use super::disk::{Disk, Local};
use super::error::SweepError;
use super::run_seen::RunSeen;
use super::rungs::Rungs;
use super::trial::Trial;
use crate::record::{self, Status};

pub(super) use writing::decision_file;

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

    /// How often somebody changed what the runs of a trial are trained with, while they were. One that was stopped counts only where its
    /// value does.
    #[must_use]
    pub fn changes_by_hand(&self, number: u64) -> u64 {
        let first = self.run(number, 0);
        let first = first.filter(|run| run.replicate.stage != Stage::Failed);
        let rung = first.and_then(|run| run.values.iter().rposition(Option::is_some));
        let counts = |run: &&RunSeen| {
            let goal = self.definition.goal;
            !run.was_stopped() || rung.is_some_and(|rung| run.counted(rung, goal).is_some())
        };
        let runs = (0..self.definition.seeds).filter_map(|seed| self.run(number, seed));
        runs.filter(counts).map(|run| run.by_hand).sum()
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

    /// Another worker has this run.
    pub(super) fn taken(&mut self, job: &Job) {
        let run = self.runs.entry((job.trial, job.replicate)).or_default();
        run.taken_at = Some(self.looks);
    }
}
