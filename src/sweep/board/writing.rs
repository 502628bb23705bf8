//! What workers and people write down of runs: files that are written once.

use std::path::{Path, PathBuf};

use super::{Board, DECISIONS, FAILURES, ONCE, STOPPED};
use crate::record;
use crate::sweep::budget::Budget;
use crate::sweep::course;
use crate::sweep::decide::{ATTEMPTS, Job};
use crate::sweep::error::SweepError;
use crate::sweep::mark::Mark;
use crate::sweep::submitted;
use crate::sweep::trial::Trial;

impl Board {
    /// Writes down what a claimed run is to be trained to and why, for people and for other workers. Returns whether that is still
    /// to be done: after a look that was out of date another may have done it by now.
    pub(in crate::sweep) fn begin(&mut self, job: &Job) -> Result<bool, SweepError> {
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
    pub(in crate::sweep) fn conclude(&mut self, job: &Job) -> Result<bool, SweepError> {
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
    pub(in crate::sweep) fn fail(&self, job: &Job, reason: &str) -> Result<(), SweepError> {
        for attempt in 0..ATTEMPTS {
            if self.write_failure((job.trial, job.replicate), attempt, reason)? {
                break;
            }
        }
        Ok(())
    }

    /// Says of a run that it goes no further: as many attempts at it have failed as make it count as failed.
    pub(in crate::sweep) fn give_up(
        &self,
        number: u64,
        seed: u64,
        reason: &str,
    ) -> Result<(), SweepError> {
        for attempt in 0..ATTEMPTS {
            self.write_failure((number, seed), attempt, reason)?;
        }
        Ok(())
    }

    /// Says of a run that a person has stopped its trial.
    pub(in crate::sweep) fn stop(&self, number: u64, seed: u64) -> Result<(), SweepError> {
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
pub(in crate::sweep) fn decision_file(dir: &Path, run: &str, until: u64) -> PathBuf {
    dir.join(DECISIONS).join(format!("{run}-{until}.json"))
}
