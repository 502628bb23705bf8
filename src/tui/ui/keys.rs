//! What a key changes, and what it asks of the run.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::Ui;
use crate::protocol::{self, Command, LrChange};
use crate::tui::app::Effect;
use crate::tui::dialogs::{CommandLine, Detach, Help, Menu, Quit, Rewind};
use crate::tui::help;
use crate::tui::keymap::Action;

/// One press of a learning-rate key.
const RATE_FACTOR: f64 = 1.25;

/// Ctrl-D, which `script` and similar tools send at the end of their own input, or the NUL that the terminal driver turns an
/// early one into. It does not mean that a person is present.
fn is_end_of_input(key: &KeyEvent) -> bool {
    matches!(key.code, KeyCode::Char('d' | ' ')) && key.modifiers == KeyModifiers::CONTROL
}

impl Ui {
    /// Takes in a key.
    pub fn on_key(&mut self, key: &KeyEvent) -> Option<Effect> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        if !is_end_of_input(key) {
            self.app.touch();
        }
        let action = self.app.keymap.lookup(self.context(), key);
        if action == Some(Action::Redraw) {
            return Some(Effect::Redraw);
        }
        self.app.forget_answer();
        match action {
            Some(Action::Interrupt) => self.interrupt(),
            Some(Action::Suspend) => Some(Effect::Suspend),
            Some(action) if self.dialog.is_none() => self.on_action(action),
            Some(action) => {
                self.ask_dialog(|dialog, app, canvas| dialog.on_action(action, app, canvas))
            }
            None => self.ask_dialog(|dialog, app, _| dialog.on_key(key, app)),
        }
    }

    /// Takes in pasted text: its first line goes where text is being typed. Elsewhere it is ignored, as it would act as many
    /// key presses.
    pub fn on_paste(&mut self, text: &str) {
        self.app.touch();
        let first = text.trim_start().lines().next().unwrap_or_default();
        let first = first.replace(char::is_control, " ");
        let app = &mut self.app;
        let taken = self
            .dialog
            .as_mut()
            .is_some_and(|d| d.on_paste(&first, app));
        if !taken {
            let text = "pasted text ignored: press : to open the command line and paste there";
            self.app.answer(text);
        }
    }

    /// Does what a key of the screens does.
    pub(super) fn on_action(&mut self, action: Action) -> Option<Effect> {
        let app = &mut self.app;
        match action {
            Action::TogglePause => {
                let paused = app.pending.will_be_paused(app.run.state);
                app.ask(if paused {
                    Command::Resume
                } else {
                    Command::Pause
                })
            }
            Action::StepOnce => app.ask(Command::Step(1)),
            Action::Rates(target, up) => {
                let factor = if up { RATE_FACTOR } else { 1.0 / RATE_FACTOR };
                app.ask(Command::Lr(target, LrChange::Scale(factor)))
            }
            Action::Rewind if app.run.is_program() => {
                app.answer("the trainer of this run is another program, which cannot rewind");
                None
            }
            // A rewind cannot be undone: it needs confirmation.
            Action::Rewind if app.takes_commands() && app.has_control() => {
                self.open(Rewind);
                None
            }
            Action::Rewind => app.ask(Command::Rewind(protocol::Rewind::default())),
            Action::Checkpoint => app.ask(Command::Checkpoint),
            Action::Sample => app.ask(Command::Sample),
            Action::Real | Action::Raw | Action::Walk | Action::Neighbours | Action::Dimension => {
                app.ask_to_see(action)
            }
            Action::Still => app.ask_for_a_still(),
            Action::Objectives => {
                if let Some(menu) = Menu::open(app) {
                    self.open(menu);
                }
                None
            }
            Action::CommandLine => {
                let line = CommandLine::open(app);
                self.open(line);
                None
            }
            Action::Help => {
                let takes = |action| app.run.takes(action);
                let missing = CommandLine::missing(app);
                let help = Help::new(help::lines_of(&app.keymap, takes, missing));
                self.open(help);
                None
            }
            Action::Quit => self.quit(),
            Action::Detach => self.detach(),
            Action::TakeControl => app.take_control(),
            _ => self.change_view(action),
        }
    }

    /// Ctrl-C: the first asks, the second stops, the third leaves.
    fn interrupt(&mut self) -> Option<Effect> {
        let app = &self.app;
        if app.run.has_ended() || app.stopping || !app.has_control() {
            return Some(Effect::Leave);
        }
        self.open(Quit);
        None
    }

    /// `q`: asks, unless there is nothing to ask.
    fn quit(&mut self) -> Option<Effect> {
        let app = &mut self.app;
        if app.run.has_ended() || !app.has_control() {
            return Some(Effect::Leave);
        }
        if app.stopping {
            app.answer(if app.run.is_program() {
                "the program is being stopped; Ctrl-C leaves immediately"
            } else {
                "saving the checkpoint; Ctrl-C leaves immediately"
            });
        } else {
            self.open(Quit);
        }
        None
    }

    /// Leaves while the run continues, if it can; asks first if it may end.
    fn detach(&mut self) -> Option<Effect> {
        let app = &mut self.app;
        if app.run.has_ended() || app.run.is_log() {
            return Some(Effect::Leave);
        }
        if app.stopping && !app.control.is_attached() {
            app.answer("the run is being stopped; Ctrl-C leaves immediately");
            return None;
        }
        if app.outlook.is_good() {
            return Some(Effect::Detach);
        }
        self.open(Detach);
        None
    }
}
