//! Lines of text that are typed: what they are for, and what becomes of them.

use crossterm::event::KeyEvent;

use super::completion::completions;
use super::dialog::{Dialog, Prompt, Purpose};
use super::forking::{differences, of_forks};
use super::state::{Effect, Workspace};
use crate::logs::{Removal, State};
use crate::protocol::Command;
use crate::rules::Filter;
use crate::sweep::Change;
use crate::tui::dialogs::Typing;
use crate::tui::keymap::Action;
use crate::workspace::RunId;

impl Workspace {
    /// Opens a line for a text about the highlighted run.
    pub(super) fn ask(&mut self, action: Action) {
        match action {
            Action::AddTrials => {
                let prompt = Prompt::new(Purpose::AddTrials, String::new());
                self.dialog = Some(Dialog::Prompt(prompt));
                return;
            }
            Action::StopTrial => {
                match self.stoppable() {
                    Ok(number) => {
                        let prompt = Prompt::new(Purpose::StopTrial(number), String::new());
                        self.dialog = Some(Dialog::Prompt(prompt));
                    }
                    Err(why) => self.notice = Some(why),
                }
                return;
            }
            Action::CommandLine => {
                let runs = self.addressed();
                let why = runs.is_empty().then(|| self.why_unaddressed());
                let mut prompt = Prompt::new(Purpose::Command(runs), String::new());
                // It opens all the same: what is typed on would be keys.
                prompt.error = why;
                self.dialog = Some(Dialog::Prompt(prompt));
                return;
            }
            _ => {}
        }
        let Some((at, marks)) = self.highlighted() else {
            return;
        };
        let prompt = match action {
            Action::Note => Prompt::new(Purpose::Note(at), marks.note.unwrap_or_default()),
            Action::ForkRun => match self.cannot_fork(at) {
                Some(why) => {
                    self.notice = Some(why);
                    return;
                }
                None => Prompt::new(Purpose::Fork(at, self.name(at)), String::new()),
            },
            _ => Prompt::new(Purpose::Tags(at), marks.tags.join(" ")),
        };
        self.dialog = Some(Dialog::Prompt(prompt));
    }

    /// Why a command goes to no run.
    pub(super) fn why_unaddressed(&self) -> String {
        if self.is_on_sweep() {
            return self.why_not_live();
        }
        "commands go to live runs of genai-tui: none is selected or highlighted".to_owned()
    }

    /// Asks which files the highlighted run has, if it can be deleted at all.
    pub(super) fn delete(&mut self) -> Option<Effect> {
        let at = self.at?;
        if let Some(why) = self.cannot_delete(at) {
            self.notice = Some(why);
            return None;
        }
        Some(Effect::AskToDelete(at))
    }

    /// Asks for the name of a run to delete these files, or says why it cannot be deleted.
    pub fn ask_to_delete(&mut self, id: RunId, removal: Result<Removal, String>) {
        match removal {
            // Something else is asked by now.
            Ok(_) if self.dialog.is_some() => {}
            Ok(removal) => {
                let purpose = Purpose::Delete(id, self.name(id), removal);
                self.dialog = Some(Dialog::Prompt(Prompt::new(purpose, String::new())));
            }
            Err(why) => self.notice = Some(why),
        }
    }

    /// Why a run cannot be deleted, as far as the list can say.
    fn cannot_delete(&self, id: RunId) -> Option<String> {
        let entry = self.entry(id)?;
        let name = self.name(id);
        match entry.state(self.now) {
            Some(State::Live) => Some(format!("{name} is live: stop it before you delete it")),
            None if entry.problem.is_none() => {
                Some(format!("{name} is not read yet: it may be live"))
            }
            _ => None,
        }
    }

    pub(super) fn on_prompt(
        &mut self,
        mut prompt: Prompt,
        action: Option<Action>,
        key: &KeyEvent,
    ) -> Option<Effect> {
        match action {
            Some(Action::Confirm) => return self.take_text(prompt),
            Some(Action::Cancel) => {
                if prompt.purpose == Purpose::Filter {
                    self.set_filter(&prompt.before);
                }
                return None;
            }
            Some(Action::Complete | Action::CompleteBack) => {
                let forwards = action == Some(Action::Complete);
                let (from, candidates) = self.candidates(&prompt);
                prompt.complete(from, candidates, forwards);
                self.dialog = Some(Dialog::Prompt(prompt));
                self.filter_follows();
                return None;
            }
            Some(_) => {}
            None => prompt.text.edit(key),
        }
        self.dialog = Some(Dialog::Prompt(prompt));
        self.prompt_edited();
        None
    }

    pub(super) fn candidates(&self, prompt: &Prompt) -> (usize, Vec<String>) {
        match &prompt.purpose {
            Purpose::Filter => completions(&prompt.text, &self.index),
            Purpose::Command(_) => {
                let commands = crate::protocol::GRAMMAR
                    .iter()
                    .map(|command| command.name.to_owned());
                (
                    0,
                    commands
                        .filter(|name| name.starts_with(&prompt.text))
                        .collect(),
                )
            }
            Purpose::Fork(..) => of_forks(&prompt.text),
            _ => (0, Vec::new()),
        }
    }

    /// Why no second run can start from the present state of a run, if none can.
    fn cannot_fork(&self, id: RunId) -> Option<String> {
        let entry = self.entry(id)?;
        let name = entry.name();
        if !self.is_own(id) {
            return Some(format!(
                "{name} is a log of {}: only a live run of genai-tui can be forked here",
                entry.found.format
            ));
        }
        (!self.is_live(id)).then(|| {
            format!(
                "{name} is not live: `genai-tui --fork {}` starts a run from its newest checkpoint",
                crate::text::shell_word(&entry.found.path)
            )
        })
    }

    pub(super) fn prompt_edited(&mut self) {
        if let Some(Dialog::Prompt(prompt)) = &mut self.dialog {
            prompt.edited();
        }
        self.filter_follows();
    }

    /// The list follows a filter while it is typed, as far as it can be read.
    fn filter_follows(&mut self) {
        let Some(Dialog::Prompt(prompt)) = &mut self.dialog else {
            return;
        };
        if prompt.purpose == Purpose::Filter
            && let Ok(filter) = prompt.text.parse::<Filter>()
        {
            self.filter = filter;
            self.refresh();
        }
    }

    pub(super) fn set_filter(&mut self, text: &str) {
        self.filter = text.parse().unwrap_or_default();
        let text = text.to_owned();
        self.remember(|r| r.filter = text);
        self.refresh();
    }

    fn take_text(&mut self, mut prompt: Prompt) -> Option<Effect> {
        let text = prompt.text.trim().to_owned();
        match prompt.purpose.clone() {
            Purpose::Filter => match text.parse::<Filter>() {
                Ok(_) => self.set_filter(&text),
                Err(error) => {
                    prompt.error = Some(error.to_string());
                    self.dialog = Some(Dialog::Prompt(prompt));
                }
            },
            Purpose::Note(id) => self.mark(id, |marks| {
                marks.note = Some(text).filter(|t| !t.is_empty());
            }),
            Purpose::Tags(id) => self.mark(id, |marks| {
                marks.tags = text.split_whitespace().map(str::to_owned).collect();
            }),
            Purpose::Command(_) if text.is_empty() => {}
            // Said again where it stays to be read: the line goes, so that the next keys are keys.
            Purpose::Command(runs) if runs.is_empty() => self.notice = Some(self.why_unaddressed()),
            Purpose::Command(runs) => match text.parse::<Command>() {
                Ok(Command::Look(look)) => {
                    prompt.error = Some(format!(
                        "`{look}` shows images on a run's own dashboard: Enter opens it"
                    ));
                    self.dialog = Some(Dialog::Prompt(prompt));
                }
                Ok(command) => return Some(Effect::Send(runs, command)),
                Err(error) => {
                    prompt.error = Some(error.to_string());
                    self.dialog = Some(Dialog::Prompt(prompt));
                }
            },
            Purpose::AddTrials => match text.parse::<u64>() {
                Ok(more) if more > 0 => return Some(Effect::Sweep(Change::Add(more), Vec::new())),
                _ => {
                    prompt.error = Some(format!("found `{text}`, expected a number of trials"));
                    self.dialog = Some(Dialog::Prompt(prompt));
                }
            },
            Purpose::StopTrial(number) if text == "stop" => return Some(self.stop_trial(number)),
            Purpose::StopTrial(_) if text.is_empty() => {}
            Purpose::StopTrial(_) => {
                prompt.error = Some("not the word: nothing was stopped".to_owned());
                self.dialog = Some(Dialog::Prompt(prompt));
            }
            Purpose::Fork(id, _) => match differences(&text) {
                Ok(set) => {
                    self.forking.push(id);
                    let name = self.name(id);
                    self.notice = Some(format!("{name} is asked for a fork"));
                    return Some(Effect::Fork(id, set));
                }
                Err(error) => {
                    prompt.error = Some(error);
                    self.dialog = Some(Dialog::Prompt(prompt));
                }
            },
            Purpose::Delete(id, name, removal) if text == name => match self.cannot_delete(id) {
                Some(why) => self.notice = Some(why),
                None => return Some(Effect::Delete(id, removal)),
            },
            Purpose::Delete(..) if text.is_empty() => {}
            Purpose::Delete(..) => {
                prompt.error = Some("not the name: nothing was deleted".to_owned());
                self.dialog = Some(Dialog::Prompt(prompt));
            }
        }
        self.refresh();
        None
    }
}
