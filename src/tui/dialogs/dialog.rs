//! The interface of a dialog.

use std::fmt::Debug;

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::typing::Typing;
use crate::tui::app::{App, Effect};
use crate::tui::appearance::{Appearance, Surface};
use crate::tui::keymap::{Action, Context};
use crate::tui::layout;

/// What follows from input to a dialog.
#[derive(Debug, PartialEq)]
pub enum Answer {
    /// It stays open.
    Stay,
    /// It closes, with this effect.
    Close(Option<Effect>),
    /// It closes, and performs this action as a key on a screen would.
    Act(Action),
}

/// A dialog.
pub trait Dialog: Debug {
    /// Its keys.
    fn context(&self) -> &'static Context;

    /// Handles a key of its context.
    fn on_action(&mut self, action: Action, app: &mut App, surface: Surface<'_>) -> Answer;

    /// The text that is typed into it, if one is: it is about to change.
    fn typing<'a>(&'a mut self, _app: &'a mut App) -> Option<&'a mut dyn Typing> {
        None
    }

    /// Handles a key that its context does not bind.
    fn on_key(&mut self, key: &KeyEvent, app: &mut App) -> Answer {
        if let Some(text) = self.typing(app) {
            text.edit(key);
        }
        Answer::Stay
    }

    /// Takes in one line of pasted text. Returns whether it was used.
    fn on_paste(&mut self, pasted: &str, app: &mut App) -> bool {
        let text = self.typing(app);
        text.map(|text| text.insert(pasted)).is_some()
    }

    /// The mouse's wheel went so many lines down.
    fn on_wheel(&mut self, _lines: i16, _surface: Surface<'_>) {}

    /// A button of the mouse was pressed.
    fn on_click(&mut self) -> Answer {
        Answer::Stay
    }

    /// Draws it over the screen. Returns where the terminal's cursor belongs.
    fn draw(
        &self,
        area: Rect,
        buffer: &mut Buffer,
        app: &App,
        look: &Appearance,
    ) -> Option<Position>;

    /// Returns whether it fits on a terminal of this size.
    fn fits(&self, area: Rect) -> bool {
        layout::fits(area)
    }

    /// A message in its place on a terminal that is too small; `None` to report the size instead.
    fn in_brief(&self, _app: &App, _look: &Appearance) -> Option<String> {
        Some("Esc: back".to_owned())
    }

    /// Returns whether the key line shows the key of an action.
    fn offers(&self, _action: Action, _app: &App) -> bool {
        true
    }

    /// Returns whether it stays open when this viewer gains or loses control or the run ends.
    fn outlasts(&self, app: &App) -> bool;
}
