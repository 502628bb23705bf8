//! `genai-tui sweep plan`: what would run, and how long it would take here.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use super::{judge, say};
use crate::bench::train::{self, Report};
use crate::cli::model::images_of;
use crate::cli::{Failure, stdout};
use crate::config::RunConfig;
use crate::sweep::{Board, Definition, Scheduler, Trial};
use crate::text::duration;
use crate::text::number::thousands;

/// Steps of a timed block, and blocks.
const STEPS: u64 = 5;
const BLOCKS: usize = 3;

/// Images of noise that batches are taken from.
const IMAGES: usize = 1024;

/// Trials of which steps are timed: the first ones, which differ as the others do.
const TIMED: u64 = 4;

pub(super) fn run(dir: &Path) -> Result<(), Failure> {
    let board = Board::open(dir)?;
    let definition = board.definition();
    let rungs = definition.rungs();
    let (budget, unit) = definition.budget.parts();
    let trials = definition.count();
    let mut text = format!(
        "{}: {trials} trials of up to {} {unit}, {} seeds, {} {}\n",
        dir.display(),
        thousands(budget),
        definition.seeds,
        definition.metric,
        match definition.goal {
            crate::sweep::Goal::Min => "(lower is better)",
            crate::sweep::Goal::Max => "(higher is better)",
        }
    );
    // Writing into a String cannot fail.
    for param in &definition.params {
        let _ = writeln!(text, "  {param}");
    }
    let at = |rung| thousands(rungs.at(rung));
    let all: Vec<String> = (0..rungs.count()).map(at).collect();
    let _ = writeln!(text, "rungs: {} {unit}", all.join(", "));
    let Work { total, starts } = Work::of(definition);
    let timed = Timed::some(definition, trials.min(TIMED))?;
    let each =
        timed.iter().map(
            |trial| match definition.budget.steps(total, trial.config.batch_size) {
                Some(steps) => steps as f64 * trial.report.ms_per_step / 1000.0,
                None => total as f64,
            },
        );
    let seconds = each.sum::<f64>() / timed.len().max(1) as f64;
    let paces = timed.iter().map(|trial| trial.report.ms_per_step);
    let slowest = paces.clone().fold(0.0, f64::max);
    let fastest = paces.fold(f64::INFINITY, f64::min);
    if let Some(Timed { report, .. }) = timed.first() {
        let _ = writeln!(
            text,
            "in all about {} {unit}; {} for one worker ({fastest:.1} to {slowest:.1} ms a step in {} of the trials; {}, {} threads), \
             without evaluations and the {} starts of a process",
            thousands(total),
            duration::words(seconds),
            timed.len(),
            report.processor,
            report.threads,
            thousands(starts),
        );
    }
    let mut judged = BTreeSet::new();
    for number in 0..timed.len() as u64 {
        let trial = Trial::draw(definition, number, &[]);
        if judged.insert(judge::depends_on(&trial.values))
            && let Some(why) = judge::is_missing(definition, &trial.values)?
        {
            let _ = writeln!(text, "{why}");
            break;
        }
    }
    stdout::print(text)
}

/// What there is to do.
#[derive(Debug, PartialEq, Eq)]
struct Work {
    /// In the unit of the budget.
    total: u64,
    /// How often a process is started: for each rung of each run.
    starts: u64,
}

impl Work {
    fn of(definition: &Definition) -> Self {
        // Of as many as get to a rung, those that go on.
        let mut left = definition.count();
        let (mut total, mut starts, mut before, mut at_end) = (0_u64, 0_u64, 0, left);
        for rung in definition.rungs().iter() {
            total = total.saturating_add(left.saturating_mul(rung - before));
            starts = starts.saturating_add(left);
            (before, at_end) = (rung, left);
            left = match definition.scheduler {
                Scheduler::None => left,
                Scheduler::Median => left.div_ceil(2),
                Scheduler::Asha => (left / definition.factor).max(1),
            };
        }
        // Other seeds only for what got to the end.
        let others = at_end.saturating_mul(definition.seeds.saturating_sub(1));
        Self {
            total: total.saturating_add(others.saturating_mul(before)),
            starts: starts.saturating_add(others),
        }
    }
}

/// A trial of which some steps were timed.
struct Timed {
    config: RunConfig,
    report: Report,
}

impl Timed {
    /// Times so many trials, and says so: on a busy machine that takes minutes.
    fn some(definition: &Definition, count: u64) -> Result<Vec<Self>, Failure> {
        say(&format!(
            "timing {} steps of each of {count} trials",
            STEPS * BLOCKS as u64
        ));
        let one = |number| {
            let timed = Self::of(definition, number)?;
            say(&format!(
                "trial {number}: {:.1} ms a step",
                timed.report.ms_per_step
            ));
            Ok(timed)
        };
        (0..count).map(one).collect()
    }

    /// Times some steps of the trial of this number, as it would be drawn if nothing were known of others.
    fn of(definition: &Definition, number: u64) -> Result<Self, Failure> {
        let trial = Trial::draw(definition, number, &[]);
        let config = definition.resolve(&trial.values, &format!("trial {number}"))?;
        let report = train::run(&train::Plan {
            config: config.clone(),
            shape: images_of(&config)?.0,
            steps: STEPS,
            repeats: BLOCKS,
            images: IMAGES,
        })
        .map_err(Failure::run)?;
        Ok(Self { config, report })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::{Budget, Goal, Sampler};

    #[test]
    fn what_there_is_to_do_is_counted_however_much_it_is() {
        let sweep = |scheduler, trials, seeds, budget| Definition {
            params: Vec::new(),
            set: Vec::new(),
            sampler: Sampler::Random,
            scheduler,
            metric: "d_loss".to_owned(),
            goal: Goal::Min,
            trials,
            seeds,
            seed: 0,
            budget: Budget::Steps(budget),
            first_rung: 0,
            factor: 3,
            base: None,
        };
        let work = |definition| {
            let Work { total, starts } = Work::of(&definition);
            (total, starts)
        };
        assert_eq!(work(sweep(Scheduler::None, 4, 3, 100)), (1200, 12));
        // 270 to 100, 90 on to 300, 30 to 900 and 10 to 2,700, which then have another seed each.
        let halving = sweep(Scheduler::Asha, 270, 2, 2700);
        let steps = 270 * 100 + 90 * 200 + 30 * 600 + 10 * 1800;
        assert_eq!(work(halving), (steps + 10 * 2700, 270 + 90 + 30 + 10 + 10));
        let endless = sweep(Scheduler::None, 2, 1000, i64::MAX as u64);
        assert_eq!(work(endless), (u64::MAX, 2000));
    }
}
