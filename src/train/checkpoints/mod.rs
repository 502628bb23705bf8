//! Checkpoints: their format, the thread that writes them, when one is due, and how good each is.

mod format;
mod score;
mod store;

use std::sync::Arc;

use crossbeam_channel::Receiver;

pub use format::{
    CHECKPOINT_FORMAT, Checkpoint, SavedAs, check_checkpoint, read_checkpoint, tidy_checkpoints,
};
pub(super) use format::{CHECKPOINTS, Shapes, file_of, read_sampler, shapes};
pub(super) use score::{Seen, metric_of, score, score_of_samples};
pub(super) use store::Written;
#[cfg(test)]
pub(super) use store::unrecorded;

use super::snapshot::Snapshot;
use super::{AwaitRecord, TrainError};
use crate::checkpoint::Score;
use crate::config::CheckpointConfig;
use crate::files::Place;
use crate::protocol::CheckpointReason;
use store::Saver;

/// The checkpoints of a run at work.
pub(super) struct Checkpoints {
    saver: Saver,
    plan: CheckpointConfig,
    /// Seconds of training at the last automatic checkpoint.
    saved_at: f64,
    /// Path of the newest, below the run directory.
    newest: Option<String>,
    /// Whether the newest could not be written.
    has_failed: bool,
    /// Whether the last one of the run is on disk.
    is_final: bool,
}

impl Checkpoints {
    /// Starts the thread that writes checkpoints of networks of these shapes into the run at `place`.
    pub fn start(
        plan: CheckpointConfig,
        shapes: (Shapes, Shapes),
        place: &Place,
        recorded: AwaitRecord,
    ) -> Result<Self, TrainError> {
        let saver = Saver::start(place.clone(), plan.keep, shapes, recorded);
        Ok(Self {
            saver: saver.map_err(|error| TrainError::Checkpoint {
                path: place.path().join(CHECKPOINTS),
                reason: error.to_string(),
            })?,
            plan,
            saved_at: 0.0,
            newest: None,
            has_failed: false,
            is_final: false,
        })
    }

    /// Returns whether checkpoints come by themselves.
    pub fn come_by_themselves(&self) -> bool {
        self.plan.every_steps > 0 || !self.plan.every_time.is_zero()
    }

    /// Returns whether one is due at `step`, after `seconds` of training.
    pub fn are_due(&self, step: u64, seconds: f64) -> bool {
        let plan = &self.plan;
        let by_step = plan.every_steps > 0 && step.is_multiple_of(plan.every_steps);
        let every = plan.every_time.as_secs_f64();
        let by_time = every > 0.0 && seconds - self.saved_at >= every;
        // By time, a busy disk only means: at the next step. By step, it is that step or not at all.
        by_step || (by_time && self.saver.is_free())
    }

    /// The interval to the next one begins.
    pub fn restart_interval(&mut self, seconds: f64) {
        self.saved_at = seconds;
    }

    /// Hands a state to the saver, and the one to return to where that is an earlier one.
    pub fn save(
        &self,
        snapshot: Arc<Snapshot>,
        good: Option<Arc<Snapshot>>,
        reason: CheckpointReason,
        score: Option<Score>,
    ) {
        self.saver.save(Checkpoint {
            snapshot,
            good,
            saved: SavedAs { reason, score },
        });
    }

    /// What became of the checkpoints that were handed over, in order.
    pub fn results(&self) -> &Receiver<Written> {
        &self.saver.results
    }

    /// Waits until everything handed over is written, and returns the results not yet taken.
    pub fn finish(&mut self) -> Vec<Written> {
        self.saver.finish()
    }

    /// Takes note of a result. Returns whether this is the first that was written after one that was not.
    pub fn note(&mut self, written: &Written) -> bool {
        let had_failed = self.has_failed;
        self.has_failed = written.result.is_err();
        if let Ok(path) = &written.result {
            self.newest = Some(path_of(path));
        }
        had_failed && !self.has_failed
    }

    /// The last checkpoint of the run could not be written, or is on disk.
    pub fn note_final(&mut self, is_saved: bool) {
        self.is_final = is_saved;
        self.has_failed = !is_saved;
    }

    /// Returns whether the last checkpoint of the run is on disk.
    pub fn are_final(&self) -> bool {
        self.is_final
    }

    /// Returns whether the newest could not be written.
    pub fn have_failed(&self) -> bool {
        self.has_failed
    }

    /// Path of the newest, below the run directory.
    pub fn newest(&self) -> Option<&str> {
        self.newest.as_deref()
    }

    /// The run continues from this one.
    pub fn resume_from(&mut self, path: String) {
        self.newest = Some(path);
    }

    /// The metric that the best is chosen by.
    pub fn best_by(&self, any_evaluated: bool) -> &str {
        metric_of(&self.plan.best_by, any_evaluated)
    }

    /// The score of a state.
    pub fn score(&self, seen: &Seen<'_>) -> Option<Score> {
        score(&self.plan.best_by, seen)
    }
}

/// The path of a checkpoint's folder below the run directory.
pub(super) fn path_of(folder: &std::path::Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    format!("{CHECKPOINTS}/{name}")
}
