//! One metric of many runs on one chart: raw values faint, smoothed lines strong, the highlighted run in front.

mod strokes;
mod ticks;
mod title;

use std::ops::RangeInclusive;

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::history::{Column, Point, Series, extent_of_lines, narrow};
use crate::metric::Good;
use crate::text;
use crate::tui::app::{Height, View};
use crate::tui::appearance::Appearance;
use crate::tui::layout;
use crate::tui::plot::{Axis as Scale, Canvas, Dash, axes, cursor_label, extent};
use crate::workspace::{Across, Axis, Band, BandPoint, band};
use strokes::{edges, end_labels, grid, pen, places, raw, stroke};

/// Layers, back to front.
const GRID: u8 = 1;
const MARK: u8 = 2;
const RAW: u8 = 3;
const BAND: u8 = 4;
const CROSSHAIR: u8 = 5;
const LINE: u8 = 6;
const FRONT: u8 = 7;

/// Columns right of the plot, for the letters at the ends of the lines.
const MARGIN: u16 = 3;
/// With more lines than these, raw values would hide them: only the highlighted run's are drawn.
const CLEAR: usize = 6;

/// How much a run stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Behind all others, and without its value.
    Faint,
    /// As others do.
    Plain,
    /// In front of all others: it is the highlighted one.
    Front,
}

/// A run on a chart.
#[derive(Debug, Clone)]
pub struct Curve<'a> {
    /// What stands at its end.
    pub letter: String,
    /// Its line, and its raw values.
    pub styles: (Style, Style),
    /// Its values.
    pub series: &'a Series,
    /// Where its steps lie; `None` where it has no place on this axis.
    pub across: Option<Across<'a>>,
    /// How much it stands out.
    pub weight: Weight,
    /// The last step of its run, which may have gone on without this metric.
    pub until: u64,
    /// The number of its group, where runs are drawn in groups.
    pub group: Option<usize>,
    /// The runs that it was forked from, each up to the step at which it was left, the nearest first.
    pub past: Vec<Past<'a>>,
}

/// What a fork has in common with the run that it was forked from.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    /// That run's values.
    pub series: &'a Series,
    /// Where its steps lie.
    pub across: Across<'a>,
    /// The last step in common.
    pub until: u64,
}

/// A group of runs on a chart.
#[derive(Debug, Clone)]
pub struct GroupCurve {
    /// What stands at its end.
    pub letter: String,
    /// What tells it from the others.
    pub name: String,
    /// How many runs it has.
    pub members: usize,
    /// Its mean, and its band.
    pub styles: (Style, Style),
}

/// A line from bottom to top.
#[derive(Debug, Clone)]
pub struct Mark {
    /// Where it is on the axis, in its unit.
    pub at: f64,
    /// What stands beside it.
    pub label: String,
}

/// A chart of one metric.
#[derive(Debug)]
pub struct Overlay<'a> {
    /// The metric.
    pub metric: &'a str,
    /// Which way it is better.
    pub good: Good,
    /// The runs, in the order of the list.
    pub curves: Vec<Curve<'a>>,
    /// The groups that curves name; empty, where runs are drawn by themselves.
    pub groups: Vec<GroupCurve>,
    /// What the bands around the groups' means show.
    pub band: Band,
    /// How charts are looked at.
    pub view: &'a View,
    /// What the horizontal axis is measured in.
    pub axis: &'a Axis,
    /// The steps on the axis.
    pub range: RangeInclusive<u64>,
    /// The ends of the axis in its unit, over all runs.
    pub ends: (f64, f64),
    /// Where the crosshair is, in the unit of the axis.
    pub crosshair: Option<f64>,
    /// Places on the axis that mean something.
    pub marks: Vec<Mark>,
    /// Whether some runs' values are still to be read.
    pub is_reading: bool,
}

/// A curve in columns of dots.
struct Drawn<'a> {
    curve: &'a Curve<'a>,
    /// Its line.
    line: Vec<Point>,
    /// Its raw values, where they are drawn.
    raw: Vec<Column>,
}

impl Overlay<'_> {
    /// Draws it.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, look: &Appearance) {
        let frame = look.frame();
        let inner = frame.inner(area);
        if inner.height < 4 || inner.width < 16 {
            let room = usize::from(area.width.saturating_sub(4));
            frame.title_top(self.title(room, look)).render(area, buffer);
            return;
        }
        let rows = inner.height - 2;
        let dots = if look.glyphs.have_dots() { 2 } else { 1 };
        let whole = inner.width * dots;
        let mut drawn = self.drawn(whole);
        let scale = self.scale(&drawn, rows);
        let widest = scale
            .ticks()
            .iter()
            .map(|tick| text::width(&tick.label))
            .max();
        let left = widest.unwrap_or(1) as u16 + 2;
        let plot = Rect {
            x: inner.x + left,
            width: inner.width.saturating_sub(left + MARGIN).max(1),
            height: rows,
            ..inner
        };
        for drawn in &mut drawn {
            narrow(&mut drawn.line, whole, plot.width * dots);
            narrow(&mut drawn.raw, whole, plot.width * dots);
        }
        let bands = self.bands(&drawn);
        self.frame(area, buffer, look, (&bands, plot.width * dots));
        if drawn.iter().all(|drawn| drawn.line.is_empty()) {
            self.nothing(inner, buffer, look);
            return;
        }
        let mut canvas = Canvas::new(plot, look.glyphs.have_dots());
        grid(&mut canvas, &scale, look);
        let marks = self.marked(&mut canvas, look);
        if let Some(at) = self.crosshair_place() {
            let pen = pen(CROSSHAIR, look.theme.accent, '|');
            let x = (at * f64::from(canvas.size().0 - 1)).round() as i32;
            canvas.line((x, 0), (x, canvas.size().1 - 1), &pen);
        }
        self.pasts(&mut canvas, &scale, &drawn);
        self.lines(&mut canvas, &scale, &drawn, look);
        self.means(&mut canvas, &scale, &bands, look);
        canvas.render(buffer);
        let up: Vec<(u16, String)> = scale
            .ticks()
            .into_iter()
            .map(|tick| (canvas.cell_row(tick.at), tick.label))
            .collect();
        let across = ticks::ticks(self.ends, self.axis, usize::from(plot.width));
        axes((inner, plot), buffer, look, &up, &across);
        let labels: Vec<u16> = marks.iter().map(|(x, _)| *x).collect();
        for (x, label) in marks {
            buffer.set_string(plot.x + x, plot.y, label, look.theme.dim);
        }
        if let (Some(at), Some(value)) = (self.crosshair_place(), self.crosshair) {
            let column = (at * f64::from(plot.width.saturating_sub(1))).round() as u16;
            let label = format!(" {} ", ticks::exactly(value, self.axis));
            cursor_label((inner, plot), buffer, look, column, &label);
        }
        edges(&drawn, &scale, (plot, &canvas), dots, buffer, look);
        let ends = drawn
            .iter()
            .filter(|drawn| self.groups.is_empty() && drawn.curve.weight > Weight::Faint)
            .filter_map(|drawn| {
                let last = drawn.line.last()?;
                let at = scale.place(last.value)?;
                Some((
                    last.x / dots,
                    canvas.cell_row(at),
                    &drawn.curve.letter,
                    drawn.curve.styles.0,
                ))
            });
        let means = self
            .groups
            .iter()
            .zip(&bands)
            .filter_map(|(group, points)| {
                let last = points.last()?;
                Some((
                    last.x / dots,
                    canvas.cell_row(scale.place(last.mean)?),
                    &group.letter,
                    group.styles.0,
                ))
            });
        end_labels(ends.chain(means), &labels, plot, buffer);
    }

    /// The frame with what stands in it.
    fn frame(
        &self,
        area: Rect,
        buffer: &mut Buffer,
        look: &Appearance,
        (bands, columns): (&[Vec<BandPoint>], u16),
    ) {
        let mut frame = look.frame();
        let room = usize::from(area.width.saturating_sub(4));
        let title = if self.groups.is_empty() {
            self.title(room, look)
        } else {
            self.title_of_groups(bands, columns, room, look)
        };
        let options = self.options(look);
        if title.width() + options.width() + 2 <= room {
            frame = frame.title_top(options.alignment(Alignment::Right));
        }
        let axis = self.axis_line(room, look);
        if axis.width() > 0 {
            frame = frame.title_bottom(axis);
        }
        frame.title_top(title).render(area, buffer);
    }

    fn drawn(&self, count: u16) -> Vec<Drawn<'_>> {
        let of = |curve| {
            let mut drawn = Drawn {
                curve,
                line: Vec::new(),
                raw: Vec::new(),
            };
            if let Some(across) = &curve.across {
                drawn.line = self.line(curve.series, across, &self.range, count);
                if self.has_raw(curve) {
                    drawn.raw = across.columns(curve.series, &self.range, self.ends, count);
                }
            }
            drawn
        };
        self.curves.iter().map(of).collect()
    }

    /// The line of a series in so many columns.
    fn line(
        &self,
        series: &Series,
        across: &Across,
        range: &RangeInclusive<u64>,
        count: u16,
    ) -> Vec<Point> {
        let smoothing = series.bears(self.view.smoothing);
        across.points(series, range, self.ends, count, smoothing)
    }

    fn scale(&self, drawn: &[Drawn], rows: u16) -> Scale {
        let log = self.view.height == Height::Log;
        let (low, high) = if self.shows_raw() {
            let lines = drawn.iter().flat_map(|drawn| {
                // Both stand in the same columns.
                let both = drawn.raw.iter().zip(&drawn.line);
                both.map(|(column, point)| Column {
                    centre: point.value,
                    ..*column
                })
            });
            let columns: Vec<Column> = lines.collect();
            extent(
                columns.iter(),
                |column| column.centre,
                self.view.height == Height::Calm,
            )
        } else {
            // Only the lines are seen, and the raw values of the highlighted run.
            let clips = self.view.height == Height::Calm;
            let values = drawn.iter().flat_map(|drawn| {
                let (line, raw) = (drawn.line.as_slice(), drawn.raw.as_slice());
                let (line, raw) = if clips || raw.is_empty() {
                    (line, &[][..])
                } else {
                    (&[][..], raw)
                };
                let raw = raw.iter().flat_map(|column| [column.low, column.high]);
                line.iter().map(|point| point.value).chain(raw)
            });
            extent_of_lines(values, clips)
        };
        Scale::new(low, high, log, usize::from(rows) / 4)
    }

    /// Whether there is room for the raw values of all runs.
    fn shows_raw(&self) -> bool {
        self.groups.is_empty() && self.curves.len() <= CLEAR
    }

    /// Whether the raw values of a run are drawn.
    fn has_raw(&self, curve: &Curve) -> bool {
        self.groups.is_empty()
            && match curve.weight {
                Weight::Faint => false,
                Weight::Plain => self.shows_raw(),
                Weight::Front => true,
            }
    }

    fn bands(&self, drawn: &[Drawn]) -> Vec<Vec<BandPoint>> {
        let of = |group: usize| {
            let members = drawn
                .iter()
                .filter(|drawn| drawn.curve.group == Some(group));
            let lines: Vec<Vec<(u16, f64)>> = members.map(|drawn| self.rising(drawn)).collect();
            band(&lines, self.band)
        };
        (0..self.groups.len()).map(of).collect()
    }

    /// The values of a line from left to right; where it comes to one place several times, their mean.
    fn rising(&self, drawn: &Drawn) -> Vec<(u16, f64)> {
        let points = drawn.line.iter();
        let mut line: Vec<(u16, f64)> = points.map(|point| (point.x, point.value)).collect();
        if self.axis != &Axis::Steps && !line.is_sorted_by(|a, b| a.0 < b.0) {
            line.retain(|(_, value)| value.is_finite());
            line.sort_by_key(|(x, _)| *x);
            let places = line.chunk_by(|a, b| a.0 == b.0).map(|place| {
                let sum: f64 = place.iter().map(|(_, value)| value).sum();
                (place[0].0, sum / place.len() as f64)
            });
            return places.collect();
        }
        line
    }

    /// Draws the marks, and returns where their labels stand.
    fn marked(&self, canvas: &mut Canvas, look: &Appearance) -> Vec<(u16, String)> {
        let pen = strokes::Pen {
            dash: Dash::On(2, 2),
            ..pen(MARK, look.theme.dim, ':')
        };
        let (start, end) = self.ends;
        let mut free_from = 0;
        let mut labels = Vec::new();
        for mark in &self.marks {
            let at = (mark.at - start) / (end - start);
            if !(0.0..=1.0).contains(&at) {
                continue;
            }
            let (width, height) = canvas.size();
            let x = (at * f64::from(width - 1)).round() as i32;
            canvas.line((x, 0), (x, height - 1), &pen);
            let across = if look.glyphs.have_dots() {
                width / 2
            } else {
                width
            };
            let column = (at * f64::from(across - 1)).round() as u16 + 1;
            let wide = text::width(&mark.label) as u16;
            // At the right edge it stands before its line.
            let column = if i32::from(column + wide) <= across {
                column
            } else {
                column.saturating_sub(wide + 1)
            };
            if column >= free_from && i32::from(column + wide) <= across {
                labels.push((column, mark.label.clone()));
                free_from = column + wide + 1;
            }
        }
        labels
    }

    /// What forks have in common with the runs that they were forked from.
    fn pasts(&self, canvas: &mut Canvas, scale: &Scale, drawn: &[Drawn]) {
        let count = canvas.size().0 as u16;
        for drawn in drawn.iter().filter(|_| self.groups.is_empty()) {
            let curve = drawn.curve;
            let pen = pen(RAW, curve.styles.1, '.');
            // From where the fork begins backwards.
            let at = |point: &Point| (i32::from(point.x), point.value);
            let mut next = drawn.line.first().map(at);
            for past in &curve.past {
                let range = *self.range.start()..=past.until.min(*self.range.end());
                let line = self.line(past.series, &past.across, &range, count);
                let joint = [line.last().map(at), next].into_iter().flatten();
                let joint = joint.map(|(x, value)| (x, scale.place(value), false));
                stroke(canvas, joint, &pen, false);
                stroke(canvas, places(&line, scale), &pen, false);
                next = line.first().map(at);
            }
        }
    }

    fn lines(&self, canvas: &mut Canvas, scale: &Scale, drawn: &[Drawn], look: &Appearance) {
        let have_dots = look.glyphs.have_dots();
        for drawn in drawn {
            let pen = pen(RAW, drawn.curve.styles.1, '.');
            raw(canvas, scale, &drawn.raw, &pen);
        }
        for drawn in drawn {
            let curve = drawn.curve;
            let in_group = !self.groups.is_empty();
            let (rank, style) = match curve.weight {
                _ if in_group => (RAW, curve.styles.1),
                Weight::Faint => (RAW, curve.styles.1),
                Weight::Plain => (LINE, curve.styles.0),
                Weight::Front => (FRONT, curve.styles.0),
            };
            let mut pen = pen(rank, style, curve.letter.chars().next().unwrap_or('*'));
            // Without colour the letters at the ends, and gaps, tell lines apart.
            if curve.styles.0.fg.is_none() && curve.weight < Weight::Front && have_dots {
                let number = curve.letter.chars().next().map_or(0, u32::from) as i32;
                pen.dash = Dash::On(2 + number % 4 * 2, 2);
            }
            let stands_out = curve.weight == Weight::Front
                || (curve.weight == Weight::Plain && self.curves.len() <= CLEAR);
            let thick = stands_out && !in_group && have_dots;
            stroke(canvas, places(&drawn.line, scale), &pen, thick);
        }
    }

    fn means(
        &self,
        canvas: &mut Canvas,
        scale: &Scale,
        bands: &[Vec<BandPoint>],
        look: &Appearance,
    ) {
        for (group, points) in self.groups.iter().zip(bands) {
            let pen = pen(BAND, group.styles.1, ':');
            for point in points.iter().filter(|point| point.count > 1) {
                if let (Some(low), Some(high)) = (scale.place(point.low), scale.place(point.high)) {
                    let x = i32::from(point.x);
                    // Every other dot, so that a band does not hide another.
                    let (top, bottom) = (canvas.row(high), canvas.row(low));
                    for y in (top..=bottom).filter(|y| (x + y) % 2 == 0) {
                        canvas.dot(x, y, &pen);
                    }
                    canvas.dot(x, top, &pen);
                    canvas.dot(x, bottom, &pen);
                }
            }
        }
        for (group, points) in self.groups.iter().zip(bands) {
            let mut pen = pen(
                FRONT,
                group.styles.0,
                group.letter.chars().next().unwrap_or('*'),
            );
            if group.styles.0.fg.is_none() && look.glyphs.have_dots() {
                let number = group.letter.chars().next().map_or(0, u32::from) as i32;
                pen.dash = Dash::On(2 + number % 4 * 2, 2);
            }
            let places = points
                .iter()
                .map(|p| (i32::from(p.x), scale.place(p.mean), false));
            stroke(canvas, places, &pen, look.glyphs.have_dots());
        }
    }

    /// Where the crosshair is on the plot, from 0 to 1.
    fn crosshair_place(&self) -> Option<f64> {
        let (start, end) = self.ends;
        let at = (self.crosshair? - start) / (end - start);
        (0.0..=1.0).contains(&at).then_some(at)
    }

    fn nothing(&self, area: Rect, buffer: &mut Buffer, look: &Appearance) {
        let text = if self.is_reading {
            "reading"
        } else if self.curves.is_empty() {
            "no selected run has it"
        } else if self.curves.iter().all(|curve| curve.across.is_none()) {
            "the logs of these runs have no such axis: x changes it"
        } else {
            "nothing in these steps"
        };
        Line::styled(text, look.theme.dim)
            .centered()
            .render(layout::middle_row(area), buffer);
    }
}
