//! The question whether to stop.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::Look;
use crate::tui::app::App;

/// Draws the question.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Look) {
    let inner = look.dialog("Stop the run?", super::centred(area, 46, 7), buffer);
    let detached = if app.seat.is_attached() {
        "leave; the training goes on"
    } else {
        "detach: training goes on in the background"
    };
    let key = |key: &'static str, does: &'static str| {
        Line::from(vec![
            Span::styled(format!("{key:<7}"), look.theme.accent),
            Span::raw(does),
        ])
    };
    let lines = [
        Line::default(),
        key("Enter", "stop and save a checkpoint"),
        key("d", detached),
        key("Esc", "keep going, here"),
    ];
    for (i, line) in lines.into_iter().enumerate() {
        if let Some(row) = super::row(inner, i) {
            line.render(row, buffer);
        }
    }
}
