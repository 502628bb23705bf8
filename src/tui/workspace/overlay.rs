//! One metric of many runs on one chart: raw values faint, smoothed lines strong, the highlighted run in front.

use std::ops::RangeInclusive;

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::history::{Clock, Column, LEVELS, Ruler, Series, Unit, columns};
use crate::metric::Good;
use crate::text::{self, number};
use crate::tui::app::{Height, View};
use crate::tui::appearance::Appearance;
use crate::tui::plot::{Axis, Canvas, Dash, Pen, axes, cursor_label, extent, measured, step_ticks};
use crate::workspace::{Band, BandPoint, band};

/// Layers, back to front.
const GRID: u8 = 1;
const RAW: u8 = 3;
const BAND: u8 = 4;
const CROSSHAIR: u8 = 5;
const LINE: u8 = 6;
const FRONT: u8 = 7;

/// Columns in which values are looked up for the title.
const ROUGH: u16 = 400;
/// Columns right of the plot, for the letters at the ends of the lines.
const MARGIN: u16 = 3;
/// With more lines than these, raw values would hide them: only the highlighted run's are drawn.
const CLEAR: usize = 6;

/// A run on a chart.
#[derive(Debug, Clone)]
pub struct Curve<'a> {
    /// What stands at its end.
    pub letter: String,
    /// Its line, and its raw values.
    pub styles: (Style, Style),
    /// Its values.
    pub series: &'a Series,
    /// When its steps were.
    pub clock: &'a Clock,
    /// Whether it is the highlighted run.
    pub is_front: bool,
    /// The number of its group, where runs are drawn in groups.
    pub group: Option<usize>,
}

/// A group of runs on a chart.
#[derive(Debug, Clone)]
pub struct GroupCurve {
    /// What stands at its end.
    pub letter: String,
    /// What it has in common, in a word or two.
    pub name: String,
    /// How many runs it has.
    pub members: usize,
    /// Its mean, and its band.
    pub styles: (Style, Style),
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
    /// The steps on the axis.
    pub range: RangeInclusive<u64>,
    /// The ends of the axis in its unit, over all runs.
    pub ends: (f64, f64),
}

/// The ends of an axis of these steps, in its unit, over all runs; `None` where no run knows the unit.
pub fn ends<'a>(
    clocks: impl Iterator<Item = (&'a Clock, u64)>,
    unit: Unit,
    range: &RangeInclusive<u64>,
) -> Option<(f64, f64)> {
    let (start, end) = (*range.start(), *range.end());
    if unit == Unit::Steps {
        return Some((start as f64, end as f64));
    }
    let of = clocks
        .filter(|(clock, _)| knows(clock, unit))
        .map(|(clock, last)| {
            let ruler = Ruler::of(clock, unit, 0..=1);
            (ruler.measure(start), ruler.measure(end.min(last.max(1))))
        });
    of.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
        .filter(|(low, high)| high > low)
}

/// Whether a run's steps can be measured in a unit.
pub fn knows(clock: &Clock, unit: Unit) -> bool {
    match unit {
        Unit::Steps => true,
        Unit::Images => clock.newest().images > 0.0,
        Unit::Time => clock.newest().elapsed > 0.0,
    }
}

/// A curve in columns of dots.
struct Drawn<'a> {
    curve: &'a Curve<'a>,
    columns: Vec<Column>,
}

impl Overlay<'_> {
    /// Draws it.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, look: &Appearance) {
        let mut frame = look.frame();
        let inner = frame.inner(area);
        let room = usize::from(area.width.saturating_sub(4));
        let rough = self.drawn(ROUGH);
        let title = if self.groups.is_empty() {
            self.title(room, look)
        } else {
            self.title_of_groups(&self.bands(&rough), room, look)
        };
        let options = self.options(look);
        if title.width() + options.width() + 2 <= room {
            frame = frame.title_top(options.alignment(Alignment::Right));
        }
        frame.title_top(title).render(area, buffer);
        if inner.height < 4 || inner.width < 16 {
            return;
        }
        let rows = inner.height - 2;
        let dots = if look.glyphs.have_dots() { 2 } else { 1 };
        // The labels' width decides the plot's, and that the columns: guess, then settle.
        let guess = self.axis(&self.drawn(inner.width * dots), rows);
        let widest = guess
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
        let drawn = self.drawn(plot.width * dots);
        if drawn.iter().all(|drawn| drawn.columns.is_empty()) {
            self.nothing(inner, buffer, look);
            return;
        }
        let bands = self.bands(&drawn);
        let axis = self.axis(&drawn, rows);
        let mut canvas = Canvas::new(plot, look.glyphs.have_dots());
        grid(&mut canvas, &axis, look);
        let cursor = self.cursor_place();
        if let Some(at) = cursor {
            let pen = pen(CROSSHAIR, look.theme.accent, '|');
            let x = (at * f64::from(canvas.size().0 - 1)).round() as i32;
            canvas.line((x, 0), (x, canvas.size().1 - 1), &pen);
        }
        self.lines(&mut canvas, &axis, &drawn, look);
        self.groups(&mut canvas, &axis, &bands, look);
        canvas.render(buffer);
        let row_of = |at: f64| canvas.row(at) as u16 / if look.glyphs.have_dots() { 4 } else { 1 };
        let up: Vec<(u16, String)> = axis
            .ticks()
            .into_iter()
            .map(|tick| (row_of(tick.at), tick.label))
            .collect();
        let across = step_ticks(self.ends, self.view.unit, usize::from(plot.width));
        axes((inner, plot), buffer, look, &up, &across);
        if let Some(at) = cursor {
            let column = (at * f64::from(plot.width.saturating_sub(1))).round() as u16;
            let label = self.cursor_label(at);
            cursor_label((inner, plot), buffer, look, column, &label);
        }
        let with_raw = |curve: &Curve| {
            self.groups.is_empty() && (self.shows_raw(self.curves.len()) || curve.is_front)
        };
        let seen: Vec<&Drawn> = drawn.iter().filter(|drawn| with_raw(drawn.curve)).collect();
        edges(&seen, &axis, plot, dots, buffer, look);
        let ends = drawn
            .iter()
            .filter(|_| self.groups.is_empty())
            .filter_map(|drawn| {
                let last = drawn.columns.last()?;
                let at = axis.place(self.value(last))?;
                Some((
                    last.x / dots,
                    row_of(at),
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
                    row_of(axis.place(last.mean)?),
                    &group.letter,
                    group.styles.0,
                ))
            });
        end_labels(ends.chain(means), plot, buffer);
    }

    fn drawn(&self, count: u16) -> Vec<Drawn<'_>> {
        let of = |curve: &Curve| {
            if !knows(curve.clock, self.view.unit) {
                return Vec::new();
            }
            let ruler = self.ruler(curve);
            columns(curve.series.buckets(), &ruler, count)
        };
        let curves = self.curves.iter();
        curves
            .map(|curve| Drawn {
                curve,
                columns: of(curve),
            })
            .collect()
    }

    fn ruler<'b>(&self, curve: &Curve<'b>) -> Ruler<'b> {
        Ruler::of(curve.clock, self.view.unit, self.range.clone()).spread(self.ends)
    }

    fn value(&self, column: &Column) -> f64 {
        self.view
            .smoothing
            .map_or(column.centre, |level| column.smooth[level % LEVELS.len()])
    }

    fn axis(&self, drawn: &[Drawn], rows: u16) -> Axis {
        let columns = drawn.iter().flat_map(|drawn| &drawn.columns);
        let log = self.view.height == Height::Log;
        let (low, high) = if self.shows_raw(drawn.len()) {
            extent(
                columns,
                |column| self.value(column),
                self.view.height == Height::Calm,
            )
        } else {
            // Only the lines are seen, and the raw values of the highlighted run.
            let values = drawn.iter().flat_map(|drawn| {
                let raw = drawn.curve.is_front && self.view.height != Height::Calm;
                drawn.columns.iter().flat_map(move |column| {
                    let value = self.value(column);
                    if raw {
                        [column.low, column.high]
                    } else {
                        [value, value]
                    }
                })
            });
            values
                .filter(|value| value.is_finite())
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                    (low.min(value), high.max(value))
                })
        };
        Axis::new(low, high, log, usize::from(rows) / 4)
    }

    fn shows_raw(&self, lines: usize) -> bool {
        self.groups.is_empty() && lines <= CLEAR
    }

    fn bands(&self, drawn: &[Drawn]) -> Vec<Vec<BandPoint>> {
        let of = |group: usize| {
            let members = drawn
                .iter()
                .filter(|drawn| drawn.curve.group == Some(group));
            let lines: Vec<Vec<(u16, f64)>> = members
                .map(|drawn| drawn.columns.iter().map(|c| (c.x, self.value(c))).collect())
                .collect();
            band(&lines, self.band)
        };
        (0..self.groups.len()).map(of).collect()
    }

    fn lines(&self, canvas: &mut Canvas, axis: &Axis, drawn: &[Drawn], look: &Appearance) {
        let (have_dots, drawn_count) = (look.glyphs.have_dots(), drawn.len());
        for drawn in drawn {
            let curve = drawn.curve;
            if self.shows_raw(self.curves.len()) || (curve.is_front && self.groups.is_empty()) {
                raw(canvas, axis, &drawn.columns, &pen(RAW, curve.styles.1, '.'));
            }
        }
        for drawn in drawn {
            let curve = drawn.curve;
            let in_group = !self.groups.is_empty();
            let rank = if curve.is_front { FRONT } else { LINE };
            let mut pen = pen(
                if in_group { RAW } else { rank },
                if in_group {
                    curve.styles.1
                } else {
                    curve.styles.0
                },
                curve.letter.chars().next().unwrap_or('*'),
            );
            // Without colour the letters at the ends, and gaps, tell lines apart.
            if curve.styles.0.fg.is_none() && !curve.is_front && have_dots {
                let number = curve.letter.chars().next().map_or(0, u32::from) as i32;
                pen.dash = Dash::On(2 + number % 4 * 2, 2);
            }
            let stands_out = curve.is_front || drawn_count <= CLEAR;
            let thick = stands_out && !in_group && have_dots;
            let places = drawn.columns.iter().map(|column| {
                let at = axis.place(self.value(column));
                (i32::from(column.x), at, column.breaks)
            });
            stroke(canvas, places, &pen, thick);
        }
    }

    fn groups(
        &self,
        canvas: &mut Canvas,
        axis: &Axis,
        bands: &[Vec<BandPoint>],
        look: &Appearance,
    ) {
        for (group, points) in self.groups.iter().zip(bands) {
            let pen = pen(BAND, group.styles.1, ':');
            for point in points.iter().filter(|point| point.count > 1) {
                if let (Some(low), Some(high)) = (axis.place(point.low), axis.place(point.high)) {
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
                .map(|p| (i32::from(p.x), axis.place(p.mean), false));
            stroke(canvas, places, &pen, look.glyphs.have_dots());
        }
    }

    /// Where the crosshair is, from 0 to 1: measured on the run that came furthest.
    fn cursor_place(&self) -> Option<f64> {
        let step = self.view.cursor.filter(|step| self.range.contains(step))?;
        if self.view.unit == Unit::Steps {
            let (start, end) = self.ends;
            return (end > start).then(|| (step as f64 - start) / (end - start));
        }
        let known = self
            .curves
            .iter()
            .filter(|curve| knows(curve.clock, self.view.unit));
        let longest = known.max_by_key(|curve| curve.clock.newest().step)?;
        let at = self.ruler(longest).place(step);
        (0.0..=1.0).contains(&at).then_some(at)
    }

    /// What stands below the crosshair, which is at this place.
    fn cursor_label(&self, at: f64) -> String {
        let value = self.ends.0 + at * (self.ends.1 - self.ends.0);
        match (self.view.unit, self.view.cursor) {
            (Unit::Steps, Some(step)) => format!(" {} ", number::thousands(step)),
            (unit, _) => format!(" {} ", measured(unit, value)),
        }
    }

    /// The value of a run at the crosshair, or its newest one.
    fn reading(&self, curve: &Curve) -> Option<f64> {
        let buckets = curve.series.buckets();
        let Some(at) = self.cursor_place() else {
            return curve.series.last().map(|last| last.stat.last);
        };
        let step = match self.view.unit {
            Unit::Steps => self.view.cursor?,
            _ => self.ruler(curve).step_at(at),
        };
        let after = buckets.partition_point(|bucket| bucket.to < step);
        let here = buckets.get(after)?;
        // The nearest measurement at or before it, unless the run had not begun.
        let bucket = if here.from <= step {
            here
        } else {
            buckets.get(after.checked_sub(1)?)?
        };
        let smooth = self
            .view
            .smoothing
            .map(|level| bucket.smooth[level % LEVELS.len()]);
        Some(
            smooth
                .filter(|_| bucket.odd == 0)
                .unwrap_or(bucket.stat.mean),
        )
    }

    /// The metric, and the value of each run, the best first.
    fn title(&self, room: usize, look: &Appearance) -> Line<'static> {
        let theme = &look.theme;
        let name = text::fit(&look.glyphs.text(self.metric), room, look.glyphs.ellipsis);
        let mut used = text::width(&name) + 2;
        let mut spans = vec![
            Span::raw(" "),
            Span::styled(name, theme.title),
            Span::raw(" "),
        ];
        let mut values: Vec<(&Curve, f64)> = self
            .curves
            .iter()
            .filter_map(|curve| Some((curve, self.reading(curve)?)))
            .collect();
        values.sort_by(|(_, a), (_, b)| {
            let order = a.is_nan().cmp(&b.is_nan());
            order.then_with(|| match self.good {
                Good::Higher => b.total_cmp(a),
                _ => a.total_cmp(b),
            })
        });
        // The highlighted run's value is never left out.
        values.sort_by_key(|(curve, _)| !curve.is_front);
        let mut chosen = Vec::new();
        for (curve, value) in values {
            let written = number::value(value);
            let width = text::width(&curve.letter) + text::width(&written) + 3;
            if used + width > room {
                break;
            }
            used += width;
            chosen.push((curve, value, written));
        }
        chosen.sort_by(|(_, a, _), (_, b, _)| match self.good {
            Good::Higher => b.total_cmp(a),
            _ => a.total_cmp(b),
        });
        for (curve, value, written) in chosen {
            let style = if value.is_finite() {
                theme.text
            } else {
                theme.bad
            };
            spans.extend([
                Span::raw(" "),
                Span::styled(curve.letter.clone(), curve.styles.0),
                Span::raw(" "),
                Span::styled(written, style),
            ]);
        }
        spans.push(Span::raw(" "));
        Line::from(spans)
    }

    /// The metric, and the mean of each group at the crosshair or at its end, of how many of its runs.
    fn title_of_groups(
        &self,
        bands: &[Vec<BandPoint>],
        room: usize,
        look: &Appearance,
    ) -> Line<'static> {
        let theme = &look.theme;
        let name = text::fit(&look.glyphs.text(self.metric), room, look.glyphs.ellipsis);
        let mut used = text::width(&name) + 2;
        let mut spans = vec![
            Span::raw(" "),
            Span::styled(name, theme.title),
            Span::raw(" "),
        ];
        let place = self
            .cursor_place()
            .map(|at| (at * f64::from(ROUGH - 1)).round() as u16);
        for (group, points) in self.groups.iter().zip(bands) {
            let point = match place {
                None => points.last(),
                Some(x) => points.iter().find(|point| point.x == x),
            };
            let Some(point) = point else {
                continue;
            };
            let value = number::value(point.mean);
            // A mean says of how many.
            let of = if point.count == group.members {
                format!(" of {}", group.members)
            } else {
                format!(" of {} in {}", point.count, group.members)
            };
            let label = format!("{} {}", group.letter, look.glyphs.text(&group.name));
            let width = text::width(&label) + text::width(&value) + text::width(&of) + 3;
            if used + width > room {
                break;
            }
            used += width;
            spans.extend([
                Span::raw(" "),
                Span::styled(label, group.styles.0),
                Span::raw(" "),
                Span::styled(value, theme.text),
                Span::styled(of, theme.dim),
            ]);
        }
        spans.push(Span::raw(" "));
        Line::from(spans)
    }

    fn options(&self, look: &Appearance) -> Line<'static> {
        let mut words = Vec::new();
        let unit = self.view.unit;
        let lost = self
            .curves
            .iter()
            .filter(|curve| !knows(curve.clock, unit))
            .count();
        if lost > 0 {
            let what = if unit == Unit::Time {
                "times"
            } else {
                "images"
            };
            words.push(format!("{lost} without {what}"));
        }
        if self.view.height == Height::Log {
            words.push("log".to_owned());
        }
        if self.groups.is_empty() {
            return Line::styled(joined(&words, look), look.theme.dim);
        }
        words.push(format!("mean, {}", self.band.word()));
        Line::styled(joined(&words, look), look.theme.dim)
    }

    fn nothing(&self, area: Rect, buffer: &mut Buffer, look: &Appearance) {
        let text = if self.curves.is_empty() {
            "no selected run has it"
        } else if self
            .curves
            .iter()
            .all(|curve| !knows(curve.clock, self.view.unit))
        {
            "the logs of these runs have no such axis: x changes it"
        } else {
            "nothing in these steps"
        };
        let row = Rect {
            y: area.y + area.height / 2,
            height: 1,
            ..area
        };
        Line::styled(text, look.theme.dim)
            .centered()
            .render(row, buffer);
    }
}

fn joined(words: &[String], look: &Appearance) -> String {
    if words.is_empty() {
        return String::new();
    }
    format!(" {} ", words.join(&format!(" {} ", look.glyphs.dot)))
}

fn pen(rank: u8, style: Style, ascii: char) -> Pen {
    Pen {
        rank,
        style,
        ascii,
        dash: Dash::Solid,
    }
}

fn grid(canvas: &mut Canvas, axis: &Axis, look: &Appearance) {
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
fn raw(canvas: &mut Canvas, axis: &Axis, columns: &[Column], pen: &Pen) {
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

/// A line through places, which are broken where there is none or where a break is said.
fn stroke(
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
fn edges(
    drawn: &[&Drawn],
    axis: &Axis,
    plot: Rect,
    dots: u16,
    buffer: &mut Buffer,
    look: &Appearance,
) {
    let [up, down] = look.glyphs.beyond;
    let bottom = plot.bottom().saturating_sub(1);
    for drawn in drawn {
        let style = drawn.curve.styles.0;
        for column in &drawn.columns {
            let x = plot.x + column.x / dots;
            let is_above = axis.place(column.high).is_some_and(|at| at > 1.0 + 1e-9);
            let is_below = axis.place(column.low).is_some_and(|at| at < -1e-9);
            if is_above {
                buffer.set_string(x, plot.y, up, style);
            }
            if is_below {
                buffer.set_string(x, bottom, down, style);
            }
            if column.odd > 0 {
                buffer.set_string(x, plot.y, look.glyphs.cross, look.theme.bad);
            }
        }
    }
}

/// The letters where lines end, in free rows nearby.
fn end_labels<'a>(
    ends: impl Iterator<Item = (u16, u16, &'a String, Style)>,
    plot: Rect,
    buffer: &mut Buffer,
) {
    let mut taken: Vec<(u16, u16)> = Vec::new();
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
