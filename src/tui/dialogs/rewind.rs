//! Whether to go back to an earlier state.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::dialog::{Answer, Dialog};
use super::question;
use crate::protocol;
use crate::protocol::Command;
use crate::tui::app::App;
use crate::tui::keymap::bind::{ENTER, ESCAPE, bind, hint, key};
use crate::tui::keymap::{Action, Binding, Context, INTERRUPT, TERMINAL};
use crate::tui::look::{Canvas, Look};

/// Its keys.
pub static CONTEXT: Context = Context::of_dialog(
    "When asked whether to go back",
    &[KEYS, INTERRUPT, TERMINAL],
);

const KEYS: &[Binding] = &[
    bind(
        &[ENTER],
        Action::Confirm,
        hint("Enter", "go back", 0),
        "go back",
    ),
    bind(
        &[ESCAPE, key('q'), key('u')],
        Action::Cancel,
        hint("Esc", "stay", 1),
        "stay where the run is",
    ),
];

const WHAT_IT_MEANS: &str = "To the newest earlier state in memory. The steps since then stay in the record and on the charts, but do not \
                             count any more; neither do checkpoints of them, from which only a fork can begin.";

/// The question.
#[derive(Debug)]
pub struct Rewind;

impl Dialog for Rewind {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn on_action(&mut self, action: Action, app: &mut App, _canvas: Canvas<'_>) -> Answer {
        let back = Command::Rewind(protocol::Rewind::default());
        Answer::Close(match action {
            Action::Confirm => app.ask(back),
            _ => None,
        })
    }

    fn draw(&self, area: Rect, buffer: &mut Buffer, _app: &App, look: &Look) -> Option<Position> {
        let answers = [("Enter", "go back"), ("Esc", "stay")];
        question::draw(area, buffer, look, "Go back?", WHAT_IT_MEANS, &answers);
        None
    }

    fn in_brief(&self, _app: &App, _look: &Look) -> Option<String> {
        Some("Go back? Enter: yes, Esc: no".to_owned())
    }

    fn outlasts(&self, app: &App) -> bool {
        question::can_be_answered(app)
    }
}
