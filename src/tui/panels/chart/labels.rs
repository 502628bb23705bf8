//! The text around the lines of the plot: axes, and labels where there is room for them.

use std::cmp::Ordering;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::plot::{Part, Plot, references};
use super::{label, series_style};
use crate::text;
use crate::text::number;
use crate::tui::app::Mark;
use crate::tui::plot::{Canvas, axes, cursor_label, dot_row, step_ticks};

/// Ticks of an axis inside the plot, at most.
const INNER_TICKS: usize = 3;
/// Columns that its labels leave of its stretch, at least.
const INNER_REST: u16 = 8;

impl Plot<'_> {
    /// Says what each reference line of the present objective means: right above or below it, as far to the right as
    /// there is room.
    pub(super) fn reference_label(&self, canvas: &Canvas, buffer: &mut Buffer) {
        let mut labelled: Vec<f64> = Vec::new();
        for (reference, steps) in references(self.app, self.metrics, &self.range)
            .filter(|(_, s)| s.end() == self.range.end())
        {
            let place = self
                .axis_at(*steps.end())
                .and_then(|axis| axis.place(reference.value))
                .filter(|at| (0.0..=1.0).contains(at));
            let Some(at) = place.filter(|_| !labelled.contains(&reference.value)) else {
                continue;
            };
            labelled.push(reference.value);
            let line = i32::from(canvas.cell_row(at));
            let label = format!(" {} ", self.look.glyphs.text(&reference.label));
            let width = text::width(&label) as u16;
            let Some(last) = self.area.width.checked_sub(width) else {
                continue;
            };
            let is_free = |buffer: &Buffer, x: u16, row: i32| {
                (0..i32::from(self.area.height)).contains(&row)
                    && (x..x + width).all(|column| {
                        let position = (self.area.x + column, self.area.y + row as u16);
                        buffer.cell(position).is_some_and(|c| c.symbol() == " ")
                    })
            };
            let mut places = (self.cell(*steps.start())..=last)
                .rev()
                .flat_map(|x| [(x, line - 1), (x, line + 1)]);
            if let Some((x, row)) = places.find(|(x, row)| is_free(buffer, *x, *row)) {
                buffer.set_string(
                    self.area.x + x,
                    self.area.y + row as u16,
                    label,
                    self.look.theme.reference,
                );
            }
        }
    }

    /// Arrows where a band extends beyond the upper or lower edge, and for each axis how far the farthest extends. Returns
    /// where that stands: row and columns.
    pub(super) fn cuts(&self, canvas: &Canvas, buffer: &mut Buffer) -> Vec<(u16, u16, u16)> {
        let parts = self.parts.iter();
        let cuts = parts.flat_map(|part| self.cuts_of(part, canvas, buffer));
        cuts.collect()
    }

    fn cuts_of(&self, part: &Part, canvas: &Canvas, buffer: &mut Buffer) -> Vec<(u16, u16, u16)> {
        let mut taken = Vec::new();
        let [up, down] = self.look.glyphs.beyond;
        let bottom = self.area.height - 1;
        for (row, arrow, side) in [(0, up, Ordering::Greater), (bottom, down, Ordering::Less)] {
            let mut farthest: Option<(f64, u16)> = None;
            for (i, line) in part.lines.iter().enumerate() {
                for column in &line.columns {
                    let value = if row == 0 { column.high } else { column.low };
                    let at = part.scale.axis.place(value);
                    if at.is_none_or(|at| canvas.beyond(at) != side) {
                        continue;
                    }
                    let x = column.x / self.dots_per_cell();
                    let place = (self.area.x + x, self.area.y + row);
                    buffer.set_string(place.0, place.1, arrow, series_style(self.look, i).0);
                    if farthest.is_none_or(|(v, _)| value.abs() > v.abs()) {
                        farthest = Some((value, x));
                    }
                }
            }
            if let Some((value, x)) = farthest {
                let text = format!("{arrow}{}", number::short(value));
                let width = text::width(&text) as u16;
                let x = x.min(self.area.width.saturating_sub(width));
                let place = (self.area.x + x, self.area.y + row);
                buffer.set_string(place.0, place.1, text, self.look.theme.text);
                taken.push((row, x, x + width));
            }
        }
        taken
    }

    /// Labels of marks, newest first: in the top rows, where no newer label and nothing else that is `taken` is in the way.
    pub(super) fn mark_labels(&self, buffer: &mut Buffer, taken: &mut Vec<(u16, u16, u16)>) {
        let marks: Vec<&Mark> = self.strong_marks().collect();
        for mark in marks.into_iter().rev() {
            let label = self.look.glyphs.text(&mark.label);
            let width = text::width(&label) as u16;
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

    /// The ticks of the axes that hold later than the first: a few, right of where each begins, in rows where nothing is
    /// `taken`. A stretch too narrow for them has none.
    pub(super) fn inner_axes(&self, buffer: &mut Buffer, taken: &[(u16, u16, u16)]) {
        let [.., tick] = self.look.glyphs.axes;
        for (i, part) in self.parts.iter().enumerate() {
            let Some(begin) = self.begin(part).map(|step| self.cell(step)) else {
                continue;
            };
            let next = self.parts.get(i + 1).and_then(|next| self.begin(next));
            let end = next.map_or(self.area.width, |step| self.cell(step));
            let ticks = part.scale.axis.ticks();
            let widest = ticks.iter().map(|tick| text::width(&tick.label)).max();
            let (from, to) = (begin, begin + widest.unwrap_or(0) as u16 + 2);
            if to + INNER_REST > end {
                continue;
            }
            let is_free = |row: u16| {
                let mut in_row = taken.iter().filter(|(y, ..)| *y == row);
                in_row.all(|(_, left, right)| *left >= to || *right <= from)
            };
            let rows = ticks.iter().map(|tick| (self.row(tick.at), &tick.label));
            let free: Vec<_> = rows.filter(|(row, _)| is_free(*row)).collect();
            for (row, label) in spread(&free, INNER_TICKS) {
                let y = self.area.y + row;
                buffer.set_string(self.area.x + from, y, tick, self.look.theme.border);
                let label = format!("{label} ");
                buffer.set_string(self.area.x + from + 1, y, label, self.look.theme.dim);
            }
        }
    }

    /// Both axes with their ticks; interventions that did not change the training are ticks of their own.
    pub(super) fn axes(&self, area: Rect, buffer: &mut Buffer) {
        let base = self.area.bottom();
        let first = self.parts.first().map(|part| part.scale.axis.ticks());
        let up: Vec<(u16, String)> = first
            .into_iter()
            .flatten()
            .map(|tick| (self.row(tick.at), tick.label))
            .collect();
        let across = step_ticks(
            self.ruler.ends(),
            self.ruler.unit(),
            usize::from(self.area.width),
        );
        let places = (area, self.area);
        axes(places, buffer, self.look, &up, &across);
        if let Some(step) = self.app.view.cursor.filter(|c| self.range.contains(c)) {
            let label = format!(" {} ", number::thousands(step));
            cursor_label(places, buffer, self.look, self.cell(step), &label);
        }
        for mark in self
            .app
            .annotations
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

    /// A cross at the top of each column in which a value was not finite. Returns where they stand: row and columns.
    pub(super) fn odd_values(&self, buffer: &mut Buffer) -> Vec<(u16, u16, u16)> {
        let mut places = Vec::new();
        let lines = || self.parts.iter().flat_map(|part| &part.lines);
        let columns = || lines().flat_map(|line| &line.columns);
        let count: u64 = columns().map(|c| c.odd).sum();
        let mut newest = None;
        for column in columns().filter(|c| c.odd > 0) {
            let x = column.x / self.dots_per_cell();
            buffer.set_string(
                self.area.x + x,
                self.area.y,
                self.look.glyphs.cross,
                self.look.theme.bad,
            );
            places.push((0, x, x + 1));
            newest = newest.max(Some(x));
        }
        if let Some(x) = newest {
            let text = match count {
                1 => "not finite".to_owned(),
                count => format!("not finite {count}{}", self.look.glyphs.times),
            };
            // With a blank between the cross and the text.
            let width = text::width(&text) as u16 + 1;
            let (x, text) = if x + width + 1 < self.area.width {
                (x + 1, format!(" {text}"))
            } else {
                (x.saturating_sub(width), format!("{text} "))
            };
            buffer.set_string(self.area.x + x, self.area.y, text, self.look.theme.bad);
            places.push((0, x, x + width));
        }
        places
    }

    /// The first letter of each line's title where the line ends. Returns where they stand: row and columns.
    pub(super) fn end_labels(&self, buffer: &mut Buffer) -> Vec<(u16, u16, u16)> {
        let mut taken: Vec<u16> = Vec::new();
        let mut places = Vec::new();
        for i in 0..self.metrics.len() {
            let parts = self.parts.iter().rev();
            let mut ends = parts.filter_map(|part| Some((part, part.lines[i].columns.last()?)));
            let Some((part, last)) = ends.next() else {
                continue;
            };
            let Some(at) = part.scale.axis.place(self.value(last)) else {
                continue;
            };
            let row = self.row(at);
            let nearby = [row, row + 1, row.saturating_sub(1)];
            let Some(row) = nearby
                .into_iter()
                .find(|r| *r < self.area.height && !taken.contains(r))
            else {
                continue;
            };
            taken.push(row);
            let x = last.x / self.dots_per_cell() + 1;
            let label = label(self.metrics, i, self.look);
            places.push((row, x, x + text::width(&label) as u16));
            buffer.set_string(
                self.area.x + x,
                self.area.y + row,
                label,
                series_style(self.look, i).0,
            );
        }
        places
    }

    /// The cell row of a place from 0 (bottom) to 1: the one its dot is in.
    fn row(&self, at: f64) -> u16 {
        let dots = if self.look.glyphs.have_dots() { 4 } else { 1 };
        dot_row(at, i32::from(self.area.height * dots)) as u16 / dots
    }

    /// Columns of dots in a cell.
    pub(super) fn dots_per_cell(&self) -> u16 {
        if self.look.glyphs.have_dots() { 2 } else { 1 }
    }
}

/// At most `count` of these, the ends among them, evenly spread.
fn spread<T: Copy>(all: &[T], count: usize) -> Vec<T> {
    if all.len() <= count {
        return all.to_vec();
    }
    let place = |i: usize| i * (all.len() - 1) / (count - 1).max(1);
    (0..count).map(|i| all[place(i)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_of_many_ticks_hold_both_ends() {
        assert_eq!(spread(&[1, 2, 3, 4, 5, 6], 3), [1, 3, 6]);
        assert_eq!(spread(&[1, 2, 3], 3), [1, 2, 3]);
        assert_eq!(spread(&[7], 3), [7]);
    }
}
