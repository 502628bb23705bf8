//! The claim of a worker on a run: the lock of a directory, with its beat, as run directories have it.

use std::fs;
use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::error::SweepError;
use crate::record::RunDir;

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
    pub(super) fn take(
        dir: &Path,
        disk: &dyn Disk,
        name: &str,
    ) -> Result<Option<Self>, SweepError> {
        Self::of(folder(dir, name), disk)
    }

    fn of(folder: PathBuf, disk: &dyn Disk) -> Result<Option<Self>, SweepError> {
        let held = disk.hold(&folder)?;
        Ok(held.map(|held| Self {
            held: Some(held),
            folder,
        }))
    }

    /// Removes what dead workers left: once a sweep is done, nobody takes it over.
    pub(super) fn clear(dir: &Path, disk: &dyn Disk) {
        let claims = dir.join("claims");
        for name in disk.names(&claims).unwrap_or_default() {
            // One that cannot be taken belongs to somebody, or is in nobody's way.
            drop(Self::of(claims.join(name), disk));
        }
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

/// Where the claim on a run is.
pub(super) fn folder(dir: &Path, name: &str) -> PathBuf {
    dir.join("claims").join(name)
}
