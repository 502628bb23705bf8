//! How a run ends: when its target is reached, whether it may, and what it leaves.

use std::sync::atomic::Ordering;

use crate::protocol::{Body, Command, Outcome, Source, Summary};
use crate::train::TrainError;
use crate::train::checkpoints::format::Reason;
use crate::train::trainer::{Mode, Trainer};

impl Trainer {
    /// Ends the run where its target is reached.
    pub(in crate::train) fn check_target(&mut self) {
        let target = self.target();
        let reached = |reason: String| Some((Outcome::Completed, reason));
        if self.end.is_some() {
        } else if target.steps.is_some_and(|s| self.step >= s) {
            self.end = reached(format!("reached {} steps", self.step));
        } else if target.images.is_some_and(|i| self.images >= i) {
            self.end = reached(format!(
                "reached {} epochs",
                self.images / self.dataset.images.max(1)
            ));
        } else if target.seconds.is_some_and(|s| self.clock.seconds() >= s) {
            self.end = reached("reached its time".to_owned());
        }
    }

    /// Whether the run may end. While a person is there who can make room on the disk, it does not end with its weights
    /// unsaved: it is paused, and can be stopped again.
    pub(in crate::train) fn may_end(&mut self) -> Result<bool, TrainError> {
        let asked_by_signal = matches!(self.end, Some((Outcome::Interrupted, _)));
        if asked_by_signal || !self.attended.load(Ordering::Relaxed) {
            return Ok(true);
        }
        self.save(Reason::Final)?;
        let results = self.saver.results.clone();
        for written in results {
            if written.checkpoint.saved.reason != Reason::Final {
                self.report_saved(written);
                continue;
            }
            if let Err(error) = &written.result {
                let text = format!(
                    "the weights could not be saved: {error}; the run is paused: make room and stop it again (Ctrl-C \
                     leaves without them)"
                );
                self.unsaved = true;
                self.emit_aside(Body::Warning { text: text.clone() });
                // Whoever waits for the end hears that it does not come.
                self.emit_aside(Body::Rejected {
                    request: None,
                    source: Source::Guard,
                    command: Command::Stop,
                    reason: text,
                });
                self.end = None;
                self.set_mode(Mode::Paused);
                self.announce_state()?;
                return Ok(false);
            }
            self.report_saved(written);
            self.is_saved = true;
            break;
        }
        Ok(true)
    }

    /// Saves, says the last words and gives the summary.
    pub(in crate::train) fn finish(mut self) -> Result<Summary, TrainError> {
        self.clock.stop();
        self.ring.shrink();
        // Before the last words: a run that goes on from here is one that never stopped, and says them later.
        if !self.is_saved {
            self.save(Reason::Final)?;
        }
        self.report_window()?;
        if self.step > 0 {
            self.show_samples(true)?;
        }
        self.tell_the_end();
        let mut unsaved = None;
        for written in self.saver.finish() {
            match written.result {
                Err(error) if written.checkpoint.saved.reason == Reason::Final => {
                    unsaved = Some(error);
                }
                _ => self.report_saved(written),
            }
        }
        // A run whose weights are lost has not finished, however far it came.
        if let Some(error) = unsaved {
            return Err(TrainError::Unsaved {
                source: Box::new(error),
                newest: self.last_checkpoint,
            });
        }
        let end = self.end.take();
        let (outcome, reason) =
            self.check_measured(end.unwrap_or((Outcome::Stopped, String::new())));
        let seconds = self.clock.seconds();
        let summary = Summary {
            // A run may have met what it must not meet at the step where it was stopped.
            signal: self
                .ended_by
                .take()
                .filter(|_| outcome == Outcome::Interrupted),
            outcome,
            reason,
            step: self.step,
            images: self.images,
            epochs: self.images as f64 / self.dataset.images.max(1) as f64,
            seconds,
            steps_per_second: if seconds > 0.0 {
                self.step as f64 / seconds
            } else {
                0.0
            },
            objective: self.settings.objective.clone(),
            interventions: self.interventions,
            metrics: std::mem::take(&mut self.last_metrics),
            quality: self.quality.newest.take(),
            conditions: self.rules.verdicts(),
            checkpoint: self.last_checkpoint.take(),
        };
        self.emit(Body::Finished(Box::new(summary.clone())));
        Ok(summary)
    }
}
