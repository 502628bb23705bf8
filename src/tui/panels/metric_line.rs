//! One metric in one line: title, value, sparkline.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::history::{Column, Ruler, columns};
use crate::metric::MetricInfo;
use crate::text;
use crate::text::number;
use crate::tui::app::App;
use crate::tui::appearance::Appearance;

/// Columns of a value.
pub const VALUE: usize = 9;

/// Columns of a title in a panel of `width`.
pub fn title_columns(width: u16) -> usize {
    if width >= 36 { 12 } else { 8 }
}

/// A metric with its newest value and, if it fits, a sparkline.
pub fn metric_line(
    app: &App,
    look: &Appearance,
    metric: &MetricInfo,
    style: Style,
    width: u16,
) -> Line<'static> {
    let theme = &look.theme;
    let columns = title_columns(width);
    let latest = app.newest_value(&metric.name);
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
        // A fraction uses its full scale, so that 99 % is a high bar however little it moves.
        spans.push(Span::raw("  "));
        spans.push(Span::styled(
            sparkline(app, look, &metric.name, room, metric.range),
            style,
        ));
    }
    Line::from(spans)
}

/// A metric as a sparkline over the steps of the chart, so that both scroll together.
pub fn sparkline(
    app: &App,
    look: &Appearance,
    metric: &str,
    width: u16,
    limits: Option<(f64, f64)>,
) -> String {
    let found = course(app, metric, width);
    let Some(start) = found.first().map(|column| column.x) else {
        return String::new();
    };
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

/// A metric over the steps of the chart since its objective holds, in `count` columns.
pub fn course(app: &App, metric: &str, count: u16) -> Vec<Column> {
    let Some(series) = app.history.series(metric) else {
        return Vec::new();
    };
    let steps = app.view.steps(app.history.reached().kept());
    let mut found = columns(series.buckets(), &Ruler::steps(steps), count);
    // Values of another objective would distort the scale and are not comparable.
    let since = found.iter().rposition(|c| c.breaks).unwrap_or(0);
    found.drain(..since);
    found
}
