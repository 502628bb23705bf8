//! The question before a rewind.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::dialog::{Answer, Dialog};
use super::question;
use crate::protocol;
use crate::protocol::Command;
use crate::tui::app::App;
use crate::tui::appearance::{Appearance, Surface};
use crate::tui::keymap::bind::{ENTER, ESCAPE, bind, hint, key};
use crate::tui::keymap::{Action, Binding, Context, INTERRUPT, TERMINAL};

/// Its keys.
pub static CONTEXT: Context =
    Context::of_dialog("Question before a rewind", &[KEYS, INTERRUPT, TERMINAL]);

const KEYS: &[Binding] = &[
    bind(
        &[ENTER],
        Action::Confirm,
        hint("Enter", "rewind", 0),
        "rewind",
    ),
    bind(
        &[ESCAPE, key('q'), key('u')],
        Action::Cancel,
        hint("Esc", "stay", 1),
        "stay at the current step",
    ),
];

const WHAT_IT_MEANS: &str = "To the most recent state in memory. Later steps stay in the record and on the \
                             charts but no longer count, and their checkpoints can only be forked from.";

/// The question.
#[derive(Debug)]
pub struct Rewind;

impl Dialog for Rewind {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn on_action(&mut self, action: Action, app: &mut App, _surface: Surface<'_>) -> Answer {
        let back = Command::Rewind(protocol::Rewind::default());
        Answer::Close(match action {
            Action::Confirm => app.ask(back),
            _ => None,
        })
    }

    fn draw(
        &self,
        area: Rect,
        buffer: &mut Buffer,
        _app: &App,
        look: &Appearance,
    ) -> Option<Position> {
        let answers = [("Enter", "rewind"), ("Esc", "stay")];
        question::draw(area, buffer, look, "Rewind?", WHAT_IT_MEANS, &answers);
        None
    }

    fn in_brief(&self, _app: &App, _look: &Appearance) -> Option<String> {
        Some("Rewind? Enter: yes, Esc: no".to_owned())
    }

    fn outlasts(&self, app: &App) -> bool {
        question::can_be_answered(app)
    }
}
