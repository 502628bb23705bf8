//! The bottom line: what the keys do here and now, made from the keymap.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::pack::{Part, pack};
use crate::protocol::State;
use crate::text;
use crate::tui::app::App;
use crate::tui::appearance::Appearance;
use crate::tui::keymap::{Action, Context};
use crate::tui::screen::Screen;

/// Draws the keys of a context that are available now, or a message.
pub fn draw(
    area: Rect,
    buffer: &mut Buffer,
    app: &App,
    look: &Appearance,
    context: &Context,
    offers: impl Fn(Action) -> bool,
) {
    if let Some(notice) = &app.notice {
        let text = text::fit(
            &look.glyphs.text(notice),
            usize::from(area.width),
            look.glyphs.ellipsis,
        );
        Line::from(Span::styled(text, look.theme.warn)).render(area, buffer);
        return;
    }
    if app.with_cost {
        cost(area, buffer, app, look);
        return;
    }
    let parts = context.bindings().filter_map(|binding| {
        let hint = binding
            .hint
            .filter(|_| !(app.run.has_ended() && binding.action.is_command()))
            .filter(|_| offers(binding.action) && app.run.takes(binding.action))
            .filter(|_| match binding.action {
                Action::TakeControl => !app.has_control() && !app.run.is_log(),
                action if action.is_command() => app.has_control(),
                Action::Detach => !app.run.has_ended() && !app.run.is_log(),
                _ => true,
            })?;
        let label = match binding.action {
            Action::TogglePause if app.run.state == State::Paused => "resume",
            Action::Quit if app.run.has_ended() || !app.has_control() => "leave",
            _ => hint.label,
        };
        let mut keys = app.keymap.hint(context, binding, hint);
        // As many as the run has.
        if binding.action == Action::Show(Screen::ALL[0]) && keys == hint.keys {
            keys = format!("1-{}", Screen::of_run(app.run.prints()).len());
        }
        let (rank, label) = match binding.action {
            Action::Filter if app.screen == Screen::Output => (2, "search"),
            _ => (hint.rank_on(app.screen)?, label),
        };
        Some(Part::new(
            rank,
            vec![
                Span::styled(keys, look.theme.accent),
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

/// What the dashboard costs, in place of the keys.
fn cost(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance) {
    let cost = app.cost;
    let part = |rank, text: String| Part::new(rank, vec![Span::styled(text, look.theme.text)]);
    let parts = vec![
        Part::new(0, vec![Span::styled("this screen:", look.theme.dim)]),
        part(0, format!("{:.1} KB/s", cost.bytes_per_second / 1e3)),
        part(2, format!("{:.1} frames/s", cost.frames_per_second)),
        part(1, format!("{:.1} ms a frame", cost.frame_ms)),
        part(0, format!("{:.2} % of a core", cost.share * 100.0)),
        part(
            3,
            format!("history {:.1} MB", app.history.bytes() as f64 / 1e6),
        ),
    ];
    let line = pack(area.width.saturating_sub(2), &Span::raw("  "), parts);
    line.render(
        Rect {
            x: area.x + 1,
            width: area.width.saturating_sub(1),
            ..area
        },
        buffer,
    );
}
