//! The claim of a worker on a run: the lock of a directory, with its beat, as run directories have it.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::SweepError;
use crate::record::{self, RecordError, RunDir, Status};

/// A run that this worker is at. Given up when it is dropped.
#[derive(Debug)]
pub struct Claim {
    held: Option<RunDir>,
    folder: PathBuf,
}

impl Claim {
    /// Claims a run, unless a worker is at it that lives or may live.
    ///
    /// # Errors
    /// When the directory refuses.
    pub fn take(dir: &Path, name: &str) -> Result<Option<Self>, SweepError> {
        Self::of(folder(dir, name))
    }

    fn of(folder: PathBuf) -> Result<Option<Self>, SweepError> {
        match RunDir::hold(&folder) {
            Ok(held) => Ok(Some(Self {
                held: Some(held),
                folder,
            })),
            Err(RecordError::InUse { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes what dead workers left: once a sweep is done, nobody takes it over.
    pub fn clear(dir: &Path) {
        let left = fs::read_dir(dir.join("claims"));
        for claim in left.into_iter().flatten().flatten() {
            // One that cannot be taken belongs to somebody, or is in nobody's way.
            drop(Self::of(claim.path()));
        }
    }

    /// Returns whether a worker is at a run.
    #[must_use]
    pub fn is_taken(dir: &Path, name: &str) -> bool {
        let live = |path: &Path| {
            record::facts(path).is_some_and(|run| matches!(run.status, Status::Live { .. }))
        };
        live(&folder(dir, name)) || live(&dir.join("runs").join(name))
    }

    /// Shows others that this worker lives; to be called every second or so.
    ///
    /// # Errors
    /// When the directory refuses, or another has taken over.
    pub fn beat(&self) -> Result<(), SweepError> {
        match &self.held {
            Some(held) => Ok(held.beat()?),
            None => Ok(()),
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(held) = self.held.take() {
            held.discard();
            // Where it was taken over from a dead worker, the folder was there before; another worker may be in it already.
            let _ = fs::remove_dir(&self.folder);
        }
    }
}

fn folder(dir: &Path, name: &str) -> PathBuf {
    dir.join("claims").join(name)
}
