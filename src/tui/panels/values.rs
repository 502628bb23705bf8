//! Learning rates as acknowledged, sample quality, scores, and the objective's other metrics.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::metric_line::{VALUE, metric_line, title_columns};
use crate::metric::{MetricInfo, ObjectiveInfo, Role};
use crate::protocol::LrTarget;
use crate::text;
use crate::text::number;
use crate::tui::app::{App, Rate, rates};
use crate::tui::appearance::Appearance;
use crate::tui::layout;
use crate::tui::theme::SERIES;

/// Draws the values, as many as there is room for, most important first.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance) {
    let block = look.titled("Values");
    let inner = block.inner(area).inner(Margin::new(1, 0));
    block.render(area, buffer);
    if app.run.info.is_none() {
        return;
    }
    let mut lines = if app.run.is_program() {
        super::controls::lines(app, look, inner.width)
    } else {
        vec![
            rate_line(app, look, LrTarget::D, app.rates.d, inner.width),
            rate_line(app, look, LrTarget::G, app.rates.g, inner.width),
        ]
    };
    if let Some(objective) = &app.run.objective {
        lines.extend(super::quality::lines(app, look, inner.width));
        let groups = groups(app, objective);
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

/// Metrics that are not on the chart, by panel. D's scores of real and generated images come first: they show which network
/// is ahead.
fn groups<'a>(app: &App, objective: &'a ObjectiveInfo) -> Vec<(&'a str, Vec<&'a MetricInfo>)> {
    let mut groups: Vec<(&'a str, Vec<&'a MetricInfo>)> = Vec::new();
    let first = |m: &&MetricInfo| u8::from(!matches!(m.role, Role::RealScore | Role::FakeScore));
    let mut metrics: Vec<&MetricInfo> = objective
        .metrics
        .iter()
        .filter(|m| !m.is_on_main_chart() && m.role != Role::LearningRate && app.is_shown(m))
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

fn rate_line(
    app: &App,
    look: &Appearance,
    target: LrTarget,
    rate: Rate,
    width: u16,
) -> Line<'static> {
    let theme = &look.theme;
    let columns = title_columns(width);
    let effective = rates::metric(target);
    let series = usize::from(target != LrTarget::D);
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
    let in_effect = rate.in_effect.map(|stat| stat.last);
    if let Some(to) = app.pending.rate(target, rate.value) {
        let text = format!(
            "  {} {} {}",
            look.glyphs.pending,
            look.glyphs.arrow,
            number::rate(to)
        );
        spans.push(Span::styled(text, theme.warn));
    } else if let Some(now) = in_effect.filter(|now| (now - rate.value).abs() > rate.value * 0.005)
    {
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
    // A truncated number would be misread.
    while spans.len() > 2 && spans.iter().map(Span::width).sum::<usize>() > usize::from(width) {
        spans.pop();
    }
    Line::from(spans)
}
