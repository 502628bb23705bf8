//! A worker's turns: which run it takes next, and what becomes of it. Whoever drives it trains.

use std::path::PathBuf;
use std::time::Duration;

use super::board::Board;
use super::claim::Claim;
use super::course;
use super::decide::{Job, decide};
use super::error::SweepError;
use super::trial::Trial;
use crate::rng::Stream;

/// Claims that are tried in a turn at most.
const TRIES: usize = 24;

/// The longest jump over jobs that others may have taken.
const FARTHEST: usize = 64;

/// How long a worker waits that has found nothing to do so many times in a row: longer and longer, so that hundreds of them are no
/// burden to a server.
#[must_use]
pub fn patience(times: u32) -> Duration {
    Duration::from_secs(1 << times.min(4)).min(Duration::from_secs(10))
}

/// What to do now.
#[derive(Debug)]
pub enum Turn {
    /// Train a run, which is claimed.
    Train(Box<Task>),
    /// Something is done that was found to be done already: the next turn may be taken at once.
    Again,
    /// Nothing for now; others are at what is left.
    Wait,
    /// Nothing any more.
    Over,
}

/// A run that is claimed, and how far it is to be trained. It is given back when it is dropped.
#[derive(Debug)]
pub struct Task {
    /// Which run, and how far.
    pub job: Job,
    /// Its values.
    pub trial: Trial,
    claim: Claim,
}

impl Task {
    /// The name of the run.
    #[must_use]
    pub fn name(&self) -> String {
        Trial::run_name(self.job.trial, self.job.replicate)
    }

    /// Shows others that this worker lives; to be called every second or so.
    ///
    /// # Errors
    /// When the directory refuses, or another has taken over.
    pub fn beat(&self) -> Result<(), SweepError> {
        self.claim.beat()
    }
}

impl Board {
    /// Looks, decides and claims.
    ///
    /// Several workers that look at the same time come to the same answer, and one of them gets the first job. The others try
    /// later ones, in jumps that grow, so that hundreds need no more than a few tries each. `jumps` decides how far; a worker
    /// that is alone never jumps.
    ///
    /// # Errors
    /// When the sweep is wrong, or the directory refuses.
    pub fn take_turn(&mut self, jumps: &mut Stream) -> Result<Turn, SweepError> {
        self.glance()?;
        let next = decide(self.definition(), &self.replicates());
        let (mut at, mut farthest) = (0, 1);
        for _ in 0..TRIES {
            let Some(job) = next.jobs.get(at) else {
                break;
            };
            match self.take(job)? {
                Some(turn) => return Ok(turn),
                None => self.taken(job),
            }
            at += 1 + jumps.below(farthest);
            farthest = (farthest * 2).min(FARTHEST);
        }
        if next.is_open {
            return Ok(Turn::Wait);
        }
        self.complete()?;
        Claim::clear(self.dir(), self.disk());
        Ok(Turn::Over)
    }

    /// Claims a job; nothing, if another worker is at it.
    fn take(&mut self, job: &Job) -> Result<Option<Turn>, SweepError> {
        let name = Trial::run_name(job.trial, job.replicate);
        let Some(claim) = Claim::take(self.dir(), self.disk(), &name)? else {
            return Ok(None);
        };
        // A run whose worker died a moment ago may still be saving; and a person may have resumed it by hand.
        let run = self.dir().join("runs").join(&name);
        if self.disk().is_held(&run) {
            return Ok(None);
        }
        let Some(trial) = self.trial(job.trial)?.cloned() else {
            let lost = Trial::lost(self.dir(), job.trial);
            self.give_up(job.trial, job.replicate, &lost)?;
            return Ok(Some(Turn::Again));
        };
        self.compare(&trial, job.replicate)?;
        if !self.begin(job)? || (run.is_dir() && self.conclude(job)?) {
            return Ok(Some(Turn::Again));
        }
        let until = self.until(&trial, job.rung)?;
        let was_tried = self
            .run(job.trial, job.replicate)
            .is_some_and(|run| run.replicate.was_tried);
        course::make_room(&run, until, was_tried).map_err(SweepError::io("put it aside", &run))?;
        let job = job.clone();
        Ok(Some(Turn::Train(Box::new(Task { job, trial, claim }))))
    }

    /// Puts aside what there is of a claimed run, where it cannot be gone on with: it is begun again. Returns where that is now.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn begin_again(&self, task: &Task) -> Result<PathBuf, SweepError> {
        let run = self.dir().join("runs").join(task.name());
        course::put_aside(&run).map_err(SweepError::io("put it aside", &run))
    }

    /// Writes down what a run reached that was trained, and gives it back. `failed` says why it may have failed, if it did not get
    /// there. Returns whether it did, or failed for good by itself.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn finish(&mut self, task: Task, failed: Option<&str>) -> Result<bool, SweepError> {
        let is_done = self.conclude(&task.job)?;
        if let Some(reason) = failed.filter(|_| !is_done) {
            self.fail(&task.job, reason)?;
        }
        // Only now may others see that nobody is at it.
        drop(task);
        Ok(is_done)
    }
}
