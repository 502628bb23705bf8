//! How D scores images one by one: the scores of real images over those of samples, on one axis.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::metric::Role;
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

/// What is distributed: its name, and values that are distributed so.
type Values = (String, Vec<f64>);

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
    let rows = usize::from(inner.height.saturating_sub(1)) / 2;
    // The empty row between high ones.
    let rows = if rows < APART {
        rows
    } else {
        usize::from(inner.height.saturating_sub(2)) / 2
    };
    let lines = lines(app, look, usize::from(inner.width), rows.max(1));
    if lines.is_empty() {
        let row = Rect {
            y: inner.y + inner.height / 2,
            height: inner.height.min(1),
            ..inner
        };
        let text = Span::styled("waiting for the first samples", look.theme.dim);
        Line::from(text).centered().render(row, buffer);
    }
    for (i, line) in lines.into_iter().enumerate() {
        if let Some(row) = layout::row(inner, i) {
            line.render(row, buffer);
        }
    }
}

/// The distributions that a program has sent: D's scores of real and of generated images over each other, or else the first two
/// by name.
fn of_program(app: &App) -> Vec<Values> {
    let all = &app.run.distributions;
    let objective = app.run.objective.as_ref();
    let with_role = |role| {
        let metric = objective.and_then(|objective| objective.with_role(role))?;
        Some((metric.title.clone(), all.get(&metric.name)?))
    };
    let mut found: Vec<_> = [Role::RealScore, Role::FakeScore]
        .into_iter()
        .filter_map(with_role)
        .collect();
    if found.is_empty() {
        found = all
            .iter()
            .take(2)
            .map(|(name, seen)| (name.clone(), seen))
            .collect();
    }
    let values = found
        .into_iter()
        .map(|(title, seen)| (title, spread(&seen.edges, &seen.counts)));
    values.collect()
}

/// Values that are distributed like the bins of a histogram.
fn spread(edges: &[f64], counts: &[f64]) -> Vec<f64> {
    /// As many show what there is to see.
    const MOST: f64 = 2000.0;
    let all: f64 = counts.iter().sum();
    let scale = (MOST / all.max(1.0)).min(1.0);
    let mut values = Vec::new();
    for (ends, count) in edges.windows(2).zip(counts) {
        let middle = f64::midpoint(ends[0], ends[1]);
        // What is rare is seen as well.
        let count = (count * scale).ceil() as usize;
        values.extend(std::iter::repeat_n(middle, count));
    }
    values
}

/// Both histograms, each up to `rows` high, with the axis below. Empty without samples that D has scored.
pub fn lines(app: &App, look: &Appearance, width: usize, rows: usize) -> Vec<Line<'static>> {
    if app.run.is_program() {
        return drawn(&of_program(app), None, "", look, width, rows);
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
        ("D(x), real images".to_owned(), real),
        ("D(G(z)), samples".to_owned(), generated),
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
    all: &[Values],
    axis: Option<(f64, f64)>,
    called: &str,
    look: &Appearance,
    width: usize,
    rows: usize,
) -> Vec<Line<'static>> {
    let theme = &look.theme;
    let values = || all.iter().flat_map(|(_, values)| values);
    if values().next().is_none() {
        return Vec::new();
    }
    let axis = axis.unwrap_or_else(|| {
        values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(*value), high.max(*value))
        })
    });
    let bins = (width.saturating_sub(NAMES + MEANS) / BAR).clamp(5, 30);
    let mut lines = Vec::new();
    for ((name, values), style) in all.iter().zip(theme.series) {
        if !values.is_empty() {
            if rows >= APART - 1 && !lines.is_empty() {
                lines.push(Line::default());
            }
            let name = text::fit(&look.glyphs.text(name), NAMES - 1, look.glyphs.ellipsis);
            lines.extend(histogram(&name, values, axis, bins, rows, style, look));
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
    name: &str,
    scores: &[f64],
    (low, high): (f64, f64),
    bins: usize,
    rows: usize,
    style: Style,
    look: &Appearance,
) -> Vec<Line<'static>> {
    let mut counts = vec![0_usize; bins];
    for score in scores {
        let place = (score - low) / (high - low).max(f64::MIN_POSITIVE);
        counts[((place * bins as f64) as usize).min(bins - 1)] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(1).max(1);
    let parts = look.glyphs.block.len();
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    (0..rows)
        .rev()
        .map(|row| {
            let bars: String = counts
                .iter()
                .map(|count| {
                    // One image is seen, however many there are of the most frequent score.
                    let height = (count * rows * parts).div_ceil(most);
                    match height.saturating_sub(row * parts).min(parts) {
                        0 => " ".repeat(BAR),
                        part => look.glyphs.block[part - 1].repeat(BAR),
                    }
                })
                .collect();
            let (name, mean) = match row {
                0 => (name, format!("  mean {}", number::value(mean))),
                _ => ("", String::new()),
            };
            Line::from(vec![
                Span::styled(format!("{name:<NAMES$}"), look.theme.strong),
                Span::styled(bars, style),
                Span::styled(mean, look.theme.dim),
            ])
        })
        .collect()
}
