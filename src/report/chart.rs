//! A metric of all runs: lines, bands, and what lies beyond the edges.

use std::collections::BTreeMap;

use super::gather::{Report, Seen};
use super::scale::Scale;
use crate::history::{Column, LEVELS, extent, extent_of_lines};
use crate::metric::Good;
use crate::text::number;
use crate::workspace::{BandPoint, Group, band as mean_and_band};

/// Columns in which the lines of a group are laid over each other.
pub(super) const COLUMNS: u16 = 320;
/// A line of fewer points is drawn from one to the next, and not smoothed.
const FEW: usize = 64;
/// Raw values are drawn behind the lines of so many runs at most: more would hide them.
const CLEAR: usize = 6;

/// A point of a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    pub step: u64,
    pub value: f64,
}

/// A line.
#[derive(Debug)]
pub(super) struct Line {
    /// The run or the group.
    pub name: String,
    /// The number of its colour.
    pub colour: usize,
    /// Its points, in pieces where it is broken.
    pub pieces: Vec<Vec<At>>,
    /// Whether its points are few, and are shown as such.
    pub has_dots: bool,
    /// Raw values behind it: the extremes of each column.
    pub raw: Vec<(u64, f64, f64)>,
    /// What the crosshair says: a step, and the value there.
    pub values: Vec<At>,
    /// Of a group: how many runs reach a step, and the band.
    pub band: Vec<(u64, BandPoint)>,
    /// Whether it is one run of a group, faint behind the mean.
    pub is_faint: bool,
    /// Steps with values that are not finite.
    pub odd: Vec<u64>,
}

/// A chart.
#[derive(Debug)]
pub(super) struct Chart<'a> {
    pub metric: &'a str,
    pub good: Good,
    /// The last step on the axis.
    pub end: u64,
    pub scale: Scale,
    pub lines: Vec<Line>,
    /// The score of real images, where it is known.
    pub floor: Option<f64>,
    /// The best value of all, and whose it is.
    pub best: Option<String>,
    /// Steps at which somebody gave a command, with what it was.
    pub marks: Vec<(u64, usize, String)>,
}

impl Line {
    /// What of it may lie beyond an edge: steps with the least and the greatest value that is drawn there.
    pub fn drawn(&self) -> impl Iterator<Item = (u64, f64, f64)> {
        let points = self.pieces.iter().flatten();
        let points = points.map(|at| (at.step, at.value, at.value));
        self.raw.iter().copied().chain(points)
    }
}

impl<'a> Chart<'a> {
    /// The charts of all metrics that a run has, in their order.
    pub fn all(report: &'a Report) -> Vec<Self> {
        let metrics = report.metrics.iter();
        metrics
            .filter_map(|metric| Self::of(report, metric))
            .collect()
    }

    /// The chart of a metric; `None` where no run has it.
    fn of(report: &'a Report, metric: &'a str) -> Option<Self> {
        let runs: Vec<&Seen> = report
            .runs
            .iter()
            .filter(|run| run.lines.get(metric).is_some_and(|line| !line.is_empty()))
            .collect();
        if runs.is_empty() {
            return None;
        }
        let end = runs.iter().map(|run| run.last_step).max()?.max(1);
        let is_grouped = !report.groups.is_empty();
        let has_raw = !is_grouped && runs.len() <= CLEAR;
        let mut lines: Vec<Line> = runs
            .iter()
            .filter_map(|run| line(run, metric, end, has_raw, is_grouped))
            .collect();
        for (number, group) in report.groups.iter().enumerate() {
            lines.extend(mean(report, group, number, metric, end));
        }
        let floors = runs.iter().filter_map(|run| run.account.floors.get(metric));
        let floor = floors.copied().reduce(f64::max).filter(|f| f.is_finite());
        Some(Self {
            metric,
            good: report.good(metric),
            end,
            scale: if has_raw {
                scale(extent_with_raw(&runs, metric, end), floor)
            } else {
                scale(extent_without_raw(&lines), floor)
            },
            lines,
            floor,
            best: best(report, metric),
            marks: marks(report, end),
        })
    }
}

/// The smoothing that suits an axis of so many steps, by its number.
fn level(end: u64) -> usize {
    let memory = |beta: f64| 1.0 / (1.0 - beta);
    let fitting = LEVELS
        .iter()
        .rposition(|beta| memory(*beta) <= end as f64 / 30.0);
    fitting.unwrap_or(0)
}

fn shown(column: &Column, is_few: bool, end: u64) -> f64 {
    if is_few {
        column.centre
    } else {
        column.smooth[level(end)]
    }
}

fn line(run: &Seen, metric: &str, end: u64, has_raw: bool, is_faint: bool) -> Option<Line> {
    let columns = run.lines.get(metric)?;
    let is_few = columns.len() < FEW;
    let mut pieces: Vec<Vec<At>> = Vec::new();
    let mut values = Vec::new();
    for column in columns {
        let value = shown(column, is_few, end);
        if column.breaks || pieces.is_empty() {
            pieces.push(Vec::new());
        }
        let at = At {
            step: column.step,
            value,
        };
        if value.is_finite() {
            pieces.last_mut()?.push(at);
        }
        values.push(At {
            value: column.last,
            ..at
        });
    }
    let raw = columns
        .iter()
        .filter(|c| has_raw && !is_few && c.low <= c.high);
    let odd = columns.iter().filter(|column| column.odd > 0);
    Some(Line {
        name: run.name.clone(),
        colour: run.colour,
        pieces,
        has_dots: is_few && !is_faint,
        raw: raw.map(|c| (c.step, c.low, c.high)).collect(),
        values,
        band: Vec::new(),
        is_faint,
        odd: odd.map(|column| column.step).collect(),
    })
}

/// Values at columns, from left to right.
type Points = Vec<(u16, f64)>;

/// The mean of a group, and its band.
fn mean(report: &Report, group: &Group, number: usize, metric: &str, end: u64) -> Option<Line> {
    let right = f64::from(COLUMNS - 1);
    let place = |step: u64| (step as f64 / end as f64 * right).round() as u16;
    let mut reached: BTreeMap<u16, u64> = BTreeMap::new();
    let mut is_few = true;
    let mut observed: Vec<Points> = Vec::new();
    let members: Vec<Points> = report
        .members(group)
        .filter_map(|run| {
            let columns = run.lines.get(metric)?;
            is_few &= columns.len() < FEW;
            let sparse = columns.len() < FEW;
            let (mut line, mut values): (Points, Points) = Default::default();
            for column in columns {
                let x = place(column.step);
                let newest = reached.entry(x).or_default();
                *newest = column.step.max(*newest);
                let both = [
                    (&mut line, shown(column, sparse, end)),
                    (&mut values, column.last),
                ];
                for (of, value) in both {
                    match of.last_mut() {
                        Some(last) if last.0 == x => last.1 = value,
                        _ => of.push((x, value)),
                    }
                }
            }
            observed.push(values);
            Some(line)
        })
        .collect();
    // Between the steps that runs have, it is that of the place.
    let step = |x: u16| {
        let there = (f64::from(x) / right * end as f64).round() as u64;
        reached.get(&x).copied().unwrap_or(there)
    };
    let points = mean_and_band(&members, report.band).into_iter();
    // Where values are rare, the band has them, and not what lies between.
    let points = points.filter(|point| !is_few || reached.contains_key(&point.x));
    let band: Vec<(u64, BandPoint)> = points.map(|point| (step(point.x), point)).collect();
    let at = |(step, point): &(u64, BandPoint)| At {
        step: *step,
        value: point.mean,
    };
    let line: Vec<At> = band.iter().map(at).collect();
    // What is said of a place is the mean of what was observed there.
    let values = mean_and_band(&observed, report.band).into_iter();
    let values = values
        .filter(|point| !is_few || reached.contains_key(&point.x))
        .map(|point| at(&(step(point.x), point)))
        .collect();
    let name = report.group_name(group);
    (!line.is_empty()).then(|| Line {
        name: match members.len() {
            1 => name,
            several => format!("{name} (mean of {several})"),
        },
        colour: number,
        pieces: vec![line],
        has_dots: is_few,
        raw: Vec::new(),
        values,
        band,
        is_faint: false,
        odd: Vec::new(),
    })
}

fn extent_with_raw(runs: &[&Seen], metric: &str, end: u64) -> (f64, f64) {
    let all = runs.iter().filter_map(|run| run.lines.get(metric));
    let is_few = all.clone().all(|columns| columns.len() < FEW);
    let columns = all.flatten();
    extent(columns, |column| shown(column, is_few, end), true)
}

fn extent_without_raw(lines: &[Line]) -> (f64, f64) {
    let points = lines.iter().flat_map(|line| line.pieces.iter().flatten());
    extent_of_lines(points.map(|at| at.value), true)
}

fn scale((low, high): (f64, f64), floor: Option<f64>) -> Scale {
    // The floor belongs on the chart if it does not flatten the rest.
    let scale = Scale::around(low, high);
    let near = floor.filter(|floor| (-1.0..=2.0).contains(&scale.place(*floor)));
    near.map_or(scale, |floor| scale.with(floor))
}

fn best(report: &Report, metric: &str) -> Option<String> {
    let is_higher = report.good(metric) == Good::Higher;
    let all = report
        .runs
        .iter()
        .filter_map(|run| Some((report.best(run, metric)?, run)));
    let (value, step, run) =
        all.map(|((value, step), run)| (value, step, run))
            .reduce(|a, b| {
                let is_better = if is_higher { b.0 > a.0 } else { b.0 < a.0 };
                if is_better { b } else { a }
            })?;
    let whose = if report.runs.len() > 1 {
        format!(" · {}", run.name)
    } else {
        String::new()
    };
    Some(format!(
        "best {} at {}{whose}",
        number::value(value),
        number::thousands(step)
    ))
}

/// Commands, as far as they can be told apart.
fn marks(report: &Report, end: u64) -> Vec<(u64, usize, String)> {
    use super::account::Kind;
    let mut found: Vec<(u64, usize, String)> = Vec::new();
    for run in &report.runs {
        for seen in &run.account.happenings {
            let is_command = matches!(seen.kind, Kind::Command(_)) && !seen.is_void;
            if is_command && seen.step > 0 && seen.step <= end {
                let text = format!("{}, step {}: {}", run.name, seen.step, seen.text);
                found.push((seen.step, run.colour, text));
            }
        }
    }
    found.truncate(60);
    found
}
