//! A small image in a terminal's graphics protocol, drawn at the cursor over what was there before.
//!
//! Not left to a library, because live samples are many small images that are replaced in place several times a minute:
//! kitty needs an id for each to do so without keeping the old ones, and sixel needs few colours, or a refresh costs hundreds of
//! kilobytes.
//!
//! Sources: the kitty graphics protocol, iTerm2's inline images protocol, and DEC's VT330/340 manual for sixel.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::ImageError;
use image::codecs::png::{CompressionType, FilterType};

use super::palette::{self, Indexed};
use super::{Canvas, png};
use crate::shape::ImageShape;

/// Levels of live samples in grey: more are not visible in a changing image.
const LEVELS: usize = 16;
/// The same of each channel of those in colour, where fewer show as bands.
const LEVELS_IN_COLOUR: usize = 64;
/// Rows of a sixel band.
const BAND: usize = 6;

/// A live sample, reduced to the levels that are shown. Those that are equal here look the same.
#[must_use]
pub fn in_few_levels(shape: ImageShape, image: &[u8]) -> Canvas {
    let most = if shape.is_colour() {
        LEVELS_IN_COLOUR - 1
    } else {
        LEVELS - 1
    };
    let nearest = |value: &u8| ((usize::from(*value) * most + 127) / 255 * 255 / most) as u8;
    let levels: Vec<u8> = image.iter().map(nearest).collect();
    Canvas::of(shape, &levels)
}

/// An image of few levels as PNG, without filters, which help only with gradients.
fn small_png(canvas: &Canvas) -> Result<Vec<u8>, ImageError> {
    png::encode(canvas, CompressionType::Best, FilterType::NoFilter)
}

/// For kitty: places an image at the cursor, `cells` (columns, rows) large; with an `id`, in place of the one with that id. The
/// terminal scales it and sends no answer; the cursor does not move.
///
/// # Errors
/// When the canvas is empty.
pub fn kitty(canvas: &Canvas, id: Option<u32>, cells: (u16, u16)) -> Result<String, ImageError> {
    /// Maximum size of a chunk.
    const PIECE: usize = 4096;
    let data = STANDARD.encode(small_png(canvas)?);
    let pieces: Vec<&str> = data
        .as_bytes()
        .chunks(PIECE)
        .filter_map(|piece| std::str::from_utf8(piece).ok())
        .collect();
    let id = id.map_or_else(String::new, |id| format!("i={id},p=1,"));
    let mut text = String::with_capacity(data.len() + 64 * pieces.len());
    for (i, piece) in pieces.iter().enumerate() {
        let more = u8::from(i + 1 < pieces.len());
        if i == 0 {
            let (columns, rows) = cells;
            let _ = write!(
                text,
                "\x1b_Ga=T,f=100,{id}c={columns},r={rows},C=1,q=2,m={more};{piece}\x1b\\"
            );
        } else {
            let _ = write!(text, "\x1b_Gm={more},q=2;{piece}\x1b\\");
        }
    }
    Ok(text)
}

/// For kitty: removes image `id` and frees its memory.
#[must_use]
pub fn kitty_forget(id: u32) -> String {
    format!("\x1b_Ga=d,d=I,i={id},q=2\x1b\\")
}

/// For iTerm2 and compatible terminals: `cells` (columns, rows) large.
///
/// # Errors
/// When the canvas is empty.
pub fn iterm2(canvas: &Canvas, (columns, rows): (u16, u16)) -> Result<String, ImageError> {
    let file = small_png(canvas)?;
    Ok(format!(
        "\x1b]1337;File=inline=1;size={};width={columns};height={rows};preserveAspectRatio=0;doNotMoveCursor=1:{}\x07",
        file.len(),
        STANDARD.encode(file)
    ))
}

/// As sixel, pixel by pixel, in at most `most` colours of the picture's own. The terminal needs a register for each.
#[must_use]
pub fn sixel(canvas: &Canvas, most: usize) -> String {
    let (width, height) = (canvas.width(), canvas.height());
    let Indexed { colours, numbers } = palette::indexed(canvas, most);
    let mut text = format!("\x1bP0;1;0q\"1;1;{width};{height}");
    for (number, colour) in colours.iter().enumerate() {
        let [r, g, b] = colour.map(|level| (u32::from(level) * 100 + 127) / 255);
        let _ = write!(text, "#{number};2;{r};{g};{b}");
    }
    for band in numbers.chunks(BAND * width.max(1)) {
        let rows = band.len() / width.max(1);
        let mut columns = vec![Vec::new(); colours.len()];
        for (i, number) in band.iter().enumerate() {
            let masks = &mut columns[*number];
            masks.resize(width, 0_u8);
            masks[i % width] |= 1 << (i / width);
        }
        // The most frequent colour first, everywhere: others are drawn over it, and most of a digit is background.
        text.push_str("#0");
        repeat(&mut text, (1_u8 << rows) - 1, width);
        for (number, masks) in columns.iter().enumerate().skip(1) {
            if masks.is_empty() {
                continue;
            }
            let _ = write!(text, "$#{number}");
            let mut run = (0, 0);
            for mask in masks {
                if *mask == run.0 {
                    run.1 += 1;
                } else {
                    repeat(&mut text, run.0, run.1);
                    run = (*mask, 1);
                }
            }
            // Nothing after the last pixel of this colour needs to be sent.
            if run.0 != 0 {
                repeat(&mut text, run.0, run.1);
            }
        }
        text.push('-');
    }
    // The last line break would only move the cursor.
    text.pop();
    text.push_str("\x1b\\");
    text
}

/// A column of up to six pixels, repeated.
fn repeat(text: &mut String, mask: u8, times: usize) {
    let column = char::from(b'?' + mask);
    if times > 3 {
        let _ = write!(text, "!{times}{column}");
    } else {
        text.extend(std::iter::repeat_n(column, times));
    }
}

#[cfg(test)]
mod tests;
