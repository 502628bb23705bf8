//! Lines, bands of raw values and letters on the canvas of a chart.

use std::cmp::Ordering;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Drawn, GRID};
use crate::history::{Column, Point};
use crate::tui::appearance::Appearance;
pub(super) use crate::tui::plot::Pen;
use crate::tui::plot::{Axis, Canvas, Dash};

pub(super) fn pen(rank: u8, style: Style, ascii: char) -> Pen {
    Pen {
        rank,
        style,
        ascii,
        dash: Dash::Solid,
    }
}

pub(super) fn grid(canvas: &mut Canvas, axis: &Axis, look: &Appearance) {
    if !look.glyphs.have_dots() {
        return;
    }
    let pen = Pen {
        dash: Dash::On(1, 5),
        ..pen(GRID, look.theme.bar_rest, ' ')
    };
    let right = canvas.size().0 - 1;
    for tick in axis.ticks().iter().filter(|tick| tick.at > 0.001) {
        let y = canvas.row(tick.at);
        canvas.line((0, y), (right, y), &pen);
    }
}

/// Every column from its smallest to its largest value, and the way from one to the next.
pub(super) fn raw(canvas: &mut Canvas, axis: &Axis, columns: &[Column], pen: &Pen) {
    let y = |canvas: &Canvas, value: f64| axis.place(value).map(|at| canvas.row(at));
    let is_outline = pen.style.fg.is_none();
    let mut last: Option<(i32, i32)> = None;
    for column in columns {
        let x = i32::from(column.x);
        if let (Some(low), Some(high)) = (y(canvas, column.low), y(canvas, column.high)) {
            if is_outline {
                canvas.dot(x, low, pen);
                canvas.dot(x, high, pen);
            } else {
                canvas.line((x, low), (x, high), pen);
            }
        }
        if is_outline {
            continue;
        }
        let here = y(canvas, column.centre).map(|y| (x, y));
        if let (Some(from), Some(to)) = (last.filter(|_| !column.breaks), here) {
            canvas.line(from, to, pen);
        }
        last = here;
    }
}

/// Where the points of a line lie.
pub(super) fn places<'a>(
    line: &'a [Point],
    axis: &'a Axis,
) -> impl Iterator<Item = (i32, Option<f64>, bool)> + 'a {
    line.iter()
        .map(|point| (i32::from(point.x), axis.place(point.value), point.breaks))
}

/// A line through places, which are broken where there is none or where a break is said.
pub(super) fn stroke(
    canvas: &mut Canvas,
    places: impl Iterator<Item = (i32, Option<f64>, bool)>,
    pen: &Pen,
    thick: bool,
) {
    let mut last: Option<(i32, i32)> = None;
    for (x, at, breaks) in places {
        let here = at.map(|at| (x, canvas.row(at)));
        match (last.filter(|_| !breaks), here) {
            (Some(from), Some(to)) => {
                canvas.line(from, to, pen);
                if thick {
                    canvas.line((from.0, from.1 + 1), (to.0, to.1 + 1), pen);
                }
            }
            (None, Some(at)) => canvas.dot(at.0, at.1, pen),
            _ => {}
        }
        last = here;
    }
}

/// What lies beyond the edges: an arrow in the colour of the run; and a cross where a value was not finite.
pub(super) fn edges(
    drawn: &[Drawn],
    axis: &Axis,
    (plot, canvas): (Rect, &Canvas),
    dots: u16,
    buffer: &mut Buffer,
    look: &Appearance,
) {
    let [up, down] = look.glyphs.beyond;
    let bottom = plot.bottom().saturating_sub(1);
    let side = |value| axis.place(value).map(|at| canvas.beyond(at));
    let arrows = |buffer: &mut Buffer, x, (low, high), style| {
        if side(high) == Some(Ordering::Greater) {
            buffer.set_string(x, plot.y, up, style);
        }
        if side(low) == Some(Ordering::Less) {
            buffer.set_string(x, bottom, down, style);
        }
    };
    // Those of raw values are in front.
    for drawn in drawn.iter().filter(|drawn| drawn.raw.is_empty()) {
        for point in &drawn.line {
            let x = plot.x + point.x / dots;
            let ends = (point.value, point.value);
            arrows(buffer, x, ends, drawn.curve.styles.0);
        }
    }
    for drawn in drawn {
        for column in &drawn.raw {
            let x = plot.x + column.x / dots;
            let ends = (column.low, column.high);
            arrows(buffer, x, ends, drawn.curve.styles.0);
            if column.odd > 0 {
                buffer.set_string(x, plot.y, look.glyphs.cross, look.theme.bad);
            }
        }
    }
}

/// The letters where lines end, in free rows nearby. Labels stand in the first row, at these columns.
pub(super) fn end_labels<'a>(
    ends: impl Iterator<Item = (u16, u16, &'a String, Style)>,
    labels: &[u16],
    plot: Rect,
    buffer: &mut Buffer,
) {
    let mut taken: Vec<(u16, u16)> = labels.iter().map(|column| (0, *column)).collect();
    for (x, row, letter, style) in ends {
        let near = [
            row,
            row + 1,
            row.saturating_sub(1),
            row + 2,
            row.saturating_sub(2),
        ];
        let is_free = |row: &u16| {
            let mut others = taken.iter();
            *row < plot.height && !others.any(|(y, column)| y == row && column.abs_diff(x) < 3)
        };
        let Some(row) = near.into_iter().find(is_free) else {
            continue;
        };
        taken.push((row, x));
        buffer.set_string(plot.x + x + 1, plot.y + row, letter, style);
    }
}
