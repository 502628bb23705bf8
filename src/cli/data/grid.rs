//! Labelled images as text, on the terminal or in a pipe.

use std::io::{self, IsTerminal, Write};

use crate::cli::stdout;
use crate::picture::{
    self, Canvas, Cell, Cells, Channels, ColorDepth, Glyphs, natural_columns, rows_for,
};
use crate::protocol::ImageGrid;
use crate::terminal::caps::Caps;

/// Columns if the width of the terminal is unknown.
const COLUMNS: usize = 80;
/// Spaces between two images.
const GAP: usize = 2;

/// The characters to draw with, and the width of the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    pub glyphs: Glyphs,
    pub colors: ColorDepth,
    pub columns: usize,
}

impl Page {
    /// What suits stdout: plain characters if it is not a terminal.
    pub fn of_stdout() -> Self {
        let columns = stdout::columns().unwrap_or(COLUMNS);
        if !io::stdout().is_terminal() {
            return Self {
                glyphs: Glyphs::Ascii,
                colors: ColorDepth::None,
                columns,
            };
        }
        let caps = Caps::detect();
        Self {
            glyphs: caps.glyphs,
            colors: caps.colors,
            columns,
        }
    }
}

/// Prints images side by side, as many as fit the page, each with its label above it.
pub(super) fn print_grid(
    out: &mut impl Write,
    images: &ImageGrid,
    labels: &[String],
    page: Page,
) -> io::Result<()> {
    let shape = images.shape();
    // Full resolution if four images fit side by side.
    let full = natural_columns(shape);
    let width = if page.columns >= 4 * (full + GAP) {
        full
    } else {
        full / 2
    };
    let across = ((page.columns + GAP) / (width + GAP)).max(1);
    let glyphs = page.glyphs.suited_to(Channels::of(shape), page.colors);
    let tiles: Vec<Cells> = images
        .images()
        .map(|image| Canvas::of(shape, image))
        .map(|tile| picture::draw(&tile, glyphs, width, rows_for(shape, width)))
        .collect();
    for (row, tiles) in tiles.chunks(across).enumerate() {
        let labels = labels.iter().skip(row * across).take(tiles.len());
        let heads: Vec<String> = labels
            .map(|label| format!("{label:^width$.width$}"))
            .collect();
        writeln!(out, "{}", heads.join(&" ".repeat(GAP)).trim_end())?;
        out.write_all(
            picture::lines(&Cells::beside(tiles, &[Cell::BLANK; GAP]), page.colors).as_bytes(),
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;
    use crate::shape::ImageShape;

    /// Three images: empty, full, and one whose left half is full.
    fn three() -> ImageGrid {
        let half = (0..784).map(|i| if i % 28 < 14 { 255 } else { 0 });
        let pixels = [0; 784].into_iter().chain([255; 784]).chain(half);
        ImageGrid::new(ImageShape::MNIST, pixels.collect())
    }

    fn printed(glyphs: Glyphs, columns: usize) -> Vec<String> {
        let mut out = Vec::new();
        let labels = ["none", "full", "a label that is far too long for it"].map(String::from);
        let page = Page {
            glyphs,
            colors: ColorDepth::TrueColor,
            columns,
        };
        print_grid(&mut out, &three(), &labels, page).unwrap();
        String::from_utf8(out)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn images_wrap_at_the_width_and_labels_are_cut_to_it() {
        let lines = printed(Glyphs::Ascii, 30);
        assert_eq!(lines.len(), 2 * 8);
        assert_eq!(lines[1].trim(), "@".repeat(14));
        assert_eq!(lines[8], "a label that i");
        assert_eq!(lines[9].trim_end(), "@".repeat(7));
        assert_eq!(printed(Glyphs::Ascii, 1).len(), 3 * 8);
        assert_eq!(
            printed(Glyphs::Ascii, 120).len(),
            15,
            "all their pixels where there is room"
        );
    }
}
