//! How a run ends: when its target is reached, whether it may, and what it leaves.

use super::Trainer;
use crate::protocol::{
    CheckpointReason, Command, Outcome, Recorded, Source, Summary, Trouble, Warning,
};
use crate::train::TrainError;
use crate::train::control::{End, Mode};

impl Trainer {
    /// Ends the run where its target is reached.
    pub(super) fn check_target(&mut self) {
        if self.control.end().is_some() {
            return;
        }
        let target = self.setup.target();
        let (step, images) = (self.progress.step(), self.progress.images());
        let reason = if target.steps.is_some_and(|steps| step >= steps) {
            format!("reached {step} steps")
        } else if target.images.is_some_and(|all| images >= all) {
            let epochs = images / self.setup.dataset.images.max(1);
            format!("reached {epochs} epochs")
        } else if target.seconds.is_some_and(|s| self.clock.seconds() >= s) {
            "reached its time limit".to_owned()
        } else {
            return;
        };
        self.control
            .set_end(Some(End::new(Outcome::Completed, reason)));
    }

    /// Fails a run because of a condition, even if it was asked to stop at the same step.
    pub(super) fn check_conditions(&mut self) {
        if matches!(self.control.outcome(), None | Some(Outcome::Stopped))
            && let Some(failure) = self.guards.failure()
        {
            let end = End::new(Outcome::FailedCondition, failure.text);
            self.control.set_end(Some(end));
        }
    }

    /// Returns whether the run may end. While a person is there who can make room on the disk, it does not end with its
    /// weights unsaved: it is paused, and can be stopped again.
    pub(super) fn may_end(&mut self) -> Result<bool, TrainError> {
        let asked_by_signal = self.control.outcome() == Some(Outcome::Interrupted);
        if asked_by_signal || !self.control.is_attended() {
            return Ok(true);
        }
        self.save(CheckpointReason::Final)?;
        let results = self.checkpoints.results().clone();
        for written in results {
            if written.checkpoint.saved.reason != CheckpointReason::Final {
                self.report_saved(written);
                continue;
            }
            if let Err(error) = &written.result {
                let text = format!(
                    "the weights could not be saved: {error}; the run is paused: free some disk space and stop it again \
                     (Ctrl-C exits without saving)"
                );
                self.checkpoints.note_final(false);
                let trouble = Trouble::Checkpoint {
                    reason: CheckpointReason::Final,
                };
                self.announce(Recorded::Warning(Warning::open(trouble, text.clone())));
                // So that no one waits for an end that does not come.
                self.announce(Recorded::Rejected {
                    request: None,
                    source: Source::Guard,
                    command: Command::Stop,
                    reason: text,
                });
                self.control.set_end(None);
                self.set_mode(Mode::Paused);
                self.announce_state()?;
                return Ok(false);
            }
            self.report_saved(written);
            self.checkpoints.note_final(true);
            break;
        }
        Ok(true)
    }

    /// Saves, reports the last events and returns the summary.
    pub(super) fn finish(mut self) -> Result<Summary, TrainError> {
        self.clock.stop();
        self.rollback.shrink();
        // Before the last events, so that a resumed run reports them as if it had never stopped.
        if !self.checkpoints.are_final() {
            self.save(CheckpointReason::Final)?;
        }
        self.report_window()?;
        if self.progress.step() > 0 {
            self.show_samples(true)?;
        }
        self.report_final_evaluation();
        let mut unsaved = None;
        for written in self.checkpoints.finish() {
            match written.result {
                Err(error) if written.checkpoint.saved.reason == CheckpointReason::Final => {
                    unsaved = Some(error);
                }
                _ => self.report_saved(written),
            }
        }
        // A run whose weights are lost has not finished, however far it came.
        if let Some(error) = unsaved {
            return Err(TrainError::Unsaved {
                source: Box::new(error),
                newest: self.checkpoints.newest().map(str::to_owned),
            });
        }
        let end = self.control.take_end();
        let end = self.check_measured(end.unwrap_or_else(|| End::new(Outcome::Stopped, "")));
        let summary = self.summary(end);
        self.record(Recorded::Finished(Box::new(summary.clone())));
        Ok(summary)
    }

    /// At the very end: a condition that could never be checked was not passed. A run that was ended by a signal or by its
    /// numbers has another reason.
    fn check_measured(&mut self, end: End) -> End {
        if !matches!(end.outcome, Outcome::Completed | Outcome::Stopped) {
            return end;
        }
        let mut missing = self.guards.not_measured(self.progress.step());
        for never in &mut missing {
            if let Some(reason) = self.why_unjudged(&never.metric) {
                never.text = format!("{}; {reason}", never.text);
            }
        }
        let reasons: Vec<String> = missing.iter().map(|m| m.text.clone()).collect();
        for triggered in missing {
            self.record(Recorded::Rule(triggered));
        }
        if reasons.is_empty() {
            end
        } else {
            End::new(Outcome::FailedCondition, reasons.join("; "))
        }
    }

    fn summary(&self, end: End) -> Summary {
        let (step, images) = (self.progress.step(), self.progress.images());
        let seconds = self.clock.seconds();
        // A fork's time begins at its own first step.
        let first = self.setup.origin.as_ref().map_or(0, |origin| origin.step);
        Summary {
            // A run may have met what it must not meet at the step where it was stopped.
            signal: end.signal.filter(|_| end.outcome == Outcome::Interrupted),
            outcome: end.outcome,
            reason: end.reason,
            step,
            images,
            epochs: images as f64 / self.setup.dataset.images.max(1) as f64,
            seconds,
            steps_per_second: if seconds > 0.0 {
                step.saturating_sub(first) as f64 / seconds
            } else {
                0.0
            },
            objective: self.learner.settings().objective.clone(),
            interventions: self.progress.interventions(),
            metrics: self.journal.metrics().clone(),
            quality: self.evaluations.seen().newest.clone(),
            conditions: self.guards.verdicts(),
            checkpoint: self.checkpoints.newest().map(str::to_owned),
            exit_code: None,
        }
    }
}
