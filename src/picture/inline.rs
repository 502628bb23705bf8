//! A small greyscale image in a terminal's graphics protocol, drawn at the cursor over what was there before.
//!
//! Not left to a library, because live samples are many small images that are replaced in place several times a minute:
//! kitty needs an id for each to do so without keeping the old ones, and sixel needs few greys, or a refresh costs hundreds of
//! kilobytes.
//!
//! Sources: the kitty graphics protocol, iTerm2's inline images protocol, and DEC's VT330/340 manual for sixel.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _, ImageError};

use super::Canvas;

/// Greys of live samples: more are not visible in a changing digit.
const GREYS: usize = 16;
/// Rows of a sixel band.
const BAND: usize = 6;

/// An image reduced to the greys shown. Images that are equal here look the same.
#[must_use]
pub fn in_few_greys(image: &[u8]) -> Vec<u8> {
    image
        .iter()
        .map(|pixel| (grey(*pixel, GREYS) * 255 / (GREYS - 1)) as u8)
        .collect()
}

/// Which of so many greys a pixel has.
fn grey(pixel: u8, greys: usize) -> usize {
    (usize::from(pixel) * (greys - 1) + 127) / 255
}

/// An image of few greys as PNG, without filters, which help only with gradients.
fn small_png(canvas: &Canvas) -> Result<Vec<u8>, ImageError> {
    let mut file = Vec::new();
    let (width, height) = (canvas.width as u32, canvas.height as u32);
    PngEncoder::new_with_quality(&mut file, CompressionType::Best, FilterType::NoFilter)
        .write_image(&canvas.pixels, width, height, ExtendedColorType::L8)?;
    Ok(file)
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

/// As sixel, pixel by pixel, in the greys of live samples.
#[must_use]
pub fn sixel_of_few(canvas: &Canvas) -> String {
    sixel(canvas, GREYS)
}

/// As sixel, pixel by pixel, in so many greys, at least two.
#[must_use]
pub fn sixel(canvas: &Canvas, greys: usize) -> String {
    let greys = greys.max(2);
    let (width, height) = (canvas.width, canvas.height);
    let mut text = format!("\x1bP0;1;0q\"1;1;{width};{height}");
    for grey in 0..greys {
        let percent = grey * 100 / (greys - 1);
        let _ = write!(text, "#{grey};2;{percent};{percent};{percent}");
    }
    for band in canvas.pixels.chunks(BAND * width.max(1)) {
        let rows = band.len() / width.max(1);
        let mut columns = vec![vec![0_u8; greys]; width];
        for (i, pixel) in band.iter().enumerate() {
            columns[i % width][grey(*pixel, greys)] |= 1 << (i / width);
        }
        // Black first, everywhere: other greys are drawn over it, and most of a digit is background.
        text.push_str("#0");
        repeat(&mut text, (1_u8 << rows) - 1, width);
        for grey in 1..greys {
            if columns.iter().all(|masks| masks[grey] == 0) {
                continue;
            }
            let _ = write!(text, "$#{grey}");
            let mut run = (0, 0);
            for masks in &columns {
                if masks[grey] == run.0 {
                    run.1 += 1;
                } else {
                    repeat(&mut text, run.0, run.1);
                    run = (masks[grey], 1);
                }
            }
            // Nothing after the last pixel of this grey needs to be sent.
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
