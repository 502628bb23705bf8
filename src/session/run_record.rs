//! The record of a run, as its engine sees it.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::recording::Progress;
use crate::files::{self, Place};
use crate::record::{RecordError, RunDir};

/// The record of a run, as its engine sees it: what is to be recorded goes there by itself, with the events.
#[derive(Debug)]
pub struct RunRecord {
    dir: Arc<RunDir>,
    progress: Progress,
    lost: Arc<AtomicBool>,
}

impl RunRecord {
    pub(super) fn new(dir: Arc<RunDir>, progress: Progress, lost: Arc<AtomicBool>) -> Self {
        Self {
            dir,
            progress,
            lost,
        }
    }

    /// Where the run directory lies.
    #[must_use]
    pub fn place(&self) -> &Place {
        self.dir.place()
    }

    /// Writes the configuration that the run begins or resumes with, and removes the summary of an earlier end. Only to be
    /// called when nothing can stop the run from beginning any more: one that does not begin leaves everything as it was.
    ///
    /// # Errors
    /// When the system refuses, or the directory belongs to another process by now.
    pub fn begin(&self, config: &str) -> Result<(), RecordError> {
        self.dir.write_config(config)?;
        self.dir.remove_summary()
    }

    /// Waits until the event numbered `seq` and all before it are on disk, or the disk refuses them: what a run resumes from
    /// must never be ahead of its record. Returns false if the run directory is another process's by now.
    #[must_use]
    pub fn wait_for(&self, seq: u64) -> bool {
        self.progress.wait_for(seq);
        // Also against a power cut. If the record cannot be synced, the checkpoint is saved all the same.
        let _ = File::open(self.dir.events()).and_then(|file| files::sync_data(&file));
        // The lock itself is checked: after a long suspension this thread may be faster than the recorder.
        match self.dir.beat() {
            Err(RecordError::TakenOver { .. }) => {
                self.lost.store(true, Ordering::Release);
                false
            }
            beaten => {
                let in_place = beaten.is_ok() || self.dir.place().check().is_ok();
                in_place && !self.lost.load(Ordering::Acquire)
            }
        }
    }
}
