//! `checkpoint`: saves the run.

use super::Done;
use crate::protocol::CheckpointReason;
use crate::protocol::Source;

pub(super) fn apply() -> Done {
    Done::Then(|trainer, source| {
        trainer.save(match source {
            // It may be a scheduler that asks every few minutes, for days.
            Source::Signal => CheckpointReason::Interval,
            _ => CheckpointReason::Request,
        })
    })
}
