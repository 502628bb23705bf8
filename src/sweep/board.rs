//! What the runs of a sweep recorded, as far as deciding needs it. What has been read is kept, so that looking again costs little.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::claim::Claim;
use super::decide::{ATTEMPTS, Job, Replicate, Stage};
use super::definition::Definition;
use super::error::SweepError;
use super::once::write_once;
use super::rungs::Rungs;
use super::sampler::Known;
use super::trial::Trial;
use crate::logs::{self, Point, Reached, Sink, Source};
use crate::protocol::Outcome;
use crate::record::{self, Status};

/// Bytes of a record that are read at once.
const PIECE: u64 = 1 << 20;

/// The trials of a sweep and their runs.
pub struct Board {
    dir: PathBuf,
    definition: Definition,
    rungs: Rungs,
    trials: BTreeMap<u64, Trial>,
    /// The steps of each rung, by trial: they depend on its batch size.
    steps: BTreeMap<u64, Vec<u64>>,
    runs: BTreeMap<(u64, u64), RunSeen>,
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
    reader: Option<Box<dyn Source>>,
    course: Course,
    /// Nothing of it will change.
    is_final: bool,
}

/// The values of one metric.
#[derive(Default)]
struct Course {
    metric: String,
    points: Vec<(u64, f64)>,
}

impl Sink for Course {
    fn point(&mut self, metric: &str, point: Point) {
        if metric == self.metric {
            self.rewind(point.step);
            self.points.push((point.step, point.value));
        }
    }

    fn rewind(&mut self, step: u64) {
        let kept = self.points.partition_point(|(at, _)| *at < step);
        self.points.truncate(kept);
    }

    fn restart(&mut self) {
        self.points.clear();
    }
}

impl Course {
    /// The newest value after one step and up to another.
    fn within(&self, after: Option<u64>, step: u64) -> Option<f64> {
        let end = self.points.partition_point(|(at, _)| *at <= step);
        let (at, value) = self.points.get(end.checked_sub(1)?)?;
        (after.is_none_or(|after| *at > after)).then_some(*value)
    }
}

impl Board {
    /// The sweep in a directory.
    ///
    /// # Errors
    /// When there is none, or it is wrong.
    pub fn open(dir: &Path) -> Result<Self, SweepError> {
        let definition = Definition::read(dir)?;
        Ok(Self {
            dir: dir.to_owned(),
            rungs: definition.rungs(),
            definition,
            trials: BTreeMap::new(),
            steps: BTreeMap::new(),
            runs: BTreeMap::new(),
        })
    }

    /// The directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the sweep is.
    #[must_use]
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// Looks at everything that may have changed.
    ///
    /// # Errors
    /// When a trial does not fit the sweep, or the system refuses.
    pub fn look(&mut self) -> Result<(), SweepError> {
        for number in 0..self.definition.count() {
            if !self.trials.contains_key(&number)
                && let Some(trial) = Trial::read(&self.dir, number, &self.definition)?
            {
                self.insert(trial)?;
            }
        }
        let drawn: Vec<u64> = self.trials.keys().copied().collect();
        for number in drawn {
            for replicate in 0..self.definition.seeds {
                self.look_at(number, replicate);
            }
        }
        Ok(())
    }

    fn look_at(&mut self, number: u64, replicate: u64) {
        let name = Trial::run_name(number, replicate);
        let run = self.runs.entry((number, replicate)).or_default();
        if run.is_final {
            return;
        }
        let path = self.dir.join("runs").join(&name);
        let Some(rungs) = self.steps.get(&number) else {
            return;
        };
        run.read(&path, &self.definition.metric);
        let attempts = failures(&self.dir, &name);
        let is_taken = Claim::is_taken(&self.dir, &name);
        run.judge(&path, rungs, attempts, is_taken);
        let costs = run.values.iter().zip(rungs).map(|(value, rung)| {
            let cost = value.map(|value| self.definition.goal.cost(value));
            // One that was never measured is the worst, not one to wait for.
            cost.or((run.steps >= *rung).then_some(f64::INFINITY))
        });
        run.replicate.costs = costs.collect();
        if let Stage::At(_) = run.replicate.stage {
            let passed = rungs.iter().rposition(|rung| run.steps >= *rung);
            let at = match passed {
                None => u64::from(run.steps > 0),
                Some(rung) => self.rungs.at(rung) + u64::from(run.steps > rungs[rung]),
            };
            run.replicate.stage = Stage::At(at);
        }
        let is_at_the_end = rungs.last().is_some_and(|last| run.steps >= *last);
        run.is_final = run.replicate.stage != Stage::Held
            && (is_at_the_end || run.replicate.stage == Stage::Failed);
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

    /// A run of a trial, once the trial was drawn.
    #[must_use]
    pub fn run(&self, number: u64, replicate: u64) -> Option<&RunSeen> {
        self.runs.get(&(number, replicate))
    }

    /// The trials that were drawn.
    pub fn trials(&self) -> impl Iterator<Item = &Trial> {
        self.trials.values()
    }

    /// The trial of this number: read, or drawn with what is known of others and written.
    ///
    /// # Errors
    /// When it cannot be written, or what is there does not fit.
    pub fn trial(&mut self, number: u64) -> Result<&Trial, SweepError> {
        if !self.trials.contains_key(&number) {
            let known: Vec<Known<'_>> = self
                .trials
                .values()
                .filter_map(|trial| {
                    let run = self.runs.get(&(trial.number, 0))?;
                    let cost = match run.replicate.stage {
                        Stage::Failed => f64::INFINITY,
                        _ => run.replicate.costs.iter().rev().find_map(|cost| *cost)?,
                    };
                    Some(Known {
                        places: &trial.places,
                        cost,
                    })
                })
                .collect();
            let drawn = Trial::draw(&self.definition, number, &known);
            let kept = drawn.keep(&self.dir, &self.definition)?;
            self.insert(kept)?;
        }
        self.trials.get(&number).ok_or_else(|| SweepError::Trial {
            path: self.dir.clone(),
            reason: format!("trial {number} is gone"),
        })
    }

    /// Steps that a run of a trial which was drawn has at a rung.
    #[must_use]
    pub fn steps(&self, number: u64, rung: usize) -> Option<u64> {
        self.steps.get(&number)?.get(rung).copied()
    }

    fn insert(&mut self, trial: Trial) -> Result<(), SweepError> {
        let place = format!("trial {}", trial.number);
        let config = self.definition.resolve(&trial.values, &place)?;
        let steps = |rung| self.definition.budget.steps(rung, config.batch_size);
        self.steps
            .insert(trial.number, self.rungs.iter().map(steps).collect());
        self.trials.insert(trial.number, trial);
        Ok(())
    }

    /// Keeps why an attempt at a run failed; after two it is not tried again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn fail(&self, name: &str, reason: &str) -> Result<(), SweepError> {
        for attempt in 0..ATTEMPTS {
            if write_once(&failures_of(&self.dir, name, attempt), reason)? {
                break;
            }
        }
        Ok(())
    }

    /// Keeps what was decided and why, for people: the first who decides it writes it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note(&self, job: &Job) -> Result<(), SweepError> {
        let name = Trial::run_name(job.trial, job.replicate);
        let (_, unit) = self.definition.budget.parts();
        let text = serde_json::json!({
            "trial": job.trial,
            "seed": job.replicate,
            "until": self.rungs.at(job.rung),
            "unit": unit,
            "reason": job.reason,
            "worker": format!("{}:{}", record::host(), std::process::id()),
        });
        let decisions = self.dir.join("decisions");
        let path = decisions.join(format!("{name}-{}.json", job.rung));
        write_once(&path, &format!("{text}\n")).map(|_| ())
    }
}

impl RunSeen {
    /// Reads on in its record.
    fn read(&mut self, path: &Path, metric: &str) {
        if self.reader.is_none() && path.join(record::EVENTS).is_file() {
            metric.clone_into(&mut self.course.metric);
            let found = logs::find(path).ok();
            let found = found.and_then(|found| found.runs.into_iter().next());
            self.reader = found.map(|found| logs::open(&found));
        }
        if let Some(reader) = &mut self.reader {
            // What cannot be read now is read the next time.
            while matches!(reader.read(PIECE, &mut self.course), Ok(Reached::More)) {}
        }
    }

    fn judge(&mut self, path: &Path, rungs: &[u64], attempts: Vec<String>, is_taken: bool) {
        let facts = record::facts(path);
        let saved = facts.as_ref().and_then(|facts| facts.newest_checkpoint);
        self.steps = saved.unwrap_or(0);
        let before = std::iter::once(None).chain(rungs.iter().copied().map(Some));
        self.values = rungs
            .iter()
            .zip(before)
            .map(|(rung, before)| {
                let value = self.course.within(before, *rung);
                value.filter(|_| self.steps >= *rung)
            })
            .collect();
        self.failure = None;
        self.replicate.stage = match facts.map(|facts| facts.status) {
            _ if is_taken => Stage::Held,
            Some(Status::Finished {
                outcome: Outcome::Diverged | Outcome::FailedCondition | Outcome::Failed,
                reason,
            }) => {
                self.failure = Some(reason);
                Stage::Failed
            }
            _ if attempts.len() as u64 >= ATTEMPTS => {
                self.failure = attempts.into_iter().next_back();
                Stage::Failed
            }
            Some(_) if saved.is_some() => Stage::At(0),
            _ => Stage::New,
        };
    }
}

/// The folder of reasons why runs did not begin or did not end.
fn failures_of(dir: &Path, name: &str, attempt: u64) -> PathBuf {
    dir.join("failures").join(format!("{name}-{attempt}.txt"))
}

/// Why attempts at a run failed, in their order.
fn failures(dir: &Path, name: &str) -> Vec<String> {
    (0..ATTEMPTS)
        .map_while(|attempt| std::fs::read_to_string(failures_of(dir, name, attempt)).ok())
        .map(|reason| reason.trim_end().to_owned())
        .collect()
}
