//! Allows one process at a time to download into a folder.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::data::error::DataError;
use crate::data::watch::Watch;

/// Interval between attempts to take the lock.
const RETRY: Duration = Duration::from_millis(100);

/// The right to download into a folder. The operating system releases it when the process ends, however it ends.
pub(super) struct FolderLock {
    /// `None` on a file system that has no locks.
    file: Option<File>,
}

/// The outcome of trying to lock.
enum Attempt {
    Locked(File),
    Taken,
    Unsupported,
}

impl FolderLock {
    /// Waits until no other process downloads into `folder`.
    pub fn take(folder: &Path, title: &str, watch: &mut Watch<'_>) -> Result<Self, DataError> {
        // The file stays: removing it would let two processes lock two files of that name.
        let path = folder.join(".lock");
        let mut is_reported = false;
        loop {
            watch.check()?;
            match attempt(&path).map_err(DataError::io(&path, "lock it"))? {
                Attempt::Locked(file) => return Ok(Self { file: Some(file) }),
                Attempt::Unsupported => return Ok(Self { file: None }),
                Attempt::Taken => {}
            }
            if !is_reported {
                watch.say(format!("waiting for another process that fetches {title}"));
                is_reported = true;
            }
            thread::sleep(RETRY);
        }
    }

    /// Returns whether no other process can be downloading.
    pub fn is_exclusive(&self) -> bool {
        self.file.is_some()
    }

    /// The part file of `target`. Without a lock its name is unique to this process.
    pub fn part(&self, target: &Path) -> PathBuf {
        let mut name = target.as_os_str().to_owned();
        if !self.is_exclusive() {
            name.push(format!(".{}", std::process::id()));
        }
        name.push(".part");
        name.into()
    }
}

fn attempt(path: &Path) -> io::Result<Attempt> {
    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;

    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Attempt::Locked(file)),
        Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(Attempt::Taken),
        // Some network file systems.
        Err(Errno::NOSYS | Errno::OPNOTSUPP | Errno::NOLCK | Errno::INVAL) => {
            Ok(Attempt::Unsupported)
        }
        Err(error) => Err(error.into()),
    }
}
