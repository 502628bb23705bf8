//! What to do next: a function of what the runs of a sweep recorded, the same for every worker.

use super::definition::{Definition, Scheduler};
use super::rungs::Rungs;

/// Trials whose values there must be at a rung before a median says anything.
const FEW: usize = 3;

/// Attempts to begin a run before it counts as failed.
pub(super) const ATTEMPTS: u64 = 2;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// It has not begun, or has nothing to go on from.
    #[default]
    New,
    /// It was trained so far, in the unit of the budget, and nobody is at it.
    At(u64),
    /// A worker is at it.
    Held,
    /// It diverged, met a condition, or did not begin at all.
    Failed,
}

/// A run of a trial, with one of its seeds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Replicate {
    /// Where it stands.
    pub stage: Stage,
    /// What it costs at each rung that it reached: smaller is better.
    pub costs: Vec<Option<f64>>,
    /// Whether an attempt at it failed, so that this is another.
    pub was_tried: bool,
}

impl Replicate {
    /// What it costs at a rung. One that failed is the worst at the rung that it was on its way to, and not at later ones, where it
    /// would make others look good.
    fn cost(&self, rung: usize) -> Option<f64> {
        let there = self.costs.get(rung).copied().flatten();
        let next = self.reached().map_or(0, |reached| reached + 1);
        there.or((self.stage == Stage::Failed && rung == next).then_some(f64::INFINITY))
    }

    /// What it cost at the highest rung that it reached, or the worst, if it failed.
    pub(super) fn last_cost(&self) -> Option<f64> {
        match self.stage {
            Stage::Failed => Some(f64::INFINITY),
            _ => self.costs.iter().rev().find_map(|cost| *cost),
        }
    }

    /// The highest rung that it reached.
    #[must_use]
    pub fn reached(&self) -> Option<usize> {
        self.costs.iter().rposition(Option::is_some)
    }

    fn is_done(&self, rung: usize) -> bool {
        self.stage == Stage::Failed || self.cost(rung).is_some()
    }

    fn is_free(&self) -> bool {
        matches!(self.stage, Stage::New | Stage::At(_))
    }
}

/// A run to train.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Which trial.
    pub trial: u64,
    /// With which of its seeds.
    pub replicate: u64,
    /// Up to which rung.
    pub rung: usize,
    /// Where that is, in the unit of the budget.
    pub until: u64,
    /// Why.
    pub reason: String,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// Runs that nobody is at, the most urgent first.
    pub jobs: Vec<Job>,
    /// Whether more may come, when others are done.
    pub is_open: bool,
}

/// What is to be done in a sweep whose trials stand like this, each with its runs, one for each seed.
#[must_use]
pub fn decide(definition: &Definition, trials: &[Vec<Replicate>]) -> Next {
    let rungs = definition.rungs();
    let job = |trial, replicate, rung, reason: String| Job {
        trial,
        replicate,
        rung,
        until: rungs.at(rung),
        reason,
    };
    let mut jobs = Vec::new();
    // First what was begun and is not where it was meant to be: its worker died or had to go.
    for (trial, replicates) in (0_u64..).zip(trials) {
        for (number, replicate) in (0_u64..).zip(replicates) {
            if let Some(rung) = unfinished(replicate, &rungs, number > 0) {
                let reason = if replicate.was_tried {
                    "an attempt failed, and it is tried once more"
                } else {
                    "it was left on the way there"
                };
                jobs.push(job(trial, number, rung, reason.to_owned()));
            }
        }
    }
    let first: Vec<&Replicate> = trials.iter().filter_map(|all| all.first()).collect();
    let goes_on: Vec<Option<(usize, String)>> = match definition.scheduler {
        Scheduler::None => vec![None; first.len()],
        Scheduler::Median => by_median(&first, &rungs),
        Scheduler::Asha => by_halving(&first, &rungs, definition.factor),
    };
    let mut promotions: Vec<Job> = (0_u64..)
        .zip(&first)
        .zip(goes_on)
        .filter(|((_, replicate), _)| replicate.is_free())
        .filter_map(|((trial, _), found)| {
            let (rung, reason) = found?;
            Some(job(trial, 0, rung, reason))
        })
        .collect();
    promotions.sort_by_key(|job| std::cmp::Reverse(job.rung));
    jobs.extend(promotions);
    jobs.extend((0_u64..).zip(&first).filter_map(|(trial, replicate)| {
        let is_new = replicate.stage == Stage::New && replicate.reached().is_none();
        is_new.then(|| job(trial, 0, 0, "it is new".to_owned()))
    }));
    // Other seeds only for what got to the end with the first.
    let last = rungs.last();
    for number in 1..definition.seeds {
        for (trial, replicates) in (0_u64..).zip(trials) {
            let got_there = replicates
                .first()
                .is_some_and(|first| first.stage != Stage::Failed && first.cost(last).is_some());
            let is_new = replicates
                .get(number as usize)
                .is_some_and(|one| one.stage == Stage::New && one.reached().is_none());
            if got_there && is_new {
                let reason = "its first seed got to the end".to_owned();
                jobs.push(job(trial, number, last, reason));
            }
        }
    }
    let held = trials.iter().flatten().any(|one| one.stage == Stage::Held);
    let mut seen = std::collections::BTreeSet::new();
    jobs.retain(|job| seen.insert((job.trial, job.replicate)));
    Next {
        is_open: held || !jobs.is_empty(),
        jobs,
    }
}

/// The rung on the way to which a run was left, if it was.
fn unfinished(replicate: &Replicate, rungs: &Rungs, is_whole: bool) -> Option<usize> {
    let Stage::At(reached) = replicate.stage else {
        return None;
    };
    let next = if is_whole {
        rungs.last()
    } else {
        replicate.reached().map_or(0, |rung| rung + 1)
    };
    let before = next.checked_sub(1).map_or(0, |rung| rungs.at(rung));
    let is_on_its_way = reached > before || is_whole || replicate.reached().is_none();
    (next < rungs.count() && is_on_its_way && !replicate.is_done(next)).then_some(next)
}

fn by_median(all: &[&Replicate], rungs: &Rungs) -> Vec<Option<(usize, String)>> {
    // Of each rung once: how many there are, and the median.
    let medians: Vec<(usize, Option<f64>)> = (0..rungs.last())
        .map(|rung| {
            let mut there: Vec<f64> = all.iter().filter_map(|one| one.cost(rung)).collect();
            there.sort_by(f64::total_cmp);
            (there.len(), there.get(there.len() / 2).copied())
        })
        .collect();
    let goes_on = |one: &&Replicate| {
        let rung = one.reached()?;
        let cost = one.cost(rung).filter(|cost| cost.is_finite())?;
        let (count, median) = *medians.get(rung)?;
        let at = rungs.at(rung);
        if count < FEW {
            let reason = format!("{count} of at least {FEW} trials are at {at}: no median yet");
            return Some((rung + 1, reason));
        }
        let reason = format!("at {at} it is no worse than the median of {count} trials");
        (cost <= median?).then_some((rung + 1, reason))
    };
    all.iter().map(goes_on).collect()
}

/// At each rung the best 1/factor of those that got there go on; with few trials the last ones never would, so that once none is
/// to come, one does.
fn by_halving(all: &[&Replicate], rungs: &Rungs, factor: u64) -> Vec<Option<(usize, String)>> {
    let mut found: Vec<Option<(usize, String)>> = vec![None; all.len()];
    for rung in 0..rungs.last() {
        let mut there: Vec<(usize, f64)> = all
            .iter()
            .enumerate()
            .filter_map(|(trial, one)| Some((trial, one.cost(rung)?)))
            .collect();
        // Of equal ones the first.
        there.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        let count = there.len();
        // One that goes on below, or was left on its way, may still come.
        let is_over_below = found.iter().all(Option::is_none);
        let all_are_there = is_over_below
            && all.iter().all(|one| match one.stage {
                Stage::Held | Stage::New => one.cost(rung).is_some(),
                Stage::At(_) => unfinished(one, rungs, false).is_none(),
                Stage::Failed => true,
            });
        let mut good = count / factor.max(2) as usize;
        if good == 0 && all_are_there && count > 0 {
            good = 1;
        }
        for (place, (trial, cost)) in there.into_iter().take(good).enumerate() {
            let goes_on = all[trial].reached() == Some(rung) && cost.is_finite();
            if goes_on {
                found[trial] = Some((
                    rung + 1,
                    format!(
                        "at {} it is number {} of {count}: the best {good} go on",
                        rungs.at(rung),
                        place + 1
                    ),
                ));
            }
        }
    }
    found
}
