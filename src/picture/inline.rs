//! One small grey picture as a terminal's own graphics, to be drawn where the cursor is and over what was drawn there before.
//!
//! Written here, and not by a library, because the live samples are many small pictures that are replaced in place several
//! times a minute: kitty needs an id for each to do that without keeping the old ones, and sixel few greys, or a refresh
//! costs hundreds of kilobytes.
//!
//! Sources: the kitty graphics protocol, iTerm2's inline images protocol, and DEC's VT330/340 manual for sixel.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _, ImageError};

use super::Canvas;

/// Greys of a picture: nobody sees more in a moving digit.
const GREYS: usize = 16;
/// Rows of a sixel band.
const BAND: usize = 6;

/// An image in the greys that are shown of it: what differs in others alone looks the same.
#[must_use]
pub fn in_few_greys(image: &[u8]) -> Vec<u8> {
    image
        .iter()
        .map(|pixel| (grey(*pixel) * 255 / (GREYS - 1)) as u8)
        .collect()
}

/// Which of the greys stands for a pixel.
fn grey(pixel: u8) -> usize {
    (usize::from(pixel) * (GREYS - 1) + 127) / 255
}

/// A picture of few greys as PNG: without filters, which only help where greys run into each other.
fn small_png(canvas: &Canvas) -> Result<Vec<u8>, ImageError> {
    let mut file = Vec::new();
    let (width, height) = (canvas.width as u32, canvas.height as u32);
    PngEncoder::new_with_quality(&mut file, CompressionType::Best, FilterType::NoFilter)
        .write_image(&canvas.pixels, width, height, ExtendedColorType::L8)?;
    Ok(file)
}

/// For kitty: picture `id` in its place, `cells` (columns, rows) large. The one of that id before is gone. The terminal
/// enlarges it; it answers nothing, and the cursor stays.
///
/// # Errors
/// When the canvas is no picture.
pub fn kitty(canvas: &Canvas, id: u32, cells: (u16, u16)) -> Result<String, ImageError> {
    /// What may be sent in one piece.
    const PIECE: usize = 4096;
    let data = STANDARD.encode(small_png(canvas)?);
    let pieces: Vec<&str> = data
        .as_bytes()
        .chunks(PIECE)
        .filter_map(|piece| std::str::from_utf8(piece).ok())
        .collect();
    let mut text = String::with_capacity(data.len() + 64 * pieces.len());
    for (i, piece) in pieces.iter().enumerate() {
        let more = u8::from(i + 1 < pieces.len());
        if i == 0 {
            let (columns, rows) = cells;
            let _ = write!(
                text,
                "\x1b_Ga=T,f=100,i={id},p=1,c={columns},r={rows},C=1,q=2,m={more};{piece}\x1b\\"
            );
        } else {
            let _ = write!(text, "\x1b_Gm={more},q=2;{piece}\x1b\\");
        }
    }
    Ok(text)
}

/// For kitty: picture `id` is not shown any more, and takes no memory.
#[must_use]
pub fn kitty_forget(id: u32) -> String {
    format!("\x1b_Ga=d,d=I,i={id},q=2\x1b\\")
}

/// For iTerm2 and those that know its pictures: `cells` (columns, rows) large.
///
/// # Errors
/// When the canvas is no picture.
pub fn iterm2(canvas: &Canvas, (columns, rows): (u16, u16)) -> Result<String, ImageError> {
    let file = small_png(canvas)?;
    Ok(format!(
        "\x1b]1337;File=inline=1;size={};width={columns};height={rows};preserveAspectRatio=0;doNotMoveCursor=1:{}\x07",
        file.len(),
        STANDARD.encode(file)
    ))
}

/// As sixel, pixel by pixel, in 16 greys.
#[must_use]
pub fn sixel(canvas: &Canvas) -> String {
    let (width, height) = (canvas.width, canvas.height);
    let mut text = format!("\x1bP0;1;0q\"1;1;{width};{height}");
    for grey in 0..GREYS {
        let percent = grey * 100 / (GREYS - 1);
        let _ = write!(text, "#{grey};2;{percent};{percent};{percent}");
    }
    for band in canvas.pixels.chunks(BAND * width.max(1)) {
        let rows = band.len() / width.max(1);
        let mut columns = vec![[0_u8; GREYS]; width];
        for (i, pixel) in band.iter().enumerate() {
            columns[i % width][grey(*pixel)] |= 1 << (i / width);
        }
        // Black first, everywhere: what comes after is drawn over it, and most of a digit is background.
        text.push_str("#0");
        repeat(&mut text, (1_u8 << rows) - 1, width);
        for grey in 1..GREYS {
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
            // What follows the last pixel of this grey need not be said.
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

/// A column of up to six pixels, so many times.
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
