//! `genai-tui sweep plan`: what would run, and how long it would take here.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::bench::train;
use crate::cli::{Failure, stdout};
use crate::data;
use crate::shape::ImageShape;
use crate::sweep::{Board, Scheduler};
use crate::text::duration;
use crate::text::number::thousands;

/// Steps of a timed block, and blocks.
const STEPS: u64 = 5;
const BLOCKS: usize = 3;

/// Images of noise that batches are taken from.
const IMAGES: usize = 1024;

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
        least += left * (rung - before);
        before = rung;
        left = match definition.scheduler {
            Scheduler::None => left,
            Scheduler::Median => left.div_ceil(2),
            Scheduler::Asha => (left / definition.factor).max(1),
        };
    }
    let seeds = match definition.scheduler {
        Scheduler::None => trials * (definition.seeds - 1) * budget,
        _ => left.max(1) * (definition.seeds - 1) * budget,
    };
    let total = least + seeds;
    let config = definition.resolve(&BTreeMap::new(), "sweep plan")?;
    let report = train::run(&train::Plan {
        config: config.clone(),
        shape: data::find(&config.dataset).map_or(ImageShape::default(), |entry| {
            config.images.shape_of(entry.shape)
        }),
        steps: STEPS,
        repeats: BLOCKS,
        images: IMAGES,
    })
    .map_err(Failure::run)?;
    let seconds = match definition.budget.steps(total, config.batch_size) {
        Some(steps) => steps as f64 * report.ms_per_step / 1000.0,
        None => total as f64,
    };
    let _ = writeln!(
        text,
        "in all about {} {unit}; {} at {:.1} ms a step for one worker ({}, {} threads), evaluations not counted",
        thousands(total),
        duration::words(seconds),
        report.ms_per_step,
        report.processor,
        report.threads,
    );
    stdout::print(text)
}
