//! Questions before something that cannot be undone.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::text;
use crate::tui::app::App;
use crate::tui::appearance::Appearance;
use crate::tui::layout;

/// Columns of a question, its frame and margins included.
const WIDTH: u16 = 50;

/// Returns whether an answer would still have an effect.
pub fn can_be_answered(app: &App) -> bool {
    app.has_control() && !app.run.has_ended()
}

/// Draws a question with what it means and its answers: a key, and what it does.
pub fn draw(
    area: Rect,
    buffer: &mut Buffer,
    look: &Appearance,
    title: &str,
    text: &str,
    answers: &[(&'static str, &'static str)],
) {
    let text = text::wrap(text, usize::from(WIDTH.min(area.width).saturating_sub(4)));
    let mut lines = vec![Line::default()];
    if text.iter().any(|line| !line.is_empty()) {
        lines.extend(text.into_iter().map(Line::from));
        lines.push(Line::default());
    }
    lines.extend(answers.iter().map(|(key, does)| {
        Line::from(vec![
            Span::styled(format!("{key:<7}"), look.theme.accent),
            Span::raw(*does),
        ])
    }));
    lines.push(Line::default());
    // If space is short the answers stay visible.
    let rows = lines.len() as u16 + 2;
    let skip = usize::from(rows.saturating_sub(area.height));
    let inner = look.dialog(title, layout::centred(area, WIDTH, rows), buffer);
    for (i, line) in lines.into_iter().skip(skip).enumerate() {
        if let Some(row) = layout::row(inner, i) {
            line.render(row, buffer);
        }
    }
}
