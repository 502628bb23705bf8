//! A canvas of dots: braille, eight to a cell, or one ASCII character to a cell.
//!
//! A cell has one colour. Where layers meet in a cell the highest one has it alone; dots of equal rank share it. So a
//! smoothed line stays a clean line in front of the raw values behind it.

use std::cmp::Ordering;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::history;

/// The characters that a line is drawn with.
#[derive(Debug, Clone, Copy)]
pub struct Pen {
    /// Higher is in front.
    pub rank: u8,
    /// Colour.
    pub style: Style,
    /// The character, where there is no braille.
    pub ascii: char,
    /// Gaps.
    pub dash: Dash,
}

/// Rows of dots by which equal values may differ in their place.
const NOISE: f64 = 1e-6;

/// Of so many rows of dots, the one for a place from 0 (bottom) to 1 (top).
#[must_use]
pub fn dot_row(place: f64, rows: i32) -> i32 {
    let last = f64::from(rows.max(1) - 1);
    // A flat line lies in the middle of its axis, and so between two rows: what a smoothed value lacks in its last digits must not
    // make it go from one to the other.
    nearest((1.0 - place.clamp(0.0, 1.0)) * last + NOISE)
}

/// Gaps in a line, in dots along its longer direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dash {
    /// None.
    Solid,
    /// So many dots, then a gap of so many.
    On(i32, i32),
}

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    dots: u8,
    rank: u8,
    style: Style,
    ascii: char,
}

/// The canvas.
#[derive(Debug)]
pub struct Canvas {
    area: Rect,
    braille: bool,
    cells: Vec<Cell>,
}

impl Canvas {
    /// An empty canvas over `area`.
    #[must_use]
    pub fn new(area: Rect, braille: bool) -> Self {
        Self {
            area,
            braille,
            cells: vec![Cell::default(); usize::from(area.width) * usize::from(area.height)],
        }
    }

    /// Dots across and down.
    #[must_use]
    pub fn size(&self) -> (i32, i32) {
        let (w, h) = (i32::from(self.area.width), i32::from(self.area.height));
        if self.braille { (w * 2, h * 4) } else { (w, h) }
    }

    /// The row of dots for a place from 0 (bottom) to 1 (top); places outside are cut off at the edge.
    #[must_use]
    pub fn row(&self, place: f64) -> i32 {
        dot_row(place, self.size().1)
    }

    /// The row of cells that this row of dots is in.
    #[must_use]
    pub fn cell_row(&self, place: f64) -> u16 {
        self.row(place) as u16 / if self.braille { 4 } else { 1 }
    }

    /// Whether a place lies above the canvas (greater) or below it (less): by a row of dots at least, because the edge shows what is
    /// nearer.
    #[must_use]
    pub fn beyond(&self, place: f64) -> Ordering {
        history::beyond(place, 1.0 / f64::from((self.size().1 - 1).max(1)))
    }

    /// Sets one dot; outside of the canvas nothing.
    pub fn dot(&mut self, x: i32, y: i32, pen: &Pen) {
        if self.holds(x, y) {
            self.set(x as usize, y as usize, pen);
        }
    }

    fn holds(&self, x: i32, y: i32) -> bool {
        let (width, height) = self.size();
        (0..width).contains(&x) && (0..height).contains(&y)
    }

    /// Sets a dot that is known to be on the canvas.
    fn set(&mut self, x: usize, y: usize, pen: &Pen) {
        let (column, row, bit) = if self.braille {
            (x / 2, y / 4, bit(x % 2, y % 4))
        } else {
            (x, y, 1)
        };
        let cell = &mut self.cells[row * usize::from(self.area.width) + column];
        if cell.dots != 0 && pen.rank < cell.rank {
            return;
        }
        if pen.rank > cell.rank {
            cell.dots = 0;
        }
        *cell = Cell {
            dots: cell.dots | bit,
            rank: pen.rank,
            style: pen.style,
            ascii: pen.ascii,
        };
    }

    /// Draws a line between two dots, both included.
    pub fn line(&mut self, from: (i32, i32), to: (i32, i32), pen: &Pen) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let steps = dx.abs().max(dy.abs());
        // A chart of many runs has hundreds of thousands of dots: a line between two dots of the canvas does not leave it.
        let is_inside = self.holds(from.0, from.1) && self.holds(to.0, to.1);
        for i in 0..=steps {
            let t = f64::from(i) / f64::from(steps.max(1));
            let x = nearest(f64::from(from.0) + f64::from(dx) * t);
            let y = nearest(f64::from(from.1) + f64::from(dy) * t);
            // Gaps are counted from the edge, so that they do not depend on where a segment begins.
            let along = if dx == 0 { y } else { x };
            let drawn = match pen.dash {
                Dash::Solid => true,
                Dash::On(on, off) => along.rem_euclid((on + off).max(1)) < on,
            };
            if !drawn {
                continue;
            }
            if is_inside {
                self.set(x as usize, y as usize, pen);
            } else {
                self.dot(x, y, pen);
            }
        }
    }

    /// Puts the dots into a buffer.
    pub fn render(&self, buffer: &mut Buffer) {
        for (position, cell) in self.area.positions().zip(&self.cells) {
            if cell.dots == 0 {
                continue;
            }
            let symbol = if self.braille {
                char::from_u32(0x2800 + u32::from(cell.dots)).unwrap_or(' ')
            } else {
                cell.ascii
            };
            if let Some(target) = buffer.cell_mut(position) {
                target.set_char(symbol).set_style(cell.style);
            }
        }
    }
}

/// The nearest whole number, away from zero between two. `f64::round` is a call where the processor's own instruction is not
/// known to be there; places on a canvas are hardly ever negative.
fn nearest(value: f64) -> i32 {
    if value >= 0.0 {
        (value + 0.5) as i32
    } else {
        value.round() as i32
    }
}

/// The bit of a dot in a braille cell, two across and four down.
fn bit(x: usize, y: usize) -> u8 {
    match (x, y) {
        (0, 3) => 1 << 6,
        (1, 3) => 1 << 7,
        (0, y) => 1 << y,
        (_, y) => 1 << (y + 3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pen(rank: u8) -> Pen {
        Pen {
            rank,
            style: Style::new(),
            ascii: '*',
            dash: Dash::Solid,
        }
    }

    fn drawn(canvas: &Canvas) -> String {
        let mut buffer = Buffer::empty(canvas.area);
        canvas.render(&mut buffer);
        buffer
            .content()
            .iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect()
    }

    #[test]
    fn all_eight_dots_fill_a_cell() {
        let mut canvas = Canvas::new(Rect::new(0, 0, 1, 1), true);
        for x in 0..2 {
            canvas.line((x, 0), (x, 3), &pen(1));
        }
        assert_eq!(drawn(&canvas), "⣿");
    }

    #[test]
    fn what_the_edge_shows_is_not_beyond_it() {
        for (braille, rows) in [(true, 40), (false, 10)] {
            let canvas = Canvas::new(Rect::new(0, 0, 8, 10), braille);
            let row = 1.0 / f64::from(rows - 1);
            for inside in [0.5, -0.9 * row, 1.0 + 0.9 * row] {
                assert_eq!(canvas.beyond(inside), Ordering::Equal, "{inside}");
            }
            assert_eq!(canvas.beyond(1.0 + 1.1 * row), Ordering::Greater);
            assert_eq!(canvas.beyond(-1.1 * row), Ordering::Less);
        }
        // One row shows everything there is.
        let flat = Canvas::new(Rect::new(0, 0, 8, 1), false);
        assert_eq!(flat.beyond(1.5), Ordering::Equal);
    }

    #[test]
    fn a_flat_line_between_two_rows_stays_in_one() {
        // Values as an average of 0.3 gives them, and the middle of an even number of rows.
        for rows in [1, 2, 5] {
            let canvas = Canvas::new(Rect::new(0, 0, 1, rows), true);
            let places = [0.5 - 1e-12, 0.5, 0.5 + 1e-12].map(|place| canvas.row(place));
            assert!(places.iter().all(|row| *row == places[0]), "{places:?}");
            let ends = [1.0, 0.0].map(|place| canvas.row(place));
            assert_eq!(ends, [0, i32::from(rows) * 4 - 1]);
        }
    }

    #[test]
    fn a_higher_layer_owns_its_cells_in_any_order() {
        for order in [[1, 2], [2, 1]] {
            let mut canvas = Canvas::new(Rect::new(0, 0, 1, 1), true);
            for rank in order {
                canvas.dot(i32::from(rank) - 1, 0, &pen(rank));
            }
            assert_eq!(drawn(&canvas), "⠈");
        }
    }

    #[test]
    fn points_outside_are_not_drawn() {
        let mut canvas = Canvas::new(Rect::new(0, 0, 2, 1), false);
        canvas.line((-5, -5), (9, 9), &pen(1));
        canvas.dot(i32::MAX, i32::MIN, &pen(1));
        assert_eq!(drawn(&canvas), "* ");
    }
}
