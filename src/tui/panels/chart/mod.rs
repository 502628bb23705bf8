//! The chart of the metrics that the objective declares for its panel `loss`.
//!
//! Smoothed lines lie in front of the raw ones; a raw column spans the smallest to the largest value in it, so no spike
//! is lost however many steps share a column. Lines are broken where the objective changed; reference lines reach as
//! far as their objective held; a value that was not finite is a cross at the top.

mod labels;
mod plot;

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::Look;
use super::header::bar_spans;
use super::pack::{Part, pack};
use crate::history::LEVELS;
use crate::protocol::MetricInfo;
use crate::tui::app::{App, Span as Steps};
use crate::tui::format;
use crate::tui::theme::SERIES;

/// Draws the chart, or what is being waited for before there is one.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Look) {
    let metrics = loss_metrics(app);
    let right = options(app, look);
    let room = area.width.saturating_sub(4);
    let left = legend(app, look, &metrics, room);
    let mut block = look.frame();
    // The frame's own line shows between the two.
    if left.width() + right.width() + 4 <= usize::from(area.width) && !metrics.is_empty() {
        block = block.title_top(right.alignment(Alignment::Right));
    }
    let block = block.title_top(left);
    let inner = block.inner(area);
    block.render(area, buffer);
    if app.history.last_step() == 0 {
        waiting(inner, buffer, app, look);
    } else {
        plot::draw(inner, buffer, app, look, &metrics);
    }
}

/// The metrics on this chart.
fn loss_metrics(app: &App) -> Vec<&MetricInfo> {
    let objective = app.run.objective.as_ref();
    objective.map_or_else(Vec::new, |o| {
        o.metrics
            .iter()
            .filter(|m| m.panel == "loss")
            .take(SERIES)
            .collect()
    })
}

/// Whether lines need gaps to be told apart.
fn dashed(index: usize, look: &Look) -> bool {
    index % 2 == 1 && look.theme.series[index % SERIES].fg.is_none()
}

/// The title, and each metric with its line and its newest value. Where there is no room for whole titles their first
/// letters stand, which are also at the ends of the lines.
fn legend(app: &App, look: &Look, metrics: &[&MetricInfo], room: u16) -> Line<'static> {
    let theme = &look.theme;
    let parts = |short: bool| {
        let mut parts = vec![Part::new(
            u8::from(short) * 2,
            vec![Span::styled("Loss", theme.title)],
        )];
        parts.extend(metrics.iter().enumerate().map(|(i, metric)| {
            let line = look.glyphs.lines
                [usize::from(dashed(i, look) || (!look.glyphs.utf8 && i % 2 == 1))];
            let value = app.run.latest.get(&metric.name).map(|s| s.mean);
            let value_style = if value.is_some_and(|v| !v.is_finite()) {
                theme.bad
            } else {
                theme.strong
            };
            let value = value.map_or_else(|| "-".to_owned(), format::value);
            let title = if short {
                letter(metric, look)
            } else {
                look.glyphs.text(&metric.title)
            };
            let spans = vec![
                Span::styled(format!("{line} "), theme.series[i % SERIES]),
                Span::styled(title, theme.text),
                Span::styled(format!(" {value:>7}"), value_style),
            ];
            Part::new(1, spans)
        }));
        parts
    };
    let room = room.saturating_sub(2);
    let whole = parts(false);
    let fits =
        whole.iter().map(Part::width).sum::<usize>() + 2 * metrics.len() <= usize::from(room);
    let mut line = if fits {
        pack(room, &Span::raw("  "), whole)
    } else {
        pack(room, &Span::raw(" "), parts(true))
    };
    line.spans.insert(0, Span::raw(" "));
    line.spans.push(Span::raw(" "));
    line
}

/// What stands for a metric where there is no room for its title.
fn letter(metric: &MetricInfo, look: &Look) -> String {
    look.glyphs
        .text(&metric.title)
        .chars()
        .next()
        .unwrap_or(' ')
        .to_uppercase()
        .to_string()
}

/// How the chart is looked at, for its upper right corner.
fn options(app: &App, look: &Look) -> Line<'static> {
    let mut words = Vec::new();
    words.push(
        app.view
            .smoothing
            .map_or_else(|| "raw".to_owned(), |i| format!("smooth {}", LEVELS[i])),
    );
    if app.view.log {
        words.push("log".to_owned());
    }
    if let Steps::Last(span) = app.view.span {
        words.push(format!("last {}", format::compact(span as f64)));
    }
    let dot = format!(" {} ", look.glyphs.dot);
    Line::from(Span::styled(
        format!(" {} ", words.join(&dot)),
        look.theme.dim,
    ))
}

/// What is being waited for.
fn waiting(area: Rect, buffer: &mut Buffer, app: &App, look: &Look) {
    let theme = &look.theme;
    let mut lines: Vec<Line> = Vec::new();
    let width = area.width.saturating_sub(4).min(56);
    if app.run.has_ended() {
        lines.push(Line::styled("no step was trained", theme.dim));
    } else if let Some(loading) = &app.run.loading {
        lines.push(Line::styled(look.glyphs.text(&loading.what), theme.strong));
        match (loading.done, loading.total) {
            (Some(done), Some(total)) if total > 0 => {
                lines.push(Line::default());
                let fraction = done as f64 / total as f64;
                lines.push(Line::from(bar_spans(fraction, width, look).to_vec()));
                let text = format!(
                    "{} of {} {} {:.0} %",
                    format::thousands(done),
                    format::thousands(total),
                    look.glyphs.dot,
                    (fraction * 100.0).min(100.0)
                );
                lines.push(Line::styled(text, theme.dim));
            }
            (Some(done), _) => lines.push(Line::styled(format::thousands(done), theme.dim)),
            _ => {}
        }
    } else if app.run.info.is_some() {
        lines.push(Line::styled("waiting for the first step", theme.dim));
    } else {
        lines.push(Line::styled("starting", theme.dim));
    }
    let top = area.y + area.height.saturating_sub(lines.len() as u16) / 2;
    for (y, line) in (top..area.bottom()).zip(lines) {
        line.centered().render(
            Rect {
                y,
                height: 1,
                ..area
            },
            buffer,
        );
    }
}

/// The style of a series.
fn series_style(look: &Look, index: usize) -> (Style, Style) {
    (
        look.theme.series[index % SERIES],
        look.theme.series_raw[index % SERIES],
    )
}
