//! How D scores images one by one: the scores of real images over those of samples, on one axis. Of a program, all that it says
//! is distributed: a grid of axes, by pages.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::metric::Role;
use crate::protocol::Distribution;
use crate::text;
use crate::text::number;
use crate::tui::app::App;
use crate::tui::appearance::Appearance;
use crate::tui::layout;

/// Columns of a bar.
const BAR: usize = 2;
/// Columns of the names in front.
const NAMES: usize = 24;
/// Columns of the text after it.
const MEANS: usize = 14;

/// Rows of the frame of both histograms, at least and at most.
pub const LEAST: u16 = 7;
pub const MOST: u16 = 17;

/// Rows of a histogram from which an empty one parts it from the next.
const APART: usize = 4;

/// What is distributed.
struct Spread {
    name: String,
    /// Values that are distributed so.
    values: Vec<f64>,
    mean: Option<f64>,
}

impl Spread {
    /// Values that are known one by one.
    fn each(name: &str, values: Vec<f64>) -> Self {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        Self {
            name: name.to_owned(),
            mean: (!values.is_empty()).then_some(mean),
            values,
        }
    }

    /// Values of which the bins are known, and maybe the mean.
    fn binned(name: &str, seen: &Distribution) -> Self {
        Self {
            name: name.to_owned(),
            values: spread(&seen.edges, &seen.counts),
            mean: seen.mean.or_else(|| mean_of_bins(seen)),
        }
    }

    fn mean(&self) -> String {
        self.mean.map_or_else(
            || "no values".to_owned(),
            |mean| format!("mean {}", number::value(mean)),
        )
    }
}

/// The mean of values that all lie in the middle of their bins.
fn mean_of_bins(seen: &Distribution) -> Option<f64> {
    let all: f64 = seen.counts.iter().sum();
    let bins = seen.edges.windows(2).zip(&seen.counts);
    let shares = bins.map(|(ends, count)| f64::midpoint(ends[0], ends[1]) * (count / all));
    (all > 0.0).then(|| shares.sum())
}

/// Whether there is a D that scores images, or a program has sent distributions.
pub fn has_scores(app: &App) -> bool {
    if app.run.is_program() {
        return !app.run.distributions.is_empty();
    }
    let objective = app.run.objective.as_ref();
    objective.is_some_and(|objective| objective.with_role(Role::FakeScore).is_some())
}

/// Draws both histograms, with the axis below, in a frame.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance) {
    let block = look.titled(if app.run.is_program() {
        "Distributions"
    } else {
        "D's scores, image by image"
    });
    let inner = block.inner(area).inner(Margin::new(1, 0));
    block.render(area, buffer);
    if count(app) > 1 {
        draw_grid(area, inner, buffer, app, look);
        return;
    }
    let rows = usize::from(inner.height.saturating_sub(1)) / 2;
    // The empty row between high ones.
    let rows = if rows < APART {
        rows
    } else {
        usize::from(inner.height.saturating_sub(2)) / 2
    };
    let lines = lines(app, look, usize::from(inner.width), rows.max(1));
    if lines.is_empty() {
        let text = Span::styled("waiting for the first samples", look.theme.dim);
        Line::from(text)
            .centered()
            .render(layout::middle_row(inner), buffer);
    }
    for (i, line) in lines.into_iter().enumerate() {
        if let Some(row) = layout::row(inner, i) {
            line.render(row, buffer);
        }
    }
}

/// The distributions that a program has sent: D's scores of real and of generated images over each other, then each other one
/// on an axis of its own.
fn of_program(app: &App) -> Vec<Vec<Spread>> {
    let all = &app.run.distributions;
    let objective = app.run.objective.as_ref();
    let mut scores = Vec::new();
    let mut names = Vec::new();
    for role in [Role::RealScore, Role::FakeScore] {
        let metric = objective.and_then(|objective| objective.with_role(role));
        if let Some(metric) = metric
            && let Some(seen) = all.get(&metric.name)
        {
            names.push(&metric.name);
            scores.push(Spread::binned(&metric.title, seen));
        }
    }
    let others = all.iter().filter(|(name, _)| !names.contains(name));
    let others = others.map(|(name, seen)| vec![Spread::binned(name, seen)]);
    let scores = (!scores.is_empty()).then_some(scores);
    scores.into_iter().chain(others).collect()
}

/// How many axes there are, of a program.
pub fn count(app: &App) -> usize {
    if !app.run.is_program() {
        return 0;
    }
    let all = &app.run.distributions;
    let scores = [Role::RealScore, Role::FakeScore]
        .into_iter()
        .filter(|role| {
            let objective = app.run.objective.as_ref();
            let metric = objective.and_then(|objective| objective.with_role(*role));
            metric.is_some_and(|metric| all.contains_key(&metric.name))
        });
    all.len() - scores.count().saturating_sub(1)
}

/// Columns of a cell of the grid at least.
const CELL: u16 = 32;
/// Rows of a cell: a name, bars, an axis.
const CELL_ROWS: (u16, u16) = (4, 8);
/// Columns between two cells.
const GAP: u16 = 2;

/// Many axes: a grid of them, a page of which is shown.
fn draw_grid(frame: Rect, inner: Rect, buffer: &mut Buffer, app: &App, look: &Appearance) {
    let all = of_program(app);
    let across = (inner.width + GAP) / (CELL + GAP);
    let across = across.clamp(1, 6).min(all.len() as u16);
    let needed = (all.len() as u16).div_ceil(across);
    let height = (inner.height / needed).clamp(CELL_ROWS.0, CELL_ROWS.1);
    let down = (inner.height / height).max(1);
    // What does not divide makes all higher.
    let height = (inner.height / down).min(CELL_ROWS.1);
    let on_page = usize::from(across * down);
    let pages = all.len().div_ceil(on_page).max(1);
    let page = app.view.distributions.rem_euclid(pages as i64) as usize;
    let first = page * on_page;
    let width = (inner.width + GAP) / across - GAP;
    for (index, group) in all.iter().skip(first).take(on_page).enumerate() {
        let (row, column) = (index as u16 / across, index as u16 % across);
        let cell = Rect {
            x: inner.x + column * (width + GAP),
            y: inner.y + row * height,
            width,
            height: height.min(inner.height),
        };
        draw_cell(cell, buffer, group, look);
    }
    if all.len() > on_page {
        let to = (first + on_page).min(all.len());
        let text = format!(" {} to {to} of {}: Left, Right ", first + 1, all.len());
        look.note_in_corner(frame, buffer, text);
    }
}

/// An axis with its histograms over each other: names, bars, the ends of the axis.
fn draw_cell(cell: Rect, buffer: &mut Buffer, group: &[Spread], look: &Appearance) {
    let theme = &look.theme;
    let width = usize::from(cell.width);
    let axis = axis_of(group);
    let rows = usize::from(cell.height.saturating_sub(2)) / group.len().max(1);
    let mut lines = Vec::new();
    for (index, all) in group.iter().enumerate() {
        let mean = all.mean();
        let room = width.saturating_sub(text::width(&mean) + 1);
        let name = text::fit(&look.glyphs.text(&all.name), room, look.glyphs.ellipsis);
        let head = Line::from(vec![
            Span::styled(text::pad(&name, room + 1), theme.strong),
            Span::styled(mean, theme.dim),
        ]);
        // Where two share a cell, the second's name takes a row of its bars.
        let bars = if index == 0 {
            rows
        } else {
            rows.saturating_sub(1)
        };
        lines.push(head);
        if let Some(axis) = axis {
            let bars = bars_of(&all.values, axis, width, bars.max(1), 1, look);
            let style = theme.series[index % theme.series.len()];
            lines.extend(
                bars.into_iter()
                    .map(|bar| Line::from(Span::styled(bar, style))),
            );
        }
    }
    if let Some((low, high)) = axis {
        let (low, high) = (number::short(low), number::short(high));
        let rest = width.saturating_sub(text::width(&low));
        lines.push(Line::from(Span::styled(
            format!("{low}{high:>rest$}"),
            theme.dim,
        )));
    }
    for (i, line) in lines.into_iter().enumerate() {
        if let Some(row) = layout::row(cell, i) {
            line.render(row, buffer);
        }
    }
}

/// From the least to the greatest value.
fn axis_of(all: &[Spread]) -> Option<(f64, f64)> {
    let mut values = all.iter().flat_map(|each| &each.values);
    let first = *values.next()?;
    Some(values.fold((first, first), |(low, high), value| {
        (low.min(*value), high.max(*value))
    }))
}

/// Values that are distributed like the bins of a histogram, from the least edge of a bin with something in it to the greatest.
fn spread(edges: &[f64], counts: &[f64]) -> Vec<f64> {
    /// As many show what there is to see.
    const MOST: f64 = 2000.0;
    let all: f64 = counts.iter().sum();
    let scale = MOST / all.max(1.0);
    let mut values = Vec::new();
    let mut reach: Option<(f64, f64)> = None;
    for (ends, count) in edges.windows(2).zip(counts) {
        // What is rare is seen as well.
        let count = (count * scale).ceil() as usize;
        let width = ends[1] - ends[0];
        // Over the whole bin: bins of the screen are narrower, maybe.
        values.extend((0..count).map(|i| ends[0] + width * (i as f64 + 0.5) / count as f64));
        if count > 0 {
            reach = Some((reach.map_or(ends[0], |(low, _)| low), ends[1]));
        }
    }
    if let (Some((low, high)), [first, .., last]) = (reach, values.as_mut_slice()) {
        (*first, *last) = (low, high);
    }
    values
}

/// Both histograms, each up to `rows` high, with the axis below. Empty without samples that D has scored.
pub fn lines(app: &App, look: &Appearance, width: usize, rows: usize) -> Vec<Line<'static>> {
    if app.run.is_program() {
        let all = of_program(app);
        let lines = all
            .iter()
            .map(|group| drawn(group, None, "", look, width, rows));
        return lines.flatten().collect();
    }
    let Some(picture) = app.shown_picture() else {
        return Vec::new();
    };
    let finite = |scores: &[f32]| -> Vec<f64> {
        let scores = scores.iter().map(|s| f64::from(*s));
        scores.filter(|s| s.is_finite()).collect()
    };
    let real = finite(&picture.samples.real_scores);
    let generated = finite(&picture.samples.scores);
    if generated.is_empty() {
        return Vec::new();
    }
    let objective = app.run.objective.as_ref();
    let axis = objective.is_some_and(|o| o.score_is_probability);
    let both = [
        Spread::each("D(x), real images", real),
        Spread::each("D(G(z)), samples", generated),
    ];
    drawn(
        &both,
        axis.then_some((0.0, 1.0)),
        "D's scores",
        look,
        width,
        rows,
    )
}

/// Histograms on one axis: this one, or from the least to the greatest value.
fn drawn(
    all: &[Spread],
    axis: Option<(f64, f64)>,
    called: &str,
    look: &Appearance,
    width: usize,
    rows: usize,
) -> Vec<Line<'static>> {
    let theme = &look.theme;
    let Some(found) = axis_of(all) else {
        return Vec::new();
    };
    let axis = axis.unwrap_or(found);
    let bins = (width.saturating_sub(NAMES + MEANS) / BAR).clamp(5, 30);
    let mut lines = Vec::new();
    for (each, style) in all.iter().zip(theme.series) {
        if !each.values.is_empty() {
            if rows >= APART - 1 && !lines.is_empty() {
                lines.push(Line::default());
            }
            lines.extend(histogram(each, axis, bins, rows, style, look));
        }
    }
    let (low, high) = (number::short(axis.0), number::short(axis.1));
    let middle = number::short(f64::midpoint(axis.0, axis.1));
    let room = bins * BAR;
    let half = (room / 2).saturating_sub(text::width(&low) + text::width(&middle) / 2);
    let used = text::width(&low) + half + text::width(&middle);
    let rest = room.saturating_sub(used);
    lines.push(Line::from(Span::styled(
        format!("{called:NAMES$}{low}{:half$}{middle}{high:>rest$}", ""),
        theme.dim,
    )));
    lines
}

fn histogram(
    of: &Spread,
    axis: (f64, f64),
    bins: usize,
    rows: usize,
    style: Style,
    look: &Appearance,
) -> Vec<Line<'static>> {
    let name = text::fit(&look.glyphs.text(&of.name), NAMES - 1, look.glyphs.ellipsis);
    let bars = bars_of(&of.values, axis, bins, rows, BAR, look);
    let last = bars.len().saturating_sub(1);
    bars.into_iter()
        .enumerate()
        .map(|(row, bars)| {
            let (name, mean) = if row == last {
                (name.as_str(), format!("  {}", of.mean()))
            } else {
                ("", String::new())
            };
            Line::from(vec![
                Span::styled(format!("{name:<NAMES$}"), look.theme.strong),
                Span::styled(bars, style),
                Span::styled(mean, look.theme.dim),
            ])
        })
        .collect()
}

/// The rows of a histogram's bars, each `wide` columns, from the top.
fn bars_of(
    values: &[f64],
    (low, high): (f64, f64),
    bins: usize,
    rows: usize,
    wide: usize,
    look: &Appearance,
) -> Vec<String> {
    let mut counts = vec![0_usize; bins];
    for value in values {
        let place = (value - low) / (high - low).max(f64::MIN_POSITIVE);
        counts[((place * bins as f64) as usize).min(bins - 1)] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(1).max(1);
    let parts = look.glyphs.block.len();
    (0..rows)
        .rev()
        .map(|row| {
            let bar = |count: &usize| {
                // One image is seen, however many there are of the most frequent score.
                let height = (count * rows * parts).div_ceil(most);
                match height.saturating_sub(row * parts).min(parts) {
                    0 => " ".repeat(wide),
                    part => look.glyphs.block[part - 1].repeat(wide),
                }
            };
            counts.iter().map(bar).collect()
        })
        .collect()
}
