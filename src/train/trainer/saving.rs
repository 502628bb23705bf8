//! Saving the run: when, which state, and what becomes of it.

use super::Trainer;
use crate::checkpoint::Score;
use crate::protocol::{CheckpointReason, Position, Recorded, Trouble, Warning};
use crate::train::TrainError;
use crate::train::checkpoints::{Seen, Written, path_of};

impl Trainer {
    /// Returns whether a checkpoint is due after this step.
    pub(super) fn is_save_due(&self) -> bool {
        self.checkpoints
            .are_due(self.progress.step(), self.clock.seconds())
    }

    pub(super) fn save_if_due(&mut self) -> Result<(), TrainError> {
        // A device's window may have been read just before it was due; the next step saves it.
        if self.is_save_due() && self.learner.is_finite()? {
            self.checkpoints.restart_interval(self.clock.seconds());
            self.save(CheckpointReason::Interval)?;
        }
        Ok(())
    }

    /// Hands the state at the beginning to the saver: a run that is killed before its first interval is over has something
    /// to resume from. It is in memory already, so that nothing is copied.
    pub(super) fn save_first(&self) {
        if let Some(snapshot) = self.rollback.newest().cloned() {
            // What has not been trained yet is not a candidate for the best.
            self.checkpoints
                .save(snapshot, None, CheckpointReason::First, None);
        }
    }

    /// Hands the present state to the saver.
    pub(super) fn save(&mut self, reason: CheckpointReason) -> Result<(), TrainError> {
        let newest = self.rollback.newest().cloned();
        let state = self.state()?;
        let (snapshot, good) = match newest {
            // Kept a moment ago: no second copy.
            Some(newest) if newest.state == state => (newest, None),
            newest => {
                self.rollback.make_room_beside();
                let snapshot = self.snapshot()?;
                self.rollback.lend_room(&snapshot);
                (snapshot, newest)
            }
        };
        let score = self.score();
        self.checkpoints.save(snapshot, good, reason, score);
        Ok(())
    }

    /// The score of the present state.
    fn score(&self) -> Option<Score> {
        let newest = self.evaluations.newest();
        let of_this = newest.filter(|(step, _)| *step == self.progress.step());
        self.checkpoints.score(&Seen {
            metrics: self.journal.metrics(),
            diversity: self.journal.diversity(),
            any_evaluated: newest.is_some(),
            evaluated: of_this.map(|(_, values)| values),
            measures: self.evaluations.measures(),
            objective: &self.learner.objective().info(),
        })
    }

    /// Reports what became of a checkpoint, at the position of its state, whenever the disk was done.
    pub(super) fn report_saved(&mut self, written: Written) {
        let has_recovered = self.checkpoints.note(&written);
        let Written { checkpoint, result } = written;
        let state = &checkpoint.snapshot.state;
        let step = state.progress.step();
        let reason = checkpoint.saved.reason;
        let trouble = Trouble::Checkpoint { reason };
        if has_recovered {
            let text = format!("recovered: step {step} is saved");
            self.announce(Recorded::Warning(Warning::resolved(trouble, text)));
        }
        let body = match result {
            Ok(path) => Recorded::Checkpoint {
                path: path_of(&path),
                reason,
            },
            Err(error) => {
                let text = format!(
                    "no checkpoint at step {step}: {error}; training continues, and the next one may succeed"
                );
                Recorded::Warning(Warning::open(trouble, text))
            }
        };
        let at = Position {
            branch: state.progress.branch(),
            step,
            images: state.progress.images(),
            elapsed: state.elapsed,
        };
        self.journal.announce(at, body);
        self.rollback.recycle(checkpoint.snapshot);
    }
}
