//! Removes from a text what a terminal cannot show in cells.

/// A text that every terminal shows at the same width: control characters become spaces; zero-width characters that change
/// direction, join others or select variants are removed, because terminals disagree on the width of the result.
#[must_use]
pub fn seen(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => seen.push(c),
            c if c.is_control() => seen.push(' '),
            c if is_unseen(c) => {}
            // At the start of a text, a skin tone is an emoji itself.
            '\u{1f3fb}'..='\u{1f3ff}' if !seen.is_empty() => {}
            c => seen.push(c),
        }
    }
    seen
}

/// The same, on one line.
#[must_use]
pub fn line(text: &str) -> String {
    seen(text).replace('\n', " ")
}

/// Zero-width characters that do not combine with the letter before.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}'
        // Reserved; see `ambiguous`.
        | super::ambiguous::FILLER)
}

#[cfg(test)]
mod tests {
    use super::super::width;
    use super::*;

    #[test]
    fn zero_width_characters_are_removed_and_control_characters_become_blanks() {
        assert_eq!(seen("a\tb\x1b[31mc\u{9b}d"), "a b [31mc d");
        assert_eq!(seen("\u{202e}abc\u{200f}\u{2066}"), "abc");
        assert_eq!(seen("👩\u{200d}🔬 ❤\u{fe0f} 👍\u{1f3fd}"), "👩🔬 ❤ 👍");
        assert_eq!(seen("\u{1f3fd}"), "\u{1f3fd}");
        assert_eq!(seen("e\u{301} 数"), "e\u{301} 数");
        assert_eq!(line("one\ntwo\r\n"), "one two  ");
    }

    #[test]
    fn visible_text_is_as_wide_as_its_parts() {
        for text in [
            "👩\u{200d}👩\u{200d}👧 família",
            "🏴\u{e0067}\u{e007f}",
            "ﾊﾞ 数字 e\u{301}",
        ] {
            let seen = seen(text);
            let parts: usize = super::super::graphemes(&seen).map(width).sum();
            assert_eq!(width(&seen), parts, "{seen}");
        }
    }
}
