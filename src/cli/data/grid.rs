//! Labelled images as text: half blocks in true or indexed colour, or plain characters.

use std::env;
use std::io::{self, IsTerminal, Write};

use crate::protocol::{DIGIT_SIDE, ImageGrid};

/// Columns where the width of the terminal is not known.
const COLUMNS: usize = 80;
/// Columns between two images.
const GAP: usize = 2;
/// From light to dark ink, on a dark ground.
const RAMP: &[u8; 10] = b" .:-=+*#%@";

/// How images become text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Half blocks in 24-bit colour.
    TrueColor,
    /// Half blocks in the grey ramp of 256 colours.
    Indexed,
    /// Printable ASCII.
    Ascii,
}

impl Style {
    /// The best style for stdout, and its width in columns.
    pub fn of_stdout() -> (Self, usize) {
        if !io::stdout().is_terminal() {
            return (Self::Ascii, COLUMNS);
        }
        let columns =
            crossterm::terminal::size().map_or(COLUMNS, |(columns, _)| usize::from(columns));
        (Self::of(|name| env::var(name).ok()), columns)
    }

    /// The best style for a terminal with these environment variables.
    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name| variable(name).filter(|value| !value.is_empty());
        let locale = get("LC_ALL")
            .or_else(|| get("LC_CTYPE"))
            .or_else(|| get("LANG"))
            .unwrap_or_default();
        let unicode = cfg!(windows) || locale.to_lowercase().replace('-', "").contains("utf8");
        let term = get("TERM").unwrap_or_default();
        if get("NO_COLOR").is_some() || !unicode || term == "dumb" {
            return Self::Ascii;
        }
        match get("COLORTERM").as_deref() {
            Some("truecolor" | "24bit") => Self::TrueColor,
            _ if term.contains("256color") => Self::Indexed,
            _ => Self::Ascii,
        }
    }
}

/// Prints images side by side, as many as fit into `columns`, each with its label above it.
pub(super) fn print_grid(
    out: &mut impl Write,
    images: &ImageGrid,
    labels: &[String],
    style: Style,
    columns: usize,
) -> io::Result<()> {
    // Characters show shades poorly, so they get all the pixels; half blocks only where four fit side by side.
    let side = if style == Style::Ascii || columns >= 4 * (DIGIT_SIDE + GAP) {
        DIGIT_SIDE
    } else {
        DIGIT_SIDE / 2
    };
    let across = ((columns + GAP) / (side + GAP)).max(1);
    let tiles: Vec<Vec<u8>> = (0..images.count())
        .filter_map(|i| images.image(i))
        .map(|image| shrink(image, side))
        .collect();
    for (row, tiles) in tiles.chunks(across).enumerate() {
        let labels = labels.iter().skip(row * across).take(tiles.len());
        let heads: Vec<String> = labels
            .map(|label| format!("{label:^side$.side$}"))
            .collect();
        writeln!(out, "{}", heads.join(&" ".repeat(GAP)).trim_end())?;
        for line in 0..side / 2 {
            for (i, tile) in tiles.iter().enumerate() {
                if i > 0 {
                    write!(out, "{}", " ".repeat(GAP))?;
                }
                let (upper, lower) = tile[2 * line * side..2 * (line + 1) * side].split_at(side);
                print_line(out, upper, lower, style)?;
            }
            writeln!(out)?;
        }
    }
    Ok(())
}

/// One line of one image: two rows of pixels.
fn print_line(out: &mut impl Write, upper: &[u8], lower: &[u8], style: Style) -> io::Result<()> {
    for (&top, &bottom) in upper.iter().zip(lower) {
        match style {
            Style::TrueColor => {
                write!(
                    out,
                    "\x1b[38;2;{top};{top};{top};48;2;{bottom};{bottom};{bottom}m▀"
                )?;
            }
            Style::Indexed => write!(out, "\x1b[38;5;{};48;5;{}m▀", grey(top), grey(bottom))?,
            Style::Ascii => {
                let shade = usize::from(top.midpoint(bottom)) * RAMP.len() / 256;
                out.write_all(&[RAMP[shade]])?;
            }
        }
    }
    if style == Style::Ascii {
        Ok(())
    } else {
        write!(out, "\x1b[0m")
    }
}

/// The nearest grey of the 256 colours: black and white of the cube, and the ramp of 24 between them.
fn grey(pixel: u8) -> u8 {
    match pixel {
        0..4 => 16,
        247.. => 231,
        _ => 232 + ((u16::from(pixel).saturating_sub(3)) / 10).min(23) as u8,
    }
}

/// A 28×28 image at `side` × `side` pixels, 28 or 14: the mean of each block.
fn shrink(image: &[u8], side: usize) -> Vec<u8> {
    let factor = DIGIT_SIDE / side;
    let mut pixels = Vec::with_capacity(side * side);
    for y in 0..side {
        for x in 0..side {
            let block = (0..factor * factor).map(|i| {
                u32::from(image[(y * factor + i / factor) * DIGIT_SIDE + x * factor + i % factor])
            });
            pixels.push((block.sum::<u32>() / (factor * factor) as u32) as u8);
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    /// Three images: empty, full, and one whose left half is full.
    fn three() -> ImageGrid {
        let half = (0..784).map(|i| if i % 28 < 14 { 255 } else { 0 });
        ImageGrid::digits([0; 784].into_iter().chain([255; 784]).chain(half).collect())
    }

    fn printed(style: Style, columns: usize) -> Vec<String> {
        let mut out = Vec::new();
        let labels = ["none", "full", "a label that is far too long for it"].map(String::from);
        print_grid(&mut out, &three(), &labels, style, columns).unwrap();
        String::from_utf8(out)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn images_wrap_at_the_width_and_labels_are_cut_to_it() {
        let lines = printed(Style::Ascii, 60);
        assert_eq!(lines.len(), 2 * 15);
        assert_eq!(lines[1], format!("{}{}", " ".repeat(30), "@".repeat(28)));
        assert_eq!(lines[15], "a label that is far too long");
        assert_eq!(lines[16].trim_end(), "@".repeat(14));
        assert_eq!(printed(Style::Ascii, 1).len(), 3 * 15);
    }

    #[test]
    fn half_blocks_are_small_where_there_is_little_room() {
        let lines = printed(Style::TrueColor, 80);
        assert_eq!(lines.len(), 8);
        assert_eq!(lines[1].matches('▀').count(), 3 * 14);
        assert!(
            lines[1].contains("38;2;255;255;255;48;2;255;255;255m")
                && lines[1].ends_with("\x1b[0m")
        );
        assert_eq!(printed(Style::Indexed, 130)[1].matches('▀').count(), 3 * 28);
        assert!(printed(Style::Indexed, 80)[1].contains("38;5;16;48;5;16m"));
    }

    #[test]
    fn the_environment_decides_the_style() {
        let style = |variables: &[(&str, &str)]| {
            Style::of(|name| {
                variables
                    .iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| (*value).to_owned())
            })
        };
        let utf8 = ("LANG", "de_DE.UTF-8");
        assert_eq!(
            style(&[utf8, ("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]),
            Style::TrueColor
        );
        assert_eq!(style(&[utf8, ("TERM", "screen-256color")]), Style::Indexed);
        for plain in [("NO_COLOR", "1"), ("LC_ALL", "C"), ("TERM", "dumb")] {
            let set = [
                plain,
                utf8,
                ("TERM", "xterm-256color"),
                ("COLORTERM", "truecolor"),
            ];
            assert_eq!(
                style(&set),
                if cfg!(windows) && plain.0 == "LC_ALL" {
                    Style::TrueColor
                } else {
                    Style::Ascii
                }
            );
        }
    }
}
