//! The course of a metric or two as a small chart without axes: smoothed lines, and how far they reach.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::metric_line::course;
use crate::history::Column;
use crate::text;
use crate::text::number;
use crate::tui::app::App;
use crate::tui::appearance::Appearance;
use crate::tui::plot::{Canvas, Dash, Pen};

/// Index of the smoothing over about 100 steps, as signals have it.
const OVER_100_STEPS: usize = 1;
/// The least that a line's values differ on its scale, as a share of their size: noise of less is a flat line.
const LEAST: f64 = 0.02;

/// A line of the chart.
#[derive(Debug, Clone, Copy)]
pub struct Trend<'a> {
    /// The metric.
    pub metric: &'a str,
    /// What is shown of a value.
    pub value: fn(f64) -> f64,
    /// The line's colour.
    pub style: Style,
}

/// Draws these lines on one scale, the highest and lowest value in the `margin` columns at the left.
pub fn draw(
    area: Rect,
    buffer: &mut Buffer,
    app: &App,
    look: &Appearance,
    margin: u16,
    trends: &[Trend<'_>],
) {
    if area.height == 0 || area.width <= margin {
        return;
    }
    let plot = Rect {
        x: area.x + margin,
        width: area.width - margin,
        ..area
    };
    let dots = if look.glyphs.have_dots() { 2 } else { 1 };
    let lines: Vec<Vec<(u16, f64)>> = trends
        .iter()
        .map(|trend| {
            let columns = course(app, trend.metric, plot.width * dots);
            let point = |c: Column| (c.x, (trend.value)(c.smooth[OVER_100_STEPS]));
            columns.into_iter().map(point).collect()
        })
        .collect();
    let values = || lines.iter().flatten().map(|(_, value)| *value);
    let finite = || values().filter(|value| value.is_finite());
    let (low, high) = (
        finite().fold(f64::INFINITY, f64::min),
        finite().fold(f64::NEG_INFINITY, f64::max),
    );
    if low > high {
        return;
    }
    let more = (low.abs().max(high.abs()) * LEAST - (high - low)).max(0.0) / 2.0;
    let (bottom, top) = (low - more, high + more);
    let span = (top - bottom).max(f64::MIN_POSITIVE);
    let mut canvas = Canvas::new(plot, look.glyphs.have_dots());
    for (trend, line) in trends.iter().zip(&lines) {
        let pen = Pen {
            rank: 1,
            style: trend.style,
            ascii: '*',
            dash: Dash::Solid,
        };
        let mut last: Option<(i32, i32)> = None;
        for (x, value) in line {
            let place = (value - bottom) / span;
            let here = place
                .is_finite()
                .then(|| (i32::from(*x), canvas.row(place)));
            if let Some(to) = here {
                canvas.line(last.unwrap_or(to), to, &pen);
            }
            last = here;
        }
    }
    canvas.render(buffer);
    // One row has no top and bottom, and a flat line is as its value says.
    if area.height < 2 || more > 0.0 || low.total_cmp(&high).is_eq() {
        return;
    }
    let room = margin.saturating_sub(1);
    let label = |value: f64| {
        let exact = number::value(value);
        if text::width(&exact) <= usize::from(room) {
            exact
        } else {
            number::short(value)
        }
    };
    for (y, label) in [(area.y, label(high)), (area.bottom() - 1, label(low))] {
        let width = text::width(&label) as u16;
        if width <= room {
            buffer.set_string(area.x + room - width, y, label, look.theme.dim);
        }
    }
}
