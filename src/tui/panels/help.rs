//! The help, scrollable.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line as Text, Span};
use ratatui::widgets::Widget;

use super::Look;
use crate::text;
use crate::tui::app::{App, HelpView};
use crate::tui::help::{self, Line};

/// Columns of a key, and of a command with its arguments.
const KEY: usize = 16;
const COMMAND: usize = 34;
/// Columns of the whole, its frame included: the longest line fits.
const WIDTH: u16 = 112;

/// Draws the help as it is read, and gives the first line of its last page.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Look, view: &HelpView) -> u16 {
    let width = area.width.saturating_sub(4).min(WIDTH);
    let lines: Vec<Text> = help::lines(&app.keymap, &view.search)
        .iter()
        .flat_map(|line| rows(line, usize::from(width.saturating_sub(4)), look))
        .collect();
    let place = super::centred(
        area,
        width,
        (lines.len() as u16 + 2).min(area.height.saturating_sub(2)),
    );
    let title = match (view.search.as_str(), view.typing) {
        ("", false) => "Help".to_owned(),
        (search, true) => format!("Help: lines with {}_", look.glyphs.text(search)),
        (search, false) => format!("Help: lines with {}", look.glyphs.text(search)),
    };
    let inner = look.dialog(&title, place, buffer);
    let most = lines.len().saturating_sub(usize::from(inner.height));
    let skip = usize::from(view.scroll).min(most);
    for (i, line) in lines.iter().skip(skip).enumerate() {
        let Some(row) = super::row(inner, i) else {
            break;
        };
        line.render(row, buffer);
    }
    if most > 0 {
        let text = format!(
            " {}-{} of {} ",
            skip + 1,
            skip + usize::from(inner.height),
            lines.len()
        );
        super::say_in_corner(place, buffer, text, look);
    }
    most as u16
}

/// A line of the help, in as many rows as it takes.
fn rows(line: &Line, width: usize, look: &Look) -> Vec<Text<'static>> {
    let (key, columns, about) = match line {
        Line::Empty => return vec![Text::default()],
        Line::Heading(text) => return vec![Text::styled(*text, look.theme.title)],
        Line::Key(key, about) => (key, KEY, about),
        Line::Command(command, about) => (command, COMMAND, about),
    };
    let columns = columns.min(width / 2);
    let key = text::fit(&look.glyphs.text(key), columns - 2, look.glyphs.ellipsis);
    let about = text::wrap(&look.glyphs.text(about), width - columns);
    let keys = std::iter::once(key).chain(std::iter::repeat(String::new()));
    about
        .into_iter()
        .zip(keys)
        .map(|(about, key)| {
            Text::from(vec![
                Span::styled(
                    format!("  {}", text::pad(&key, columns - 2)),
                    look.theme.accent,
                ),
                Span::raw(about),
            ])
        })
        .collect()
}
