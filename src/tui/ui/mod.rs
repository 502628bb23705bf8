//! The whole user interface: the state shown, the terminal it is shown on, and the open dialog. Events, keys and the mouse in,
//! effects out; keys go to the open dialog, or else to the current screen.

mod draw;
mod keys;
mod mouse;
mod view_keys;

use std::time::Duration;

use ratatui::layout::Rect;

use super::app::{App, Effect};
use super::appearance::{Appearance, Surface};
use super::dialogs::{Answer, Dialog, Still};
use super::keymap::{Context, SCREENS};
use super::panels::output;
use crate::protocol::Event;

/// The state shown, the terminal, and the open dialog.
#[derive(Debug)]
pub struct Ui {
    /// What is shown.
    pub app: App,
    /// How to draw on the terminal.
    pub look: Appearance,
    /// The terminal's cells.
    area: Rect,
    /// The dialog that is open.
    dialog: Option<Box<dyn Dialog>>,
    /// The column where the mouse was, while its button is held down.
    dragged: Option<u16>,
}

impl Ui {
    /// The dashboard, on a terminal whose size is not known yet.
    #[must_use]
    pub fn new(app: App, look: Appearance) -> Self {
        Self {
            app,
            look,
            area: Rect::ZERO,
            dialog: None,
            dragged: None,
        }
    }

    /// The terminal has this size.
    pub fn resize(&mut self, area: Rect) {
        self.area = area;
    }

    /// In how many columns and rows the output of a program is shown, where it is this viewer who says so.
    #[must_use]
    pub fn output_size(&self) -> Option<(u16, u16)> {
        let says = self.app.run.is_program() && self.app.has_control();
        says.then(|| output::size(self.area)).flatten()
    }

    /// Where keys go now.
    #[must_use]
    pub fn context(&self) -> &'static Context {
        let dialog = self.dialog.as_ref();
        dialog.map_or(&SCREENS, |dialog| dialog.context())
    }

    /// Takes in an event.
    pub fn on_event(&mut self, event: &Event) -> Option<Effect> {
        self.change(|app| app.on_event(event))
    }

    /// No event can follow.
    pub fn lost(&mut self) {
        self.change(App::lost);
    }

    /// Sets the time since the screen was opened.
    pub fn tick(&mut self, now: Duration) {
        self.app.tick(now);
    }

    /// Shows the samples over the whole terminal in characters, for this reason.
    pub fn show_in_characters(&mut self, why: String) {
        self.open(Still::new(why));
    }

    /// Changes the state; closes a dialog that no longer applies.
    fn change<T>(&mut self, change: impl FnOnce(&mut App) -> T) -> T {
        let stand = |app: &App| (app.has_control(), app.run.has_ended());
        let before = stand(&self.app);
        let changed = change(&mut self.app);
        if stand(&self.app) != before {
            let app = &self.app;
            self.dialog.take_if(|dialog| !dialog.outlasts(app));
        }
        changed
    }

    fn open(&mut self, dialog: impl Dialog + 'static) {
        self.dialog = Some(Box::new(dialog));
    }

    /// Lets the dialog that is open take something in, and does what follows from its answer.
    fn ask_dialog(
        &mut self,
        ask: impl FnOnce(&mut dyn Dialog, &mut App, Surface<'_>) -> Answer,
    ) -> Option<Effect> {
        let dialog = self.dialog.as_mut()?;
        let surface = Surface {
            area: self.area,
            look: &self.look,
        };
        match ask(dialog.as_mut(), &mut self.app, surface) {
            Answer::Stay => None,
            Answer::Close(effect) => {
                self.dialog = None;
                effect
            }
            Answer::Act(action) => {
                self.dialog = None;
                self.on_action(action)
            }
        }
    }
}
