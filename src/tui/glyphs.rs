//! The characters the screen is drawn with: box drawing and braille, or ASCII where the locale is not UTF-8.

use ratatui::symbols::border;

/// One set of characters.
#[derive(Debug, Clone, Copy)]
pub struct Glyphs {
    /// Whether anything outside ASCII may be used.
    pub utf8: bool,
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
    /// It goes on above, and below.
    pub beyond: [&'static str; 2],
    /// Multiplication.
    pub times: &'static str,
    /// Heights of a small bar, lowest first. The highest leaves a gap to the row above.
    pub spark: &'static [&'static str],
    /// Heights of a bar that may be several rows high, lowest first. The highest fills its row.
    pub block: &'static [&'static str],
    /// The vertical axis, the horizontal axis, their corner, a tick on either.
    pub axes: [&'static str; 5],
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

impl Glyphs {
    /// The characters for a locale.
    #[must_use]
    pub fn new(utf8: bool) -> Self {
        if utf8 {
            Self {
                utf8,
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
                axes: ["│", "─", "╰", "┤", "┬"],
            }
        } else {
            Self {
                utf8,
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
                axes: ["|", "-", "+", "+", "+"],
            }
        }
    }

    /// A text of the program's with its few typographic characters replaced where they cannot be shown. Texts from
    /// outside (a run's name, an error) go through it too.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        if text.is_ascii() {
            return text.to_owned();
        }
        if self.utf8 {
            return text.chars().filter(|c| !is_unseen(*c)).collect();
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
                _ => plain.push('?'),
            }
        }
        plain
    }
}

/// Characters without a width of their own that turn the direction of writing, join others or are for machines: on a screen of
/// cells they only do harm.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ascii_set_is_ascii() {
        let glyphs = Glyphs::new(false);
        let all = format!("{glyphs:?}");
        assert!(all.is_ascii(), "{all}");
        assert_eq!(glyphs.text("2e-4 → 5e-5 · ½"), "2e-4 -> 5e-5 - 1/2");
        assert_eq!(glyphs.text("‖∇D‖ Δ/w"), "|gradD| d/w");
    }
}
