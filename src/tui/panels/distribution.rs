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

/// Whether there is a D that scores images.
pub fn has_scores(app: &App) -> bool {
    let objective = app.run.objective.as_ref();
    objective.is_some_and(|objective| objective.with_role(Role::FakeScore).is_some())
}

/// Draws both histograms, with the axis below, in a frame.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance) {
    let block = look.titled("D's scores, image by image");
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

/// Both histograms, each up to `rows` high, with the axis below. Empty without samples that D has scored.
pub fn lines(app: &App, look: &Appearance, width: usize, rows: usize) -> Vec<Line<'static>> {
    let theme = &look.theme;
    let Some(picture) = app.shown_picture() else {
        return Vec::new();
    };
    let finite = |scores: &[f32]| -> Vec<f64> {
        let scores = scores.iter().map(|s| f64::from(*s));
        scores.filter(|s| s.is_finite()).collect()
    };
    let real = finite(&picture.samples.real_scores);
    let drawn = finite(&picture.samples.scores);
    if drawn.is_empty() {
        return Vec::new();
    }
    let objective = app.run.objective.as_ref();
    let axis = if objective.is_some_and(|o| o.score_is_probability) {
        (0.0, 1.0)
    } else {
        let all = real.iter().chain(&drawn);
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), score| {
            (low.min(*score), high.max(*score))
        })
    };
    let bins = (width.saturating_sub(NAMES + MEANS) / BAR).clamp(5, 30);
    let mut lines = Vec::new();
    for (name, scores, style) in [
        ("D(x), real images", real, theme.series[0]),
        ("D(G(z)), samples", drawn, theme.series[1]),
    ] {
        if !scores.is_empty() {
            if rows >= APART - 1 && !lines.is_empty() {
                lines.push(Line::default());
            }
            lines.extend(histogram(name, &scores, axis, bins, rows, style, look));
        }
    }
    let (low, high) = (number::short(axis.0), number::short(axis.1));
    let middle = number::short(f64::midpoint(axis.0, axis.1));
    let room = bins * BAR;
    let half = (room / 2).saturating_sub(text::width(&low) + text::width(&middle) / 2);
    let used = text::width(&low) + half + text::width(&middle);
    let rest = room.saturating_sub(used);
    lines.push(Line::from(Span::styled(
        format!(
            "{:NAMES$}{low}{:half$}{middle}{high:>rest$}",
            "D's scores", ""
        ),
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
