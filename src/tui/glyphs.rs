//! The characters of the screen: box drawing and braille, or plainer ones if the locale, the font or the cell width does
//! not allow these.

use ratatui::symbols::border;

use crate::terminal::caps::Charset;
use crate::text::{self, ambiguous};

/// One set of characters.
#[derive(Debug, Clone, Copy)]
pub struct Glyphs {
    /// What it is made of.
    pub charset: Charset,
    /// Frames.
    pub border: border::Set<'static>,
    /// Between two facts.
    pub dot: &'static str,
    /// Where a text was cut.
    pub ellipsis: &'static str,
    /// From one value to another.
    pub arrow: &'static str,
    /// In front of the selected line.
    pub pointer: &'static str,
    /// Not yet answered.
    pub pending: &'static str,
    /// The filled part of a bar, and its rest.
    pub bar: (&'static str, &'static str),
    /// The line of a series in the legend; the second one is dashed.
    pub lines: [&'static str; 2],
    /// A value that is not finite.
    pub cross: &'static str,
    /// Where on the axis an intervention lies.
    pub tick: &'static str,
    /// Continues above, and below.
    pub beyond: [&'static str; 2],
    /// Multiplication.
    pub times: &'static str,
    /// Heights of a small bar, lowest first. The highest leaves a gap to the row above.
    pub spark: &'static [&'static str],
    /// Heights of a bar that may be several rows high, lowest first. The highest fills its row.
    pub block: &'static [&'static str],
    /// The vertical axis, the horizontal axis, their corner, a tick on either, one on a vertical axis to the right of it.
    pub axes: [&'static str; 6],
}

const ASCII_BORDER: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// The screen's own characters without Unicode.
const ASCII: Glyphs = Glyphs {
    charset: Charset::Ascii,
    border: ASCII_BORDER,
    dot: "-",
    ellipsis: "..",
    arrow: "->",
    pointer: ">",
    pending: "?",
    bar: ("=", "-"),
    lines: ["*", "o"],
    cross: "x",
    tick: "'",
    beyond: ["^", "v"],
    times: "x",
    spark: &["_", ".", "-", "~", "=", "+", "*", "#"],
    block: &[".", "#"],
    axes: ["|", "-", "+", "+", "+", "+"],
};

impl Glyphs {
    /// The characters of a set.
    #[must_use]
    pub fn new(charset: Charset) -> Self {
        match charset {
            Charset::Unicode => Self {
                charset,
                border: border::ROUNDED,
                dot: "·",
                ellipsis: "…",
                arrow: "→",
                pointer: "▸",
                pending: "◌",
                bar: ("━", "─"),
                lines: ["━", "╍"],
                cross: "×",
                tick: "╵",
                beyond: ["▲", "▼"],
                times: "×",
                spark: &["▁", "▂", "▃", "▄", "▅", "▆", "▇"],
                block: &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
                axes: ["│", "─", "╰", "┤", "┬", "├"],
            },
            Charset::Console => Self {
                charset,
                border: border::PLAIN,
                block: &["▄", "█"],
                axes: ["│", "─", "└", "┤", "┬", "├"],
                ..ASCII
            },
            _ => Self { charset, ..ASCII },
        }
    }

    /// Returns whether any Unicode character may be used.
    #[must_use]
    pub fn are_all(&self) -> bool {
        self.charset == Charset::Unicode
    }

    /// Returns whether braille may be used. Its width is never ambiguous.
    #[must_use]
    pub fn have_dots(&self) -> bool {
        !matches!(self.charset, Charset::Console | Charset::Ascii)
    }

    /// Returns whether block characters such as `▀` take one cell.
    #[must_use]
    pub fn have_blocks(&self) -> bool {
        matches!(self.charset, Charset::Unicode | Charset::Console)
    }

    /// A text with characters that the terminal cannot show replaced. Texts from outside (a run's name, an error) pass through it
    /// too.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        if text
            .bytes()
            .all(|b| b == b'\n' || (0x20..0x7f).contains(&b))
        {
            return text.to_owned();
        }
        let text = text::seen(text);
        if self.are_all() || text.is_ascii() {
            return text;
        }
        let mut plain = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                c if c.is_ascii() => plain.push(c),
                '×' => plain.push('x'),
                '÷' => plain.push('/'),
                '→' => plain.push_str("->"),
                '·' | '–' | '—' => plain.push('-'),
                '…' => plain.push_str(".."),
                '½' => plain.push_str("1/2"),
                '±' => plain.push_str("+-"),
                '’' | '‘' => plain.push('\''),
                '‖' => plain.push('|'),
                '∇' => plain.push_str("grad"),
                'Δ' => plain.push('d'),
                '°' => {}
                '≈' => plain.push('~'),
                '₂' => plain.push('2'),
                _ if self.charset == Charset::Ascii => plain.push('?'),
                c => plain.push(c),
            }
        }
        if self.charset == Charset::Wide {
            return ambiguous::filled(&plain);
        }
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ascii_set_is_ascii() {
        let glyphs = Glyphs::new(Charset::Ascii);
        let all = format!("{glyphs:?}");
        assert!(all.is_ascii(), "{all}");
        assert_eq!(glyphs.text("2e-4 → 5e-5 · ½"), "2e-4 -> 5e-5 - 1/2");
        assert_eq!(glyphs.text("‖∇D‖ Δ/w"), "|gradD| d/w");
    }

    #[test]
    fn a_wide_set_has_nothing_ambiguous_and_keeps_the_text_of_others() {
        let glyphs = Glyphs::new(Charset::Wide);
        let all = format!("{glyphs:?}");
        assert!(!all.chars().any(ambiguous::is_ambiguous), "{all}");
        let text = glyphs.text("→ 数字 für");
        assert_eq!(text.replace(ambiguous::FILLER, ""), "-> 数字 für");
        assert_eq!(text::width(&text), 12);
        assert_eq!(
            Glyphs::new(Charset::Plain).text("数字 für …"),
            "数字 für .."
        );
    }
}
