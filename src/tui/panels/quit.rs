//! The question whether to stop.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::Look;

/// Draws the question.
pub fn draw(area: Rect, buffer: &mut Buffer, look: &Look) {
    let inner = look.dialog("Stop the run?", super::centred(area, 46, 6), buffer);
    let key = |key: &'static str, does: &'static str| {
        Line::from(vec![
            Span::styled(format!("{key:<8}"), look.theme.accent),
            Span::raw(does),
        ])
    };
    let lines = [
        Line::default(),
        key("Enter", "stop and save a checkpoint"),
        key("Esc", "keep going"),
    ];
    for (i, line) in lines.into_iter().enumerate() {
        if let Some(row) = super::row(inner, i) {
            line.render(row, buffer);
        }
    }
}
