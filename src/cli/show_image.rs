//! Shows images on standard output: as pixels if the terminal has answered that it supports graphics, else as characters.

use std::io::{self, IsTerminal as _, Write as _};

use crate::picture::{
    self, Canvas, Cell, Cells, Channels, Glyphs, Spread, encode_large, near_square,
};
use crate::picture::{natural_columns, rows_for};
use crate::protocol::ImageGrid;
use crate::shape::ImageShape;
use crate::terminal::caps::Caps;
use crate::terminal::probe::probe;

/// Spaces between two images.
const GAP: usize = 1;

/// Up to this side in pixels an image is shown at twice its size where there is room.
const SMALL: usize = 64;

/// An image's columns and rows of characters.
#[derive(Debug, Clone, Copy)]
struct Tile {
    columns: usize,
    rows: usize,
}

impl Tile {
    /// An image of this shape, so many characters wide.
    fn new(shape: ImageShape, columns: usize) -> Self {
        let rows = rows_for(shape, columns);
        Self { columns, rows }
    }

    /// From the best to the smallest that is readable.
    fn sizes(shape: ImageShape) -> [Self; 3] {
        let full = natural_columns(shape);
        [full, full * 5 / 7, full / 2].map(|columns| Self::new(shape, columns))
    }

    /// The smallest that is readable.
    fn least(shape: ImageShape) -> Self {
        Self::new(shape, natural_columns(shape) / 2)
    }
}

/// A terminal on standard output, with its capabilities.
#[derive(Debug, Clone)]
pub struct Terminal {
    /// Its capabilities.
    pub caps: Caps,
    /// Its size in columns and rows.
    pub cells: (u16, u16),
}

impl Terminal {
    /// The terminal on standard output, if it is one. Its capabilities are queried, which takes at most a second.
    #[must_use]
    pub fn detect() -> Option<Self> {
        if !io::stdout().is_terminal() {
            return None;
        }
        let cells = crossterm::terminal::size().unwrap_or((80, 24));
        Some(Self {
            caps: Caps::detect().asked(|width, more| probe(width, more)),
            cells,
        })
    }

    /// How many images of this shape fit on one screen: as pixels, small ones at twice their size; as characters, without
    /// scrolling.
    #[must_use]
    pub fn capacity(&self, shape: ImageShape) -> usize {
        if let Some(screen) = self.caps.screen(self.cells) {
            let (width, height) = screen.area();
            let scale = if shape.width().max(shape.height()) <= SMALL {
                2
            } else {
                1
            };
            let along = |room: usize, side: usize| room / (scale * (side + picture::GAP));
            return (along(width, shape.width()) * along(height, shape.height())).max(1);
        }
        let tile = Tile::least(shape);
        self.across(tile) * (self.rows() / tile.rows).max(1)
    }

    /// Prints all `images`, in `columns` columns or as many as suit them. Returns how they are shown, in words.
    ///
    /// # Errors
    /// When standard output refuses.
    pub fn show(&self, images: &ImageGrid, columns: Option<usize>) -> io::Result<String> {
        if let Some(screen) = self.caps.screen(self.cells) {
            let picture = encode_large(images, columns, Spread::Inline, &screen);
            let mut out = io::stdout().lock();
            out.write_all(picture.map_err(io::Error::other)?.as_bytes())?;
            out.flush()?;
            return Ok(self.caps.graphics.name().to_owned());
        }
        let mut out = io::stdout().lock();
        for row in self.draw(images, columns) {
            out.write_all(picture::lines(&row, self.caps.colors).as_bytes())?;
        }
        out.flush()?;
        let glyphs = self.glyphs(images.shape());
        let colors = if glyphs.need_shades() {
            format!(", {}", self.caps.colors.name())
        } else {
            String::new()
        };
        Ok(format!("{}{colors}", glyphs.name()))
    }

    /// The images as characters: one matrix per row of images. They are as large as possible with all of them on the screen;
    /// if that is too small to read, the screen scrolls.
    #[must_use]
    pub fn draw(&self, images: &ImageGrid, columns: Option<usize>) -> Vec<Cells> {
        let (count, shape) = (images.count(), images.shape());
        let chosen = Tile::sizes(shape).into_iter().find_map(|tile| {
            let columns = columns.or_else(|| self.columns_for(count, tile))?;
            let rows = count.div_ceil(columns.max(1)) * tile.rows;
            (columns <= self.across(tile) && rows <= self.rows()).then_some((tile, columns))
        });
        let least = Tile::least(shape);
        let (tile, columns) = chosen.unwrap_or_else(|| {
            let columns = columns
                .unwrap_or_else(|| self.across(least))
                .min(count)
                .max(1);
            // A requested number of columns is kept, even if that makes images small.
            let room = (usize::from(self.cells.0 + 1) / columns).saturating_sub(GAP);
            (Tile::new(shape, room.clamp(2, least.columns)), columns)
        });
        // The images' background continues between them, whatever the terminal's is.
        let shade = self.caps.glyphs.need_shades().then_some(picture::grey(0));
        let gap = [Cell {
            bg: shade,
            ..Cell::BLANK
        }; GAP];
        let tiles: Vec<Cells> = images
            .images()
            .map(|image| Canvas::of(shape, image))
            .map(|image| picture::draw(&image, self.glyphs(shape), tile.columns, tile.rows))
            .collect();
        tiles
            .chunks(columns.max(1))
            .map(|row| Cells::beside(row, &gap))
            .collect()
    }

    /// The characters for images of this shape.
    fn glyphs(&self, shape: ImageShape) -> Glyphs {
        let glyphs = self.caps.glyphs;
        glyphs.suited_to(Channels::of(shape), self.caps.colors)
    }

    /// Columns with which `count` images of this size fit on the screen; of several, the nearest to a square.
    fn columns_for(&self, count: usize, tile: Tile) -> Option<usize> {
        let rows = self.rows() / tile.rows;
        let least = count.div_ceil(rows.max(1)).max(1);
        let most = self.across(tile);
        (rows > 0 && least <= most).then(|| near_square(count).clamp(least, most))
    }

    /// Images of this size that fit side by side; at least one.
    fn across(&self, tile: Tile) -> usize {
        ((usize::from(self.cells.0) + GAP) / (tile.columns + GAP)).max(1)
    }

    /// Rows available to images: two are left for the caption and the prompt.
    fn rows(&self) -> usize {
        usize::from(self.cells.1.saturating_sub(2))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn terminal(columns: u16, rows: u16) -> Terminal {
        let caps = Caps::from_env(|name| match name {
            "TERM" => Some("xterm-256color".to_owned()),
            "LANG" => Some("C.UTF-8".to_owned()),
            _ => None,
        });
        Terminal {
            caps,
            cells: (columns, rows),
        }
    }

    fn size(rows: &[Cells]) -> (usize, usize) {
        (
            rows.iter().map(Cells::columns).max().unwrap_or(0),
            rows.iter().map(|row| row.rows().len()).sum(),
        )
    }

    fn digits(count: usize) -> ImageGrid {
        ImageGrid::new(ImageShape::MNIST, vec![255; count * 784])
    }

    #[test]
    fn few_digits_are_drawn_large_and_many_small() {
        assert_eq!(terminal(80, 24).caps.glyphs, Glyphs::Quadrant);
        assert_eq!(size(&terminal(80, 24).draw(&digits(1), None)), (28, 14));
        assert_eq!(size(&terminal(80, 24).draw(&digits(6), None)), (62, 20));
        assert_eq!(size(&terminal(80, 24).draw(&digits(15), None)), (74, 21));
    }

    #[test]
    fn what_fits_on_the_screen_is_not_scrolled() {
        for (columns, rows) in [(80, 24), (120, 40), (200, 60), (30, 10), (14, 9)] {
            let terminal = terminal(columns, rows);
            for count in 1..=terminal.capacity(ImageShape::MNIST) {
                let (wide, high) = size(&terminal.draw(&digits(count), None));
                let fits = wide <= usize::from(columns) && high + 2 <= usize::from(rows);
                assert!(fits, "{count} digits on {columns}x{rows}: {wide}x{high}");
            }
        }
    }

    #[test]
    fn more_digits_continue_below_within_the_width() {
        let (wide, high) = size(&terminal(80, 24).draw(&digits(100), None));
        assert_eq!((wide, high), (74, 20 * 7));
    }

    #[test]
    fn asked_for_columns_are_kept() {
        assert_eq!(size(&terminal(80, 24).draw(&digits(4), Some(1))).0, 14);
        assert_eq!(
            terminal(80, 24).draw(&digits(20), Some(10))[0].columns(),
            79
        );
    }

    #[test]
    fn oblong_and_large_images_keep_their_proportions_on_the_screen() {
        for (height, width, one) in [(8, 12, (14, 4)), (64, 64, (40, 20)), (32, 8, (10, 20))] {
            let shape = ImageShape::new(3, height, width).unwrap();
            let images = |count: usize| ImageGrid::new(shape, vec![9; count * shape.values()]);
            let terminal = terminal(80, 24);
            assert_eq!(size(&terminal.draw(&images(1), None)), one, "{shape}");
            for count in 1..=terminal.capacity(shape) {
                let (wide, high) = size(&terminal.draw(&images(count), None));
                assert!(
                    wide <= 80 && high <= 22,
                    "{count} of {shape}: {wide}x{high}"
                );
            }
        }
    }

    #[test]
    fn a_tiny_terminal_does_not_panic() {
        assert!(!terminal(1, 1).draw(&digits(3), None).is_empty());
        assert!(terminal(80, 24).draw(&digits(0), None).is_empty());
    }
}
