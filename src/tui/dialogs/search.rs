//! The filter of metrics, typed in place of the key line while the charts follow.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use super::dialog::{Answer, Dialog};
use super::typing::Typing;
use crate::tui::app::App;
use crate::tui::appearance::{Appearance, Surface};
use crate::tui::keymap::bind::{ENTER, ESCAPE, bind, hint};
use crate::tui::keymap::{Action, Binding, Context, INTERRUPT, TERMINAL};
use crate::tui::layout;

/// Its keys; also those of the help while a text is typed there.
pub static CONTEXT: Context = Context::of_dialog("Search", &[KEYS, INTERRUPT, TERMINAL]);

const KEYS: &[Binding] = &[
    bind(
        &[ENTER],
        Action::Confirm,
        hint("Enter", "keep", 0),
        "keep the filter",
    ),
    bind(
        &[ESCAPE],
        Action::Cancel,
        hint("Esc", "show all", 1),
        "clear the filter",
    ),
];

/// The search; its text is the charts' filter.
#[derive(Debug)]
pub struct Search;

impl Dialog for Search {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn on_action(&mut self, action: Action, app: &mut App, _surface: Surface<'_>) -> Answer {
        if action == Action::Cancel {
            app.view.filter.clear();
        }
        Answer::Close(None)
    }

    fn typing<'a>(&'a mut self, app: &'a mut App) -> Option<&'a mut dyn Typing> {
        app.scroll = 0;
        Some(&mut app.view.filter)
    }

    fn draw(
        &self,
        area: Rect,
        buffer: &mut Buffer,
        app: &App,
        look: &Appearance,
    ) -> Option<Position> {
        // A message has priority.
        let last = usize::from(area.height.saturating_sub(1));
        if app.notice.is_none()
            && let Some(row) = layout::row(area, last)
        {
            Clear.render(row, buffer);
            let text = format!(" / {}_", look.glyphs.text(&app.view.filter));
            Line::from(Span::styled(text, look.theme.strong)).render(row, buffer);
        }
        None
    }

    fn in_brief(&self, _app: &App, _look: &Appearance) -> Option<String> {
        None
    }

    fn outlasts(&self, _app: &App) -> bool {
        true
    }
}
