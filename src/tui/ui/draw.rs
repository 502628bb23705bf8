//! One frame: header, screen, keys, and the dialog over them.

use std::num::NonZeroU16;

use ratatui::Frame;
use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::Ui;
use crate::terminal::Placed;
use crate::terminal::caps::Charset;
use crate::text::{self, ambiguous};
use crate::tui::app::App;
use crate::tui::appearance::Appearance;
use crate::tui::dialogs::Dialog;
use crate::tui::layout::{self, SMALLEST};
use crate::tui::panels::{header, keys, samples};
use crate::tui::screens::component;

impl Ui {
    /// Draws everything except samples shown as pixels, which it returns; their cells are left alone.
    pub fn draw(&self, frame: &mut Frame) -> Vec<Placed> {
        let placed = self.draw_all(frame);
        if self.look.glyphs.charset == Charset::Wide {
            give_room(frame.buffer_mut());
        }
        placed
    }

    fn draw_all(&self, frame: &mut Frame) -> Vec<Placed> {
        let (area, app, look) = (frame.area(), &self.app, &self.look);
        let dialog = self.dialog.as_deref();
        let mut shown = Vec::new();
        if let Some(places) = layout::arrange(area) {
            let buffer = frame.buffer_mut();
            header::draw(places.header, buffer, app, look);
            component(app.screen).draw(area, buffer, app, look, &mut shown);
            let offers = |action| dialog.is_none_or(|dialog| dialog.offers(action, app));
            keys::draw(places.keys, buffer, app, look, self.context(), offers);
        }
        if let Some(dialog) = dialog.filter(|dialog| dialog.fits(area)) {
            let cursor = dialog.draw(area, frame.buffer_mut(), app, look);
            if let Some(position) = cursor {
                frame.set_cursor_position(position);
            }
        } else if !layout::fits(area) {
            too_small(area, frame.buffer_mut(), app, look, dialog);
        }
        samples::uncovered(shown, frame.buffer_mut())
    }
}

/// Reserves two cells for characters that this terminal draws two cells wide. One without room would shift the rest of the row.
fn give_room(buffer: &mut Buffer) {
    let width = usize::from(buffer.area.width.max(1));
    let mut filler = [0; 4];
    let filler = ambiguous::FILLER.encode_utf8(&mut filler);
    for at in 0..buffer.content.len() {
        let first = buffer.content[at].symbol().chars().next();
        if !first.is_some_and(ambiguous::is_ambiguous) {
            if first == Some(ambiguous::FILLER) {
                buffer.content[at].set_symbol(" ");
            }
            continue;
        }
        let has_room = (at + 1) % width != 0 && buffer.content[at + 1].symbol() == filler;
        if has_room {
            buffer.content[at].set_diff_option(CellDiffOption::ForcedWidth(TWO));
            buffer.content[at + 1].set_symbol(" ");
        } else if first != Some(ambiguous::FILLER) {
            buffer.content[at].set_symbol("?");
        }
    }
}

/// Cells of a character that takes more than one.
const TWO: NonZeroU16 = NonZeroU16::MIN.saturating_add(1);

/// Draws a message on a terminal that is too small for anything else.
fn too_small(
    area: Rect,
    buffer: &mut Buffer,
    app: &App,
    look: &Appearance,
    dialog: Option<&dyn Dialog>,
) {
    let size = format!(
        "too small: {}{}{}, need {}{}{}",
        area.width, look.glyphs.times, area.height, SMALLEST.0, look.glyphs.times, SMALLEST.1
    );
    // What a key would do must be visible at any size.
    let text = dialog
        .and_then(|dialog| dialog.in_brief(app, look))
        .unwrap_or(size);
    let mut lines = Vec::new();
    let text = text::wrap(&text, usize::from(area.width));
    if usize::from(area.height) > text.len() {
        lines.push(Line::from(Span::styled(
            format!(" {} ", app.run.word()),
            look.theme.badge(app.run.state),
        )));
    }
    lines.extend(text.into_iter().map(Line::from));
    let top = area.y + area.height.saturating_sub(lines.len() as u16) / 2;
    for (row, line) in (top..area.bottom()).zip(lines) {
        line.centered().render(
            Rect {
                y: row,
                height: 1,
                ..area
            },
            buffer,
        );
    }
}
