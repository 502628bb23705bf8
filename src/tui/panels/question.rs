//! Questions before what cannot be undone.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::Look;
use crate::session::outlook::{Outlook, Reason};
use crate::text;
use crate::tui::app::App;

/// Columns of a question, its frame and margins included.
const WIDTH: u16 = 50;

/// Whether to stop.
pub fn quit(area: Rect, buffer: &mut Buffer, app: &App, look: &Look) {
    let detached = if app.seat.is_attached() {
        "leave; the training goes on"
    } else {
        "detach; the training goes on"
    };
    let detached = if app.outlook.is_good() {
        detached
    } else {
        "detach; the run may end with that"
    };
    let answers = [
        ("Enter", "stop and save a checkpoint"),
        ("d", detached),
        ("Esc", "keep going, here"),
    ];
    draw(area, buffer, look, "Stop the run?", "", &answers);
}

/// Whether to leave a run that does not last, and what would.
pub fn detach(area: Rect, buffer: &mut Buffer, app: &App, look: &Look) {
    let Some(Reason { why, instead }) = app.outlook.reason() else {
        return;
    };
    let text = look.glyphs.text(&format!("{why}. {instead}."));
    if let Outlook::Ends(_) = app.outlook {
        let answers = [("Esc", "stay")];
        draw(area, buffer, look, "The run would end", &text, &answers);
    } else {
        let answers = [("d", "detach, after a checkpoint"), ("Esc", "stay")];
        draw(area, buffer, look, "The run may end", &text, &answers);
    }
}

/// Whether to go back.
pub fn rewind(area: Rect, buffer: &mut Buffer, look: &Look) {
    let text = "To the newest earlier state in memory. The steps since then stay in the record and on the charts, but do not \
                count any more; neither do checkpoints of them, from which only a fork can begin.";
    let answers = [("Enter", "go back"), ("Esc", "stay")];
    draw(area, buffer, look, "Go back?", text, &answers);
}

fn draw(
    area: Rect,
    buffer: &mut Buffer,
    look: &Look,
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
    // Where there is little room the answers stay.
    let rows = lines.len() as u16 + 2;
    let skip = usize::from(rows.saturating_sub(area.height));
    let inner = look.dialog(title, super::centred(area, WIDTH, rows), buffer);
    for (i, line) in lines.into_iter().skip(skip).enumerate() {
        if let Some(row) = super::row(inner, i) {
            line.render(row, buffer);
        }
    }
}
