//! The question before stopping.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::dialog::{Answer, Dialog};
use super::question;
use crate::tui::app::App;
use crate::tui::appearance::{Appearance, Surface};
use crate::tui::keymap::bind::{ENTER, ESCAPE, bind, control, hint, key};
use crate::tui::keymap::{Action, Binding, Context, TERMINAL};

/// Its keys.
pub static CONTEXT: Context = Context::of_dialog("Question before stopping", &[KEYS, TERMINAL]);

const KEYS: &[Binding] = &[
    bind(
        &[ENTER],
        Action::Confirm,
        hint("Enter", "stop", 0),
        "save a checkpoint and stop",
    ),
    bind(
        &[key('d')],
        Action::Detach,
        hint("d", "detach", 2),
        "detach; training continues in the background",
    ),
    bind(
        &[ESCAPE],
        Action::Cancel,
        hint("Esc", "keep going", 1),
        "keep going",
    ),
    bind(
        &[control('c')],
        Action::Confirm,
        None,
        "save a checkpoint and stop",
    ),
];

/// The question.
#[derive(Debug)]
pub struct Quit;

impl Dialog for Quit {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn on_action(&mut self, action: Action, app: &mut App, _surface: Surface<'_>) -> Answer {
        match action {
            Action::Confirm => Answer::Close(Some(app.stop())),
            Action::Detach => Answer::Act(action),
            _ => Answer::Close(None),
        }
    }

    fn draw(
        &self,
        area: Rect,
        buffer: &mut Buffer,
        app: &App,
        look: &Appearance,
    ) -> Option<Position> {
        let detached = match (app.outlook.is_good(), app.control.is_attached()) {
            (false, _) => "detach; the run may end",
            (true, true) => "leave; training continues",
            (true, false) => "detach; training continues",
        };
        let answers = [
            (
                "Enter",
                if app.run.is_program() {
                    "stop the program"
                } else {
                    "save a checkpoint and stop"
                },
            ),
            ("d", detached),
            ("Esc", "keep going"),
        ];
        question::draw(area, buffer, look, "Stop the run?", "", &answers);
        None
    }

    fn in_brief(&self, _app: &App, _look: &Appearance) -> Option<String> {
        Some("Stop the run? Enter: stop, d: detach, Esc: no".to_owned())
    }

    fn outlasts(&self, app: &App) -> bool {
        question::can_be_answered(app)
    }
}
