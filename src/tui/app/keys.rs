//! What a key changes on the screen, and what it asks of the run.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::command_line::{CommandLine, Entered};
use super::{App, Dialog, Effect, HelpView};
use crate::protocol::{Command, LrChange, LrTarget, Rewind};
use crate::session::outlook::Outlook;
use crate::text;
use crate::tui::keymap::{Action, Context, Who};

/// Ctrl-D, which `script` and the like type where their own input ends, and the NUL that the terminal's driver makes of one
/// that came before its line was raw: nobody is there.
fn is_end_of_input(key: &KeyEvent) -> bool {
    matches!(key.code, KeyCode::Char('d' | ' ')) && key.modifiers == KeyModifiers::CONTROL
}

/// One press of a learning-rate key.
const RATE_FACTOR: f64 = 1.25;
/// Lines of a page.
pub(super) const PAGE: u16 = 10;

impl App {
    /// Where keys go now.
    #[must_use]
    pub fn context(&self) -> Context {
        match self.dialog {
            Dialog::None => Context::Dashboard,
            Dialog::Menu(_) => Context::Menu,
            Dialog::CommandLine(_) => Context::CommandLine,
            Dialog::Search | Dialog::Help(HelpView { typing: true, .. }) => Context::Search,
            Dialog::Help(_) => Context::Help,
            Dialog::Rewind => Context::Rewind,
            Dialog::Detach => Context::Detach,
            Dialog::Quit => Context::Quit,
        }
    }

    /// Takes in a key.
    pub fn on_key(&mut self, key: &KeyEvent) -> Option<Effect> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        if !is_end_of_input(key) {
            self.closing.touch();
        }
        let action = self.keymap.lookup(self.context(), key);
        if action == Some(Action::Redraw) {
            return Some(Effect::Redraw);
        }
        self.notice = None;
        self.notice_until = None;
        if self.gallery.full.take().is_some() {
            return None;
        }
        match action {
            Some(Action::Interrupt) => self.interrupt(),
            Some(Action::Suspend) => Some(Effect::Suspend),
            Some(Action::Still) => self.ask_for_a_still(),
            Some(action) => match self.context() {
                Context::Dashboard => self.on_dashboard(action),
                Context::Menu => self.on_menu(action),
                Context::CommandLine => self.on_command_line(action),
                Context::Help => self.on_help(action),
                Context::Search => self.on_search(action),
                Context::Rewind => self.on_rewind(action),
                Context::Detach => self.on_leaving(action),
                Context::Quit => self.on_quit(action),
            },
            None => {
                match &mut self.dialog {
                    Dialog::CommandLine(line) => line.edit(key),
                    Dialog::Search => {
                        edit(&mut self.view.filter, key);
                        self.scroll = 0;
                    }
                    Dialog::Help(help) if help.typing => {
                        edit(&mut help.search, key);
                        help.scroll = 0;
                    }
                    _ => {}
                }
                None
            }
        }
    }

    /// Takes in pasted text: its first line goes where text is being typed. Elsewhere it would be many keys that nobody
    /// pressed, and is left.
    pub fn on_paste(&mut self, text: &str) {
        self.closing.touch();
        let first = text.trim_start().lines().next().unwrap_or_default();
        let first = first.replace(char::is_control, " ");
        match &mut self.dialog {
            Dialog::CommandLine(line) => line.insert(&first),
            Dialog::Search => self.view.filter.push_str(&first),
            Dialog::Help(help) if help.typing => help.search.push_str(&first),
            _ if self.gallery.full.is_some() => {}
            _ => {
                let text =
                    "pasted text was left: a paste goes into the command line, which `:` opens";
                self.notice = Some(text.to_owned());
            }
        }
    }

    /// Ctrl-C: ask; the second one stops; the third leaves.
    pub fn interrupt(&mut self) -> Option<Effect> {
        if self.run.has_ended() || self.stopping || !self.seat.has_control() {
            Some(Effect::Leave)
        } else if matches!(self.dialog, Dialog::Quit) {
            Some(self.stop())
        } else {
            self.dialog = Dialog::Quit;
            None
        }
    }

    fn stop(&mut self) -> Effect {
        self.dialog = Dialog::None;
        self.stopping = true;
        Effect::Send(Command::Stop)
    }

    /// What q does: a question where there is one.
    fn quit(&mut self) -> Option<Effect> {
        if self.run.has_ended() || !self.seat.has_control() {
            return Some(Effect::Leave);
        }
        if self.stopping {
            self.notice = Some("the checkpoint is being saved; Ctrl-C leaves at once".to_owned());
        } else {
            self.dialog = Dialog::Quit;
        }
        None
    }

    /// Leaves, and the run goes on, where it can; where it has ended there is nothing that could.
    fn detach(&mut self) -> Option<Effect> {
        if self.run.has_ended() {
            return Some(Effect::Leave);
        }
        if self.stopping && !self.seat.is_attached() {
            self.notice = Some("the run is being stopped; Ctrl-C leaves at once".to_owned());
            return None;
        }
        if self.outlook.is_good() {
            return Some(Effect::Detach);
        }
        self.dialog = Dialog::Detach;
        None
    }

    /// Whether the question about leaving has one answer: the run would end at once.
    #[must_use]
    pub fn must_stay(&self) -> bool {
        matches!(self.dialog, Dialog::Detach) && matches!(self.outlook, Outlook::Ends(_))
    }

    /// The answer to the question whether to leave a run that does not last.
    fn on_leaving(&mut self, action: Action) -> Option<Effect> {
        let must_stay = self.must_stay();
        self.dialog = Dialog::None;
        if action != Action::Detach {
            return None;
        }
        if must_stay {
            self.notice = Some("not detached: the run would have ended".to_owned());
            return None;
        }
        Some(Effect::Detach)
    }

    fn take_control(&mut self) -> Option<Effect> {
        if !self.takes_commands() {
            self.notice = Some("the run has ended; q leaves".to_owned());
            return None;
        }
        if self.seat.has_control() {
            self.notice = Some("you have control already".to_owned());
            return None;
        }
        Some(Effect::TakeControl)
    }

    /// A command for the run, if it still takes any.
    pub(super) fn ask(&mut self, command: Command) -> Option<Effect> {
        if self.takes_commands() {
            if self.seat.has_control() {
                return Some(Effect::Send(command));
            }
            self.notice = Some(format!(
                "`{command}`: you are watching; {} has control: T takes it",
                self.seat.who()
            ));
            return None;
        }
        self.notice = Some(match (command, &self.run.info) {
            (Command::Look(_), Some(info)) => format!(
                "the run has ended: `genai-tui latent {}` looks at its latents",
                info.name
            ),
            (command, _) => format!("`{command}`: the run has ended; q leaves"),
        });
        None
    }

    fn on_dashboard(&mut self, action: Action) -> Option<Effect> {
        match action {
            Action::TogglePause => {
                let paused = self.pending.will_be_paused(self.run.state);
                self.ask(if paused {
                    Command::Resume
                } else {
                    Command::Pause
                })
            }
            Action::StepOnce => self.ask(Command::Step(1)),
            Action::Rates(who, up) => {
                let target = match who {
                    Who::Both => LrTarget::Both,
                    Who::D => LrTarget::D,
                    Who::G => LrTarget::G,
                };
                let factor = if up { RATE_FACTOR } else { 1.0 / RATE_FACTOR };
                self.ask(Command::Lr(target, LrChange::Scale(factor)))
            }
            // What it takes back cannot be had again: it is done when it is confirmed.
            Action::Rewind if self.takes_commands() && self.seat.has_control() => {
                self.dialog = Dialog::Rewind;
                None
            }
            Action::Rewind => self.ask(Command::Rewind(Rewind::default())),
            Action::Checkpoint => self.ask(Command::Checkpoint),
            Action::Sample => self.ask(Command::Sample),
            Action::Real | Action::Walk | Action::Neighbours | Action::Dimension => {
                self.ask_to_see(action)
            }
            Action::Objectives => {
                self.open_menu();
                None
            }
            Action::CommandLine => {
                self.dialog = Dialog::CommandLine(CommandLine::new(
                    self.objective_names(),
                    self.commands.clone(),
                ));
                None
            }
            Action::Help => {
                self.dialog = Dialog::Help(HelpView::default());
                None
            }
            Action::Quit => self.quit(),
            Action::Detach => self.detach(),
            Action::TakeControl => self.take_control(),
            _ => {
                self.look(action);
                None
            }
        }
    }

    fn objective_names(&self) -> Vec<String> {
        let info = self.run.info.as_ref();
        info.map_or_else(Vec::new, |i| {
            i.objectives.iter().map(|o| o.name.clone()).collect()
        })
    }

    fn open_menu(&mut self) {
        let names = self.objective_names();
        if names.is_empty() {
            self.notice = Some("the objectives are known when the run has started".to_owned());
        } else if !self.takes_commands() {
            self.notice = Some("the run has ended; q leaves".to_owned());
        } else if !self.seat.has_control() {
            self.notice = Some(format!(
                "you are watching; {} has control: T takes it",
                self.seat.who()
            ));
        } else {
            let current = self.run.objective.as_ref().map(|o| o.name.as_str());
            let at = names
                .iter()
                .position(|n| Some(n.as_str()) == current)
                .unwrap_or(0);
            self.dialog = Dialog::Menu(at);
        }
    }

    fn on_menu(&mut self, action: Action) -> Option<Effect> {
        let names = self.objective_names();
        let Dialog::Menu(selected) = &mut self.dialog else {
            return None;
        };
        let count = names.len().max(1);
        match action {
            Action::Previous => *selected = (*selected + count - 1) % count,
            Action::Next => *selected = (*selected + 1) % count,
            Action::Confirm => {
                let name = names.get(*selected).cloned();
                self.dialog = Dialog::None;
                return match name {
                    Some(name) if self.run.objective.as_ref().is_some_and(|o| o.name == name) => {
                        self.notice = Some(format!("`{name}` is the objective already"));
                        None
                    }
                    Some(name) => self.ask(Command::Objective(name)),
                    None => None,
                };
            }
            _ => self.dialog = Dialog::None,
        }
        None
    }

    fn on_command_line(&mut self, action: Action) -> Option<Effect> {
        let Dialog::CommandLine(line) = &mut self.dialog else {
            return None;
        };
        match action {
            Action::Confirm => {}
            Action::Complete => {
                line.complete(true);
                return None;
            }
            Action::CompleteBack => {
                line.complete(false);
                return None;
            }
            Action::Previous => {
                line.older();
                return None;
            }
            Action::Next => {
                line.newer();
                return None;
            }
            _ => {
                self.dialog = Dialog::None;
                return None;
            }
        }
        let entered = line.enter()?;
        if self.commands.last().is_none_or(|last| last != line.text()) {
            self.commands.push(line.text().to_owned());
        }
        self.dialog = Dialog::None;
        match entered {
            Entered::Command(command) => self.ask(command),
            Entered::Help => {
                self.dialog = Dialog::Help(HelpView::default());
                None
            }
            Entered::Quit => self.quit(),
            Entered::Detach => self.detach(),
            Entered::Control => self.take_control(),
        }
    }

    fn on_help(&mut self, action: Action) -> Option<Effect> {
        let Dialog::Help(help) = &mut self.dialog else {
            return None;
        };
        let scroll = &mut help.scroll;
        match action {
            Action::Filter => help.typing = true,
            Action::Previous => *scroll = scroll.saturating_sub(1),
            Action::Next => *scroll = scroll.saturating_add(1),
            Action::PageUp => *scroll = scroll.saturating_sub(PAGE),
            Action::PageDown => *scroll = scroll.saturating_add(PAGE),
            _ => {
                self.dialog = Dialog::None;
                return None;
            }
        }
        help.scroll = help.scroll.min(self.help_end.unwrap_or(help.scroll));
        None
    }

    fn on_search(&mut self, action: Action) -> Option<Effect> {
        let gives_up = action == Action::Cancel;
        if let Dialog::Help(help) = &mut self.dialog {
            help.typing = false;
            if gives_up {
                help.search.clear();
            }
            return None;
        }
        if gives_up {
            self.view.filter.clear();
        }
        self.dialog = Dialog::None;
        None
    }

    fn on_rewind(&mut self, action: Action) -> Option<Effect> {
        self.dialog = Dialog::None;
        if action == Action::Confirm {
            return self.ask(Command::Rewind(Rewind::default()));
        }
        None
    }

    fn on_quit(&mut self, action: Action) -> Option<Effect> {
        if action == Action::Confirm {
            return Some(self.stop());
        }
        self.dialog = Dialog::None;
        if action == Action::Detach {
            return self.detach();
        }
        None
    }
}

/// A key in a text of one line without a cursor of its own.
fn edit(typed: &mut String, key: &KeyEvent) {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('u') if control => typed.clear(),
        KeyCode::Char(c) if !control => typed.push(c),
        KeyCode::Backspace => {
            let last = text::graphemes(typed).next_back().map_or(0, str::len);
            typed.truncate(typed.len() - last);
        }
        _ => {}
    }
}
