//! The plot inside the chart's frame: axes, references, marks, lines, labels; drawn in that order, back to front.

use std::ops::RangeInclusive;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Look, dashed, series_style};
use crate::history::{Column, columns};
use crate::protocol::{MetricInfo, Reference};
use crate::tui::app::{App, Mark};
use crate::tui::plot::{Axis, Canvas, Dash, Pen, step_ticks};

/// Layers, back to front.
const GRID: u8 = 1;
const REFERENCE: u8 = 2;
const MARK: u8 = 3;
const RAW: u8 = 4;
const LINE: u8 = 5;

/// Columns right of the plot, for the letter at the end of each line.
const MARGIN: u16 = 2;

/// One line with its raw values.
struct Series<'a> {
    metric: &'a MetricInfo,
    columns: Vec<Column>,
}

/// Everything the parts of the drawing share.
struct Plot<'a> {
    area: Rect,
    axis: Axis,
    range: RangeInclusive<u64>,
    app: &'a App,
    look: &'a Look,
}

/// Draws the plot.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Look, metrics: &[&MetricInfo]) {
    if area.height < 4 || area.width < 16 {
        return;
    }
    let range = app.view.steps(app.history.last_step());
    // The width of the labels decides the width of the plot, and that the columns: guess, then settle.
    let guess = usize::from(area.width) * 2;
    let series = |count: usize| -> Vec<Series> {
        let of = |metric: &&'_ MetricInfo| {
            app.history
                .series(&metric.name)
                .map(|s| columns(s, &range, count))
        };
        metrics
            .iter()
            .map(|m| (*m, of(m).unwrap_or_default()))
            .map(|(metric, columns)| Series { metric, columns })
            .collect()
    };
    let rows = area.height - 2;
    let axis = axis(&series(guess), app, &range, usize::from(rows));
    let label_width = axis
        .ticks()
        .iter()
        .map(|t| t.label.chars().count())
        .max()
        .unwrap_or(1) as u16;
    let left = label_width + 2;
    let plot = Plot {
        area: Rect {
            x: area.x + left,
            width: area.width.saturating_sub(left + MARGIN).max(1),
            height: rows,
            ..area
        },
        axis,
        range: range.clone(),
        app,
        look,
    };
    let mut canvas = Canvas::new(plot.area, look.glyphs.utf8);
    let series = series(canvas.size().0);
    plot.grid(&mut canvas);
    plot.references(&mut canvas);
    plot.marks(&mut canvas);
    for (i, line) in series.iter().enumerate() {
        plot.raw(&mut canvas, line, i);
    }
    for (i, line) in series.iter().enumerate() {
        plot.line(&mut canvas, line, i);
    }
    canvas.render(buffer);
    plot.axes(area, buffer);
    plot.mark_labels(buffer);
    plot.reference_label(&canvas, buffer);
    plot.odd_values(buffer, &series);
    plot.end_labels(buffer, &series);
}

/// An axis that holds everything visible, and the reference lines that are not far from it.
fn axis(series: &[Series], app: &App, range: &RangeInclusive<u64>, rows: usize) -> Axis {
    let seen = series.iter().flat_map(|s| &s.columns);
    let (mut low, mut high) = seen.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), c| {
        (low.min(c.low), high.max(c.high))
    });
    let span = (high - low).max(1e-9);
    for (reference, _) in references(app, range) {
        if reference.value > low - span && reference.value < high + span {
            low = low.min(reference.value);
            high = high.max(reference.value);
        }
    }
    Axis::new(low, high, app.view.log, rows / 4)
}

/// The reference lines of the metrics on this chart, each with the steps during which its objective held.
fn references<'a>(
    app: &'a App,
    range: &RangeInclusive<u64>,
) -> impl Iterator<Item = (&'a Reference, RangeInclusive<u64>)> {
    let segments = app.ledger.segments();
    let (start, end) = (*range.start(), *range.end());
    let on_chart: Vec<String> = super::loss_metrics(app)
        .into_iter()
        .map(|m| m.name.clone())
        .collect();
    segments.iter().enumerate().flat_map(move |(i, segment)| {
        let until = segments.get(i + 1).map_or(end, |next| next.from).min(end);
        let from = segment.from.max(start);
        let on_chart = on_chart.clone();
        let of_segment = segment
            .references
            .iter()
            .filter(move |r| on_chart.contains(&r.metric));
        of_segment
            .filter(move |_| from < until)
            .map(move |r| (r, from..=until))
    })
}

impl Plot<'_> {
    /// From 0 (left) to 1, for a step.
    fn across(&self, step: u64) -> f64 {
        let (start, end) = (*self.range.start() as f64, *self.range.end() as f64);
        (step as f64 - start) / (end - start)
    }

    /// The cell column of a step, counted from the plot's left edge.
    fn cell(&self, step: u64) -> u16 {
        (self.across(step) * f64::from(self.area.width.saturating_sub(1))).round() as u16
    }

    fn dot_x(&self, canvas: &Canvas, step: u64) -> i32 {
        (self.across(step) * (canvas.size().0 as f64 - 1.0)).round() as i32
    }

    fn pen(&self, rank: u8, style: Style, ascii: char, dash: Dash) -> Pen {
        // In ASCII a cell is one dot: gaps of braille dots would leave almost nothing.
        let dash = match dash {
            Dash::On(..) if !self.look.glyphs.utf8 => Dash::On(1, 1),
            other => other,
        };
        Pen {
            rank,
            style,
            ascii,
            dash,
        }
    }

    fn grid(&self, canvas: &mut Canvas) {
        if !self.look.glyphs.utf8 {
            return;
        }
        let pen = self.pen(GRID, self.look.theme.bar_rest, ' ', Dash::On(1, 5));
        let right = canvas.size().0 as i32 - 1;
        for tick in self.axis.ticks().iter().filter(|t| t.at > 0.001) {
            let y = canvas.row(tick.at);
            canvas.line((0, y), (right, y), &pen);
        }
    }

    fn references(&self, canvas: &mut Canvas) {
        let pen = self.pen(REFERENCE, self.look.theme.reference, '-', Dash::On(2, 2));
        for (reference, steps) in references(self.app, &self.range) {
            if let Some(at) = self
                .axis
                .place(reference.value)
                .filter(|at| (0.0..=1.0).contains(at))
            {
                let y = canvas.row(at);
                let (from, to) = (
                    self.dot_x(canvas, *steps.start()),
                    self.dot_x(canvas, *steps.end()),
                );
                canvas.line((from, y), (to, y), &pen);
            }
        }
    }

    /// Says what the reference line of the present objective means, where there is room beside it.
    fn reference_label(&self, canvas: &Canvas, buffer: &mut Buffer) {
        let last = references(self.app, &self.range).filter(|(_, s)| s.end() == self.range.end());
        let mut told: Vec<f64> = Vec::new();
        for (reference, _) in last {
            if told.contains(&reference.value) {
                continue;
            }
            told.push(reference.value);
            let Some(at) = self
                .axis
                .place(reference.value)
                .filter(|at| (0.0..=1.0).contains(at))
            else {
                continue;
            };
            let line = canvas.row(at) / if self.look.glyphs.utf8 { 4 } else { 1 };
            let label = format!(" {} ", self.look.glyphs.text(&reference.label));
            let width = label.chars().count() as u16;
            let Some(x) = self.area.width.checked_sub(width) else {
                continue;
            };
            let is_free = |row: i32| {
                u16::try_from(row)
                    .is_ok_and(|row| (x..self.area.width).all(|column| canvas.is_free(column, row)))
            };
            if let Some(row) = [line - 1, line + 1].into_iter().find(|row| is_free(*row)) {
                buffer.set_string(
                    self.area.x + x,
                    self.area.y + row as u16,
                    label,
                    self.look.theme.reference,
                );
            }
        }
    }

    fn mark_style(&self, mark: &Mark) -> Style {
        if mark.guard {
            self.look.theme.bad
        } else {
            self.look.theme.mark
        }
    }

    /// The marks in sight that changed the training; the others are ticks on the axis.
    fn strong_marks(&self) -> impl Iterator<Item = &Mark> {
        self.app
            .ledger
            .marks()
            .iter()
            .filter(|m| self.range.contains(&m.step) && !m.label.is_empty())
    }

    fn marks(&self, canvas: &mut Canvas) {
        let bottom = canvas.size().1 as i32 - 1;
        for mark in self.strong_marks() {
            let pen = self.pen(MARK, self.mark_style(mark), ':', Dash::On(2, 2));
            let x = self.dot_x(canvas, mark.step);
            canvas.line((x, 0), (x, bottom), &pen);
        }
    }

    /// Labels of marks, newest first: in the top rows, where no newer label is in the way.
    fn mark_labels(&self, buffer: &mut Buffer) {
        let mut taken: Vec<(u16, u16, u16)> = Vec::new();
        let marks: Vec<&Mark> = self.strong_marks().collect();
        for mark in marks.into_iter().rev() {
            let label = self.look.glyphs.text(&mark.label);
            let width = label.chars().count() as u16;
            let x = self.cell(mark.step) + 1;
            // Near the right edge the label stands left of its mark.
            let x = if x + width <= self.area.width {
                x
            } else {
                x.saturating_sub(width + 2)
            };
            let rows = 0..3.min(self.area.height / 3);
            let free = |row: &u16| {
                taken
                    .iter()
                    .all(|(y, from, to)| y != row || x > *to || x + width < *from)
            };
            let Some(row) = rows.clone().find(free) else {
                continue;
            };
            taken.push((row, x, x + width));
            buffer.set_stringn(
                self.area.x + x,
                self.area.y + row,
                label,
                usize::from(self.area.width.saturating_sub(x)),
                self.mark_style(mark),
            );
        }
    }

    /// Every column from its smallest to its largest value, and the way from one to the next.
    fn raw(&self, canvas: &mut Canvas, series: &Series, index: usize) {
        let pen = self.pen(RAW, series_style(self.look, index).1, '.', Dash::Solid);
        let y = |v: f64| self.axis.place(v).map(|at| canvas_row(canvas, at));
        let mut strokes = Vec::new();
        let mut last: Option<(i32, i32)> = None;
        for column in &series.columns {
            let x = column.x as i32;
            if let (Some(low), Some(high)) = (y(column.low), y(column.high)) {
                strokes.push(((x, low), (x, high)));
            }
            let here = y(column.centre).map(|y| (x, y));
            if let (Some(from), Some(to)) = (last.filter(|_| !column.breaks), here) {
                strokes.push((from, to));
            }
            last = here;
        }
        strokes
            .into_iter()
            .for_each(|(from, to)| canvas.line(from, to, &pen));
    }

    /// The smoothed line, or the means where smoothing is off.
    fn line(&self, canvas: &mut Canvas, series: &Series, index: usize) {
        let dash = if dashed(index, self.look) {
            Dash::On(4, 4)
        } else {
            Dash::Solid
        };
        let ascii = if index.is_multiple_of(2) { '*' } else { 'o' };
        let pen = Pen {
            rank: LINE,
            style: series_style(self.look, index).0,
            ascii,
            dash,
        };
        let mut last: Option<(i32, i32)> = None;
        for column in &series.columns {
            let here = self
                .axis
                .place(self.value(column))
                .map(|at| (column.x as i32, canvas_row(canvas, at)));
            match (last.filter(|_| !column.breaks), here) {
                (Some(from), Some(to)) => {
                    canvas.line(from, to, &pen);
                    if self.look.glyphs.utf8 {
                        // Two dots thick: the line must stand out from the values behind it.
                        canvas.line((from.0, from.1 + 1), (to.0, to.1 + 1), &pen);
                    }
                }
                (None, Some(at)) => canvas.dot(at.0, at.1, &pen),
                _ => {}
            }
            last = here;
        }
    }

    fn value(&self, column: &Column) -> f64 {
        self.app
            .view
            .smoothing
            .map_or(column.centre, |level| column.smooth[level])
    }

    /// Both axes with their ticks; interventions that did not change the training are ticks of their own.
    fn axes(&self, area: Rect, buffer: &mut Buffer) {
        let theme = &self.look.theme;
        let [vertical, horizontal, corner, tick_y, tick_x] = self.look.glyphs.axes;
        let x = self.area.x - 1;
        let base = self.area.bottom();
        for y in self.area.top()..base {
            buffer.set_string(x, y, vertical, theme.border);
        }
        buffer.set_string(x, base, corner, theme.border);
        for column in self.area.left()..self.area.right() {
            buffer.set_string(column, base, horizontal, theme.border);
        }
        for tick in self.axis.ticks() {
            let row =
                ((1.0 - tick.at) * f64::from(self.area.height.saturating_sub(1))).round() as u16;
            let width = tick.label.chars().count() as u16;
            buffer.set_string(x, self.area.y + row, tick_y, theme.border);
            buffer.set_string(
                x.saturating_sub(width),
                self.area.y + row,
                &tick.label,
                theme.dim,
            );
        }
        let mut free_from = area.x;
        for tick in step_ticks(&self.range, usize::from(self.area.width)) {
            let column = self.area.x
                + (tick.at * f64::from(self.area.width.saturating_sub(1))).round() as u16;
            let width = tick.label.chars().count() as u16;
            let from = column.saturating_sub(width / 2).max(area.x);
            if from < free_from || from + width > area.right() {
                continue;
            }
            buffer.set_string(column, base, tick_x, theme.border);
            buffer.set_string(from, base + 1, &tick.label, theme.dim);
            free_from = from + width + 2;
        }
        for mark in self
            .app
            .ledger
            .marks()
            .iter()
            .filter(|m| m.label.is_empty() && self.range.contains(&m.step))
        {
            buffer.set_string(
                self.area.x + self.cell(mark.step),
                base,
                self.look.glyphs.tick,
                self.mark_style(mark),
            );
        }
    }

    /// A cross at the top of each column in which a value was not finite.
    fn odd_values(&self, buffer: &mut Buffer, series: &[Series]) {
        let per_cell = if self.look.glyphs.utf8 { 2 } else { 1 };
        let mut newest = None;
        for column in series.iter().flat_map(|s| &s.columns).filter(|c| c.odd) {
            let x = (column.x / per_cell) as u16;
            buffer.set_string(
                self.area.x + x,
                self.area.y,
                self.look.glyphs.cross,
                self.look.theme.bad,
            );
            newest = newest.max(Some(x));
        }
        if let Some(x) = newest {
            let x = if x + 4 < self.area.width {
                x + 1
            } else {
                x.saturating_sub(3)
            };
            buffer.set_string(self.area.x + x, self.area.y, "NaN", self.look.theme.bad);
        }
    }

    /// The first letter of each line's title where the line ends.
    fn end_labels(&self, buffer: &mut Buffer, series: &[Series]) {
        let mut taken: Vec<u16> = Vec::new();
        for (i, line) in series.iter().enumerate() {
            let Some(last) = line.columns.last() else {
                continue;
            };
            let Some(at) = self.axis.place(self.value(last)) else {
                continue;
            };
            let row = ((1.0 - at.clamp(0.0, 1.0)) * f64::from(self.area.height.saturating_sub(1)))
                .round() as u16;
            let nearby = [row, row + 1, row.saturating_sub(1)];
            let Some(row) = nearby
                .into_iter()
                .find(|r| *r < self.area.height && !taken.contains(r))
            else {
                continue;
            };
            taken.push(row);
            let letter = self
                .look
                .glyphs
                .text(&line.metric.title)
                .chars()
                .next()
                .unwrap_or(' ')
                .to_ascii_uppercase();
            let per_cell = if self.look.glyphs.utf8 { 2 } else { 1 };
            let x = self.area.x + (last.x / per_cell) as u16 + 1;
            buffer.set_string(
                x,
                self.area.y + row,
                letter.to_string(),
                series_style(self.look, i).0,
            );
        }
    }
}

fn canvas_row(canvas: &Canvas, at: f64) -> i32 {
    canvas.row(at)
}
