//! The bottom line: what the keys do here and now, made from the keymap.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::Look;
use super::pack::{Part, pack};
use crate::protocol::State;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::keymap::{self, Action};

/// Draws the key line, or the answer to the last key.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Look) {
    if let Some(notice) = &app.notice {
        let text = format::fit(
            &look.glyphs.text(notice),
            usize::from(area.width),
            look.glyphs.ellipsis,
        );
        Line::from(Span::styled(text, look.theme.warn)).render(area, buffer);
        return;
    }
    let parts = keymap::bindings(app.context()).filter_map(|binding| {
        let hint = binding
            .hint
            .filter(|_| !(app.run.has_ended() && binding.action.is_command()))
            .filter(|_| match binding.action {
                Action::TakeControl => !app.seat.has_control(),
                action if action.is_command() => app.seat.has_control(),
                Action::Detach => !app.run.has_ended(),
                _ => true,
            })?;
        let label = match binding.action {
            Action::TogglePause if app.run.state == State::Paused => "resume",
            Action::Quit if app.run.has_ended() || !app.seat.has_control() => "leave",
            _ => hint.label,
        };
        Some(Part::new(
            hint.rank,
            vec![
                Span::styled(hint.keys, look.theme.accent),
                Span::raw(" "),
                Span::styled(label, look.theme.dim),
            ],
        ))
    });
    let line = pack(
        area.width.saturating_sub(2),
        &Span::raw("  "),
        parts.collect(),
    );
    line.render(
        Rect {
            x: area.x + 1,
            width: area.width.saturating_sub(1),
            ..area
        },
        buffer,
    );
}
