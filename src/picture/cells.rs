//! Pixels as shaded characters, for the live panel and the plain printer.

use super::glyphs::{ascii, braille, quadrant, sextant};
use super::{Canvas, Glyphs};

/// Shades this close are merged: the eye sees no edge, and the terminal receives fewer bytes.
const FLAT: u8 = 10;

/// One character with foreground and background shades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// The character.
    pub symbol: char,
    /// Foreground shade; `None` means the terminal's default.
    pub fg: Option<u8>,
    /// Background shade; `None` means the terminal's default.
    pub bg: Option<u8>,
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

/// `image` drawn with `glyphs`, stretched to `columns` × `rows` characters. [`fit`] finds a size that keeps its shape.
#[must_use]
pub fn draw(image: &Canvas, glyphs: Glyphs, columns: usize, rows: usize) -> Cells {
    let (wide, high) = glyphs.cell_pixels();
    let image = image.resized(columns * wide, rows * high);
    let mut cells = Vec::with_capacity(columns * rows);
    let mut block = [0; 8];
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
                    symbol: ascii(mean(block.iter().copied())),
                    ..Cell::BLANK
                },
            });
        }
    }
    Cells { cells, columns }
}

/// The largest size in characters within `columns` × `rows` that keeps the aspect ratio of an image of `width` × `height`
/// pixels; a character counts as twice as high as wide. At least one character.
#[must_use]
pub fn fit(width: usize, height: usize, columns: usize, rows: usize) -> (usize, usize) {
    let (width, height) = (width.max(1), height.max(1));
    let by_width = (columns * height).div_ceil(width * 2);
    if by_width <= rows {
        (columns.max(1), by_width.max(1))
    } else {
        ((rows * 2 * width / height).max(1), rows.max(1))
    }
}

fn half_block(upper: u8, lower: u8) -> Cell {
    if upper.abs_diff(lower) <= FLAT {
        flat(mean([upper, lower].into_iter()))
    } else {
        Cell {
            symbol: '▀',
            fg: Some(upper),
            bg: Some(lower),
        }
    }
}

fn flat(shade: u8) -> Cell {
    Cell {
        symbol: ' ',
        fg: None,
        bg: Some(shade),
    }
}

/// The two shades, and the assignment of pixels to them, with the least squared error in a cell.
fn two_shades(block: &[u8], glyph: fn(u8) -> char) -> Cell {
    let darkest = block.iter().copied().min().unwrap_or(0);
    let lightest = block.iter().copied().max().unwrap_or(0);
    if lightest - darkest <= FLAT {
        return flat(mean(block.iter().copied()));
    }
    let split_at = |threshold: u8| {
        let bg = mean(block.iter().copied().filter(|&p| p <= threshold));
        let fg = mean(block.iter().copied().filter(|&p| p > threshold));
        let miss: u32 = block
            .iter()
            .map(|&p| u32::from(p.abs_diff(if p > threshold { fg } else { bg })).pow(2))
            .sum();
        (miss, threshold, fg, bg)
    };
    // In one dimension the best two groups are always split by a threshold.
    let best = block
        .iter()
        .filter(|&&p| p < lightest)
        .map(|&p| split_at(p))
        .min();
    let (_, threshold, fg, bg) = best.unwrap_or((0, darkest, lightest, darkest));
    let mask = block
        .iter()
        .enumerate()
        .map(|(bit, &p)| u8::from(p > threshold) << bit)
        .sum();
    Cell {
        symbol: glyph(mask),
        fg: Some(fg),
        bg: Some(bg),
    }
}

fn mean(shades: impl Iterator<Item = u8>) -> u8 {
    let (sum, count) = shades.fold((0_u32, 0_u32), |(sum, count), shade| {
        (sum + u32::from(shade), count + 1)
    });
    (sum + count / 2).checked_div(count).unwrap_or(0) as u8
}

/// Which dots of a cell at pixel (`x`, `y`) are lit. The dither pattern is ordered and fixed in place, so that a dot changes
/// only when its pixel does; the darkest and the lightest quarter of the shades are not dithered.
fn dither(block: &[u8], x: usize, y: usize) -> u8 {
    const BAYER: [[u8; 4]; 4] = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]];
    let lit =
        |index: usize, shade: u8| shade >= 68 + 8 * BAYER[(y + index / 2) % 4][(x + index % 2) % 4];
    block
        .iter()
        .enumerate()
        .map(|(index, &shade)| u8::from(lit(index, shade)) << index)
        .sum()
}

#[cfg(test)]
mod tests;
