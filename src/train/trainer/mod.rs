//! The trainer: its parts, and the loop that makes steps and carries out commands between them.

mod beginning;
mod commands;
mod ending;
mod evaluating;
mod parts;
mod recovery;
mod reporting;
mod saving;
mod state;
mod steps;
#[cfg(test)]
mod tests;

use crossbeam_channel::select;

pub use beginning::Beginning;
pub use parts::TrainerParts;

use super::TrainError;
use super::checkpoints::Checkpoints;
use super::clock::Clock;
use super::control::{Control, End};
use super::evaluation::Evaluations;
use super::guards::Guards;
use super::journal::Journal;
use super::learner::Learner;
use super::progress::Progress;
use super::rollback::Rollback;
use super::sampling::preview::Preview;
use crate::nn::kernels;
use crate::protocol::{Command, Outcome, Recorded, Request, Source, Summary, Warning};
use parts::Setup;

/// A training run.
pub struct Trainer {
    setup: Setup,
    learner: Learner,
    progress: Progress,
    clock: Clock,
    journal: Journal,
    guards: Guards,
    rollback: Rollback,
    checkpoints: Checkpoints,
    evaluations: Evaluations,
    preview: Preview,
    control: Control,
}

impl Trainer {
    /// Trains until the target is reached, someone stops it or the numbers stop being finite. Sends `started` first and
    /// `finished` last.
    ///
    /// # Errors
    /// When a step fails; what was saved until then stays.
    pub fn run(mut self) -> Result<Summary, TrainError> {
        self.open()?;
        loop {
            self.carry_out_all()?;
            while let Ok(written) = self.checkpoints.results().try_recv() {
                self.report_saved(written);
            }
            self.poll_evaluator()?;
            if self.control.is_lost() {
                return Err(TrainError::Lost(self.setup.place.path()));
            }
            // A run that could not be saved waits until a user makes room and stops or continues it.
            let waits = self.checkpoints.have_failed()
                && self.control.is_paused()
                && self.control.end().is_none();
            if !waits {
                self.check_conditions();
                self.check_target();
            }
            if self.control.end().is_some() {
                self.evaluate_the_end()?;
                if self.may_end()? {
                    break;
                }
                self.wait()?;
            } else if self.control.is_paused() {
                self.wait()?;
            } else {
                self.train_step()?;
            }
        }
        self.finish()
    }

    /// Everything before the first step.
    fn open(&mut self) -> Result<(), TrainError> {
        let info = self.info();
        self.record(Recorded::Started(Box::new(info)));
        self.report_unrecorded();
        for text in self.setup.take_notices() {
            self.announce(Recorded::Warning(Warning::passing(text)));
        }
        self.announce_if_unjudged();
        self.announce_if_unmeasured();
        if let Some(why) = kernels::why_not_compiled(self.learner.model().device()) {
            let text = format!(
                "custom CUDA kernels are unavailable ({why}); using candle's, which are slower"
            );
            self.announce(Recorded::Warning(Warning::passing(text)));
        }
        self.clock.start();
        let is_resumed = self.setup.resumed.is_some();
        if is_resumed {
            // For those who watch: the record has them.
            self.show_samples(false)?;
        } else {
            self.sample(self.setup.config.samples.keep_every_steps > 0)?;
        }
        if self.rollback.newest().is_none() {
            self.keep_state()?;
        }
        if !is_resumed && self.checkpoints.come_by_themselves() {
            self.save_first();
        }
        self.announce_state()?;
        for request in self.control.take_held() {
            self.carry_out(request)?;
        }
        Ok(())
    }

    /// Carries out what was asked for since the last step: by requests, by rules, by the script.
    fn carry_out_all(&mut self) -> Result<(), TrainError> {
        while let Ok(request) = self.control.requests().try_recv() {
            self.check_numbers()?;
            self.carry_out(request)?;
        }
        self.carry_out_triggered()?;
        self.carry_out_due()
    }

    /// Carries out what rules have triggered.
    fn carry_out_triggered(&mut self) -> Result<(), TrainError> {
        while self.guards.have_triggered() {
            self.check_numbers()?;
            // None is left of what was triggered on the way to numbers that were lost.
            let Some(command) = self.guards.next_triggered() else {
                break;
            };
            if command == Command::Pause && self.control.is_paused() {
                continue;
            }
            self.carry_out(by(Source::Rule, command))?;
        }
        Ok(())
    }

    /// Carries out what is scripted for this step.
    fn carry_out_due(&mut self) -> Result<(), TrainError> {
        while self.control.is_due(self.progress.step()) {
            self.check_numbers()?;
            // Numbers that were lost take the run back to before the step of the script.
            if let Some(timed) = self.control.next_due() {
                self.carry_out(by(Source::Script, timed.command))?;
            }
        }
        Ok(())
    }

    /// Paused: waits for a command, for the saver or for the evaluator.
    fn wait(&mut self) -> Result<(), TrainError> {
        let requests = self.control.requests().clone();
        let results = self.checkpoints.results().clone();
        let reports = self.evaluations.reports();
        select! {
            recv(requests) -> request => match request {
                Ok(request) => self.carry_out(request)?,
                // No one is left who could ever resume it.
                Err(_) => self
                    .control
                    .set_end(Some(End::new(Outcome::Stopped, "no one is left to resume it"))),
            },
            recv(results) -> written => {
                if let Ok(written) = written {
                    self.report_saved(written);
                }
            }
            recv(reports) -> report => self.handle_report(report.ok())?,
        }
        Ok(())
    }
}

/// A command that no viewer asked for.
fn by(source: Source, command: Command) -> Request {
    Request {
        id: None,
        source,
        signal: None,
        command,
    }
}
