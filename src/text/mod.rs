//! Text for people: layout by terminal columns, numbers, durations, suggestions, shell quoting.
//!
//! A character takes zero, one or two columns, and one grapheme may be several characters. Nothing outside this room counts
//! characters or bytes to lay out text. Widths follow Unicode; [`ambiguous`] handles the characters that some terminals draw
//! in two cells.

pub mod ambiguous;
mod apart;
pub mod duration;
mod ink;
mod layout;
mod nearest;
pub mod number;
mod printed_lines;
mod seen;
mod shell;
mod table;

pub use apart::fit_apart;
pub use ink::{Hue, Ink};
pub use layout::{fit, fit_end, pad, pad_left, window, wrap};
pub use nearest::{did_you_mean, nearest};
pub use printed_lines::{PrintedLine, PrintedLines};
pub use seen::{line, seen};
pub use shell::shell_word;
pub use table::{table, table_line, table_width};

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// The width of a text in columns.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// The graphemes of a text, in order: what people call characters.
#[must_use]
pub fn graphemes(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.graphemes(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_as_wide_as_a_terminal_draws_it() {
        assert_eq!(width("loss"), 4);
        assert_eq!(width("数字が薄い"), 10);
        assert_eq!(width("😀"), 2);
        assert_eq!(width("e\u{301}"), 1);
        assert_eq!(width("ﾊﾞ"), 2);
        assert_eq!(width("größe · → ✓"), 11);
        assert_eq!(width(""), 0);
    }

    #[test]
    fn combined_characters_count_as_one() {
        let all: Vec<&str> = graphemes("ae\u{301}👩\u{200d}🔬🇯🇵").collect();
        assert_eq!(all, ["a", "e\u{301}", "👩\u{200d}🔬", "🇯🇵"]);
    }
}
