//! A sweep as people look at it: every trial with where it stands, what it reached and what it cost; followed by a thread.

use std::collections::{BTreeMap, HashMap};
use std::fs;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use super::board::{Board, decision_file};
use super::budget::Budget;
use super::decide::{Next, Stage, decide};
use super::definition::Definition;
use super::error::SweepError;
use super::fitted::Fitted;
use super::importance::{Importance, Point};
use super::ranking::{Ranked, ranking};
use super::run_seen::RunSeen;
use super::state::TrialState;
use super::steering::{add_trials, stop_trial};
use super::trial::Trial;
use crate::record::{self, Status};

/// Time between two looks, at least; and at most so large a share of it is spent looking.
const PAUSE: Duration = Duration::from_secs(2);
const REST: u32 = 8;

/// A sweep as it stands.
#[derive(Debug, Clone)]
pub struct Seen {
    /// What it is.
    pub definition: Definition,
    /// The trials that were drawn, by their numbers.
    pub trials: Vec<TrialSeen>,
    /// Trials that reached something, and whose values nothing tells any more.
    pub lost: Vec<u64>,
    /// Trials that were not drawn yet.
    pub to_come: u64,
    /// Whether nothing is left to do.
    pub is_done: bool,
    /// How much is due to each parameter, and the rung at which that was measured.
    pub importance: (Importance, usize),
}

/// A trial as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialSeen {
    /// Its number.
    pub number: u64,
    /// Its values, by key.
    pub values: BTreeMap<String, String>,
    /// Where they lie in their domains, in the order of the parameters; nothing where a parameter is not set.
    pub places: Vec<Option<f64>>,
    /// Its runs that have begun, one for each seed.
    pub runs: Vec<ReplicateSeen>,
    /// Its place among all, from 0: nothing without a value.
    pub rank: Option<usize>,
    /// How good it is: the median of its seeds.
    pub value: Option<f64>,
    /// Of how many of its seeds that is.
    pub seeds: u64,
    /// The lowest and the highest of its seeds.
    pub spread: Option<(f64, f64)>,
    /// The highest rung that its first run reached.
    pub rung: Option<usize>,
    /// Where it stands.
    pub state: TrialState,
    /// How often somebody changed what it is trained with, while it was.
    pub by_hand: u64,
}

/// A run of a trial as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplicateSeen {
    /// The name of its directory in `runs`.
    pub name: String,
    /// Where it stands.
    pub state: TrialState,
    /// How far it is, in the unit of the budget: a run that nobody is at, as far as it is saved.
    pub amount: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// The host of the worker that was at it last.
    pub host: Option<String>,
    /// The scheduler's job that this worker is of.
    pub job: Option<String>,
    /// Why it failed, or was stopped.
    pub failure: Option<String>,
}

impl TrialSeen {
    /// What all its runs cost, in seconds of training.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.runs.iter().map(|run| run.seconds).sum()
    }

    /// The run that says most: the one that a worker is at, or the first.
    #[must_use]
    pub fn main_run(&self) -> Option<&ReplicateSeen> {
        let main = self.runs.iter().find(|run| run.state == self.state);
        main.or_else(|| self.runs.first())
    }
}

impl Seen {
    /// The best trial.
    #[must_use]
    pub fn best(&self) -> Option<&TrialSeen> {
        self.trials.iter().find(|trial| trial.rank == Some(0))
    }

    /// The trial of this number.
    #[must_use]
    pub fn trial(&self, number: u64) -> Option<&TrialSeen> {
        let at = self.trials.binary_search_by_key(&number, |t| t.number);
        self.trials.get(at.ok()?)
    }
}

/// What is known of a run besides what decides: it changes only when the run does.
#[derive(Debug, Clone, Default)]
struct Beside {
    stamp: (Option<Stage>, u64),
    seconds: f64,
    images: u64,
    host: Option<String>,
    job: Option<String>,
}

/// A change that a person wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// So many trials more.
    Add(u64),
    /// This trial is not to go on.
    Stop(u64),
}

/// The thread, as its owner sees it. It ends when this is dropped.
#[derive(Debug)]
pub struct Watching {
    /// The sweep as it stands, whenever that has changed; or why it cannot be looked at.
    pub seen: Receiver<Result<Arc<Seen>, String>>,
    /// What became of changes, in words.
    pub answers: Receiver<Result<String, String>>,
    /// Ready when there is something to take.
    pub wake: Receiver<()>,
    changes: Sender<Change>,
}

impl Watching {
    /// Starts looking at the sweep in a directory.
    ///
    /// # Errors
    /// When there is none, or the system has no more threads.
    pub fn start(dir: &Path) -> Result<Self, SweepError> {
        let (watching, looker) = Self::with_looker(dir)?;
        thread::Builder::new()
            .name("sweep".to_owned())
            .spawn(move || looker.run())
            .map_err(SweepError::io("start a thread for", dir))?;
        Ok(watching)
    }

    /// It, and what the thread does.
    fn with_looker(dir: &Path) -> Result<(Self, Looker), SweepError> {
        let board = Board::open(dir)?;
        let (tell, seen) = unbounded();
        let (answer, answers) = unbounded();
        let (waker, wake) = bounded(1);
        let (changes, wanted) = unbounded();
        let looker = Looker {
            dir: dir.to_owned(),
            board,
            beside: HashMap::new(),
            fitted: Fitted::default(),
            last: None,
            tell,
            answer,
            waker,
            wanted,
        };
        let watching = Self {
            seen,
            answers,
            wake,
            changes,
        };
        Ok((watching, looker))
    }

    /// Asks for a change.
    pub fn change(&self, change: Change) {
        // Without the thread nothing can be changed.
        let _ = self.changes.send(change);
    }
}

struct Looker {
    dir: PathBuf,
    board: Board,
    beside: HashMap<String, Beside>,
    fitted: Fitted,
    /// What was told last, as far as it tells one from another.
    last: Option<String>,
    tell: Sender<Result<Arc<Seen>, String>>,
    answer: Sender<Result<String, String>>,
    waker: Sender<()>,
    wanted: Receiver<Change>,
}

impl Looker {
    fn run(mut self) {
        loop {
            let begun = Instant::now();
            let found = self.look().map_err(|error| error.to_string());
            let digest = match &found {
                Ok(seen) => format!(
                    "{:?}{:?}{:?}{}",
                    seen.trials, seen.lost, seen.definition, seen.is_done
                ),
                Err(error) => error.clone(),
            };
            if self.last.as_ref() != Some(&digest) {
                self.last = Some(digest);
                if self.tell.send(found.map(Arc::new)).is_err() {
                    return;
                }
                let _ = self.waker.try_send(());
            }
            let pause = PAUSE.max(begun.elapsed() * REST);
            match self.wanted.recv_timeout(pause) {
                Ok(change) => {
                    let done = self.carry_out(&change).map_err(|error| error.to_string());
                    if self.answer.send(done).is_err() {
                        return;
                    }
                    let _ = self.waker.try_send(());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn carry_out(&mut self, change: &Change) -> Result<String, SweepError> {
        match change {
            Change::Add(more) => {
                let count = add_trials(&self.dir, *more)?;
                Ok(format!("the sweep has {count} trials now"))
            }
            Change::Stop(number) => {
                self.board.look()?;
                let stopped = stop_trial(&self.board, *number)?;
                Ok(match stopped.len() {
                    0 => format!("trial {number} is over already"),
                    _ => format!("trial {number} goes no further"),
                })
            }
        }
    }

    fn look(&mut self) -> Result<Seen, SweepError> {
        self.board.look()?;
        let next = decide(self.board.definition(), &self.board.replicates());
        let ranked = ranking(&self.board);
        let places: HashMap<u64, (usize, &Ranked)> = ranked
            .iter()
            .enumerate()
            .map(|(rank, found)| (found.trial.number, (rank, found)))
            .collect();
        let drawn: Vec<Trial> = self.board.trials().cloned().collect();
        let mut trials = Vec::with_capacity(drawn.len());
        for trial in drawn {
            let found = places.get(&trial.number).copied();
            trials.push(self.trial(trial, found, &next));
        }
        let definition = self.board.definition().clone();
        let points = (0..definition.rungs().count()).map(|rung| points(rung, &trials, &self.board));
        let points = points.collect();
        let lost: Vec<u64> = self.board.lost().into_keys().collect();
        Ok(Seen {
            importance: self.fitted.of(points, definition.params.len()),
            to_come: definition
                .count()
                .saturating_sub((trials.len() + lost.len()) as u64),
            lost,
            is_done: !next.is_open,
            definition,
            trials,
        })
    }

    fn trial(&mut self, trial: Trial, found: Option<(usize, &Ranked)>, next: &Next) -> TrialSeen {
        let Self { board, beside, .. } = self;
        let definition = board.definition();
        let mut runs = Vec::new();
        for replicate in 0..definition.seeds {
            let Some(run) = board.run(trial.number, replicate) else {
                continue;
            };
            if run.replicate.stage == Stage::New && replicate > 0 {
                continue;
            }
            let name = Trial::run_name(trial.number, replicate);
            let known = beside.entry(name.clone()).or_default();
            known.look(board.dir(), &name, run);
            runs.push(ReplicateSeen {
                state: TrialState::of(board, next, run),
                amount: match definition.budget {
                    Budget::Steps(_) => run.steps,
                    Budget::Images(_) => known.images,
                    Budget::Seconds(_) => known.seconds as u64,
                },
                seconds: known.seconds,
                host: known.host.clone(),
                job: known.job.clone(),
                failure: run.failure.clone(),
                name,
            });
        }
        let places = definition.params.iter().map(|param| {
            let value = trial.values.get(&param.key)?;
            param.domain.place_of(value)
        });
        let first = board.run(trial.number, 0);
        TrialSeen {
            number: trial.number,
            places: places.collect(),
            rank: found.map(|(rank, _)| rank),
            value: found.map(|(_, ranked)| ranked.median),
            seeds: found.map_or(0, |(_, ranked)| ranked.values.len() as u64),
            spread: found
                .filter(|(_, ranked)| ranked.values.len() > 1)
                .map(|(_, ranked)| ranked.spread()),
            rung: first.and_then(|run| run.values.iter().rposition(Option::is_some)),
            state: TrialState::of_trial(board, next, trial.number),
            by_hand: board.changes_by_hand(trial.number),
            values: trial.values,
            runs,
        }
    }
}

impl Beside {
    fn look(&mut self, dir: &Path, name: &str, run: &RunSeen) {
        let stamp = (Some(run.replicate.stage), run.steps);
        // One that is trained takes time.
        if stamp == self.stamp && run.replicate.stage != Stage::Held {
            return;
        }
        self.stamp = stamp;
        let facts = record::facts(&dir.join("runs").join(name));
        self.seconds = facts.as_ref().and_then(|f| f.elapsed).unwrap_or(0.0);
        self.images = facts.as_ref().and_then(|f| f.images).unwrap_or(0);
        let holder = facts.and_then(|facts| match facts.status {
            Status::Live { holder } => Some(holder.host),
            _ => None,
        });
        let decided = run.decided.last();
        let (host, job) = decided
            .and_then(|until| worker(&decision_file(dir, name, *until)))
            .unwrap_or_default();
        self.host = holder.or(Some(host).filter(|host| !host.is_empty()));
        self.job = job;
    }
}

/// Host and job of the worker that wrote a decision.
fn worker(decision: &Path) -> Option<(String, Option<String>)> {
    let decision: serde_json::Value = serde_json::from_slice(&fs::read(decision).ok()?).ok()?;
    let worker = decision.get("worker")?.as_str()?;
    let host = worker.rsplit_once(':').map_or(worker, |(host, _)| host);
    let job = decision.get("job").and_then(|job| job.as_str());
    Some((host.to_owned(), job.map(str::to_owned)))
}

/// What is known at a rung: where each trial's values lie, and what it costs.
fn points(rung: usize, trials: &[TrialSeen], board: &Board) -> Vec<Point> {
    let definition = board.definition();
    let point = |trial: &TrialSeen| {
        let run = board.run(trial.number, 0)?;
        let value = run.values.get(rung).copied().flatten();
        // One that failed on the way there is worse than any other; of one that waits, or was stopped, nothing is known.
        let has_failed = run.replicate.stage == Stage::Failed
            && !run.was_stopped()
            && run.values.iter().take(rung).all(Option::is_some);
        let cost = value.map(|value| definition.goal.cost(value));
        let cost = cost.or(has_failed.then_some(f64::INFINITY))?;
        // A parameter that is not set lies in the middle, where it tells nothing apart.
        let places = trial.places.iter();
        Some((places.map(|place| place.unwrap_or(0.5)).collect(), cost))
    };
    trials.iter().filter_map(point).collect()
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::sweep::{Goal, Sampler, Scheduler};

    fn sweep(dir: &Path) -> io::Result<()> {
        let definition = Definition {
            params: vec![
                "optimizer.g.lr=log(1e-5,1e-3)"
                    .parse()
                    .map_err(io::Error::other)?,
            ],
            set: vec!["dataset=digits".to_owned()],
            sampler: Sampler::Random,
            scheduler: Scheduler::Asha,
            metric: "d_loss".to_owned(),
            goal: Goal::Min,
            trials: 4,
            seeds: 2,
            seed: 0,
            budget: Budget::Steps(90),
            first_rung: 10,
            factor: 3,
            base: None,
        };
        definition.create(dir, None).map_err(io::Error::other)
    }

    #[test]
    fn trials_are_added_and_one_that_is_stopped_is_cancelled_for_all_workers() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let dir = folder.path().join("s");
        sweep(&dir)?;
        let (_watching, mut looker) = Watching::with_looker(&dir).map_err(io::Error::other)?;
        let add = looker.carry_out(&Change::Add(3));
        assert_eq!(add.ok().as_deref(), Some("the sweep has 7 trials now"));
        assert!(
            fs::read_to_string(dir.join("sweep.toml"))?.contains("trials = 7"),
            "the file says it"
        );
        looker.board.trial(2).map_err(io::Error::other)?;
        let seen = looker.look().map_err(io::Error::other)?;
        let of = |seen: &Seen| seen.trial(2).map(|trial| trial.state);
        assert_eq!(of(&seen), Some(TrialState::Waiting));
        assert_eq!(seen.to_come, 6);
        assert!(matches!(
            seen.importance,
            (Importance::TooFew { found: 0, .. }, 0)
        ));
        let stop = looker.carry_out(&Change::Stop(2));
        assert_eq!(stop.ok().as_deref(), Some("trial 2 goes no further"));
        let seen = looker.look().map_err(io::Error::other)?;
        assert_eq!(of(&seen), Some(TrialState::Cancelled));
        let jobs = decide(looker.board.definition(), &looker.board.replicates()).jobs;
        assert!(jobs.iter().all(|job| job.trial != 2) && !jobs.is_empty());
        let failure = seen
            .trial(2)
            .and_then(|trial| trial.runs.first()?.failure.clone());
        assert_eq!(failure.as_deref(), Some("stopped by a person"));
        let again = looker.carry_out(&Change::Stop(2));
        assert_eq!(again.ok().as_deref(), Some("trial 2 is over already"));
        let too_many = looker.carry_out(&Change::Add(1_000_000));
        assert!(too_many.is_err_and(|error| error.to_string().contains("at most 100000")));
        Ok(())
    }
}
