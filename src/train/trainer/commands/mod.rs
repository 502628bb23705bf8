//! What a trainer does with a command. It takes them between two steps, and answers every one.

mod look;
pub(in crate::train) mod objective;

use crate::protocol::{
    Body, Change, Command, Look, Looked, LrChange, LrTarget, Outcome, Request, Source,
};
use crate::train::TrainError;
use crate::train::checkpoints::format::Reason;
use crate::train::settings::changes;
use crate::train::trainer::{Mode, Trainer};

/// What a command came to: the values it changed, or why it was not taken.
type Answer = Result<Vec<Change>, String>;

impl Trainer {
    /// Carries out a request and answers it.
    pub(in crate::train) fn carry_out(&mut self, request: Request) -> Result<(), TrainError> {
        let Request {
            id,
            source,
            signal,
            command,
        } = request;
        if let Command::Look(look) = command {
            return self.show(id, source, look);
        }
        let objective = self.settings.objective.clone();
        let answer = self.try_command(&command, source, signal.as_deref())?;
        match answer {
            Ok(changes) => {
                self.interventions += 1;
                let switched = self.settings.objective != objective;
                let objective = switched.then(|| Box::new(self.objective.info()));
                let then = command.clone();
                self.emit(Body::Applied {
                    request: id,
                    source,
                    signal,
                    command,
                    changes,
                    objective,
                });
                // After the answer, so that the picture follows what it answers to, and the checkpoint holds it.
                match then {
                    Command::Sample => self.draw_samples(true)?,
                    // One that asks for a checkpoint may be a scheduler that does so every few minutes, for days.
                    Command::Checkpoint if source == Source::Signal => {
                        self.save(Reason::Interval)?;
                    }
                    Command::Checkpoint => self.save(Reason::Request)?,
                    _ => {}
                }
                self.announce_state()
            }
            Err(reason) => {
                self.emit(Body::Rejected {
                    request: id,
                    source,
                    command,
                    reason,
                });
                Ok(())
            }
        }
    }

    /// Shows what somebody asked to see: no intervention, and nothing for the record.
    fn show(&mut self, id: Option<u64>, source: Source, look: Look) -> Result<(), TrainError> {
        let body = match self.see(look)? {
            Ok(seen) => Body::Looked(Looked {
                request: id,
                ..seen
            }),
            Err(reason) => Body::Rejected {
                request: id,
                source,
                command: Command::Look(look),
                reason,
            },
        };
        self.emit(body);
        Ok(())
    }

    fn try_command(
        &mut self,
        command: &Command,
        source: Source,
        signal: Option<&str>,
    ) -> Result<Answer, TrainError> {
        Ok(match command {
            Command::Pause if self.mode == Mode::Paused => Err("it is paused already".to_owned()),
            Command::Pause => {
                self.set_mode(Mode::Paused);
                Ok(Vec::new())
            }
            Command::Resume if self.mode == Mode::Running => {
                Err("it is running already".to_owned())
            }
            Command::Resume => {
                self.set_mode(Mode::Running);
                Ok(Vec::new())
            }
            Command::Step(count) => {
                self.set_mode(Mode::Stepping(*count));
                Ok(Vec::new())
            }
            Command::Lr(target, change) => self.checked_lr(*target, *change),
            Command::Objective(name) => self.switch_objective(name)?,
            Command::Set { key, value } => self.change_setting(key, value)?,
            Command::Rewind(rewind) => self.rewind(*rewind)?,
            Command::Checkpoint | Command::Sample | Command::Look(_) => Ok(Vec::new()),
            Command::Note(text) => {
                self.emit(Body::Note { text: text.clone() });
                Ok(Vec::new())
            }
            Command::Stop => {
                let (outcome, reason) = match (source, signal) {
                    (Source::Signal, Some(name)) => {
                        (Outcome::Interrupted, format!("stopped by {name}"))
                    }
                    (Source::Signal, None) => {
                        (Outcome::Interrupted, "stopped by a signal".to_owned())
                    }
                    (Source::Output, _) => (
                        Outcome::Interrupted,
                        "stopped because standard output was closed or cannot be written"
                            .to_owned(),
                    ),
                    _ => (Outcome::Stopped, "stopped on request".to_owned()),
                };
                self.ended_by = signal.map(str::to_owned);
                self.end = Some((outcome, reason));
                Ok(Vec::new())
            }
        })
    }

    /// Trains with another value of a setting, and says what changed.
    fn change_setting(&mut self, key: &str, value: &str) -> Result<Answer, TrainError> {
        let settings = match self.settings.with(key, value) {
            Ok(settings) => settings,
            Err(reason) => return Ok(Err(reason)),
        };
        let changed = changes(&self.settings, &settings);
        self.model.set_average(settings.ema.decay)?;
        self.settings = settings;
        Ok(Ok(changed))
    }

    /// Sets learning rates and says what changed, or why they are out of bounds.
    pub(in crate::train) fn checked_lr(&mut self, target: LrTarget, change: LrChange) -> Answer {
        let next = self.scaled(target, change);
        for lr in [next.0, next.1] {
            if !(lr.is_finite() && lr > 0.0 && lr <= 1.0) {
                return Err(format!("a learning rate of {lr:e} is not between 0 and 1"));
            }
        }
        Ok(self.change_lr(target, change))
    }

    /// What D's and G's learning rates would be.
    fn scaled(&self, target: LrTarget, change: LrChange) -> (f64, f64) {
        let new = |old: f64| match change {
            LrChange::Set(value) => value,
            // Keys multiply by 1.25 again and again: what is shown should stay readable.
            LrChange::Scale(factor) => round_to_4_digits(old * factor),
        };
        let (d, g) = (self.settings.optimizer.d.lr, self.settings.optimizer.g.lr);
        match target {
            LrTarget::Both => (new(d), new(g)),
            LrTarget::D => (new(d), g),
            LrTarget::G => (d, new(g)),
        }
    }

    /// Sets learning rates and says what changed.
    pub(in crate::train) fn change_lr(
        &mut self,
        target: LrTarget,
        change: LrChange,
    ) -> Vec<Change> {
        let before = self.settings.clone();
        let (d, g) = self.scaled(target, change);
        self.settings.optimizer.d.lr = d;
        self.settings.optimizer.g.lr = g;
        changes(&before, &self.settings)
    }
}

fn round_to_4_digits(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::round_to_4_digits;

    #[test]
    fn scaled_rates_stay_readable() {
        let shown = |value: f64| format!("{:e}", round_to_4_digits(value));
        assert_eq!(shown(2e-4 * 1.25), "2.5e-4");
        assert_eq!(shown(2e-4 / 3.0), "6.667e-5");
        assert_eq!(shown(0.0), "0e0");
    }
}
