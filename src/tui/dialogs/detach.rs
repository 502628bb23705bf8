//! The question before detaching from a run that may end, with advice on how to keep it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::dialog::{Answer, Dialog};
use super::question;
use crate::session::outlook::{Outlook, Reason};
use crate::tui::app::{App, Effect};
use crate::tui::appearance::{Appearance, Surface};
use crate::tui::keymap::bind::{ENTER, ESCAPE, bind, hint, key};
use crate::tui::keymap::{Action, Binding, Context, INTERRUPT, TERMINAL};

/// Its keys.
pub static CONTEXT: Context = Context::of_dialog(
    "Question before detaching from a run that may end",
    &[KEYS, INTERRUPT, TERMINAL],
);

const KEYS: &[Binding] = &[
    bind(
        &[key('d')],
        Action::Detach,
        hint("d", "detach", 1),
        "detach anyway, after a checkpoint, if the run can survive that",
    ),
    bind(
        &[ESCAPE, ENTER, key('q')],
        Action::Cancel,
        hint("Esc", "stay", 0),
        "stay",
    ),
];

/// The question.
#[derive(Debug)]
pub struct Detach;

/// Returns whether detaching is impossible: the run would end at once.
fn must_stay(app: &App) -> bool {
    matches!(app.outlook, Outlook::Ends(_))
}

impl Dialog for Detach {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn on_action(&mut self, action: Action, app: &mut App, _surface: Surface<'_>) -> Answer {
        if action != Action::Detach {
            return Answer::Close(None);
        }
        if must_stay(app) {
            app.answer("not detached: the run would end");
            return Answer::Close(None);
        }
        Answer::Close(Some(Effect::Detach))
    }

    fn draw(
        &self,
        area: Rect,
        buffer: &mut Buffer,
        app: &App,
        look: &Appearance,
    ) -> Option<Position> {
        let Reason { why, instead } = app.outlook.reason()?;
        let text = look.glyphs.text(&format!("{why}. {instead}."));
        let stay = ("Esc", "stay");
        if must_stay(app) {
            question::draw(area, buffer, look, "The run would end", &text, &[stay]);
        } else {
            let answers = [("d", "detach, after a checkpoint"), stay];
            question::draw(area, buffer, look, "The run may end", &text, &answers);
        }
        None
    }

    fn in_brief(&self, app: &App, _look: &Appearance) -> Option<String> {
        let text = if must_stay(app) {
            "no detach: the run would end; Esc: stay"
        } else {
            "Detach? The run may end. d: yes, Esc: no"
        };
        Some(text.to_owned())
    }

    fn offers(&self, action: Action, app: &App) -> bool {
        action != Action::Detach || !must_stay(app)
    }

    fn outlasts(&self, app: &App) -> bool {
        question::can_be_answered(app)
    }
}
