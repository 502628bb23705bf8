//! What the event loop shows and drives: the screen of a run, or the workspace.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::Event as Input;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::ended::Left;
use crate::protocol::ImageGrid;
use crate::terminal::Placed;
use crate::tui::app::Cost;
use crate::tui::appearance::Appearance;

/// What the loop does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) enum Next {
    /// Nothing.
    GoOn,
    /// Leave the screen.
    Leave(Left),
    /// Suspend to the shell.
    Suspend,
    /// Show these images, of this step, over the whole terminal.
    Still(u64, Arc<ImageGrid>),
    /// Check who has the terminal.
    Return,
    /// Notify a user who is not looking.
    Ring(String),
    /// Redraw the whole screen.
    Redraw,
}

/// What changes on a screen by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Motion {
    /// Nothing.
    Still,
    /// Something, such as seconds, this often.
    Ticking(Duration),
    /// Pictures that follow each other this fast.
    Playing(Duration),
}

/// A screen: input and news in, frames out.
pub(in crate::tui) trait Show {
    /// How it draws on the terminal.
    fn look(&self) -> &Appearance;

    /// The same, to adapt it to what the terminal answers.
    fn look_mut(&mut self) -> &mut Appearance;

    /// The terminal has this size.
    fn resize(&mut self, area: Rect);

    /// Draws everything except what is shown as pixels, which it returns.
    fn draw(&self, frame: &mut Frame) -> Vec<Placed>;

    /// Shows a message until a key is pressed.
    fn notify(&mut self, text: String);

    /// Takes what the frames cost.
    fn take_cost(&mut self, cost: Cost);

    /// Sets the time since it was opened.
    fn tick(&mut self, now: Duration);

    /// Whether it closes now, by itself.
    fn is_over(&self) -> bool {
        false
    }

    /// What changes on it by itself.
    fn motion(&self) -> Motion;

    /// Says that there is no shell to be suspended to.
    fn answer_no_shell(&mut self);

    /// Takes in a key, pasted text or the mouse.
    fn on_input(&mut self, input: &Input) -> Next;

    /// Takes in what is new: what follows from each piece of news, in order.
    fn take_news(&mut self) -> Vec<Next>;

    /// No news can follow.
    fn lost(&mut self);

    /// Shows the images over the whole terminal in characters, for this reason.
    fn show_in_characters(&mut self, why: String);
}
