//! Samples over time: of each run at the same steps, as small pictures; then every other tag of pictures.

use std::collections::BTreeSet;

use super::gather::{Report, Seen};
use crate::logs::{self, Picture};
use crate::picture::{Layout, compose, encode_png, near_square};
use crate::protocol::ImageGrid;

/// Runs whose samples are shown.
const RUNS: usize = 24;
/// Rows of all pictures: each is of one tag of a run.
const ROWS: usize = 48;
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

/// Pictures of a run; nothing at steps that it did not reach.
pub(super) struct Row<'a> {
    pub run: &'a Seen,
    /// Their tag, where it has to be said: the run has several.
    pub tag: Option<&'a str>,
    pub samples: Vec<Option<Sample>>,
}

/// Pictures of several runs at the same steps.
pub(super) struct Album<'a> {
    /// Their tag; `None` of the runs' samples, whatever each calls them.
    pub tag: Option<&'a str>,
    pub rows: Vec<Row<'a>>,
}

/// All that is shown.
pub(super) struct Albums<'a> {
    /// The samples of all runs, then every other tag.
    pub albums: Vec<Album<'a>>,
    /// Rows that there is no room for.
    pub left_out: usize,
}

/// The pictures of all runs at so many steps.
pub(super) fn albums(report: &Report) -> Albums<'_> {
    let of_samples = |run| Some((run, samples_tag(run)?));
    let samples: Vec<(&Seen, &str)> = report.runs.iter().filter_map(of_samples).collect();
    let tags: BTreeSet<&str> = samples
        .iter()
        .flat_map(|(run, of)| others(run, of))
        .collect();
    let mut found = Albums {
        albums: Vec::new(),
        left_out: 0,
    };
    found.put(None, samples.clone(), report.samples);
    for tag in tags {
        let is_with = |(run, of): &&(&Seen, &str)| others(run, of).any(|other| other == tag);
        let with = samples.iter().filter(is_with);
        let with = with.map(|(run, _)| (*run, tag)).collect();
        found.put(Some(tag), with, report.samples);
    }
    found
}

impl<'a> Albums<'a> {
    /// Adds these tags of runs at so many steps, as far as there is room.
    fn put(&mut self, tag: Option<&'a str>, all: Vec<(&'a Seen, &'a str)>, count: usize) {
        let used: usize = self.albums.iter().map(|album| album.rows.len()).sum();
        let room = RUNS.min(ROWS.saturating_sub(used));
        self.left_out += all.len().saturating_sub(room);
        let shown: Vec<_> = all.into_iter().take(room).collect();
        let of = |(run, tag): &(&'a Seen, &'a str)| -> &'a [Picture] {
            run.pictures.get(*tag).map_or(&[], Vec::as_slice)
        };
        let pictures: Vec<&[Picture]> = shown.iter().map(of).collect();
        let steps = steps(&pictures, count);
        let rows: Vec<Row> = shown
            .iter()
            .zip(&pictures)
            .map(|((run, of), pictures)| Row {
                run,
                tag: (tag.is_none() && run.pictures.len() > 1).then_some(*of),
                samples: samples(pictures, &steps),
            })
            .collect();
        if !rows.is_empty() {
            self.albums.push(Album { tag, rows });
        }
    }
}

/// At each step the newest pictures until then; nothing after a run's end.
fn samples(pictures: &[Picture], steps: &[u64]) -> Vec<Option<Sample>> {
    let mut shown = BTreeSet::new();
    let newest = steps.iter().map(|wanted| {
        let before = pictures
            .iter()
            .rev()
            .find(|picture| picture.step <= *wanted);
        let step = before?.step;
        // A run that ended earlier has no samples of later steps.
        shown.insert(step).then(|| sample(pictures, step))
    });
    newest.collect()
}

/// The tag of a run's samples.
fn samples_tag(run: &Seen) -> Option<&str> {
    let tags = run.pictures.iter().filter(|(_, all)| !all.is_empty());
    logs::samples_tag(tags.map(|(tag, _)| tag))
}

/// The other tags of a run that have pictures.
fn others<'a>(run: &'a Seen, samples: &str) -> impl Iterator<Item = &'a str> {
    let all = run.pictures.iter();
    let others = all.filter(move |(tag, all)| tag.as_str() != samples && !all.is_empty());
    others.map(|(tag, _)| tag.as_str())
}

/// The steps at which samples are shown: the first, the last, and between them, closer together at the beginning, where most
/// happens.
fn steps(runs: &[&[Picture]], count: usize) -> Vec<u64> {
    let all: BTreeSet<u64> = runs
        .iter()
        .flat_map(|pictures| pictures.iter().map(|picture| picture.step))
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
        match &mut all {
            Some(all) => _ = all.append(&loaded),
            None => all = Some(loaded),
        }
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
