//! One digit in characters.
//!
//! Sextants show six pixels to a cell and quadrants four, in the two greys that stand for them best; quadrants are in every
//! font, sextants in few, and are taken where the terminal draws them itself. Where it has few colours half blocks show two
//! pixels, each in its own. Without colour neither carries anything: braille shows every pixel as a dot, and without UTF-8
//! characters of different weight represent ink.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::picture::{ColorDepth, braille, quadrant, sextant};
use crate::tui::appearance::Appearance;

/// Ink in ASCII, lightest first.
const RAMP: &[u8] = b" .:-=+*#%@";
/// Ink from which a braille dot is set.
const DARK: u8 = 110;

/// Draws an image of `side`×`side` greys.
pub(super) fn draw_tile(
    place: Rect,
    buffer: &mut Buffer,
    image: &[u8],
    side: usize,
    look: &Appearance,
) {
    let (width, height) = (usize::from(place.width), usize::from(place.height));
    let depth = if look.plain_samples {
        ColorDepth::None
    } else {
        look.theme.depth
    };
    // Pixels of a cell, and what shows them.
    let (dots, blocks) = (look.glyphs.have_dots(), look.glyphs.have_blocks());
    let (wide, high) = match depth {
        _ if !dots && !blocks => (1, 1),
        ColorDepth::None if !dots => (1, 1),
        ColorDepth::Ansi16 if blocks => (1, 2),
        ColorDepth::None | ColorDepth::Ansi16 => (2, 4),
        _ if look.sextants => (2, 3),
        _ => (2, 2),
    };
    let across = width * wide;
    let ink = resize(image, side, across, height * high);
    let mut block = [0; 8];
    for (i, position) in place.positions().enumerate() {
        let corner = (i / width * high) * across + i % width * wide;
        for (j, pixel) in block[..wide * high].iter_mut().enumerate() {
            *pixel = ink[corner + j / wide * across + j % wide];
        }
        let block = &block[..wide * high];
        let (symbol, style) = match block {
            [level] => {
                let step = usize::from(*level) * (RAMP.len() - 1) / 255;
                (char::from(RAMP[step]), Style::new())
            }
            [top, bottom] => {
                let [top, bottom] = [*top, *bottom].map(|level| look.theme.ink(level));
                let symbol = if top == bottom { ' ' } else { '▀' };
                (symbol, Style::new().fg(top).bg(bottom))
            }
            [_, _, _, _] => two_greys(block, quadrant, look),
            [_, _, _, _, _, _] => two_greys(block, sextant, look),
            dots => (braille(mask(dots, |dot| dot >= DARK)), Style::new()),
        };
        put(buffer, position, symbol, style);
    }
}

/// The pixels of a cell that are so, as bits, the first one lowest.
fn mask(block: &[u8], is_lit: impl Fn(u8) -> bool) -> u8 {
    let lit = block
        .iter()
        .enumerate()
        .filter(|(_, pixel)| is_lit(**pixel));
    lit.fold(0, |mask, (bit, _)| mask | 1 << bit)
}

/// A cell in its two greys.
fn two_greys(block: &[u8], glyph: fn(u8) -> char, look: &Appearance) -> (char, Style) {
    let (mut mask, mut light, mut dark) = split(block);
    if !look.glyphs.have_blocks() && mask != 0 {
        (mask, light, dark) = narrow(mask, light, dark, block.len());
    }
    let style = Style::new()
        .fg(look.theme.ink(light))
        .bg(look.theme.ink(dark));
    (glyph(mask), style)
}

/// The same without the characters that a terminal may draw in two cells: the left half turns into the right one in changed
/// colours; of the upper and lower half, which quadrants have nothing else for, a corner is left to the other grey.
fn narrow(mask: u8, light: u8, dark: u8, pixels: usize) -> (u8, u8, u8) {
    let whole = (1 << pixels) - 1;
    let left = if pixels == 4 { 0b0101 } else { 0b01_0101 };
    match mask {
        mask if mask == left => (whole & !left, dark, light),
        0b0011 if pixels == 4 => (0b0111, light, dark),
        0b1100 if pixels == 4 => (0b1110, light, dark),
        mask => (mask, light, dark),
    }
}

/// Which of a cell's pixels are the lighter ones, and the mean of either group.
fn split(block: &[u8]) -> (u8, u8, u8) {
    let low = block.iter().copied().min().unwrap_or(0);
    let high = block.iter().copied().max().unwrap_or(0);
    // Less than one grey apart: a plain cell, which costs nothing to send again.
    if high - low < 8 {
        return (0, low, low);
    }
    let middle = low.midpoint(high);
    let mean = |light: bool| {
        let group = block.iter().filter(|pixel| (**pixel > middle) == light);
        let (sum, count) = group.fold((0_u16, 0), |(sum, n), pixel| {
            (sum + u16::from(*pixel), n + 1)
        });
        (sum / count.max(1)) as u8
    };
    (mask(block, |pixel| pixel > middle), mean(true), mean(false))
}

fn put(buffer: &mut Buffer, position: Position, symbol: char, style: Style) {
    if let Some(cell) = buffer.cell_mut(position) {
        cell.set_char(symbol).set_style(style);
    }
}

/// An image of `side`×`side` at another size: the mean over the area each new pixel covers. Where it shrinks, thin
/// strokes fade; half of the largest value under a pixel brings them back.
fn resize(image: &[u8], side: usize, width: usize, height: usize) -> Vec<u8> {
    let mut resized = Vec::with_capacity(width * height);
    let spans =
        |n: usize| (0..n).map(move |i| (i * side / n, ((i + 1) * side).div_ceil(n).min(side)));
    let shrinks = width < side || height < side;
    for (top, bottom) in spans(height) {
        for (left, right) in spans(width) {
            let (mut sum, mut largest, mut count) = (0_u32, 0_u32, 0_u32);
            for y in top..bottom {
                for value in &image[y * side + left..y * side + right] {
                    sum += u32::from(*value);
                    largest = largest.max(u32::from(*value));
                    count += 1;
                }
            }
            let mean = sum / count.max(1);
            let value = if shrinks {
                (mean * 2 + largest) / 3
            } else {
                mean
            };
            resized.push(value.min(255) as u8);
        }
    }
    resized
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_pixels_becomes_its_two_greys() {
        assert_eq!(split(&[9, 9, 9, 9]), (0, 9, 9));
        assert_eq!(split(&[250, 0, 0, 10]), (1, 250, 3));
        assert_eq!(split(&[0, 255, 0, 255]), (10, 255, 0));
        assert_eq!(split(&[0, 255, 0, 255, 0, 255]), (0b10_1010, 255, 0));
    }

    #[test]
    fn no_cell_needs_a_character_of_ambiguous_width() {
        for (pixels, glyph) in [(4, quadrant as fn(u8) -> char), (6, sextant)] {
            for mask in 1..(1 << pixels) - 1 {
                let (mask, ..) = narrow(mask, 200, 20, pixels);
                let symbol = glyph(mask);
                assert!(!crate::text::ambiguous::is_ambiguous(symbol), "{symbol}");
            }
        }
        assert_eq!(narrow(0b0101, 200, 20, 4), (0b1010, 20, 200));
    }

    #[test]
    fn resizing_keeps_a_full_image_full_and_a_thin_stroke_visible() {
        assert!(resize(&[255; 784], 28, 14, 14).iter().all(|v| *v == 255));
        let mut stroke = vec![0; 784];
        (0..28).for_each(|y| stroke[y * 28 + 9] = 255);
        let small = resize(&stroke, 28, 14, 14);
        assert!((0..14).all(|y| small[y * 14 + 4] > 150));
        assert_eq!(resize(&stroke, 28, 28, 28), stroke);
    }
}
