//! Samples on the screen under what may be drawn over them. A dialog that reaches into a sample hides all of it: the rest
//! would be a fragment, and in characters where its neighbours are pixels.

use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::{Position, Rect};

use crate::terminal::Placed;

/// A sample on the screen, in characters or in pixels over cells that the frame leaves alone.
#[derive(Debug)]
pub struct Shown {
    place: Rect,
    /// What is said about it; empty if nothing is.
    caption: Rect,
    /// Its pixels, if its cells are left to them.
    pixels: Option<Placed>,
}

impl Shown {
    /// A sample and its caption that were just drawn. Until [`uncovered`] their cells are marked: whatever is drawn over them
    /// wipes the mark off.
    pub(super) fn new(
        place: Rect,
        caption: Rect,
        pixels: Option<Placed>,
        buffer: &mut Buffer,
    ) -> Self {
        for position in place.positions().chain(caption.positions()) {
            if let Some(cell) = buffer.cell_mut(position) {
                cell.set_diff_option(CellDiffOption::Skip);
            }
        }
        Self {
            place,
            caption,
            pixels,
        }
    }
}

/// The pixels of the samples that nothing covers. Of the others nothing is left.
pub fn uncovered(shown: Vec<Shown>, buffer: &mut Buffer) -> Vec<Placed> {
    let mut found = Vec::new();
    for sample in shown {
        let image = !is_covered(sample.place, buffer);
        let caption = image && !is_covered(sample.caption, buffer);
        match (image, sample.pixels) {
            (false, _) => settle(sample.place, buffer, false),
            (true, None) => settle(sample.place, buffer, true),
            // The mark stays: it keeps the frame off the pixels.
            (true, Some(pixels)) => found.push(pixels),
        }
        settle(sample.caption, buffer, caption);
    }
    found
}

fn is_marked(buffer: &Buffer, position: Position) -> bool {
    let cell = buffer.cell(position);
    cell.is_some_and(|cell| cell.diff_option == CellDiffOption::Skip)
}

fn is_covered(place: Rect, buffer: &Buffer) -> bool {
    place
        .positions()
        .any(|position| !is_marked(buffer, position))
}

/// Takes the marks off; and what was drawn there, unless it is `kept`.
fn settle(place: Rect, buffer: &mut Buffer, kept: bool) {
    for position in place.positions() {
        if !is_marked(buffer, position) {
            continue;
        }
        if let Some(cell) = buffer.cell_mut(position) {
            if kept {
                cell.set_diff_option(CellDiffOption::None);
            } else {
                cell.reset();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::widgets::{Clear, Widget as _};

    use super::*;
    use crate::picture::{Canvas, Channels};

    const SCREEN: Rect = Rect::new(0, 0, 12, 4);

    /// Two samples of 4×3 with captions, in pixels or in characters; then a dialog over some cells.
    fn covered(in_pixels: bool, dialog: Rect) -> (String, Vec<u16>) {
        let mut buffer = Buffer::empty(SCREEN);
        let mut shown = Vec::new();
        for x in [0, 6] {
            let place = Rect::new(x, 0, 4, 3);
            let caption = Rect::new(x, 3, 4, 1);
            for position in place.positions().filter(|_| !in_pixels) {
                buffer[position].set_char('#');
            }
            buffer.set_string(x, 3, "0.5", ratatui::style::Style::new());
            let pixels = in_pixels.then(|| Placed {
                place,
                image: Canvas::filled(28, 28, Channels::Grey, 0),
            });
            shown.push(Shown::new(place, caption, pixels, &mut buffer));
        }
        Clear.render(dialog, &mut buffer);
        for position in dialog.positions() {
            buffer[position].set_char('d');
        }
        let left = uncovered(shown, &mut buffer);
        let rows = buffer.content().chunks(usize::from(SCREEN.width));
        let rows = rows.map(|row| {
            let row: String = row.iter().map(ratatui::buffer::Cell::symbol).collect();
            row.trim_end().to_owned()
        });
        let text = rows.collect::<Vec<_>>().join("\n");
        (text, left.iter().map(|placed| placed.place.x).collect())
    }

    #[test]
    fn a_dialog_hides_whole_samples() {
        let (text, _) = covered(false, Rect::new(3, 1, 2, 1));
        assert_eq!(text, "      ####\n   dd ####\n      ####\n      0.5");
        let (text, left) = covered(true, Rect::new(3, 1, 2, 1));
        assert_eq!((text.as_str(), left), ("\n   dd\n\n      0.5", vec![6]));
    }

    #[test]
    fn a_dialog_over_a_caption_hides_only_that() {
        let (text, left) = covered(true, Rect::new(0, 3, 1, 1));
        assert_eq!((text.as_str(), left), ("\n\n\nd     0.5", vec![0, 6]));
    }

    #[test]
    fn without_a_dialog_everything_is_drawn_and_no_mark_is_left() {
        let (text, _) = covered(false, Rect::ZERO);
        assert_eq!(text, "####  ####\n####  ####\n####  ####\n0.5   0.5");
    }
}
