//! Shaded characters as terminal text with colour codes.

use std::fmt::Write as _;

use super::{Cell, Cells, ColorDepth, Shade};

/// All rows, each with a newline.
#[must_use]
pub fn lines(cells: &Cells, depth: ColorDepth) -> String {
    let mut text = String::new();
    for row in cells.rows() {
        text.push_str(&line(row, depth));
        text.push('\n');
    }
    text
}

/// One row, without a newline. Codes are written only where a shade changes; the row ends in the default colours.
#[must_use]
pub fn line(row: &[Cell], depth: ColorDepth) -> String {
    let mut text = String::new();
    let (mut fg, mut bg) = (None, None);
    for cell in row {
        let behind = cell.bg.and_then(|colour| depth.shade(colour));
        if behind != bg {
            bg = behind;
            push_code(&mut text, bg, 40);
        }
        // A space has no strokes: their colour need not change.
        let strokes = if cell.symbol == ' ' {
            fg
        } else {
            cell.fg.and_then(|colour| depth.shade(colour))
        };
        if strokes != fg {
            fg = strokes;
            push_code(&mut text, fg, 30);
        }
        text.push(cell.symbol);
    }
    if fg.is_some() || bg.is_some() {
        text.push_str("\x1b[0m");
    }
    text
}

/// The code that sets a colour; `base` is 30 for the foreground and 40 for the background.
fn push_code(text: &mut String, shade: Option<Shade>, base: u8) {
    // Writing to a string cannot fail.
    let _ = match shade {
        None => write!(text, "\x1b[{}m", base + 9),
        Some(Shade::Ansi(n @ 0..=7)) => write!(text, "\x1b[{}m", base + n),
        Some(Shade::Ansi(n)) => write!(text, "\x1b[{}m", base + 60 + n % 8),
        Some(Shade::Indexed(n)) => write!(text, "\x1b[{};5;{n}m", base + 8),
        Some(Shade::Rgb([r, g, b])) => write!(text, "\x1b[{};2;{r};{g};{b}m", base + 8),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{Canvas, Channels, Glyphs, draw, grey};

    const HALF: Cell = Cell {
        symbol: '▀',
        fg: Some(grey(255)),
        bg: Some(grey(0)),
    };

    #[test]
    fn each_depth_has_its_own_codes() {
        let codes = |depth| line(&[HALF], depth);
        assert_eq!(
            codes(ColorDepth::TrueColor),
            "\x1b[48;2;0;0;0m\x1b[38;2;255;255;255m▀\x1b[0m"
        );
        assert_eq!(
            codes(ColorDepth::Ansi256),
            "\x1b[48;5;16m\x1b[38;5;231m▀\x1b[0m"
        );
        assert_eq!(codes(ColorDepth::Ansi16), "\x1b[40m\x1b[97m▀\x1b[0m");
        assert_eq!(codes(ColorDepth::None), "▀");
    }

    #[test]
    fn colours_are_written_as_they_are_or_as_the_nearest() {
        let cell = Cell {
            fg: Some([250, 1, 2]),
            ..HALF
        };
        let codes = |depth| line(&[cell], depth);
        assert_eq!(
            codes(ColorDepth::TrueColor),
            "\x1b[48;2;0;0;0m\x1b[38;2;250;1;2m▀\x1b[0m"
        );
        assert_eq!(
            codes(ColorDepth::Ansi256),
            "\x1b[48;5;16m\x1b[38;5;196m▀\x1b[0m"
        );
        assert_eq!(codes(ColorDepth::Ansi16), "\x1b[40m\x1b[91m▀\x1b[0m");
    }

    #[test]
    fn codes_are_written_only_where_a_shade_changes() {
        let blank = Cell {
            symbol: ' ',
            fg: None,
            bg: Some(grey(0)),
        };
        let text = line(&[HALF, blank, HALF, Cell::BLANK], ColorDepth::Ansi256);
        assert_eq!(text, "\x1b[48;5;16m\x1b[38;5;231m▀ ▀\x1b[49m \x1b[0m");
    }

    #[test]
    fn every_row_ends_in_a_newline() {
        let cells = draw(
            &Canvas::filled(2, 8, Channels::Grey, 255),
            Glyphs::Braille,
            1,
            2,
        );
        assert_eq!(lines(&cells, ColorDepth::TrueColor), "⣿\n⣿\n");
    }
}
