//! Writes checkpoints on a separate thread, so that a slow disk never holds up training, and removes those not worth keeping.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::format::{CHECKPOINTS, Checkpoint, Shapes, remove_checkpoint, write_checkpoint};
use crate::checkpoint::{CheckpointFacts, checkpoint_name, superfluous};
use crate::files::Place;
use crate::protocol::CheckpointReason;
use crate::train::{AwaitRecord, TrainError};

/// What became of a checkpoint.
#[derive(Debug)]
pub(in crate::train) struct Written {
    pub checkpoint: Checkpoint,
    pub result: Result<PathBuf, TrainError>,
}

/// The writing thread, seen from the trainer.
pub(in crate::train) struct Saver {
    jobs: Option<Sender<Checkpoint>>,
    /// What became of them, in order.
    pub results: Receiver<Written>,
    thread: Option<JoinHandle<()>>,
}

impl Saver {
    /// Starts a saver into the run at `place` that keeps the `keep` newest checkpoints, the best one and those asked for. The
    /// record of everything before a checkpoint must be on disk first: `recorded` waits for that.
    pub fn start(
        place: Place,
        keep: usize,
        shapes: (Shapes, Shapes),
        recorded: AwaitRecord,
    ) -> std::io::Result<Self> {
        // One waiting job: a disk slower than the interval makes the trainer skip one rather than pile them up.
        let (jobs, todo) = bounded::<Checkpoint>(1);
        let (done, results) = unbounded();
        let thread = std::thread::Builder::new()
            .name("saver".to_owned())
            .spawn(move || {
                let target = Target {
                    place,
                    shapes,
                    recorded,
                };
                for mut checkpoint in todo {
                    let mut result = target.write(&mut checkpoint);
                    // The disk may have room for half of it: the state without the one to go back to.
                    if matches!(result, Err(TrainError::Checkpoint { .. }))
                        && checkpoint.good.take().is_some()
                        && let Ok(path) = target.write(&mut checkpoint)
                    {
                        result = Ok(path);
                    }
                    if let Ok(newest) = &result {
                        prune(newest, keep);
                    }
                    if done.send(Written { checkpoint, result }).is_err() {
                        break;
                    }
                }
            })?;
        Ok(Self {
            jobs: Some(jobs),
            results,
            thread: Some(thread),
        })
    }

    /// Returns whether a job would be taken at once.
    pub fn is_free(&self) -> bool {
        self.jobs.as_ref().is_some_and(|j| !j.is_full())
    }

    /// Hands over a checkpoint; waits only while another is already waiting.
    pub fn save(&self, checkpoint: Checkpoint) {
        if let Some(jobs) = &self.jobs {
            // A saver that is gone has said why in its last result.
            let _ = jobs.send(checkpoint);
        }
    }

    /// Waits until everything handed over is written, and gives the results not yet taken.
    pub fn finish(&mut self) -> Vec<Written> {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.results.try_iter().collect()
    }
}

impl Drop for Saver {
    fn drop(&mut self) {
        self.finish();
    }
}

/// Where checkpoints are written.
struct Target {
    place: Place,
    shapes: (Shapes, Shapes),
    recorded: AwaitRecord,
}

impl Target {
    /// Writes a checkpoint into the run directory. If that is moved meanwhile, it is written again at the new place, and
    /// nothing remains in what may lie at the old one.
    fn write(&self, checkpoint: &mut Checkpoint) -> Result<PathBuf, TrainError> {
        let (g, d) = &self.shapes;
        let seq = checkpoint.snapshot.state.progress.seq();
        let mut folder = self.folder()?;
        loop {
            respect_request(&folder, checkpoint);
            let is_here = || self.folder().is_ok_and(|now| now == folder);
            let may_count = || (self.recorded)(seq) && is_here();
            let result = write_checkpoint(&folder, checkpoint, g, d, may_count);
            match self.folder() {
                Ok(now) if result.is_err() && now != folder => folder = now,
                _ => return result,
            }
        }
    }

    /// The folder of checkpoints in the run directory, which may have been moved during the run.
    fn folder(&self) -> Result<PathBuf, TrainError> {
        let place = &self.place;
        place.check().map_err(|error| TrainError::Checkpoint {
            path: place.path(),
            reason: error.to_string(),
        })?;
        Ok(place.path().join(CHECKPOINTS))
    }
}

/// A requested checkpoint is kept, also when its state turns out to be the best and is written again.
fn respect_request(folder: &Path, checkpoint: &mut Checkpoint) {
    let step = checkpoint.snapshot.state.progress.step();
    let there = CheckpointFacts::read(&folder.join(checkpoint_name(step)));
    let was_asked_for = there.is_some_and(|there| there.reason == Some(CheckpointReason::Request));
    if checkpoint.saved.reason == CheckpointReason::Best && was_asked_for {
        checkpoint.saved.reason = CheckpointReason::Request;
    }
}

/// Removes the checkpoints that are not worth keeping, never the one just written.
fn prune(newest: &Path, keep: usize) {
    let folder = newest.parent().map(fs::read_dir);
    let found: Vec<CheckpointFacts> = folder
        .into_iter()
        .flatten()
        .flatten()
        .flatten()
        .filter_map(|entry| CheckpointFacts::read(&entry.path()))
        .collect();
    for checkpoint in superfluous(&found, keep) {
        if checkpoint.dir != newest {
            // A checkpoint that cannot be removed takes space but does no harm.
            let _ = remove_checkpoint(&checkpoint.dir);
        }
    }
}

/// Waits for no record.
#[cfg(test)]
pub(in crate::train) fn unrecorded() -> AwaitRecord {
    std::sync::Arc::new(|_| true)
}
