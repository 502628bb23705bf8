//! What many workers spend on claiming and deciding: a sweep with simulated time, in which nothing is trained.
//!
//! Each worker is one of [`sweep work`](crate::cli)'s, with its own view of a real directory; only the training is left out. What it
//! does between two trainings is done, one worker after another, and its time is taken; the training that would follow is added. So
//! that hundreds of workers can be simulated on two cores, which on a cluster would have cores of their own.

mod clock;
mod nfs;
mod samplers;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::rng::Stream;
use crate::sweep::{
    Board, Budget, Definition, Disk, Goal, Local, Mark, Param, Sampler, Scheduler, SweepError,
    Task, Turn, patience,
};
use clock::Clock;
use nfs::Nfs;
pub use samplers::{Function, Samples, samplers};

/// Steps of a second of simulated training.
const PACE: f64 = 100.0;

/// The first rung in steps, and the budget.
const FIRST: u64 = 1000;
const BUDGET: u64 = 27_000;

/// What a call to a server takes.
const CALL: Duration = Duration::from_millis(1);

/// The manners of the file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Manners {
    /// As it is.
    Local,
    /// Those of NFS, simulated: 1 ms a call, listings of half a minute ago.
    Nfs,
}

/// What to simulate.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How many trials.
    pub trials: u64,
    /// How many workers, which begin within a second.
    pub workers: usize,
    /// The scheduler.
    pub scheduler: Scheduler,
    /// The sampler.
    pub sampler: Sampler,
    /// The file system.
    pub manners: Manners,
    /// Where to make the sweep, in a folder of its own that is removed.
    pub folder: PathBuf,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Trials.
    pub trials: u64,
    /// Workers.
    pub workers: usize,
    /// The file system.
    pub manners: Manners,
    /// The processor.
    pub processor: String,
    /// Trainings: a trial has one for each rung that it got to.
    pub jobs: u64,
    /// Simulated seconds of training, of all workers.
    pub training: f64,
    /// Seconds in claiming and deciding, of all workers, where there was something to do.
    pub deciding: f64,
    /// Seconds in which workers found nothing to do.
    pub waiting: f64,
    /// What share of a worker's time in training and deciding is deciding, in per cent.
    pub percent: f64,
    /// The longest that one attempt to get a trial took, in milliseconds; between two trainings there may be several.
    pub longest_ms: f64,
    /// Trainings that had been made before: there must be none.
    pub made_twice: u64,
    /// Claims left at the end: there must be none.
    pub claims_left: usize,
    /// Simulated seconds from the beginning to the end.
    pub lasted: f64,
    /// Calls to the server, by what they were for, where there is one.
    pub calls: BTreeMap<&'static str, u64>,
}

/// A worker.
struct Worker {
    board: Board,
    jumps: Stream,
    task: Option<Task>,
    idle_turns: u32,
}

/// Simulates a sweep.
///
/// # Errors
/// When the folder refuses.
pub fn run(plan: &Plan) -> Result<Report, SweepError> {
    let place = tempfile::tempdir_in(&plan.folder)
        .map_err(SweepError::io("make a folder in it", &plan.folder))?;
    let dir = place.path().join("sweep");
    definition(plan).create(&dir, None)?;
    let clock = Arc::new(Clock::default());
    let mut pace = Stream::new(0, "pace");
    let mut report = Report {
        trials: plan.trials,
        workers: plan.workers,
        manners: plan.manners,
        processor: super::processor(),
        jobs: 0,
        training: 0.0,
        deciding: 0.0,
        waiting: 0.0,
        percent: 0.0,
        longest_ms: 0.0,
        made_twice: 0,
        claims_left: 0,
        lasted: 0.0,
        calls: BTreeMap::new(),
    };
    let counts = Arc::default();
    let mut workers = Vec::new();
    // When each does something next; of several at once the first.
    let mut due = BinaryHeap::new();
    for number in 0..plan.workers {
        let disk: Arc<dyn Disk> = match plan.manners {
            Manners::Local => Arc::new(Local),
            Manners::Nfs => Arc::new(Nfs::new(clock.clone(), CALL, Arc::clone(&counts))),
        };
        workers.push(Worker {
            board: Board::on(&dir, disk)?,
            jumps: Stream::new(number as u64, "jumps"),
            task: None,
            idle_turns: 0,
        });
        let begins = Duration::from_secs_f32(pace.uniform());
        due.push(Reverse((begins, number)));
    }
    clock.take_spent();
    let mut made = HashSet::new();
    while let Some(Reverse((now, number))) = due.pop() {
        clock.advance_to(now);
        let Some(worker) = workers.get_mut(number) else {
            continue;
        };
        let began = Instant::now();
        let turn = worker.turn()?;
        let busy = began.elapsed() + clock.take_spent();
        let is_idle = matches!(turn, Turn::Wait | Turn::Over);
        if is_idle {
            report.waiting += busy.as_secs_f64();
        } else {
            report.deciding += busy.as_secs_f64();
            report.longest_ms = report.longest_ms.max(busy.as_secs_f64() * 1000.0);
            worker.idle_turns = 0;
        }
        report.lasted = report.lasted.max((now + busy).as_secs_f64());
        match turn {
            Turn::Train(task) => {
                let from = before(&dir, &task);
                // Some machines are slower.
                let seconds =
                    (task.job.until - from) as f64 / PACE * f64::from(pace.between(0.8, 1.2));
                report.jobs += 1;
                report.training += seconds;
                if !made.insert((task.job.trial, task.job.until)) {
                    report.made_twice += 1;
                }
                worker.task = Some(*task);
                due.push(Reverse((
                    now + busy + Duration::from_secs_f64(seconds),
                    number,
                )));
            }
            Turn::Again => due.push(Reverse((now + busy, number))),
            Turn::Wait => {
                let patience = patience(worker.idle_turns);
                worker.idle_turns += 1;
                report.waiting += patience.as_secs_f64();
                due.push(Reverse((now + busy + patience, number)));
            }
            Turn::Over => {}
        }
    }
    report.claims_left = Local
        .names(&dir.join("claims"))
        .map_or(0, |names| names.len());
    report.calls = counts
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    report.percent = 100.0 * report.deciding / (report.training + report.deciding).max(1e-9);
    Ok(report)
}

impl Worker {
    /// Gives back what it trained, if anything, and takes the next.
    fn turn(&mut self) -> Result<Turn, SweepError> {
        if let Some(task) = self.task.take() {
            let mark = Mark {
                until: task.job.until,
                metric: "fid".to_owned(),
                value: Some(value(&task)),
                steps: task.job.until,
                seconds: task.job.until as f64 / PACE,
                ..Mark::default()
            };
            self.board.mark(&task.job, mark)?;
        }
        self.board.take_turn(&mut self.jumps)
    }
}

/// The rung that a run comes from.
fn before(dir: &Path, task: &Task) -> u64 {
    let decided = |rung: &&u64| {
        let name = format!("decisions/{}-{rung}.json", task.name());
        **rung < task.job.until && dir.join(name).exists()
    };
    let rungs = [FIRST, 3 * FIRST, 9 * FIRST];
    rungs
        .iter()
        .rev()
        .find(decided)
        .copied()
        .unwrap_or_default()
}

/// Curves that fall towards how far a trial is from the best place, with some noise, and cross each other at first.
fn value(task: &Task) -> f64 {
    let away: f64 = task.trial.places.iter().map(|at| (at - 0.3).powi(2)).sum();
    let mut noise = Stream::new(task.job.trial, &format!("{}", task.job.until));
    away + (FIRST as f64 / task.job.until as f64).sqrt() * (1.0 + 0.1 * f64::from(noise.normal()))
}

fn definition(plan: &Plan) -> Definition {
    let params = [
        "optimizer.d.beta1=linear(0,0.9)",
        "optimizer.d.lr=log(1e-5,1e-1)",
        "optimizer.g.beta1=linear(0,0.9)",
        "optimizer.g.lr=log(1e-5,1e-1)",
    ];
    Definition {
        params: params
            .iter()
            .filter_map(|text| text.parse::<Param>().ok())
            .collect(),
        set: Vec::new(),
        sampler: plan.sampler,
        scheduler: plan.scheduler,
        metric: "fid".to_owned(),
        goal: Goal::Min,
        trials: plan.trials,
        seeds: 1,
        seed: 0,
        budget: Budget::Steps(BUDGET),
        first_rung: FIRST,
        factor: 3,
        base: None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn simulate(trials: u64, workers: usize, scheduler: Scheduler, manners: Manners) -> Report {
        let folder = tempfile::tempdir().unwrap();
        let report = run(&Plan {
            trials,
            workers,
            scheduler,
            sampler: Sampler::Random,
            manners,
            folder: folder.path().to_owned(),
        })
        .unwrap();
        assert_eq!(
            (report.made_twice, report.claims_left),
            (0, 0),
            "{report:?}"
        );
        assert!(report.jobs >= trials, "{report:?}");
        report
    }

    #[test]
    fn many_workers_train_everything_once_and_decide_in_little_time() {
        for manners in [Manners::Local, Manners::Nfs] {
            let report = simulate(60, 20, Scheduler::Asha, manners);
            assert!(report.percent < 5.0, "{report:?}");
        }
        for scheduler in [Scheduler::None, Scheduler::Median] {
            let report = simulate(20, 6, scheduler, Manners::Nfs);
            assert!(report.percent < 5.0, "{report:?}");
        }
    }
}
