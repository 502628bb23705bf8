//! The help, scrollable.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line as Text, Span};
use ratatui::widgets::Widget;

use super::Look;
use crate::tui::app::{App, HelpView};
use crate::tui::format;
use crate::tui::help::{self, Line};

/// Columns of keys and commands.
const KEYS: usize = 34;

/// Draws the help as it is read.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Look, view: &HelpView) {
    let lines = help::lines(&app.keymap, &view.search);
    let scroll = view.scroll;
    let place = super::centred(
        area,
        area.width.saturating_sub(4).min(92),
        (lines.len() as u16 + 2).min(area.height - 2),
    );
    let title = match (view.search.as_str(), view.typing) {
        ("", false) => "Help".to_owned(),
        (search, true) => format!("Help: lines with {search}_"),
        (search, false) => format!("Help: lines with {search}"),
    };
    let inner = look.dialog(&title, place, buffer);
    let most = lines.len().saturating_sub(usize::from(inner.height));
    let skip = usize::from(scroll).min(most);
    let keys = KEYS.min(usize::from(inner.width) / 2);
    let shown = lines.iter().skip(skip);
    for (i, line) in shown.enumerate() {
        let Some(row) = super::row(inner, i) else {
            break;
        };
        match line {
            Line::Empty => {}
            Line::Heading(text) => Text::styled(*text, look.theme.title).render(row, buffer),
            Line::Item(key, about) => {
                let about = format::fit(
                    &look.glyphs.text(about),
                    usize::from(inner.width) - keys,
                    look.glyphs.ellipsis,
                );
                let key = format::fit(&look.glyphs.text(key), keys - 2, look.glyphs.ellipsis);
                let spans = vec![
                    Span::styled(format!("  {key:<w$}", w = keys - 2), look.theme.accent),
                    Span::raw(about),
                ];
                Text::from(spans).render(row, buffer);
            }
        }
    }
    if most > 0 {
        let text = format!(
            " {}-{} of {} ",
            skip + 1,
            skip + usize::from(inner.height),
            lines.len()
        );
        let width = text.len() as u16;
        let row = Rect {
            x: place.right().saturating_sub(width + 2),
            y: place.bottom() - 1,
            width,
            height: 1,
        };
        Text::styled(text, look.theme.dim).render(row.intersection(area), buffer);
    }
}
