//! A chart of the metrics that the objective declares for one of its panels.
//!
//! Smoothed lines lie in front of the raw ones; a raw column spans the smallest to the largest value in it, so no spike
//! is lost however many steps share a column. Lines are broken where the objective changed, and where one objective's would be
//! flat on the scale of another, each has its own; reference lines reach as far as their objective held; a value that was
//! not finite is a cross at the top.

mod labels;
mod plot;
mod scales;

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use plot::Plot;

use super::bar::bar_spans;
use super::pack::{Part, pack};
use crate::history::{LEVELS, Series, Unit};
use crate::metric::{MAIN_PANEL, MetricInfo};
use crate::text;
use crate::text::number;
use crate::tui::app::{App, Height, Span as Steps};
use crate::tui::appearance::Appearance;
use crate::tui::theme::SERIES;

/// What is said where not all that a chart shows lies on one scale.
const OWN_SCALES: &str = "own scales";

/// The content of a chart.
#[derive(Debug)]
pub struct Chart<'a> {
    /// The panel's name.
    panel: &'a str,
    /// Its metrics.
    metrics: Vec<&'a MetricInfo>,
}

impl Chart<'_> {
    /// Returns whether it has no metrics.
    pub fn is_empty(&self) -> bool {
        self.metrics.is_empty()
    }
}

/// The chart of losses.
pub fn loss(app: &App) -> Chart<'_> {
    let metrics = app.run.objective.iter().flat_map(|o| &o.metrics);
    Chart {
        panel: MAIN_PANEL,
        metrics: metrics
            .filter(|m| m.is_on_main_chart())
            .take(SERIES)
            .collect(),
    }
}

/// The chart of the dashboard: that of losses, or the first there is where a program calls nothing a loss.
pub fn first(app: &App) -> Chart<'_> {
    let losses = loss(app);
    if losses.is_empty() && app.run.is_program() {
        return all(app).into_iter().next().unwrap_or(losses);
    }
    losses
}

/// A chart for each panel of the objective, in the order in which it declares them, and then of what evaluations measure.
pub fn all(app: &App) -> Vec<Chart<'_>> {
    let mut charts: Vec<Chart> = Vec::new();
    for metric in app.metrics() {
        match charts.iter_mut().find(|chart| chart.panel == metric.panel) {
            Some(chart) if chart.metrics.len() < SERIES => chart.metrics.push(metric),
            Some(_) => {}
            None => charts.push(Chart {
                panel: &metric.panel,
                metrics: vec![metric],
            }),
        }
    }
    charts
}

/// Draws a chart, or what is being waited for before there is one.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance, chart: &Chart) {
    let metrics = &chart.metrics;
    let frame = look.frame();
    let inner = frame.inner(area);
    let has_begun = app.history.last_step() > 0;
    let is_measured = metrics
        .iter()
        .any(|metric| app.history.series(&metric.name).is_some());
    let plot = Plot::new(inner, app, look, metrics).filter(|_| has_begun && is_measured);
    let room = area.width.saturating_sub(4);
    let left = legend(app, look, chart, room);
    let right = options(
        app,
        look,
        area.width,
        usize::from(room).saturating_sub(left.width()),
        plot.as_ref().is_some_and(Plot::has_own_scales),
    );
    let mut block = frame;
    // The frame's own line shows between the two.
    let both_fit = left.width() + right.width() + 4 <= usize::from(area.width);
    if both_fit && !metrics.is_empty() {
        block = block.title_top(right.alignment(Alignment::Right));
    }
    let block = block.title_top(left);
    block.render(area, buffer);
    if let Some(plot) = plot {
        plot.draw(inner, buffer);
        // Without this one would be misled.
        if plot.has_own_scales() && !both_fit {
            look.note_in_corner(area, buffer, format!(" {OWN_SCALES} "));
        }
    } else if !has_begun || !is_measured {
        waiting(inner, buffer, app, look);
    }
}

/// Returns whether a line is dashed to be distinguishable.
fn dashed(index: usize, look: &Appearance) -> bool {
    index % 2 == 1 && look.theme.series[index % SERIES].fg.is_none()
}

/// The title, and each metric with its line and its newest value. Where there is no room for whole titles their first
/// letters stand, which are also at the ends of the lines.
fn legend(app: &App, look: &Appearance, chart: &Chart, room: u16) -> Line<'static> {
    let theme = &look.theme;
    let metrics = &chart.metrics;
    let parts = |short: bool| {
        let mut parts = vec![Part::new(
            u8::from(short) * 2,
            vec![Span::styled(title(chart.panel), theme.title)],
        )];
        parts.extend(metrics.iter().enumerate().map(|(i, metric)| {
            let line = look.glyphs.lines
                [usize::from(dashed(i, look) || (!look.glyphs.have_dots() && i % 2 == 1))];
            let (value, is_finite) = value(app, &metric.name, short);
            let hidden = app.view.hidden.contains(&metric.name);
            let value = if hidden { "hidden".to_owned() } else { value };
            let value_style = match (hidden, is_finite) {
                (true, _) => theme.dim,
                (false, true) => theme.strong,
                (false, false) => theme.bad,
            };
            let title_style = if app.view.focus.as_deref() == Some(&metric.name) {
                theme.selected
            } else {
                theme.text
            };
            let label = label(metrics, i, look);
            let title = look.glyphs.text(&metric.title);
            let title = match (short, label.chars().all(char::is_numeric)) {
                (true, _) => label,
                (false, true) => format!("{label} {title}"),
                (false, false) => title,
            };
            let spans = vec![
                Span::styled(format!("{line} "), theme.series[i % SERIES]),
                Span::styled(title, title_style),
                Span::styled(format!(" {value}"), value_style),
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

/// The value of a metric for the legend, and whether it is finite: under the crosshair, where there is one, else the
/// newest.
fn value(app: &App, metric: &str, short: bool) -> (String, bool) {
    let text = |value: f64| {
        if short {
            number::short(value)
        } else {
            format!("{:>7}", number::value(value))
        }
    };
    let Some(step) = app.view.cursor else {
        let newest = app.newest_value(metric);
        return newest.map_or_else(|| ("-".to_owned(), true), |v| (text(v), v.is_finite()));
    };
    let buckets = app.history.series(metric).map_or(&[][..], |s| s.buckets());
    let at = buckets.partition_point(|bucket| bucket.to < step);
    match buckets.get(at).filter(|bucket| bucket.from <= step) {
        None => ("-".to_owned(), true),
        Some(bucket) if bucket.low > bucket.high => (number::value(bucket.stat.last), false),
        Some(bucket) if bucket.stat.count == 1 || bucket.low.total_cmp(&bucket.high).is_eq() => {
            (text(bucket.centre), bucket.odd == 0)
        }
        // What single values were is not held any more: between which they lay is.
        Some(bucket) => {
            let (low, high) = (number::short(bucket.low), number::short(bucket.high));
            (format!("{low}..{high}"), bucket.odd == 0)
        }
    }
}

/// A panel's name as a title.
fn title(panel: &str) -> String {
    let mut letters = panel.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// What stands at the end of a metric's line, and where there is no room for its title: the title's first letter, or its
/// number on the chart where letters would not tell the lines apart.
fn label(metrics: &[&MetricInfo], index: usize, look: &Appearance) -> String {
    let letter = |metric: &MetricInfo| {
        let title = look.glyphs.text(&metric.title);
        title.chars().next().unwrap_or(' ').to_ascii_uppercase()
    };
    let mut letters: Vec<char> = metrics.iter().map(|m| letter(m)).collect();
    let own = letters[index];
    letters.sort_unstable();
    let before = letters.len();
    letters.dedup();
    let tell_apart = letters.len() == before && letters.iter().all(|c| c.is_alphabetic());
    if tell_apart {
        own.to_string()
    } else {
        (index + 1).to_string()
    }
}

/// How the chart is looked at, for its upper right corner: as much as there is room for. What is said last is what one would
/// be most misled without.
fn options(
    app: &App,
    look: &Appearance,
    width: u16,
    room: usize,
    has_own_scales: bool,
) -> Line<'static> {
    let mut words = Vec::new();
    words.push(
        app.view
            .smoothing
            .map_or_else(|| "raw".to_owned(), |i| format!("smooth {}", LEVELS[i])),
    );
    match app.view.height {
        Height::Calm => {}
        Height::Whole => words.push("whole".to_owned()),
        Height::Log => words.push("log".to_owned()),
    }
    if let Steps::Last(span) = app.view.span {
        words.push(format!("last {}", number::compact(span as f64)));
    }
    if let Steps::Fixed(from, to) = app.view.span {
        let (from, to) = (number::compact(from as f64), number::compact(to as f64));
        words.push(format!("{from} to {to}"));
    }
    match app.view.unit {
        Unit::Steps => {}
        Unit::Images => words.push("by images".to_owned()),
        Unit::Time => words.push("by time".to_owned()),
    }
    // What a column stands for, where that is more than a step.
    let range = app.shown_steps();
    let dots =
        u64::from(width.saturating_sub(12).max(1)) * if look.glyphs.have_dots() { 2 } else { 1 };
    let held = app.run.objective.iter().flat_map(|o| &o.metrics);
    let held = held
        .filter_map(|m| app.history.series(&m.name))
        .map(Series::width);
    let column = ((range.end() - range.start()) / dots).max(held.max().unwrap_or(1));
    if column > 1 && app.view.cursor.is_some() {
        words.push(format!("a dot is {} steps", number::compact(column as f64)));
    }
    if has_own_scales {
        words.push(OWN_SCALES.to_owned());
    }
    let dot = format!(" {} ", look.glyphs.dot);
    let length = |words: &[String]| text::width(&words.join(&dot)) + 2;
    while words.len() > 1 && length(&words) > room {
        words.remove(0);
    }
    Line::from(Span::styled(
        format!(" {} ", words.join(&dot)),
        look.theme.dim,
    ))
}

/// What is being waited for.
fn waiting(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance) {
    let theme = &look.theme;
    let mut lines: Vec<Line> = Vec::new();
    let width = area.width.saturating_sub(4).min(56);
    if app.history.last_step() > 0 {
        let text = if app.run.has_ended() {
            "not measured in this run"
        } else {
            "not measured yet"
        };
        lines.push(Line::styled(text, theme.dim));
    } else if app.run.has_ended() {
        lines.push(Line::styled("no steps were trained", theme.dim));
    } else if let Some(loading) = &app.run.loading {
        lines.push(Line::styled(look.glyphs.text(&loading.what), theme.strong));
        match (loading.done, loading.total) {
            (Some(done), Some(total)) if total > 0 => {
                lines.push(Line::default());
                let fraction = done as f64 / total as f64;
                lines.push(Line::from(bar_spans(fraction, width, look).to_vec()));
                let text = format!(
                    "{} of {} {} {:.0} %",
                    number::thousands(done),
                    number::thousands(total),
                    look.glyphs.dot,
                    (fraction * 100.0).min(100.0)
                );
                lines.push(Line::styled(text, theme.dim));
            }
            (Some(done), _) => lines.push(Line::styled(number::thousands(done), theme.dim)),
            _ => {}
        }
    } else if app.run.info.is_some() {
        let text = if app.run.is_program() {
            "waiting for metrics: none were reported or printed yet"
        } else {
            "waiting for the first step"
        };
        lines.push(Line::styled(text, theme.dim));
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
fn series_style(look: &Appearance, index: usize) -> (Style, Style) {
    (
        look.theme.series[index % SERIES],
        look.theme.series_raw[index % SERIES],
    )
}
