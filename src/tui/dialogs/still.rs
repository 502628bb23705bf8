//! The samples full screen in characters, on terminals without pixel graphics.

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Clear, Widget};

use super::dialog::{Answer, Dialog};
use crate::tui::app::App;
use crate::tui::appearance::{Appearance, Surface};
use crate::tui::keymap::bind::{bind, control};
use crate::tui::keymap::{Action, Context};
use crate::tui::panels;

/// Any key but redraw closes it.
static CONTEXT: Context = Context::of_dialog(
    "With samples over the whole terminal",
    &[&[bind(
        &[control('l')],
        Action::Redraw,
        None,
        "redraw the screen",
    )]],
);

/// The samples, and why they are not in pixels.
#[derive(Debug)]
pub struct Still {
    why: String,
}

impl Still {
    /// In characters, for this reason.
    #[must_use]
    pub fn new(why: String) -> Self {
        Self { why }
    }
}

impl Dialog for Still {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn on_action(&mut self, _action: Action, _app: &mut App, _surface: Surface<'_>) -> Answer {
        Answer::Close(None)
    }

    fn on_key(&mut self, _key: &KeyEvent, _app: &mut App) -> Answer {
        Answer::Close(None)
    }

    fn on_paste(&mut self, _text: &str, _app: &mut App) -> bool {
        true
    }

    fn on_click(&mut self) -> Answer {
        Answer::Close(None)
    }

    fn draw(
        &self,
        area: Rect,
        buffer: &mut Buffer,
        app: &App,
        look: &Appearance,
    ) -> Option<Position> {
        Clear.render(area, buffer);
        panels::samples::still(area, buffer, app, look, &self.why);
        None
    }

    fn fits(&self, _area: Rect) -> bool {
        true
    }

    fn outlasts(&self, _app: &App) -> bool {
        true
    }
}
