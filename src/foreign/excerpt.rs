//! Texts of a program on one line, as long as there is room for.

/// The first characters of a text, so many at most.
pub fn one_line(text: &str, most: usize) -> String {
    let harmless = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().take(most).map(harmless).collect()
}

/// The same with a sign that there is more.
pub fn beginning(text: &str, most: usize) -> String {
    let mut line = one_line(text, most);
    if text.chars().nth(most).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_line_and_says_where_it_was_cut() {
        assert_eq!(one_line("a\nb\u{1b}c", 3), "a b");
        assert_eq!(beginning("äöü", 3), "äöü");
        assert_eq!(beginning("äö\nü", 3), "äö …");
    }
}
