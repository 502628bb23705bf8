//! Shaded characters as terminal text with colour codes.

use std::fmt::Write as _;

use super::{Cell, Cells, ColorDepth, Rgb, Shade};

/// All rows, each with a newline.
#[must_use]
pub fn lines(cells: &Cells, depth: ColorDepth) -> String {
    let mut text = String::new();
    for (y, row) in cells.rows().enumerate() {
        text.push_str(&line(row, y, depth));
        text.push('\n');
    }
    text
}

/// Row `y`, without a newline. Codes are written only where a shade changes; the row ends in the default colours.
fn line(row: &[Cell], y: usize, depth: ColorDepth) -> String {
    let mut text = String::new();
    let (mut fg, mut bg) = (None, None);
    for (x, cell) in row.iter().enumerate() {
        // As the upper and the lower pixel of a half block.
        let shade = |colour: Option<Rgb>, y: usize| depth.dithered(colour?, (x, y));
        let behind = shade(cell.bg, 2 * y + 1);
        let above = shade(cell.bg, 2 * y);
        // One colour may be two shades.
        let (symbol, strokes) = if cell.symbol == ' ' && above != behind {
            ('▀', above)
        } else {
            (cell.symbol, shade(cell.fg, 2 * y))
        };
        if behind != bg {
            bg = behind;
            push_code(&mut text, bg, 40);
        }
        // A space has no strokes: their colour need not change.
        if symbol != ' ' && strokes != fg {
            fg = strokes;
            push_code(&mut text, fg, 30);
        }
        text.push(symbol);
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
        let codes = |depth| line(&[HALF], 0, depth);
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
    fn colours_are_written_as_they_are_or_as_near_ones() {
        let cell = Cell {
            fg: Some([180, 90, 60]),
            ..HALF
        };
        let codes = |x: usize, depth| {
            let row = [vec![Cell::BLANK; x], vec![cell]].concat();
            line(&row, 0, depth).trim_start().to_owned()
        };
        for x in 0..2 {
            assert_eq!(
                codes(x, ColorDepth::TrueColor),
                "\x1b[48;2;0;0;0m\x1b[38;2;180;90;60m▀\x1b[0m"
            );
        }
        // Neighbours share the difference between two shades.
        let red = |number: u8| format!("\x1b[48;5;16m\x1b[38;5;{number}m▀\x1b[0m");
        assert_eq!(
            [0, 1].map(|x| codes(x, ColorDepth::Ansi256)),
            [red(160), red(131)]
        );
        let red = |code: u8| format!("\x1b[40m\x1b[{code}m▀\x1b[0m");
        assert_eq!(
            [0, 1].map(|x| codes(x, ColorDepth::Ansi16)),
            [red(31), red(90)]
        );
    }

    #[test]
    fn one_colour_between_two_shades_is_drawn_in_both() {
        let flat = |colour| Cell {
            symbol: ' ',
            fg: None,
            bg: Some(colour),
        };
        let text = |colour, depth| line(&[flat(colour)], 0, depth);
        let dithered = text([180, 90, 60], ColorDepth::Ansi256);
        assert_eq!(dithered, "\x1b[48;5;131m\x1b[38;5;160m▀\x1b[0m");
        assert_eq!(
            text(grey(90), ColorDepth::Ansi256),
            "\x1b[48;5;240m \x1b[0m"
        );
        assert_eq!(
            text([180, 90, 60], ColorDepth::TrueColor),
            "\x1b[48;2;180;90;60m \x1b[0m"
        );
    }

    #[test]
    fn codes_are_written_only_where_a_shade_changes() {
        let blank = Cell {
            symbol: ' ',
            fg: None,
            bg: Some(grey(0)),
        };
        let text = line(&[HALF, blank, HALF, Cell::BLANK], 0, ColorDepth::Ansi256);
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
