//! The plot inside the chart's frame: axes, references, marks, lines, labels; drawn in that order, back to front.

use std::ops::RangeInclusive;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::scales::{Extent, Scale, compare, shared, stretches};
use super::{dashed, series_style};
use crate::history::{Bucket, Column, LEVELS, Ruler, columns};
use crate::metric::{MetricInfo, Reference};
use crate::text;
use crate::tui::app::{App, Height, Mark};
use crate::tui::appearance::Appearance;
use crate::tui::plot::{Axis, Canvas, Dash, Pen, extent};

/// Layers, back to front.
const GRID: u8 = 1;
const REFERENCE: u8 = 2;
const MARK: u8 = 3;
const RAW: u8 = 4;
const ABANDONED: u8 = 5;
const LINE: u8 = 6;

/// Columns right of the plot, for the letter at the end of each line.
const MARGIN: u16 = 2;

/// One line with its raw values.
pub(super) struct Series {
    pub(super) columns: Vec<Column>,
    /// Discarded by a rewind.
    abandoned: Vec<Vec<Column>>,
}

/// The steps in which one vertical axis holds, and what is drawn on it.
pub(super) struct Part {
    pub(super) scale: Scale,
    /// In the order of the metrics.
    pub(super) lines: Vec<Series>,
}

/// Everything the parts of the drawing share.
pub(super) struct Plot<'a> {
    pub(super) area: Rect,
    /// From left to right, at least one.
    pub(super) parts: Vec<Part>,
    pub(super) range: RangeInclusive<u64>,
    pub(super) ruler: Ruler<'a>,
    pub(super) metrics: &'a [&'a MetricInfo],
    pub(super) app: &'a App,
    pub(super) look: &'a Appearance,
}

impl<'a> Plot<'a> {
    /// Lays out a plot and its axes; `None` where there is no room.
    pub(super) fn new(
        area: Rect,
        app: &'a App,
        look: &'a Appearance,
        metrics: &'a [&'a MetricInfo],
    ) -> Option<Self> {
        if area.height < 4 || area.width < 16 {
            return None;
        }
        let range = app.shown_steps();
        let ruler = app.history.ruler(app.view.unit, range.clone());
        let rows = area.height - 2;
        // The width of the labels decides the width of the plot, and that the columns: guess, then settle.
        let guess = area.width.saturating_mul(2);
        let scales = scales(app, metrics, &ruler, guess, usize::from(rows));
        let labels = scales.first().map(|scale| scale.axis.ticks());
        let label_width = labels
            .iter()
            .flatten()
            .map(|t| text::width(&t.label))
            .max()
            .unwrap_or(1) as u16;
        let left = label_width + 2;
        let mut plot = Self {
            area: Rect {
                x: area.x + left,
                width: area.width.saturating_sub(left + MARGIN).max(1),
                height: rows,
                ..area
            },
            parts: Vec::new(),
            range,
            ruler,
            metrics,
            app,
            look,
        };
        let count = plot.area.width * plot.dots_per_cell();
        let parts = scales.into_iter().map(|scale| Part {
            lines: lines(app, metrics, &plot.ruler, &scale.steps, count),
            scale,
        });
        plot.parts = parts.collect();
        Some(plot)
    }

    /// Whether not all that is shown lies on one axis.
    pub(super) fn has_own_scales(&self) -> bool {
        self.parts.len() > 1
    }

    /// Draws it.
    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer) {
        let mut canvas = Canvas::new(self.area, self.look.glyphs.have_dots());
        self.grid(&mut canvas);
        self.references(&mut canvas);
        self.marks(&mut canvas);
        self.crosshair(&mut canvas);
        for part in &self.parts {
            for (i, line) in part.lines.iter().enumerate() {
                self.raw(&mut canvas, &part.scale.axis, line, i);
            }
            for line in &part.lines {
                self.abandoned(&mut canvas, &part.scale.axis, line);
            }
            for (i, line) in part.lines.iter().enumerate() {
                self.line(&mut canvas, &part.scale.axis, line, i);
            }
        }
        canvas.render(buffer);
        self.axes(area, buffer);
        let mut taken = self.cuts(&canvas, buffer);
        taken.extend(self.odd_values(buffer));
        taken.extend(self.end_labels(buffer));
        self.mark_labels(buffer, &mut taken);
        self.inner_axes(buffer, &taken);
        self.reference_label(&canvas, buffer);
    }
}

/// The lines of these steps, in `count` columns for all that the ruler spans.
fn lines(
    app: &App,
    metrics: &[&MetricInfo],
    ruler: &Ruler<'_>,
    steps: &RangeInclusive<u64>,
    count: u16,
) -> Vec<Series> {
    let of = |buckets: &[Bucket]| {
        let first = buckets.partition_point(|bucket| bucket.to < *steps.start());
        let after = buckets.partition_point(|bucket| bucket.to <= *steps.end());
        columns(&buckets[first..after], ruler, count)
    };
    let line = |metric: &&MetricInfo| {
        let shown = !app.view.hidden.contains(&metric.name);
        let series = app.history.series(&metric.name).filter(|_| shown);
        let abandoned = series.map_or(&[][..], |s| s.abandoned());
        let mut columns = series.map_or_else(Vec::new, |s| of(s.buckets()));
        // Another tool's steps may be epochs: a line that forgets within a hundred of them would lag far behind.
        if let Some(series) = series.filter(|_| app.run.own().is_none()) {
            let borne: [_; LEVELS.len()] = std::array::from_fn(|level| series.bears(Some(level)));
            for column in &mut columns {
                let smooth = column.smooth;
                let value = |level: Option<usize>| level.map_or(column.centre, |l| smooth[l]);
                column.smooth = borne.map(value);
            }
        }
        Series {
            columns,
            abandoned: abandoned.iter().map(|stretch| of(stretch)).collect(),
        }
    };
    metrics.iter().map(line).collect()
}

/// The axis of everything, or where the objectives' stretches cannot be read on one, the axis of each.
fn scales(
    app: &App,
    metrics: &[&MetricInfo],
    ruler: &Ruler<'_>,
    count: u16,
    rows: usize,
) -> Vec<Scale> {
    let all = [ruler.range().clone()];
    let mut stretches = stretches(app, ruler.range());
    if compare(app, metrics) {
        stretches = all.to_vec();
    }
    let mut numbers = vec![0; stretches.len()];
    if stretches.len() > 1 {
        let extents = stretches.iter().map(|steps| {
            let (low, high) = ends(&lines(app, metrics, ruler, steps, count), app);
            let share = ruler.place(*steps.end()) - ruler.place(*steps.start());
            Extent {
                low,
                high,
                columns: share * f64::from(count / 2),
            }
        });
        numbers = shared(&extents.collect::<Vec<_>>(), app.view.height == Height::Log);
    }
    let is_one = numbers.iter().all(|number| *number == 0);
    let axis_of = |number: usize| {
        let members = stretches.iter().zip(&numbers);
        let members = members.filter(|(_, own)| **own == number);
        let members: Vec<_> = members.map(|(steps, _)| steps.clone()).collect();
        let members = if is_one { &all[..] } else { &members };
        axis(app, metrics, ruler, members, count, rows)
    };
    let mut found: Vec<Scale> = Vec::new();
    let mut last = None;
    for (steps, number) in stretches.iter().zip(&numbers) {
        match found.last_mut().filter(|_| last == Some(*number)) {
            Some(scale) => scale.steps = *scale.steps.start()..=*steps.end(),
            None => found.push(Scale {
                steps: steps.clone(),
                axis: axis_of(*number),
            }),
        }
        last = Some(*number);
    }
    found
}

/// An axis that covers the visible values of these steps and nearby reference lines.
fn axis(
    app: &App,
    metrics: &[&MetricInfo],
    ruler: &Ruler<'_>,
    stretches: &[RangeInclusive<u64>],
    count: u16,
    rows: usize,
) -> Axis {
    let lines: Vec<Series> = stretches
        .iter()
        .flat_map(|steps| lines(app, metrics, ruler, steps, count))
        .collect();
    let (mut low, mut high) = ends(&lines, app);
    // What another program has declared for its chart.
    let declared = metrics.iter().filter_map(|metric| metric.range);
    for (least, greatest) in declared.filter(|_| app.run.is_program()) {
        low = low.min(least);
        high = high.max(greatest);
    }
    let span = (high - low).max(1e-9);
    let inside = |steps: &RangeInclusive<u64>| stretches.iter().any(|s| s.contains(steps.end()));
    for (reference, steps) in references(app, metrics, ruler.range()) {
        let is_near = reference.value > low - span && reference.value < high + span;
        if is_near && inside(&steps) {
            low = low.min(reference.value);
            high = high.max(reference.value);
        }
    }
    Axis::new(low, high, app.view.height == Height::Log, rows / 4)
}

/// The range of visible values.
fn ends(series: &[Series], app: &App) -> (f64, f64) {
    let columns = series.iter().flat_map(|s| &s.columns);
    extent(
        columns,
        |column| shown(app, column),
        app.view.height == Height::Calm,
    )
}

/// The value of a line in a column: its smoothed value, or its mean where smoothing is off.
fn shown(app: &App, column: &Column) -> f64 {
    let smoothing = app.view.smoothing;
    smoothing.map_or(column.centre, |level| column.smooth[level])
}

/// The reference lines of the metrics on this chart, each with the steps during which its objective held.
pub(super) fn references<'a>(
    app: &'a App,
    metrics: &[&MetricInfo],
    range: &RangeInclusive<u64>,
) -> impl Iterator<Item = (&'a Reference, RangeInclusive<u64>)> {
    let segments = app.annotations.segments();
    let (start, end) = (*range.start(), *range.end());
    let on_chart: Vec<String> = metrics.iter().map(|m| m.name.clone()).collect();
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
        self.ruler.place(step)
    }

    /// The cell column of a step, counted from the plot's left edge.
    pub(super) fn cell(&self, step: u64) -> u16 {
        (self.across(step) * f64::from(self.area.width.saturating_sub(1))).round() as u16
    }

    fn dot_x(&self, canvas: &Canvas, step: u64) -> i32 {
        (self.across(step) * f64::from(canvas.size().0 - 1)).round() as i32
    }

    fn pen(&self, rank: u8, style: Style, ascii: char, dash: Dash) -> Pen {
        // In ASCII a cell is one dot: gaps of braille dots would leave almost nothing.
        let dash = match dash {
            Dash::On(..) if !self.look.glyphs.have_dots() => Dash::On(1, 1),
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
        if !self.look.glyphs.have_dots() {
            return;
        }
        let pen = self.pen(GRID, self.look.theme.bar_rest, ' ', Dash::On(1, 5));
        let right = canvas.size().0 - 1;
        for (i, part) in self.parts.iter().enumerate() {
            let from = self.begin(part).map_or(0, |step| self.dot_x(canvas, step));
            let next = self.parts.get(i + 1).and_then(|next| self.begin(next));
            let to = next.map_or(right, |step| self.dot_x(canvas, step));
            for tick in part.scale.axis.ticks().iter().filter(|t| t.at > 0.001) {
                let y = canvas.row(tick.at);
                canvas.line((from, y), (to, y), &pen);
            }
        }
    }

    fn references(&self, canvas: &mut Canvas) {
        let pen = self.pen(REFERENCE, self.look.theme.reference, '-', Dash::On(2, 2));
        for (reference, steps) in references(self.app, self.metrics, &self.range) {
            if let Some(at) = self
                .axis_at(*steps.end())
                .and_then(|axis| axis.place(reference.value))
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

    /// The step after which a part has its own axis; `None` for the first part.
    pub(super) fn begin(&self, part: &Part) -> Option<u64> {
        let start = *part.scale.steps.start();
        (start > *self.range.start()).then(|| start - 1)
    }

    /// The vertical axis that holds at a step.
    pub(super) fn axis_at(&self, step: u64) -> Option<&Axis> {
        let scales = self.parts.iter().map(|part| &part.scale);
        let mut holding = scales.filter(|scale| scale.steps.contains(&step));
        holding.next().map(|scale| &scale.axis)
    }

    pub(super) fn mark_style(&self, mark: &Mark) -> Style {
        if mark.guard {
            self.look.theme.bad
        } else {
            self.look.theme.mark
        }
    }

    /// The marks in sight that changed the training; the others are ticks on the axis.
    pub(super) fn strong_marks(&self) -> impl Iterator<Item = &Mark> {
        self.app
            .annotations
            .marks()
            .iter()
            .filter(|m| self.range.contains(&m.step) && !m.label.is_empty())
    }

    fn marks(&self, canvas: &mut Canvas) {
        let bottom = canvas.size().1 - 1;
        for mark in self.strong_marks() {
            let pen = self.pen(MARK, self.mark_style(mark), ':', Dash::On(2, 2));
            let x = self.dot_x(canvas, mark.step);
            canvas.line((x, 0), (x, bottom), &pen);
        }
    }

    fn crosshair(&self, canvas: &mut Canvas) {
        let cursor = self.app.view.cursor.filter(|c| self.range.contains(c));
        if let Some(step) = cursor {
            let pen = self.pen(MARK, self.look.theme.accent, '|', Dash::Solid);
            let (x, bottom) = (self.dot_x(canvas, step), canvas.size().1 - 1);
            canvas.line((x, 0), (x, bottom), &pen);
        }
    }

    /// Every column from its smallest to its largest value, and the way from one to the next.
    fn raw(&self, canvas: &mut Canvas, axis: &Axis, series: &Series, index: usize) {
        let pen = self.pen(RAW, series_style(self.look, index).1, '.', Dash::Solid);
        let y = |v: f64| axis.place(v).map(|at| canvas.row(at));
        // Without colour a filled band would hide the line in it: its edges say as much.
        let outline = pen.style.fg.is_none();
        let mut strokes = Vec::new();
        let mut last: Option<(i32, i32)> = None;
        for column in &series.columns {
            let x = i32::from(column.x);
            if let (Some(low), Some(high)) = (y(column.low), y(column.high)) {
                if outline {
                    strokes.extend([((x, low), (x, low)), ((x, high), (x, high))]);
                } else {
                    strokes.push(((x, low), (x, high)));
                }
            }
            if outline {
                continue;
            }
            let here = y(column.centre).map(|y| (x, y));
            if let (Some(from), Some(to)) = (last.filter(|_| !column.breaks), here) {
                strokes.push((from, to));
            }
            last = here;
        }
        for (from, to) in strokes {
            canvas.line(from, to, &pen);
        }
    }

    /// Discarded values: dim dots, where they lie within the axis.
    fn abandoned(&self, canvas: &mut Canvas, axis: &Axis, series: &Series) {
        let pen = self.pen(ABANDONED, self.look.theme.dim, ',', Dash::On(1, 2));
        for stretch in &series.abandoned {
            let mut last = None;
            for column in stretch {
                let here = axis
                    .place(self.value(column))
                    .filter(|at| (0.0..=1.0).contains(at))
                    .map(|at| (i32::from(column.x), canvas.row(at)));
                if let (Some(from), Some(to)) = (last.filter(|_| !column.breaks), here) {
                    canvas.line(from, to, &pen);
                }
                last = here;
            }
        }
    }

    /// The smoothed line, or the means where smoothing is off.
    fn line(&self, canvas: &mut Canvas, axis: &Axis, series: &Series, index: usize) {
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
            let here = axis
                .place(self.value(column))
                .map(|at| (i32::from(column.x), canvas.row(at)));
            match (last.filter(|_| !column.breaks), here) {
                (Some(from), Some(to)) => {
                    canvas.line(from, to, &pen);
                    if self.look.glyphs.have_dots() {
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

    pub(super) fn value(&self, column: &Column) -> f64 {
        shown(self.app, column)
    }
}
