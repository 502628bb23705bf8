//! `genai-tui sweep plan`: what would run, and how long it would take here.

use std::fmt::Write as _;
use std::path::Path;

use super::judge;
use crate::bench::train::{self, Report};
use crate::cli::{Failure, stdout};
use crate::config::RunConfig;
use crate::data;
use crate::shape::ImageShape;
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
    // Of as many as get to a rung, those that go on.
    let mut left = trials;
    let (mut least, mut before) = (0, 0);
    for rung in rungs.iter() {
        least = left.saturating_mul(rung - before).saturating_add(least);
        before = rung;
        left = match definition.scheduler {
            Scheduler::None => left,
            Scheduler::Median => left.div_ceil(2),
            Scheduler::Asha => (left / definition.factor).max(1),
        };
    }
    let seeds = match definition.scheduler {
        Scheduler::None => (definition.seeds - 1)
            .saturating_mul(trials)
            .saturating_mul(budget),
        _ => (definition.seeds - 1)
            .saturating_mul(left.max(1))
            .saturating_mul(budget),
    };
    let total = least.saturating_add(seeds);
    let timed: Vec<Timed> = (0..trials.min(TIMED))
        .map(|number| Timed::of(definition, number))
        .collect::<Result<_, _>>()?;
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
             without starts and evaluations",
            thousands(total),
            duration::words(seconds),
            timed.len(),
            report.processor,
            report.threads,
        );
    }
    if let Some(trial) = timed.iter().find(|trial| !trial.is_shape_known()) {
        let _ = writeln!(
            text,
            "images of {} are taken to be {}: `images.size` and `images.channels` would say",
            trial.config.dataset,
            trial.shape(),
        );
    }
    if let Some(why) = judge::is_missing(definition)? {
        let _ = writeln!(text, "{why}");
    }
    stdout::print(text)
}

/// A trial of which some steps were timed.
struct Timed {
    config: RunConfig,
    report: Report,
}

impl Timed {
    /// Times some steps of the trial of this number, as it would be drawn if nothing were known of others.
    fn of(definition: &Definition, number: u64) -> Result<Self, Failure> {
        let trial = Trial::draw(definition, number, &[]);
        let config = definition.resolve(&trial.values, &format!("trial {number}"))?;
        let report = train::run(&train::Plan {
            config: config.clone(),
            shape: data::likely_shape(&config.dataset, &config.images),
            steps: STEPS,
            repeats: BLOCKS,
            images: IMAGES,
        })
        .map_err(Failure::run)?;
        Ok(Self { config, report })
    }

    fn shape(&self) -> ImageShape {
        data::likely_shape(&self.config.dataset, &self.config.images)
    }

    /// MNIST and what stands in for it where it is not there have the same shape.
    fn is_shape_known(&self) -> bool {
        let (dataset, fit) = (&self.config.dataset, &self.config.images);
        dataset == data::AUTO || data::known_shape(dataset, fit).is_some()
    }
}
