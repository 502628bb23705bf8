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
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn slope(width: usize, height: usize) -> Canvas {
        Canvas {
            pixels: (0..width * height)
                .map(|i| (i * 255 / (width * height - 1)) as u8)
                .collect(),
            width,
            height,
        }
    }

    /// The pixels that a terminal would draw, as greys; none where nothing was drawn.
    fn drawn(sixel: &str, width: usize, height: usize) -> Vec<Option<usize>> {
        let mut pixels = vec![None; width * height];
        let body = sixel.split_once('q').unwrap().1;
        let body = body.strip_suffix("\x1b\\").unwrap();
        // Behind the palette.
        let body = body.rsplit_once(";100;100;100").unwrap().1;
        let (mut x, mut top, mut grey) = (0, 0, 0);
        let mut chars = body.chars().peekable();
        let number = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
            let mut n = 0;
            while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
                n = n * 10 + digit as usize;
                chars.next();
            }
            n
        };
        while let Some(c) = chars.next() {
            let times = match c {
                '#' => {
                    grey = number(&mut chars);
                    continue;
                }
                '$' => {
                    x = 0;
                    continue;
                }
                '-' => {
                    (x, top) = (0, top + BAND);
                    continue;
                }
                '!' => number(&mut chars),
                _ => 1,
            };
            let column = if c == '!' { chars.next().unwrap() } else { c };
            let mask = column as u8 - b'?';
            for _ in 0..times {
                for row in (0..BAND).filter(|row| mask >> row & 1 == 1) {
                    pixels[(top + row) * width + x] = Some(grey);
                }
                x += 1;
            }
        }
        pixels
    }

    #[test]
    fn sixel_draws_every_pixel_in_its_grey_and_none_beside_them() {
        for (width, height) in [(20, 13), (7, 6), (1, 1), (33, 40)] {
            let canvas = match (width, height) {
                (1, 1) => Canvas::filled(1, 1, 255),
                (width, height) => slope(width, height),
            };
            let pixels = drawn(&sixel(&canvas), width, height);
            for (drawn, pixel) in pixels.iter().zip(&canvas.pixels) {
                let grey = drawn.unwrap() as f64 * 255.0 / 15.0;
                assert!((grey - f64::from(*pixel)).abs() <= 8.6, "{width}x{height}");
            }
        }
    }

    #[test]
    fn kitty_gets_one_picture_with_its_id_and_no_answer_is_asked_for() {
        let canvas = slope(28, 28);
        let text = kitty(&canvas, 9, (20, 10)).unwrap();
        let (head, data) = text.split_once(';').unwrap();
        assert_eq!(head, "\x1b_Ga=T,f=100,i=9,p=1,c=20,r=10,C=1,q=2,m=0");
        let file = STANDARD.decode(data.strip_suffix("\x1b\\").unwrap());
        let back = image::load_from_memory(&file.unwrap()).unwrap();
        assert_eq!(back.into_luma8().into_raw(), canvas.pixels);
    }

    #[test]
    fn a_large_picture_comes_to_kitty_in_pieces() {
        let mut canvas = slope(200, 100);
        for (i, pixel) in canvas.pixels.iter_mut().enumerate() {
            *pixel ^= ((i * 2_654_435_761) >> 7) as u8;
        }
        let text = kitty(&canvas, 1, (2, 1)).unwrap();
        let pieces: Vec<&str> = text.split_terminator("\x1b\\").collect();
        assert!(pieces.len() > 2);
        let last = pieces.len() - 1;
        let data: String = pieces
            .iter()
            .enumerate()
            .map(|(i, piece)| {
                let (head, data) = piece.split_once(';').unwrap();
                assert!(head.contains(if i == last { "m=0" } else { "m=1" }));
                assert!(data.len() <= 4096);
                data
            })
            .collect();
        let file = STANDARD.decode(data).unwrap();
        let back = image::load_from_memory(&file).unwrap();
        assert_eq!(back.into_luma8().into_raw(), canvas.pixels);
    }

    #[test]
    fn iterm2_is_told_the_size_in_characters() {
        let text = iterm2(&slope(28, 28), (14, 7)).unwrap();
        assert!(text.starts_with("\x1b]1337;File=inline=1;size="));
        assert!(text.contains(";width=14;height=7;") && text.ends_with('\x07'));
    }
}
