//! What a trainer does with a command: one file for each. It takes them between two steps, and answers every one.

mod checkpoint;
mod look;
mod lr;
mod note;
mod objective;
mod pause;
mod resume;
mod rewind;
mod sample;
mod set;
mod step;
mod stop;

use super::Trainer;
use crate::protocol::{Change, Command, Live, Looked, Recorded, Request, Source};
use crate::train::TrainError;

/// Why a command did nothing.
#[derive(Debug)]
pub(super) enum CommandError {
    /// It cannot be carried out; why, and what would work instead.
    Rejected(String),
    /// The training failed over it.
    Failed(TrainError),
}

impl CommandError {
    fn rejected(reason: impl Into<String>) -> Self {
        Self::Rejected(reason.into())
    }
}

impl<E: Into<TrainError>> From<E> for CommandError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// What a command did.
pub(super) enum Done {
    /// It changed these values.
    Changed(Vec<Change>),
    /// It changes nothing. This follows its answer, so that a picture follows what it answers to, and a checkpoint holds it.
    Then(fn(&mut Trainer, Source) -> Result<(), TrainError>),
    /// It only shows something: not an intervention, and not for the record.
    Seen(Looked),
}

impl Done {
    /// It changed no value.
    fn nothing() -> Self {
        Self::Changed(Vec::new())
    }
}

/// The result of a command.
pub(super) type Outcome = Result<Done, CommandError>;

impl Trainer {
    /// Carries out a request and answers it.
    pub(super) fn carry_out(&mut self, request: Request) -> Result<(), TrainError> {
        let objective = self.learner.settings().objective.clone();
        let (changes, then) = match self.apply(&request) {
            Ok(Done::Changed(changes)) => (changes, None),
            Ok(Done::Then(then)) => (Vec::new(), Some(then)),
            Ok(Done::Seen(seen)) => {
                self.show(Live::Looked(Looked {
                    request: request.id,
                    ..seen
                }));
                return Ok(());
            }
            Err(CommandError::Rejected(reason)) => {
                self.record(Recorded::Rejected {
                    request: request.id,
                    source: request.source,
                    command: request.command,
                    reason,
                });
                return Ok(());
            }
            Err(CommandError::Failed(error)) => return Err(error),
        };
        self.progress.count_intervention();
        let switched = self.learner.settings().objective != objective;
        self.record(Recorded::Applied {
            request: request.id,
            source: request.source,
            signal: request.signal,
            command: request.command,
            changes,
            objective: switched.then(|| Box::new(self.learner.objective().info())),
        });
        if let Some(then) = then {
            then(self, request.source)?;
        }
        self.announce_state()
    }

    fn apply(&mut self, request: &Request) -> Outcome {
        match &request.command {
            Command::Action { name, .. } => Err(CommandError::Rejected(format!(
                "there is no action `{name}`: actions are commands of a program of one's own, as `genai-tui run` starts it"
            ))),
            Command::Checkpoint => Ok(checkpoint::apply()),
            Command::Look(look) => look::apply(self, *look),
            Command::Lr(target, change) => lr::apply(self, *target, *change),
            Command::Note(text) => Ok(note::apply(self, text)),
            Command::Objective(name) => objective::apply(self, name),
            Command::Pause => pause::apply(self),
            Command::Resume => resume::apply(self),
            Command::Rewind(rewind) => rewind::apply(self, *rewind),
            Command::Sample => Ok(sample::apply()),
            Command::Set { key, value } => set::apply(self, key, value),
            Command::Step(count) => Ok(step::apply(self, *count)),
            Command::Stop => Ok(stop::apply(self, request.source, request.signal.as_deref())),
        }
    }
}
