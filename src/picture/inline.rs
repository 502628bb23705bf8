//! A small image in a terminal's graphics protocol, drawn at the cursor over what was there before.
//!
//! Not left to a library, because live samples are many small images that are replaced in place several times a minute:
//! kitty needs an id for each to do so without keeping the old ones, and sixel needs few greys, or a refresh costs hundreds of
//! kilobytes.
//!
//! Sources: the kitty graphics protocol, iTerm2's inline images protocol, and DEC's VT330/340 manual for sixel.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::ImageError;
use image::codecs::png::{CompressionType, FilterType};

use super::colour::Rgb;
use super::{Canvas, Channels, png};

/// Levels of a channel of live samples: more are not visible in a changing image.
const LEVELS: usize = 16;
/// Levels of each channel of sixel in colour: 216 colours are what every terminal with sixel has registers for.
const SIXEL_LEVELS: usize = 6;
/// Rows of a sixel band.
const BAND: usize = 6;

/// An image reduced to the levels shown. Images that are equal here look the same.
#[must_use]
pub fn in_few_levels(image: &[u8]) -> Vec<u8> {
    image
        .iter()
        .map(|value| (nearest(*value, LEVELS) * 255 / (LEVELS - 1)) as u8)
        .collect()
}

/// Which of so many levels is nearest to a value.
fn nearest(value: u8, levels: usize) -> usize {
    (usize::from(value) * (levels - 1) + 127) / 255
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

/// As sixel, pixel by pixel, in the greys of live samples.
#[must_use]
pub fn sixel_of_few(canvas: &Canvas) -> String {
    sixel(canvas, LEVELS)
}

/// As sixel, pixel by pixel: a grey image in so many greys, at least two, one in colour in the colours of a cube.
#[must_use]
pub fn sixel(canvas: &Canvas, greys: usize) -> String {
    let (width, height) = (canvas.width(), canvas.height());
    let palette = Palette {
        channels: canvas.channels(),
        levels: match canvas.channels() {
            Channels::Grey => greys.max(2),
            Channels::Rgb => SIXEL_LEVELS,
        },
    };
    let numbers: Vec<usize> = canvas.colours().map(|c| palette.number(c)).collect();
    let mut text = format!("\x1bP0;1;0q\"1;1;{width};{height}");
    for number in palette.defined(&numbers) {
        let [r, g, b] = palette.percents(number);
        let _ = write!(text, "#{number};2;{r};{g};{b}");
    }
    for band in numbers.chunks(BAND * width.max(1)) {
        let rows = band.len() / width.max(1);
        let mut columns = vec![vec![0_u8; palette.len()]; width];
        for (i, number) in band.iter().enumerate() {
            columns[i % width][*number] |= 1 << (i / width);
        }
        // Black first, everywhere: other colours are drawn over it, and most of a digit is background.
        text.push_str("#0");
        repeat(&mut text, (1_u8 << rows) - 1, width);
        for number in 1..palette.len() {
            if columns.iter().all(|masks| masks[number] == 0) {
                continue;
            }
            let _ = write!(text, "$#{number}");
            let mut run = (0, 0);
            for masks in &columns {
                if masks[number] == run.0 {
                    run.1 += 1;
                } else {
                    repeat(&mut text, run.0, run.1);
                    run = (masks[number], 1);
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

/// The colours of a sixel image: so many levels of each channel, evenly spaced. Number 0 is black.
#[derive(Debug, Clone, Copy)]
struct Palette {
    channels: Channels,
    levels: usize,
}

impl Palette {
    /// How many colours it has.
    fn len(self) -> usize {
        self.levels.pow(self.channels.count() as u32)
    }

    /// The number of the nearest colour.
    fn number(self, colour: Rgb) -> usize {
        let channels = colour.iter().take(self.channels.count());
        channels.fold(0, |all, value| {
            all * self.levels + nearest(*value, self.levels)
        })
    }

    /// Red, green and blue of a colour, in percent.
    fn percents(self, number: usize) -> [usize; 3] {
        let percent = |level: usize| level * 100 / (self.levels - 1);
        match self.channels {
            Channels::Grey => [percent(number); 3],
            Channels::Rgb => {
                let (red, rest) = (number / self.levels.pow(2), number % self.levels.pow(2));
                [red, rest / self.levels, rest % self.levels].map(percent)
            }
        }
    }

    /// The colours to define for an image of these: the few greys all, of a cube black and those in use.
    fn defined(self, numbers: &[usize]) -> Vec<usize> {
        let mut used = vec![self.channels == Channels::Grey; self.len()];
        used[0] = true;
        for number in numbers {
            used[*number] = true;
        }
        (0..self.len()).filter(|number| used[*number]).collect()
    }
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
