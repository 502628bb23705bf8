//! Samples over time: of each run at the same steps, as small pictures.

use std::collections::BTreeSet;

use super::gather::{Report, Seen};
use crate::logs::{self, Picture};
use crate::picture::{Layout, compose, encode_png, near_square};
use crate::protocol::ImageGrid;

/// Runs whose samples are shown.
const RUNS: usize = 24;
/// Images of one picture.
const TILES: usize = 36;
/// The largest side of a picture, in pixels.
const SIDE: usize = 640;

/// Samples of a run at a step.
pub(super) struct Sample {
    pub step: u64,
    /// A PNG, or why there is none.
    pub png: Result<Vec<u8>, String>,
    pub width: usize,
    pub height: usize,
}

/// Samples of a run; nothing at steps that it did not reach.
pub(super) struct Row<'a> {
    pub run: &'a Seen,
    pub samples: Vec<Option<Sample>>,
}

/// The samples of all runs at so many steps; and how many runs are left out.
pub(super) fn rows(report: &Report) -> (Vec<Row<'_>>, usize) {
    let with: Vec<(&Seen, &[Picture])> = report
        .runs
        .iter()
        .filter_map(|run| Some((run, of_samples(run)?)))
        .collect();
    let steps = steps(&with, report.samples);
    let left_out = with.len().saturating_sub(RUNS);
    let rows = with.into_iter().take(RUNS).map(|(run, pictures)| {
        let mut shown = BTreeSet::new();
        let samples = steps.iter().map(|wanted| {
            let before = pictures
                .iter()
                .rev()
                .find(|picture| picture.step <= *wanted);
            let step = before?.step;
            // A run that ended earlier has no samples of later steps.
            shown.insert(step).then(|| sample(pictures, step))
        });
        Row {
            run,
            samples: samples.collect(),
        }
    });
    (rows.collect(), left_out)
}

/// The pictures of a run that are its samples: those of a tag that says so, else of the first.
fn of_samples(run: &Seen) -> Option<&[Picture]> {
    let is_it = |tag: &&String| tag.to_lowercase().contains("sample");
    let tag = run.pictures.keys().find(is_it);
    let tag = tag.or_else(|| run.pictures.keys().next())?;
    let pictures = run.pictures.get(tag)?;
    (!pictures.is_empty()).then_some(pictures.as_slice())
}

/// The steps at which samples are shown: the first, the last, and between them, closer together at the beginning, where most
/// happens.
fn steps(runs: &[(&Seen, &[Picture])], count: usize) -> Vec<u64> {
    let all: BTreeSet<u64> = runs
        .iter()
        .flat_map(|(_, pictures)| pictures.iter().map(|picture| picture.step))
        .collect();
    let mut all: Vec<u64> = all.into_iter().collect();
    // Before the first step there is nothing to see yet.
    if all.first() == Some(&0) && all.len() > count {
        all.remove(0);
    }
    let (Some(first), Some(last)) = (all.first().copied(), all.last().copied()) else {
        return Vec::new();
    };
    let count = count.max(1);
    let mut chosen = BTreeSet::new();
    for at in 1..=count {
        let share = (at as f64 / count as f64).powi(2);
        let wanted = first + ((last - first) as f64 * share).round() as u64;
        // The nearest step that somebody has samples of.
        let after = all.partition_point(|step| *step < wanted);
        let near = [after.checked_sub(1), Some(after)];
        let near = near.into_iter().flatten().filter_map(|at| all.get(at));
        chosen.extend(near.min_by_key(|step| step.abs_diff(wanted)));
    }
    chosen.into_iter().collect()
}

fn sample(pictures: &[Picture], step: u64) -> Sample {
    let of_step = pictures.iter().filter(|picture| picture.step == step);
    let made = picture(of_step.take(TILES));
    let (png, width, height) = match made {
        Ok((png, width, height)) => (Ok(png), width, height),
        Err(error) => (Err(error), 0, 0),
    };
    Sample {
        step,
        png,
        width,
        height,
    }
}

/// One picture of those of a step.
fn picture<'a>(
    pictures: impl Iterator<Item = &'a Picture>,
) -> Result<(Vec<u8>, usize, usize), String> {
    let mut columns = 0;
    let mut all: Option<ImageGrid> = None;
    for picture in pictures {
        let loaded = logs::load(picture).map_err(|error| error.to_string())?;
        if let Some((.., of_classes)) = picture.grid {
            columns = of_classes;
        }
        all = Some(match all {
            Some(found) if found.shape() == loaded.shape() => {
                let pixels = [found.pixels(), loaded.pixels()].concat();
                ImageGrid::new(found.shape(), pixels)
            }
            Some(found) => found,
            None => loaded,
        });
    }
    let all = all.ok_or("no picture")?;
    let columns = match columns {
        0 => near_square(all.count().min(TILES)),
        classes => classes,
    };
    // Whole rows.
    let count = all
        .count()
        .min(TILES.max(columns) / columns.max(1) * columns);
    let shape = all.shape();
    let shown = all
        .pixels()
        .get(..count * shape.values())
        .unwrap_or(all.pixels());
    let layout = Layout {
        columns: Some(columns),
        gap: 1,
        background: 128,
        ..Layout::default()
    };
    let mut canvas = compose(&ImageGrid::new(shape, shown.to_vec()), &layout);
    let side = canvas.width().max(canvas.height());
    if side > SIDE {
        let smaller = |length: usize| (length * SIDE / side).max(1);
        canvas = canvas.resized(smaller(canvas.width()), smaller(canvas.height()));
    }
    let png = encode_png(&canvas, &[]).map_err(|error| error.to_string())?;
    Ok((png, canvas.width(), canvas.height()))
}
