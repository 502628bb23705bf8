//! Texts that no one here wrote (names of runs, settings, what programs said), made harmless for where they are put.

use std::fmt::Write as _;

/// For the text and the attributes of HTML. Control characters, and those that turn the direction of what follows, are shown as
/// replacement characters.
pub(super) fn html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\t' => safe.push(' '),
            c if is_hidden(c) => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

/// A text as JSON inside a `<script>` element.
pub(super) fn json(text: &str) -> String {
    let mut safe = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(safe, "\\u{:04x}", u32::from(c));
            }
            c if is_hidden(c) => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe.push('"');
    safe
}

/// A number as JSON with five digits; `null` for what is no number.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "null".to_owned();
    }
    let short: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    let plain = format!("{short}");
    let small = format!("{short:e}");
    if small.len() < plain.len() {
        small
    } else {
        plain
    }
}

/// A text in a line of Markdown, or in a cell of one of its tables.
pub(super) fn markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut all = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = all.next() {
        // Within a word it means nothing.
        let is_in_word =
            before.is_alphanumeric() && all.peek().is_some_and(|c| c.is_alphanumeric());
        before = c;
        match c {
            '_' if is_in_word => safe.push(c),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '!' => {
                safe.push('\\');
                safe.push(c);
            }
            c if c.is_control() => safe.push(' '),
            c if is_hidden(c) => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

/// Control characters, and marks of direction that would outlive their text.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_leaves_its_place() {
        let name = "</script><img src=x onerror=\"a('b')\">&\u{202e}\u{7}";
        for safe in [html(name), json(name)] {
            assert!(!safe.contains('<') && !safe.contains('>'), "{safe}");
            assert!(
                !safe.contains('\u{202e}') && !safe.contains('\u{7}'),
                "{safe}"
            );
        }
        assert_eq!(html("a\"b"), "a&quot;b");
        let back: String = serde_json::from_str(&json("a\"\\</b>")).unwrap_or_default();
        assert_eq!(back, "a\"\\</b>");
        assert_eq!(markdown("a|b`c\n"), "a\\|b\\`c ");
        assert_eq!(markdown("d_loss _x_"), "d_loss \\_x\\_");
    }

    #[test]
    fn numbers_are_short_and_what_is_none_is_null() {
        assert_eq!(number(0.123_456_789), "0.123457");
        assert_eq!(number(1e300), "1e300");
        assert_eq!(number(-3.0), "-3");
        assert_eq!(number(1e-9), "1e-9");
        assert_eq!(number(f64::NAN), "null");
        assert_eq!(number(f64::NEG_INFINITY), "null");
    }
}
