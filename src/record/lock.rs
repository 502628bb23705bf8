//! The lock of a run directory: one writer at a time, and a way to know that the writer is dead.
//!
//! The file says who holds it, and its time of change when they last gave a sign of life: by the clock of the file system,
//! so that the clocks of two hosts need not agree. A lock whose holder is dead ([`Holder::liveness`]) may be taken over. One
//! that was only frozen finds out at its next beat, and must then leave the directory alone.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::RecordError;
use super::atomic::drafts;
use super::holder::{FAR, Holder, Silence};
use crate::files::{self, Place};

/// Beginning of the names of files that are there for a moment next to a lock.
pub(super) const BESIDE: &str = ".lock-";

/// A lock that this process holds; dropped, it is removed.
#[derive(Debug)]
pub(super) struct Lock {
    pulse: Pulse,
    took_over: Option<TookOver>,
}

/// What keeps a lock alive.
#[derive(Debug, Clone)]
pub(super) struct Pulse {
    /// The directory that it is the lock of.
    place: Place,
    /// The name of the lock in it.
    name: OsString,
    content: Vec<u8>,
}

/// Whose lock was found and taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TookOver {
    /// The process that held it; `None` if the lock could not be read.
    pub holder: Option<Holder>,
    /// What it was judged by, if it could not be looked up.
    pub silence: Option<Silence>,
}

impl fmt::Display for TookOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.holder {
            Some(holder) => write!(f, "took over from {holder}: it is gone")?,
            None => write!(f, "took over from a process that left an unreadable lock")?,
        }
        match &self.silence {
            Some(silence) => write!(
                f,
                ", as far as can be told from here: no sign of life for {} s",
                silence.lasted.as_secs()
            ),
            None => Ok(()),
        }
    }
}

/// What is found at a lock's path.
#[derive(Debug)]
pub(super) enum Seen {
    /// Nothing.
    Free,
    /// The lock of a process that appears to be alive.
    Held {
        holder: Holder,
        silence: Option<Silence>,
    },
    /// The lock of a dead one.
    Stale {
        by: TookOver,
        /// The bytes of the file.
        content: Vec<u8>,
    },
    /// A file that says nothing, perhaps because it is being written at this moment.
    Unreadable {
        /// What is wrong with it.
        reason: String,
    },
}

/// Looks at a lock and leaves everything as it is.
pub(super) fn see(path: &Path) -> Result<Seen, RecordError> {
    let content = match files::read(path) {
        Ok(content) => content,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Seen::Free),
        Err(error) => return Err(RecordError::io("read", path)(error)),
    };
    Ok(match serde_json::from_slice::<Holder>(&content) {
        Ok(holder) => {
            let liveness = holder.liveness(|| silence(path));
            let silence = liveness.silence;
            if liveness.is_dead {
                let holder = Some(holder);
                let by = TookOver { holder, silence };
                Seen::Stale { by, content }
            } else {
                Seen::Held { holder, silence }
            }
        }
        // No one writes to it for so long, nor touches it without finding that the lock is another's.
        Err(_) if silence(path) > FAR => {
            let by = TookOver {
                holder: None,
                silence: None,
            };
            Seen::Stale { by, content }
        }
        Err(error) => Seen::Unreadable {
            reason: error.to_string(),
        },
    })
}

/// Finds out whether a lock can be taken. Returns whose it was and the bytes of a stale one.
pub(super) fn look(path: &Path) -> Result<Option<(TookOver, Vec<u8>)>, RecordError> {
    match see(path)? {
        Seen::Free => Ok(None),
        Seen::Stale { by, content } => Ok(Some((by, content))),
        Seen::Held { holder, silence } => {
            let path = path.parent().unwrap_or(path).to_path_buf();
            Err(RecordError::InUse {
                path,
                holder: Box::new(holder),
                silence,
            })
        }
        Seen::Unreadable { reason } => Err(RecordError::UnreadableLock {
            path: path.to_path_buf(),
            reason,
        }),
    }
}

/// When the holder of a lock last gave a sign of life.
pub(super) fn last_beat(path: &Path) -> Option<Timestamp> {
    Timestamp::try_from(fs::metadata(path).ok()?.modified().ok()?).ok()
}

/// For how long the holder of a lock has given no sign of life.
fn silence(path: &Path) -> Duration {
    let beat = fs::metadata(path).and_then(|m| m.modified());
    let (Ok(beat), Some(dir)) = (beat, path.parent()) else {
        return Duration::ZERO;
    };
    now_at(dir).duration_since(beat).unwrap_or_else(|ahead| {
        // Of a clock that was set back since, or of a copy: it would count as alive until then. From now on its silence counts; one
        // that lives beats again.
        if ahead.duration() > FAR {
            let _ = set_to_now(path);
        }
        Duration::ZERO
    })
}

/// What the clock of the file system says that holds `dir`: the time of a file written just now. Where none can be
/// written, what the clock of this host says.
fn now_at(dir: &Path) -> SystemTime {
    let ask = || {
        let mut file = files::draft(dir, BESIDE)?;
        file.write_all(b".")?;
        files::sync(file.as_file())?;
        fs::metadata(file.path())?.modified()
    };
    ask().unwrap_or_else(|_: io::Error| SystemTime::now())
}

/// Takes the lock at `path`, in place of a stale one if there is one.
pub(super) fn take(path: &Path) -> Result<Lock, RecordError> {
    let mut took_over = None;
    if let Some((by, content)) = look(path)? {
        clear(path, &content)?;
        took_over = Some(by);
    }
    let refused = |error| RecordError::io("take the lock", path)(error);
    let mut content =
        serde_json::to_vec(&Holder::this_process()).map_err(|e| refused(io::Error::from(e)))?;
    content.push(b'\n');
    let pulse = Pulse {
        place: Place::of(path.parent().unwrap_or(Path::new("."))),
        name: path.file_name().unwrap_or_default().to_owned(),
        content,
    };
    match pulse.put() {
        Ok(()) => Ok(Lock { pulse, took_over }),
        Err(error) => {
            // Another process may have been faster: then who it is says more than "exists".
            look(path)?;
            Err(refused(error))
        }
    }
}

impl Pulse {
    /// Puts the lock in its place, whole, unless there is one.
    fn put(&self) -> io::Result<()> {
        let path = self.path();
        let mut file = files::draft(&self.place.path(), BESIDE)?;
        file.write_all(&self.content)?;
        files::sync(file.as_file())?;
        match fs::hard_link(file.path(), &path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {}
            linked_or_taken => return linked_or_taken,
        }
        // Not every file system has hard links. Then a lock may be seen half-written.
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)?;
        let written = file
            .write_all(&self.content)
            .and_then(|()| files::sync(&file));
        if written.is_err() {
            let _ = fs::remove_file(&path);
        }
        written
    }

    /// Removes what processes that were killed have left next to the lock. A draft that holds this very lock is on its way
    /// back to its place: see [`clear`].
    pub fn tidy(&self) {
        for path in drafts(&self.place.path(), BESIDE) {
            if fs::read(&path).is_ok_and(|content| content != self.content) {
                let _ = fs::remove_file(path);
            }
        }
    }

    /// The directory that it is the lock of.
    pub fn place(&self) -> &Place {
        &self.place
    }

    fn path(&self) -> PathBuf {
        self.place.path().join(&self.name)
    }

    /// Returns whether the directory still exists; a moved one is followed.
    ///
    /// # Errors
    /// [`RecordError::Io`] that says what has become of it.
    pub fn in_place(&self) -> Result<(), RecordError> {
        let checked = self.place.check();
        checked.map_err(RecordError::io("write", &self.place.path()))
    }

    /// A sign of life.
    ///
    /// # Errors
    /// [`RecordError::TakenOver`] when the lock is another's; [`RecordError::Io`] when the system refuses.
    pub fn beat(&self) -> Result<(), RecordError> {
        self.in_place()?;
        let path = self.path();
        // Twice, since one who wants to know whose lock it is may have it moved aside at this very moment.
        for _ in 0..2 {
            match files::read(&path) {
                Ok(content) if content == self.content => {
                    return touch(&path, &self.content).map_err(RecordError::io("touch", &path));
                }
                Ok(content) => {
                    return Err(RecordError::TakenOver {
                        path: self.place.path(),
                        holder: serde_json::from_slice(&content).ok().map(Box::new),
                    });
                }
                // Removed by hand: it is still this process that is at it.
                Err(error) if error.kind() == ErrorKind::NotFound => match self.put() {
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                    put => return put.map_err(RecordError::io("write", &path)),
                },
                Err(error) => return Err(RecordError::io("read", &path)(error)),
            }
        }
        Ok(())
    }
}

/// Sets the time of change, by the clock of the file system.
fn touch(path: &Path, content: &[u8]) -> io::Result<()> {
    set_to_now(path).or_else(|_| write_again(path, content))
}

fn set_to_now(path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, utimensat};
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: UTIME_NOW,
    };
    let times = Timestamps {
        last_access: now,
        last_modification: now,
    };
    Ok(utimensat(CWD, path, &times, AtFlags::empty())?)
}

/// Writes what a file holds anyway: where times cannot be set, this sets them.
fn write_again(path: &Path, content: &[u8]) -> io::Result<()> {
    OpenOptions::new()
        .write(true)
        .open(path)?
        .write_all(content)
}

impl Lock {
    /// What keeps it alive.
    pub fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    /// Whose stale lock was in its place.
    pub fn took_over(&self) -> Option<&TookOver> {
        self.took_over.as_ref()
    }
}

/// Removes a stale lock with the given content. Between the look and the removal another process may have taken it
/// over: moved aside, it shows whose it was, and a live one goes back to its place.
fn clear(path: &Path, stale: &[u8]) -> Result<(), RecordError> {
    let refused = |error| RecordError::io("take over the lock", path)(error);
    // A unique name, and gone at the end whatever happens.
    let aside = files::draft(path.parent().unwrap_or(Path::new(".")), BESIDE)
        .map_err(refused)?
        .into_temp_path();
    match fs::rename(path, &aside) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        other => other.map_err(refused)?,
    }
    let moved = fs::read(&aside).map_err(RecordError::io("read", &aside))?;
    if moved != stale {
        // A hard link does not replace a lock that a third process has taken meanwhile; not every file system has them.
        match fs::hard_link(&aside, path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return fs::rename(&aside, path)
                    .map_err(RecordError::io("put back the lock", path));
            }
            _ => {}
        }
    }
    Ok(())
}

impl Drop for Lock {
    fn drop(&mut self) {
        // It may have been moved a moment ago.
        let _ = self.pulse.in_place();
        let path = self.pulse.path();
        // Only what this process wrote: after a take-over the file belongs to another.
        if fs::read(&path).is_ok_and(|found| found == self.pulse.content) {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests;
