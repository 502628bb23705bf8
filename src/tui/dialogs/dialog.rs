//! What every dialog is to the screen below it.

use std::fmt::Debug;

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::tui::app::{App, Effect};
use crate::tui::appearance::{Appearance, Surface};
use crate::tui::keymap::{Action, Context};
use crate::tui::layout;

/// What becomes of a dialog after a key.
#[derive(Debug, PartialEq)]
pub enum Answer {
    /// It stays open.
    Stay,
    /// It closes, and this is to be done.
    Close(Option<Effect>),
    /// It closes, and does what this key does on a screen.
    Act(Action),
}

/// A dialog: all that differs between one and another.
pub trait Dialog: Debug {
    /// Its keys.
    fn context(&self) -> &'static Context;

    /// Takes in a key of its context.
    fn on_action(&mut self, action: Action, app: &mut App, surface: Surface<'_>) -> Answer;

    /// Takes in a key that its context has no meaning for.
    fn on_key(&mut self, _key: &KeyEvent, _app: &mut App) -> Answer {
        Answer::Stay
    }

    /// Takes in one line of pasted text; gives whether there is a place for it.
    fn on_paste(&mut self, _text: &str, _app: &mut App) -> bool {
        false
    }

    /// The mouse's wheel went so many lines down.
    fn on_wheel(&mut self, _lines: i16, _surface: Surface<'_>) {}

    /// A button of the mouse was pressed.
    fn on_click(&mut self) -> Answer {
        Answer::Stay
    }

    /// Draws it over the screen; gives where the terminal's cursor is.
    fn draw(
        &self,
        area: Rect,
        buffer: &mut Buffer,
        app: &App,
        look: &Appearance,
    ) -> Option<Position>;

    /// Whether it can be drawn on a terminal of this size.
    fn fits(&self, area: Rect) -> bool {
        layout::fits(area)
    }

    /// What stands in its place on a terminal that is too small for it; nothing where the size is to be named.
    fn in_brief(&self, _app: &App, _look: &Appearance) -> Option<String> {
        Some("Esc: back".to_owned())
    }

    /// Whether the key line offers what a key of its context does.
    fn offers(&self, _action: Action, _app: &App) -> bool {
        true
    }

    /// Whether it stays open when this viewer gets or loses control, or the run ends.
    fn outlasts(&self, app: &App) -> bool;
}
