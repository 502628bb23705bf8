//! Cutting, padding and wrapping by columns.

use super::ambiguous::FILLER;
use super::{graphemes, width};

/// A text cut to at most `columns`, ending in `ellipsis` if something was cut.
#[must_use]
pub fn fit(text: &str, columns: usize, ellipsis: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mark = width(ellipsis);
    if mark > columns {
        return split(text, columns).0.to_owned();
    }
    let kept = split(text, columns - mark).0.trim_end();
    format!("{kept}{ellipsis}")
}

/// The same cut at its front: where the end says most.
#[must_use]
pub fn fit_end(text: &str, columns: usize, ellipsis: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let skip = width(text) - columns + width(ellipsis);
    format!("{ellipsis}{}", window(text, skip, columns))
}

/// A text padded with spaces to `columns`.
#[must_use]
pub fn pad(text: &str, columns: usize) -> String {
    let blanks = columns.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(blanks))
}

/// The same with the spaces in front.
#[must_use]
pub fn pad_left(text: &str, columns: usize) -> String {
    let blanks = columns.saturating_sub(width(text));
    format!("{}{text}", " ".repeat(blanks))
}

/// The `columns` of a text after the first `skipped`. Half of a wide character at either edge becomes a space.
#[must_use]
pub fn window(text: &str, skipped: usize, columns: usize) -> String {
    let (mut at, mut window, mut used) = (0, String::new(), 0);
    for piece in pieces(text) {
        let wide = width(piece);
        let (from, to) = (at, at + wide);
        at = to;
        if to <= skipped && wide > 0 {
            continue;
        }
        if from < skipped {
            window.push_str(&" ".repeat(to - skipped));
            used = to - skipped;
        } else if used + wide <= columns {
            window.push_str(piece);
            used += wide;
        } else {
            break;
        }
    }
    window
}

/// Breaks a text into lines of at most `columns`: between words where possible, inside words that are wider than a line.
/// Text without spaces, such as Chinese or Japanese, breaks between characters.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    // A wide character does not fit into one column.
    let columns = columns.max(2);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let (mut line, mut used) = (String::new(), 0);
        for word in paragraph.split_whitespace() {
            let mut rest = word;
            let wide = width(rest);
            if used > 0 && used + 1 + wide > columns {
                // A word that has to be broken anyway starts on the current line.
                let room = columns.saturating_sub(used + 1);
                if wide > columns && room >= 2 {
                    let (part, after) = split(rest, room);
                    line.push(' ');
                    line.push_str(part);
                    rest = after;
                }
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            while width(rest) > columns {
                let (part, after) = split(rest, columns);
                lines.push(part.to_owned());
                rest = after;
            }
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(rest);
            used += width(rest);
        }
        lines.push(line);
    }
    lines
}

/// Splits a text after as much as fits into `columns`.
fn split(text: &str, columns: usize) -> (&str, &str) {
    let (mut used, mut end) = (0, 0);
    for piece in pieces(text) {
        used += width(piece);
        if used > columns {
            break;
        }
        end += piece.len();
    }
    text.split_at(end)
}

/// The graphemes of a text, each with the filler that follows it.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut end = graphemes(rest).next()?.len();
        if rest[end..].starts_with(FILLER) {
            end += FILLER.len_utf8();
        }
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::super::ambiguous::filled;
    use super::*;

    #[test]
    fn long_texts_are_cut_by_columns() {
        assert_eq!(fit("checkpoint", 6, "…"), "check…");
        assert_eq!(fit("short", 6, "…"), "short");
        assert_eq!(fit("数字が薄い", 10, "…"), "数字が薄い");
        assert_eq!(fit("数字が薄い", 9, "…"), "数字が薄…");
        // A wide character is never halved.
        assert_eq!(fit("数字が薄い", 6, "…"), "数字…");
        assert_eq!(fit("数字", 1, "…"), "…");
        assert_eq!(fit("数字", 1, ".."), "");
        assert_eq!(fit("e\u{301}e\u{301}e\u{301}", 2, "…"), "e\u{301}…");
        assert_eq!(width(&fit(&filled("ééééé"), 7, "..")), 6);
    }

    #[test]
    fn columns_are_padded_whatever_their_content() {
        assert_eq!(pad("数", 4), "数  ");
        assert_eq!(pad_left("e\u{301}", 3), "  e\u{301}");
        assert_eq!(pad("long", 2), "long");
    }

    #[test]
    fn a_window_onto_a_line_keeps_its_columns() {
        assert_eq!(window("数字abc", 0, 5), "数字a");
        assert_eq!(window("数字abc", 0, 3), "数");
        assert_eq!(window("数字abc", 2, 4), "字ab");
        assert_eq!(window("数字abc", 1, 4), " 字a");
        assert_eq!(window("abc", 5, 4), "");
    }

    #[test]
    fn lines_break_between_words_or_else_between_characters() {
        assert_eq!(
            wrap("the loss is not finite", 9),
            ["the loss", "is not", "finite"]
        );
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("数字が薄い", 4), ["数字", "が薄", "い"]);
        assert_eq!(wrap("数字が薄い", 5), ["数字", "が薄", "い"]);
        assert_eq!(wrap("note 数字が薄い", 9), ["note 数字", "が薄い"]);
        assert_eq!(wrap("", 5), Vec::<String>::new());
        assert!(wrap("数字", 0).len() == 2);
    }
}
