//! Pixels as coloured characters, for the live panel and the plain printer.

use super::bayer::threshold;
use super::colour::{Rgb, grey, luma, mean, squared_distance, widest};
use super::glyphs::{ascii, braille, quadrant, sextant};
use super::{Canvas, Glyphs};
use crate::shape::ImageShape;

/// Shades this close are merged: the eye sees no edge, and the terminal receives fewer bytes.
const FLAT: u8 = 10;

/// One character with foreground and background colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// The character.
    pub symbol: char,
    /// Foreground colour; `None` means the terminal's default.
    pub fg: Option<Rgb>,
    /// Background colour; `None` means the terminal's default.
    pub bg: Option<Rgb>,
}

impl Cell {
    /// A space in the terminal's default colours.
    pub const BLANK: Self = Self {
        symbol: ' ',
        fg: None,
        bg: None,
    };
}

/// A matrix of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cells {
    cells: Vec<Cell>,
    columns: usize,
}

impl Cells {
    /// Characters in a row.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The rows, from the top.
    #[must_use]
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[Cell]> {
        self.cells.chunks_exact(self.columns.max(1))
    }

    /// Matrices side by side, separated by the characters of `gap`, as high as the lowest.
    #[must_use]
    pub fn beside(parts: &[Self], gap: &[Cell]) -> Self {
        let rows = parts
            .iter()
            .map(|part| part.rows().len())
            .min()
            .unwrap_or(0);
        let columns = parts.iter().map(|part| part.columns).sum::<usize>()
            + gap.len() * parts.len().saturating_sub(1);
        let mut cells = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            for (index, part) in parts.iter().enumerate() {
                cells.extend_from_slice(if index == 0 { &[] } else { gap });
                cells.extend_from_slice(&part.cells[row * part.columns..][..part.columns]);
            }
        }
        Self { cells, columns }
    }
}

/// `image` drawn with `glyphs`, stretched to `columns` × `rows` characters. [`rows_for`] finds rows that keep its
/// proportions.
#[must_use]
pub fn draw(image: &Canvas, glyphs: Glyphs, columns: usize, rows: usize) -> Cells {
    let (wide, high) = glyphs.cell_pixels();
    let image = image.resized(columns * wide, rows * high);
    let mut cells = Vec::with_capacity(columns * rows);
    let mut block = [grey(0); 8];
    for row in 0..rows {
        for column in 0..columns {
            let (x, y) = (column * wide, row * high);
            for (index, shade) in block[..wide * high].iter_mut().enumerate() {
                *shade = image.at(x + index % wide, y + index / wide);
            }
            let block = &block[..wide * high];
            cells.push(match glyphs {
                Glyphs::HalfBlock => half_block(block[0], block[1]),
                Glyphs::Quadrant => two_shades(block, quadrant),
                Glyphs::Sextant => two_shades(block, sextant),
                Glyphs::Braille => Cell {
                    symbol: braille(dither(block, x, y)),
                    ..Cell::BLANK
                },
                Glyphs::Ascii => Cell {
                    symbol: ascii(luma(mean(block.iter().copied()))),
                    ..Cell::BLANK
                },
            });
        }
    }
    Cells { cells, columns }
}

/// Fewest and most characters in a row of an image: with fewer it cannot be read, with more it is far larger than it needs.
const COLUMNS: (usize, usize) = (14, 56);

/// Characters in a row of an image of this shape at full size: one for each pixel, within limits.
#[must_use]
pub fn natural_columns(shape: ImageShape) -> usize {
    shape.width().clamp(COLUMNS.0, COLUMNS.1)
}

/// Rows of characters that give `columns` of them the proportions of an image; a character counts as twice as high as wide.
/// At least one.
#[must_use]
pub fn rows_for(shape: ImageShape, columns: usize) -> usize {
    (columns * shape.height() / (2 * shape.width())).max(1)
}

fn half_block(upper: Rgb, lower: Rgb) -> Cell {
    if is_flat(&[upper, lower]) {
        flat(mean([upper, lower].into_iter()))
    } else {
        Cell {
            symbol: '▀',
            fg: Some(upper),
            bg: Some(lower),
        }
    }
}

/// Returns whether colours are so close that they are merged.
fn is_flat(block: &[Rgb]) -> bool {
    let (_, low, high) = widest(block);
    high - low <= FLAT
}

fn flat(colour: Rgb) -> Cell {
    Cell {
        symbol: ' ',
        fg: None,
        bg: Some(colour),
    }
}

/// Two colours for a cell, and the assignment of pixels to them, with the least squared error of those that split the pixels
/// by a level of the channel in which they differ most. For greys that is the best split of all.
fn two_shades(block: &[Rgb], glyph: fn(u8) -> char) -> Cell {
    if is_flat(block) {
        return flat(mean(block.iter().copied()));
    }
    let (channel, darkest, lightest) = widest(block);
    let is_light = |pixel: &Rgb, threshold: u8| pixel[channel] > threshold;
    let split_at = |threshold: u8| {
        let group = |light: bool| {
            let pixels = block.iter().copied();
            mean(pixels.filter(|pixel| is_light(pixel, threshold) == light))
        };
        let (bg, fg) = (group(false), group(true));
        let nearest = |p: &Rgb| if is_light(p, threshold) { fg } else { bg };
        let miss: u32 = block.iter().map(|p| squared_distance(*p, nearest(p))).sum();
        (miss, threshold, fg, bg)
    };
    let best = block
        .iter()
        .map(|pixel| pixel[channel])
        .filter(|level| *level < lightest)
        .map(split_at)
        .min();
    let (_, threshold, fg, bg) = best.unwrap_or((0, darkest, grey(lightest), grey(darkest)));
    let mask = block
        .iter()
        .enumerate()
        .map(|(bit, pixel)| u8::from(is_light(pixel, threshold)) << bit)
        .sum();
    Cell {
        symbol: glyph(mask),
        fg: Some(fg),
        bg: Some(bg),
    }
}

/// Which dots of a cell at pixel (`x`, `y`) are lit. The dither pattern is ordered and fixed in place, so that a dot changes
/// only when its pixel does; the darkest and the lightest quarter of the shades are not dithered.
fn dither(block: &[Rgb], x: usize, y: usize) -> u8 {
    let lit = |index: usize, shade: u8| shade >= 68 + 8 * threshold(x + index % 2, y + index / 2);
    block
        .iter()
        .enumerate()
        .map(|(index, &colour)| u8::from(lit(index, luma(colour))) << index)
        .sum()
}

#[cfg(test)]
mod tests;
