//! The menu of objectives.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::Look;
use crate::text;
use crate::tui::app::App;

/// Draws the menu with the line `selected` marked.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Look, selected: usize) {
    let Some(info) = &app.run.info else { return };
    let theme = &look.theme;
    let current = app.run.objective.as_ref().map(|o| o.name.as_str());
    let width = area.width.saturating_sub(4).min(84);
    let text_width = usize::from(width.saturating_sub(7));
    let mut lines: Vec<(Line, bool)> = Vec::new();
    for (i, choice) in info.objectives.iter().enumerate() {
        let chosen = i == selected;
        let pointer = if chosen { look.glyphs.pointer } else { " " };
        let mut head = vec![
            Span::styled(format!("{pointer} "), theme.accent),
            Span::styled(look.glyphs.text(&choice.title), theme.strong),
        ];
        if current == Some(choice.name.as_str()) {
            head.push(Span::styled(
                format!("  {} in use", look.glyphs.dot),
                theme.good,
            ));
        }
        lines.push((Line::from(head), chosen));
        for text in text::wrap(&look.glyphs.text(&choice.about), text_width) {
            lines.push((
                Line::from(vec![Span::raw("  "), Span::styled(text, theme.dim)]),
                false,
            ));
        }
        lines.push((Line::default(), false));
    }
    let warning = "A switch zeroes the optimizers, loads the preset, and can be undone only by another switch.";
    let warning: Vec<Line> = text::wrap(warning, text_width + 2)
        .into_iter()
        .map(|l| Line::styled(l, theme.warn))
        .collect();
    // The line of keys stays in sight.
    let above = Rect {
        height: area.height.saturating_sub(1),
        ..area
    };
    let rows = (lines.len() + warning.len()) as u16 + 2;
    let place = super::centred(above, width, rows);
    let inner = look.dialog("Switch the loss", place, buffer);
    for (i, line) in warning.iter().rev().enumerate() {
        let row = usize::from(inner.height).checked_sub(i + 1);
        if let Some(row) = row.and_then(|row| super::row(inner, row)) {
            line.render(row, buffer);
        }
    }
    // On a low screen the selected line stays in sight.
    let inner = Rect {
        height: inner.height.saturating_sub(warning.len() as u16),
        ..inner
    };
    let at = lines.iter().position(|(_, chosen)| *chosen).unwrap_or(0);
    let skip = (at + 2).saturating_sub(usize::from(inner.height));
    for (i, (line, chosen)) in lines.into_iter().skip(skip).enumerate() {
        if let Some(row) = super::row(inner, i) {
            let style = if chosen { theme.selected } else { Style::new() };
            buffer.set_style(row, style);
            line.render(row, buffer);
        }
    }
}
