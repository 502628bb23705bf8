//! One image in characters.
//!
//! Sextants show six pixels to a cell and quadrants four, in the two colours that stand for them best; quadrants are in every
//! font, sextants in few, and are taken where the terminal draws them itself. Where it has few colours half blocks show two
//! pixels, each in its own: of a colour image that is dithered, in 256 too. Without colour neither carries anything: braille shows every pixel as a dot, and without UTF-8
//! characters of different weight represent ink.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Style};

use crate::picture::{Canvas, ColorDepth, Rgb, braille, grey, luma, quadrant, sextant, widest};
use crate::tui::appearance::Appearance;

/// Ink in ASCII, lightest first.
const RAMP: &[u8] = b" .:-=+*#%@";
/// Ink from which a braille dot is set.
const DARK: u8 = 110;

/// Draws an image, stretched to its place.
pub(super) fn draw_tile(place: Rect, buffer: &mut Buffer, image: &Canvas, look: &Appearance) {
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
        ColorDepth::Ansi256 if blocks && image.is_colour() => (1, 2),
        ColorDepth::None | ColorDepth::Ansi16 => (2, 4),
        _ if look.sextants => (2, 3),
        _ => (2, 2),
    };
    let across = width * wide;
    let shown = shrunk(image, across, height * high);
    let mut block = [grey(0); 8];
    for (i, position) in place.positions().enumerate() {
        let (x, y) = (i % width, i / width);
        // Of the two colours of a cell; those of half blocks are pixels.
        let places = [(x, 2 * y), (x, 2 * y + 1)];
        let corner = (y * high, x * wide);
        for (j, pixel) in block[..wide * high].iter_mut().enumerate() {
            *pixel = shown.at(corner.1 + j % wide, corner.0 + j / wide);
        }
        let block = &block[..wide * high];
        let (symbol, style) = match block {
            [pixel] => {
                let step = usize::from(luma(*pixel)) * (RAMP.len() - 1) / 255;
                (char::from(RAMP[step]), Style::new())
            }
            [top, bottom] => {
                let top = colour(*top, places[0], image, look);
                let bottom = colour(*bottom, places[1], image, look);
                let symbol = if top == bottom { ' ' } else { '▀' };
                (symbol, Style::new().fg(top).bg(bottom))
            }
            [_, _, _, _] => two_colours(block, quadrant, places, image, look),
            [_, _, _, _, _, _] => two_colours(block, sextant, places, image, look),
            dots => (braille(mask(dots, |dot| luma(dot) >= DARK)), Style::new()),
        };
        put(buffer, position, symbol, style);
    }
}

/// The terminal's colour for a pixel: ink for a grey image, which a light theme shows dark on light; for one in colour the
/// colour itself.
fn colour(pixel: Rgb, place: (usize, usize), image: &Canvas, look: &Appearance) -> Color {
    if image.is_colour() {
        look.theme.colour(pixel, place)
    } else {
        look.theme.ink(pixel[0])
    }
}

/// The pixels of a cell that are so, as bits, the first one lowest.
fn mask(block: &[Rgb], is_lit: impl Fn(Rgb) -> bool) -> u8 {
    let lit = block
        .iter()
        .enumerate()
        .filter(|(_, pixel)| is_lit(**pixel));
    lit.fold(0, |mask, (bit, _)| mask | 1 << bit)
}

/// A cell in its two colours.
fn two_colours(
    block: &[Rgb],
    glyph: fn(u8) -> char,
    places: [(usize, usize); 2],
    image: &Canvas,
    look: &Appearance,
) -> (char, Style) {
    let (mut mask, mut light, mut dark) = split(block);
    if !look.glyphs.have_blocks() && mask != 0 {
        (mask, light, dark) = narrow(mask, light, dark, block.len());
    }
    let style = Style::new()
        .fg(colour(light, places[0], image, look))
        .bg(colour(dark, places[1], image, look));
    (glyph(mask), style)
}

/// The same without the characters that a terminal may draw in two cells: the left half turns into the right one in changed
/// colours; of the upper and lower half, which quadrants have nothing else for, a corner is left to the other colour.
fn narrow(mask: u8, light: Rgb, dark: Rgb, pixels: usize) -> (u8, Rgb, Rgb) {
    let whole = (1 << pixels) - 1;
    let left = if pixels == 4 { 0b0101 } else { 0b01_0101 };
    match mask {
        mask if mask == left => (whole & !left, dark, light),
        0b0011 if pixels == 4 => (0b0111, light, dark),
        0b1100 if pixels == 4 => (0b1110, light, dark),
        mask => (mask, light, dark),
    }
}

/// Which of a cell's pixels are the lighter ones, in the channel in which they differ most, and the mean of either group.
fn split(block: &[Rgb]) -> (u8, Rgb, Rgb) {
    let (channel, low, high) = widest(block);
    // Less than one grey apart: a plain cell, which costs nothing to send again.
    if high - low < 8 {
        let least = |channel: usize| block.iter().map(|pixel| pixel[channel]).min().unwrap_or(0);
        let flat = [0, 1, 2].map(least);
        return (0, flat, flat);
    }
    let middle = low.midpoint(high);
    let is_light = |pixel: &Rgb| pixel[channel] > middle;
    let mean = |light: bool| {
        let group = || block.iter().filter(|pixel| is_light(pixel) == light);
        let count = group().count().max(1) as u16;
        [0, 1, 2].map(|channel| {
            let sum: u16 = group().map(|pixel| u16::from(pixel[channel])).sum();
            (sum / count) as u8
        })
    };
    (
        mask(block, |pixel| is_light(&pixel)),
        mean(true),
        mean(false),
    )
}

fn put(buffer: &mut Buffer, position: Position, symbol: char, style: Style) {
    if let Some(cell) = buffer.cell_mut(position) {
        cell.set_char(symbol).set_style(style);
    }
}

/// An image at another size: the mean over the area each new pixel covers. Where a grey image shrinks, thin strokes fade; half
/// of the largest value under a pixel brings them back.
fn shrunk(image: &Canvas, width: usize, height: usize) -> Canvas {
    let (from, channels) = (image.pixels(), image.channels().count());
    let mut resized = Vec::with_capacity(width * height * channels);
    let spans = |n: usize, side: usize| {
        (0..n).map(move |i| (i * side / n, ((i + 1) * side).div_ceil(n).min(side)))
    };
    let fades = !image.is_colour() && (width < image.width() || height < image.height());
    let row = image.width() * channels;
    for (top, bottom) in spans(height, image.height()) {
        for (left, right) in spans(width, image.width()) {
            for channel in 0..channels {
                let (mut sum, mut largest, mut count) = (0_u32, 0_u32, 0_u32);
                for y in top..bottom {
                    let line = &from[y * row + left * channels..y * row + right * channels];
                    for value in line.iter().skip(channel).step_by(channels) {
                        sum += u32::from(*value);
                        largest = largest.max(u32::from(*value));
                        count += 1;
                    }
                }
                let mean = sum / count.max(1);
                let value = if fades {
                    (mean * 2 + largest) / 3
                } else {
                    mean
                };
                resized.push(value.min(255) as u8);
            }
        }
    }
    Canvas::new(width, height, image.channels(), resized)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Channels;

    fn greys(levels: &[u8]) -> Vec<Rgb> {
        levels.iter().copied().map(grey).collect()
    }

    #[test]
    fn a_cell_of_pixels_becomes_its_two_greys() {
        let split = |levels: &[u8]| {
            let (mask, light, dark) = split(&greys(levels));
            assert_eq!((light, dark), (grey(light[0]), grey(dark[0])));
            (mask, light[0], dark[0])
        };
        assert_eq!(split(&[9, 9, 9, 9]), (0, 9, 9));
        assert_eq!(split(&[250, 0, 0, 10]), (1, 250, 3));
        assert_eq!(split(&[0, 255, 0, 255]), (10, 255, 0));
        assert_eq!(split(&[0, 255, 0, 255, 0, 255]), (0b10_1010, 255, 0));
    }

    #[test]
    fn a_cell_in_colour_is_split_where_its_pixels_differ_most() {
        let (red, blue) = ([200, 10, 0], [100, 10, 240]);
        let found = split(&[red, blue, red, [100, 12, 250]]);
        assert_eq!(found, (0b1010, [100, 11, 245], red));
        assert_eq!(split(&[[9, 8, 7]; 4]), (0, [9, 8, 7], [9, 8, 7]));
    }

    #[test]
    fn no_cell_needs_a_character_of_ambiguous_width() {
        let (light, dark) = (grey(200), grey(20));
        for (pixels, glyph) in [(4, quadrant as fn(u8) -> char), (6, sextant)] {
            for mask in 1..(1 << pixels) - 1 {
                let (mask, ..) = narrow(mask, light, dark, pixels);
                let symbol = glyph(mask);
                assert!(!crate::text::ambiguous::is_ambiguous(symbol), "{symbol}");
            }
        }
        assert_eq!(narrow(0b0101, light, dark, 4), (0b1010, dark, light));
    }

    #[test]
    fn resizing_keeps_a_full_image_full_and_a_thin_stroke_visible() {
        let full = Canvas::filled(28, 28, Channels::Grey, 255);
        assert_eq!(
            shrunk(&full, 14, 14),
            Canvas::filled(14, 14, Channels::Grey, 255)
        );
        let mut stroke = vec![0; 784];
        (0..28).for_each(|y| stroke[y * 28 + 9] = 255);
        let stroke = Canvas::new(28, 28, Channels::Grey, stroke);
        let small = shrunk(&stroke, 14, 14);
        assert!((0..14).all(|y| small.at(4, y)[0] > 150));
        assert_eq!(shrunk(&stroke, 28, 28), stroke);
    }

    #[test]
    fn an_image_in_colour_keeps_its_colours_when_it_shrinks() {
        let pixels = [[200, 0, 10], [100, 0, 30], [0, 90, 0], [0, 90, 0]].concat();
        let image = Canvas::new(4, 1, Channels::Rgb, pixels);
        assert_eq!(shrunk(&image, 2, 1).pixels(), [150, 0, 20, 0, 90, 0]);
    }
}
