//! The command line: what is typed, what fits it, why it was not taken.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::Look;
use crate::tui::app::{App, CommandLine};
use crate::tui::format;

/// Draws the command line above the key line; returns where the cursor belongs.
pub fn draw(
    area: Rect,
    buffer: &mut Buffer,
    app: &App,
    look: &Look,
    line: &CommandLine,
) -> Position {
    let theme = &look.theme;
    let width = area.width.min(96);
    let text_width = usize::from(width.saturating_sub(4));
    let mut below: Vec<Line> = Vec::new();
    if let Some(error) = line.error() {
        let wrapped = format::wrap(&look.glyphs.text(error), text_width);
        below.extend(
            wrapped
                .into_iter()
                .map(|text| Line::styled(text, theme.bad)),
        );
    } else {
        let suggestions = line.suggestions();
        if suggestions.is_empty() {
            below.push(Line::styled("no such command", theme.warn));
        }
        for command in suggestions {
            let usage = format!("{} {}", command.name, command.arguments);
            let column = 32.min(text_width / 2);
            below.push(Line::from(vec![
                Span::styled(
                    format!(
                        "{:<column$}",
                        format::fit(&usage, column - 1, look.glyphs.ellipsis)
                    ),
                    theme.accent,
                ),
                Span::styled(look.glyphs.text(command.about), theme.dim),
                Span::styled(now(app, command.name), theme.strong),
            ]));
        }
    }
    let rows = (below.len() as u16 + 3).min(area.height.saturating_sub(1));
    let place = Rect {
        y: area.bottom().saturating_sub(rows + 1),
        width,
        height: rows,
        ..area
    };
    let inner = look.dialog("Command", place, buffer);

    // The part of a long line around the cursor.
    let room = usize::from(inner.width).saturating_sub(3);
    let column = line.cursor_column();
    let skip = column.saturating_sub(room);
    let typed: String = line.text().chars().skip(skip).take(room).collect();
    let mut spans = vec![
        Span::styled(": ", theme.accent),
        Span::styled(look.glyphs.text(&typed), theme.strong),
    ];
    if let Some(ghost) = line.ghost() {
        spans.push(Span::styled(ghost, theme.dim));
    }
    Line::from(spans).render(super::row(inner, 0).unwrap_or_default(), buffer);
    for (i, text) in below.into_iter().enumerate() {
        if let Some(row) = super::row(inner, i + 1) {
            text.render(row, buffer);
        }
    }
    Position::new(inner.x + 2 + (column - skip) as u16, inner.y)
}

/// What a command would change, as it is now.
fn now(app: &App, command: &str) -> String {
    match command {
        "lr" if app.run.info.is_some() => format!(
            "  now d {} g {}",
            format::rate(app.rates.d.value),
            format::rate(app.rates.g.value)
        ),
        "loss" => app
            .run
            .objective
            .as_ref()
            .map_or_else(String::new, |o| format!("  now {}", o.name)),
        _ => String::new(),
    }
}
