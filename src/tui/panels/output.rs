//! What the program that trains prints: the newest lines, or those that were scrolled back to.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::text;
use crate::text::number;
use crate::tui::app::App;
use crate::tui::appearance::Appearance;
use crate::tui::layout;

/// Draws the lines. With `whole` one can scroll and search; else it is a glance at the newest.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance, whole: bool) {
    let block = look.titled("Output");
    let inner = block.inner(area).inner(Margin::new(1, 0));
    block.render(area, buffer);
    let printed = &app.output;
    let (rows, width) = (usize::from(inner.height), usize::from(inner.width));
    if printed.is_empty() {
        let text = if app.run.has_ended() {
            "the program printed nothing"
        } else {
            "the program has printed nothing yet"
        };
        let middle = Rect {
            y: inner.y + inner.height / 2,
            height: inner.height.min(1),
            ..inner
        };
        Line::styled(text, look.theme.dim)
            .centered()
            .render(middle, buffer);
        return;
    }
    let back = if whole { printed.back } else { 0 };
    // From the bottom upwards: of a line that does not fit whole, its end is seen.
    let mut drawn: Vec<Line> = Vec::with_capacity(rows);
    for (index, line) in printed.lines().rev().skip(back).enumerate() {
        if drawn.len() >= rows {
            break;
        }
        let is_found = whole && printed.is_found(line);
        let style = match (is_found, index) {
            (true, 0) if back > 0 => look.theme.selected,
            (true, _) => look.theme.mark,
            (false, _) => look.theme.text,
        };
        let pieces = cut(&look.glyphs.text(line), width);
        drawn.extend(
            pieces
                .into_iter()
                .rev()
                .map(|piece| Line::from(Span::styled(piece, style))),
        );
    }
    drawn.truncate(rows);
    for (row, line) in drawn.into_iter().rev().enumerate() {
        if let Some(row) = layout::row(inner, row) {
            line.render(row, buffer);
        }
    }
    if whole {
        look.note_in_corner(area, buffer, note(app));
    }
}

/// Where one is, and what was found.
fn note(app: &App) -> String {
    let printed = &app.output;
    let mut parts = Vec::new();
    if !printed.search.is_empty() {
        parts.push(format!(
            "{} lines with `{}`",
            number::thousands(printed.found() as u64),
            printed.search
        ));
    }
    if printed.back > 0 {
        parts.push(format!(
            "{} lines below",
            number::thousands(printed.back as u64)
        ));
    }
    if parts.is_empty() {
        parts.push(format!("{} lines", number::thousands(printed.len() as u64)));
    }
    format!(" {} ", parts.join(", "))
}

/// A line in pieces of at most `width` columns. An empty line is one piece.
fn cut(line: &str, width: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for grapheme in text::graphemes(line) {
        let columns = text::width(grapheme);
        if used + columns > width.max(1) {
            pieces.push(String::new());
            used = 0;
        }
        used += columns;
        if let Some(last) = pieces.last_mut() {
            last.push_str(grapheme);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut_at_columns() {
        assert_eq!(cut("abcdef", 4), ["abcd", "ef"]);
        assert_eq!(cut("数字数字", 5), ["数字", "数字"]);
        assert_eq!(cut("", 5), [""]);
    }
}
