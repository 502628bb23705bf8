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
        Line::styled(text, look.theme.dim)
            .centered()
            .render(layout::middle_row(inner), buffer);
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
        let spans = if is_found {
            let style = match index {
                0 if back > 0 => look.theme.selected,
                _ => look.theme.mark,
            };
            vec![Span::styled(look.glyphs.text(line.text()), style)]
        } else {
            let pieces = line.pieces().into_iter();
            let span = |(text, ink)| Span::styled(look.glyphs.text(text), look.theme.printed(ink));
            pieces.map(span).collect()
        };
        drawn.extend(cut(&spans, width).into_iter().rev());
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
        let found = printed.found();
        let lines = if found == 1 { "line" } else { "lines" };
        parts.push(format!(
            "{} {lines} with `{}`",
            number::thousands(found as u64),
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

/// A line in rows of at most `width` columns. An empty line is one row.
fn cut(line: &[Span<'_>], width: usize) -> Vec<Line<'static>> {
    let mut rows = Vec::new();
    let (mut row, mut used) = (Line::default(), 0);
    for span in line {
        let mut piece = String::new();
        for grapheme in text::graphemes(&span.content) {
            let columns = text::width(grapheme);
            if used + columns > width.max(1) {
                row.push_span(Span::styled(std::mem::take(&mut piece), span.style));
                rows.push(std::mem::take(&mut row));
                used = 0;
            }
            used += columns;
            piece.push_str(grapheme);
        }
        row.push_span(Span::styled(piece, span.style));
    }
    rows.push(row);
    // Blanks at the end are what a bar was wiped out with: they need no rows.
    while rows.len() > 1
        && rows
            .last()
            .is_some_and(|row| row.to_string().trim().is_empty())
    {
        rows.pop();
    }
    rows
}

/// Columns and rows that the output has on its screen, on a terminal of this size; `None` where there is no room for it.
#[must_use]
pub fn size(terminal: Rect) -> Option<(u16, u16)> {
    /// As few columns and rows as a program may be told.
    const LEAST: (u16, u16) = (20, 4);
    let body = layout::body(terminal)?;
    let columns = body.width.saturating_sub(4).max(LEAST.0);
    Some((columns, body.height.saturating_sub(2).max(LEAST.1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut_at_columns() {
        let rows = |line: &[&str], width| -> Vec<String> {
            let spans: Vec<Span> = line.iter().copied().map(Span::raw).collect();
            cut(&spans, width).iter().map(ToString::to_string).collect()
        };
        assert_eq!(rows(&["abcdef"], 4), ["abcd", "ef"]);
        assert_eq!(rows(&["ab", "cde", "f"], 4), ["abcd", "ef"]);
        assert_eq!(rows(&["数字数字"], 5), ["数字", "数字"]);
        assert_eq!(rows(&[""], 5), [""]);
        assert_eq!(rows(&[], 5), [""]);
        assert_eq!(rows(&["abcdef   ", "      "], 4), ["abcd", "ef  "]);
        assert_eq!(rows(&["          "], 4), ["    "]);
    }

    #[test]
    fn a_program_is_told_the_size_of_its_screen() {
        let size = |width, height| size(Rect::new(0, 0, width, height));
        assert!(
            size(80, 24).is_some_and(|(columns, rows)| columns == 76 && (14..22).contains(&rows))
        );
        assert_eq!(size(10, 3), None);
    }
}
