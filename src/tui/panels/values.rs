//! Learning rates as acknowledged, how good the samples are, scores, and whatever else the objective measures.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::history::{Ruler, columns};
use crate::metric::{MetricInfo, ObjectiveInfo};
use crate::protocol::LrTarget;
use crate::text;
use crate::text::number;
use crate::tui::app::{App, Rate};
use crate::tui::layout;
use crate::tui::look::Look;
use crate::tui::theme::SERIES;

/// Columns of a value.
pub(super) const VALUE: usize = 9;

/// Columns of a title in a panel of `width`.
pub(super) fn title_columns(width: u16) -> usize {
    if width >= 36 { 12 } else { 8 }
}

/// Draws the values, as many as there is room for, most important first.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Look) {
    let block = look.titled("Values");
    let inner = block.inner(area).inner(Margin::new(1, 0));
    block.render(area, buffer);
    if app.run.info.is_none() {
        return;
    }
    let mut lines = vec![
        rate_line(app, look, LrTarget::D, app.rates.d, inner.width),
        rate_line(app, look, LrTarget::G, app.rates.g, inner.width),
    ];
    if let Some(objective) = &app.run.objective {
        lines.extend(super::quality::lines(app, look, objective, inner.width));
        let groups = groups(objective);
        let needed = lines.len()
            + groups
                .iter()
                .map(|(_, metrics)| metrics.len() + 1)
                .sum::<usize>();
        let spread = needed <= usize::from(inner.height);
        for (panel, metrics) in groups {
            if spread {
                lines.push(Line::from(Span::styled(
                    panel.to_owned(),
                    look.theme.border,
                )));
            }
            for (i, metric) in metrics.into_iter().enumerate() {
                lines.push(metric_line(
                    app,
                    look,
                    objective,
                    metric,
                    look.theme.series[i % SERIES],
                    inner.width,
                ));
            }
        }
    }
    for (i, line) in lines.into_iter().enumerate() {
        if let Some(row) = layout::row(inner, i) {
            line.render(row, buffer);
        }
    }
}

/// Metrics that are not on the chart, by panel. D's scores of real and of drawn images come first: they tell who wins.
fn groups(objective: &ObjectiveInfo) -> Vec<(&str, Vec<&MetricInfo>)> {
    let mut groups: Vec<(&str, Vec<&MetricInfo>)> = Vec::new();
    let first = |m: &&MetricInfo| u8::from(!matches!(m.name.as_str(), "d_real" | "d_fake"));
    let mut metrics: Vec<&MetricInfo> = objective
        .metrics
        .iter()
        .filter(|m| !matches!(m.panel.as_str(), "loss" | "rates"))
        .collect();
    metrics.sort_by_key(first);
    for metric in metrics {
        match groups.iter_mut().find(|(panel, _)| *panel == metric.panel) {
            Some((_, members)) => members.push(metric),
            None => groups.push((&metric.panel, vec![metric])),
        }
    }
    groups
}

fn rate_line(app: &App, look: &Look, target: LrTarget, rate: Rate, width: u16) -> Line<'static> {
    let theme = &look.theme;
    let columns = title_columns(width);
    let (effective, series) = if target == LrTarget::D {
        ("lr_d", 0)
    } else {
        ("lr_g", 1)
    };
    let metrics = app.run.objective.iter().flat_map(|o| &o.metrics);
    let title = metrics
        .filter(|metric| metric.name == effective)
        .map(|metric| look.glyphs.text(&metric.title))
        .next()
        .unwrap_or_else(|| effective.to_owned());
    let mut spans = vec![
        Span::styled(text::pad(&title, columns), theme.series[series]),
        Span::styled(
            format!("{:>VALUE$}", number::rate(rate.value)),
            theme.strong,
        ),
    ];
    let in_force = app.run.latest.get(effective).map(|s| s.last);
    if let Some(to) = app.pending.rate(target, rate.value) {
        let text = format!(
            "  {} {} {}",
            look.glyphs.pending,
            look.glyphs.arrow,
            number::rate(to)
        );
        spans.push(Span::styled(text, theme.warn));
    } else if let Some(now) = in_force.filter(|now| (now - rate.value).abs() > rate.value * 0.005) {
        spans.push(Span::styled(
            format!("  now {}", number::rate(now)),
            theme.mark,
        ));
    } else if rate.since > 0 {
        let since = if columns < 12 {
            " from"
        } else {
            "  since step"
        };
        spans.push(Span::styled(
            format!("{since} {}", number::thousands(rate.since)),
            theme.dim,
        ));
    }
    // Half a number would be another number.
    while spans.len() > 2 && spans.iter().map(Span::width).sum::<usize>() > usize::from(width) {
        spans.pop();
    }
    Line::from(spans)
}

pub(super) fn metric_line(
    app: &App,
    look: &Look,
    objective: &ObjectiveInfo,
    metric: &MetricInfo,
    style: Style,
    width: u16,
) -> Line<'static> {
    let theme = &look.theme;
    let columns = title_columns(width);
    let latest = app.run.latest.get(&metric.name).map(|s| s.mean);
    let value_style = if latest.is_some_and(|v| !v.is_finite()) {
        theme.bad
    } else {
        theme.strong
    };
    let title = text::fit(
        &look.glyphs.text(&metric.title),
        columns - 1,
        look.glyphs.ellipsis,
    );
    let unit = if metric.unit.is_empty() {
        String::new()
    } else {
        format!(" {}", look.glyphs.text(&metric.unit))
    };
    let mut spans = vec![
        Span::styled(text::pad(&title, columns), theme.dim),
        Span::styled(
            format!(
                "{:>VALUE$}",
                latest.map_or_else(|| "-".to_owned(), number::value)
            ),
            value_style,
        ),
        Span::styled(unit, theme.dim),
    ];
    let used: usize = spans.iter().map(Span::width).sum();
    let room = width.saturating_sub(used as u16 + 2).min(48);
    if room >= 8 {
        // What is a share has its whole scale, so that 99 % is a high bar however little it moves.
        let unit_range = metric.panel == "accuracy"
            || (objective.score_is_probability && metric.panel == "scores");
        let limits = unit_range.then_some((0.0, 1.0));
        spans.push(Span::raw("  "));
        spans.push(Span::styled(
            sparkline(app, look, &metric.name, room, limits),
            style,
        ));
    }
    Line::from(spans)
}

/// A metric over the steps of the chart as small bars: the same window, so that it stands still as the chart does.
pub fn sparkline(
    app: &App,
    look: &Look,
    metric: &str,
    width: u16,
    limits: Option<(f64, f64)>,
) -> String {
    let Some(series) = app.history.series(metric) else {
        return String::new();
    };
    let mut found = columns(
        series.buckets(),
        &Ruler::steps(app.view.steps(app.history.last_step(), 0)),
        width,
    );
    // What another objective measured would set the height of the bars and could not be compared.
    let since = found.iter().rposition(|c| c.breaks).unwrap_or(0);
    let start = found.get(since).map_or(0, |c| c.x);
    found.drain(..since);
    let finite = || found.iter().map(|c| c.centre).filter(|v| v.is_finite());
    let (low, high) = limits.unwrap_or_else(|| {
        (
            finite().fold(f64::INFINITY, f64::min),
            finite().fold(f64::NEG_INFINITY, f64::max),
        )
    });
    let spark = look.glyphs.spark;
    let level = |v: f64| {
        let t = if high > low {
            ((v - low) / (high - low)).clamp(0.0, 1.0)
        } else {
            0.5
        };
        spark[(t * (spark.len() - 1) as f64).round() as usize]
    };
    let mut text = " ".repeat(usize::from(start));
    let mut next = start;
    for column in &found {
        // Windows wider than a column leave gaps; the value holds until the next one.
        let held = if column.centre.is_finite() {
            level(column.centre)
        } else {
            look.glyphs.cross
        };
        while next <= column.x {
            text.push_str(held);
            next += 1;
        }
    }
    text
}
