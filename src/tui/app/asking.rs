//! Commands to the run, and whether this viewer may send them.

use super::{App, Effect};
use crate::metric::ObjectiveChoice;
use crate::protocol::{Command, State};

/// Why a log cannot be controlled.
const LOG: &str = "read-only: a log takes no commands";

impl App {
    /// Returns whether the run still accepts commands.
    #[must_use]
    pub fn takes_commands(&self) -> bool {
        !self.run.has_ended() && !matches!(self.run.state, State::Finished | State::Failed)
    }

    /// Returns whether the run accepts commands from this viewer; shows why not.
    pub fn may_command(&mut self) -> bool {
        if !self.takes_commands() {
            self.answer("the run has ended; press q to leave");
            return false;
        }
        if !self.has_control() {
            let text = self.read_only();
            self.answer(text);
            return false;
        }
        true
    }

    /// Returns whether this viewer controls the run. A log takes no commands from anybody.
    #[must_use]
    pub fn has_control(&self) -> bool {
        !self.run.is_log() && self.control.has_control()
    }

    /// Why this viewer gives no commands.
    fn read_only(&self) -> String {
        if self.run.is_log() {
            return LOG.to_owned();
        }
        format!(
            "read-only: {} has control (T to take it)",
            self.control.who()
        )
    }

    /// Sends a command to the run if it accepts commands from this viewer; shows why not.
    pub fn ask(&mut self, command: Command) -> Option<Effect> {
        if self.takes_commands() {
            if self.has_control() {
                return Some(Effect::Send(command));
            }
            self.answer(format!("`{command}`: {}", self.read_only()));
            return None;
        }
        let text = match (command, &self.run.info) {
            (Command::Look(_), Some(info)) => format!(
                "the run has ended: `genai-tui latent {}` explores its latents",
                info.name
            ),
            (command, _) => format!("`{command}`: the run has ended; press q to leave"),
        };
        self.answer(text);
        None
    }

    /// Asks for control of the run.
    pub fn take_control(&mut self) -> Option<Effect> {
        if !self.takes_commands() {
            self.answer("the run has ended; press q to leave");
            return None;
        }
        if self.run.is_log() {
            self.answer(LOG);
            return None;
        }
        if self.has_control() {
            self.answer("you already have control");
            return None;
        }
        Some(Effect::TakeControl)
    }

    /// Stops the run; the screen closes when it has stopped.
    pub fn stop(&mut self) -> Effect {
        self.stopping = true;
        Effect::Send(Command::Stop)
    }

    /// The available objectives, once they are known.
    #[must_use]
    pub fn objectives(&self) -> Vec<ObjectiveChoice> {
        if let Some(own) = self.run.own() {
            return own.objectives.clone();
        }
        let control = self
            .run
            .declared
            .as_ref()
            .and_then(|d| d.objective_control());
        let choices = control.into_iter().flat_map(|control| &control.choices);
        choices
            .map(|name| ObjectiveChoice {
                name: name.clone(),
                title: name.clone(),
                about: String::new(),
            })
            .collect()
    }

    /// Their names.
    #[must_use]
    pub fn objective_names(&self) -> Vec<String> {
        self.objectives().into_iter().map(|o| o.name).collect()
    }
}
