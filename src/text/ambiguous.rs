//! Characters of ambiguous width in Unicode: box drawing, `·`, `…`, `é`, Greek and Cyrillic letters. Latin
//! terminals draw them in one cell, many Chinese, Japanese and Korean ones in two.
//!
//! Everything that lays out text counts such a character as one column. Where the terminal takes two, each is followed by
//! [`FILLER`], which stands for its second cell: so it counts as two wherever text is measured, cut or drawn.

use std::ops::RangeInclusive;

use unicode_width::UnicodeWidthChar as _;

/// Stands for the second cell of an ambiguous character. A private-use character that no text contains.
pub const FILLER: char = '\u{10fffd}';

/// Returns whether a character takes one cell in some terminals and two in others.
#[must_use]
pub fn is_ambiguous(c: char) -> bool {
    let is_narrow = !c.is_ascii() && c.width() == Some(1);
    is_narrow && (c.width_cjk() == Some(2) || LETTERS.iter().any(|range| range.contains(&c)))
}

/// Letters of ambiguous width. Terminals that draw ambiguous characters in two cells, such as xterm, include these letters,
/// although newer versions of Unicode advise against it.
const LETTERS: [RangeInclusive<char>; 44] = [
    '\u{c6}'..='\u{c6}',
    '\u{d0}'..='\u{d0}',
    '\u{d8}'..='\u{d8}',
    '\u{de}'..='\u{e1}',
    '\u{e6}'..='\u{e6}',
    '\u{e8}'..='\u{ea}',
    '\u{ec}'..='\u{ed}',
    '\u{f0}'..='\u{f0}',
    '\u{f2}'..='\u{f3}',
    '\u{f8}'..='\u{fa}',
    '\u{fc}'..='\u{fc}',
    '\u{fe}'..='\u{fe}',
    '\u{101}'..='\u{101}',
    '\u{111}'..='\u{111}',
    '\u{113}'..='\u{113}',
    '\u{11b}'..='\u{11b}',
    '\u{126}'..='\u{127}',
    '\u{12b}'..='\u{12b}',
    '\u{131}'..='\u{133}',
    '\u{138}'..='\u{138}',
    '\u{13f}'..='\u{142}',
    '\u{144}'..='\u{144}',
    '\u{148}'..='\u{14b}',
    '\u{14d}'..='\u{14d}',
    '\u{152}'..='\u{153}',
    '\u{166}'..='\u{167}',
    '\u{16b}'..='\u{16b}',
    '\u{1ce}'..='\u{1ce}',
    '\u{1d0}'..='\u{1d0}',
    '\u{1d2}'..='\u{1d2}',
    '\u{1d4}'..='\u{1d4}',
    '\u{1d6}'..='\u{1d6}',
    '\u{1d8}'..='\u{1d8}',
    '\u{1da}'..='\u{1da}',
    '\u{1dc}'..='\u{1dc}',
    '\u{251}'..='\u{251}',
    '\u{261}'..='\u{261}',
    '\u{391}'..='\u{3a1}',
    '\u{3a3}'..='\u{3a9}',
    '\u{3b1}'..='\u{3c1}',
    '\u{3c3}'..='\u{3c9}',
    '\u{401}'..='\u{401}',
    '\u{410}'..='\u{44f}',
    '\u{451}'..='\u{451}',
];

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
    fn a_filled_text_has_the_width_that_such_a_terminal_uses() {
        assert_eq!(width(&filled("für 数字")), 9);
        assert_eq!(width(&filled("u\u{308}ber")), 4);
        assert_eq!(filled("plain"), "plain");
    }
}
