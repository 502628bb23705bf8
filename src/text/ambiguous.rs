//! Characters whose width Unicode leaves to the surroundings: box drawing, `·`, `…`, `é`, Greek and Cyrillic letters. Latin
//! terminals draw them in one cell, many Chinese, Japanese and Korean ones in two.
//!
//! Everything that lays out text counts such a character as one column. Where the terminal takes two, each is followed by
//! [`FILLER`], which stands for its second cell: so it counts as two wherever text is measured, cut or drawn.

use unicode_width::UnicodeWidthChar as _;

/// The second cell of a character that the terminal draws in two. A private character that no text has.
pub const FILLER: char = '\u{10fffd}';

/// Whether a character takes one cell in some terminals and two in others.
#[must_use]
pub fn is_ambiguous(c: char) -> bool {
    !c.is_ascii() && c.width() == Some(1) && c.width_cjk() == Some(2)
}

/// A text for a terminal that draws ambiguous characters in two cells.
#[must_use]
pub fn filled(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut filled = String::with_capacity(text.len() * 2);
    for grapheme in super::graphemes(text) {
        filled.push_str(grapheme);
        if grapheme.chars().next().is_some_and(is_ambiguous) && super::width(grapheme) == 1 {
            filled.push(FILLER);
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::super::width;
    use super::*;

    #[test]
    fn frames_dots_and_accented_letters_are_ambiguous_and_braille_is_not() {
        assert!("─│·…×→●▀█üαя".chars().all(is_ambiguous));
        assert!(!"a数⠿▘▟😀ñ".chars().any(is_ambiguous));
    }

    #[test]
    fn a_filled_text_is_as_wide_as_such_a_terminal_draws_it() {
        assert_eq!(width(&filled("für 数字")), 8);
        assert_eq!(width(&filled("u\u{308}ber")), 4);
        assert_eq!(filled("plain"), "plain");
    }
}
