//! The filter of metrics, or the search in the output of a program, typed in place of the key line while the screen follows.

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
use crate::tui::screen::Screen;

/// Its keys; also those of the help while a text is typed there.
pub static CONTEXT: Context = Context::of_dialog("Search", &[KEYS, INTERRUPT, TERMINAL]);

const KEYS: &[Binding] = &[
    bind(
        &[ENTER],
        Action::Confirm,
        hint("Enter", "keep", 0),
        "keep the filter; in output, go to the newest match",
    ),
    bind(
        &[ESCAPE],
        Action::Cancel,
        hint("Esc", "show all", 1),
        "clear the filter, or the search",
    ),
];

/// The search; its text is the charts' filter, or what is looked for in the output.
#[derive(Debug)]
pub struct Search;

impl Dialog for Search {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn on_action(&mut self, action: Action, app: &mut App, _surface: Surface<'_>) -> Answer {
        let is_cancelled = action == Action::Cancel;
        if app.screen == Screen::Output {
            if is_cancelled {
                app.output.search.clear();
            } else if !app.output.search.is_empty() && !app.output.find(false) {
                app.answer("no line has it");
            }
        } else if is_cancelled {
            app.view.filter.clear();
        }
        Answer::Close(None)
    }

    fn typing<'a>(&'a mut self, app: &'a mut App) -> Option<&'a mut dyn Typing> {
        if app.screen == Screen::Output {
            return Some(&mut app.output.search);
        }
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
            let typed = if app.screen == Screen::Output {
                &app.output.search
            } else {
                &app.view.filter
            };
            let text = format!(" / {}_", look.glyphs.text(typed));
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
