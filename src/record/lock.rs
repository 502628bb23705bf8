//! The lock of a run directory: one writer at a time, and a way to know that the writer is dead.
//!
//! The file says who holds it. A lock whose process is provably gone from this host is stale and may be taken over; one
//! from another host cannot be judged from here and counts as held.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{RecordError, process};

/// The content of a lock file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Host name.
    pub host: String,
    /// Process id.
    pub pid: u32,
    /// When that process began, in clock ticks since the boot below: process ids are used again. Where the system
    /// does not tell, none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub process_start: Option<u64>,
    /// The boot that the ticks count from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub boot: Option<String>,
    /// When the lock was taken.
    pub started: Timestamp,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "process {} on {}, since {:.0}",
            self.pid, self.host, self.started
        )
    }
}

impl Holder {
    fn this_process() -> Self {
        let pid = std::process::id();
        let process_start = match process::life(pid) {
            process::Life::Since(ticks) => Some(ticks),
            _ => None,
        };
        Self {
            host: process::host(),
            pid,
            process_start,
            boot: process::boot(),
            started: Timestamp::now(),
        }
    }

    /// Whether the process is provably gone. False where nothing is known.
    fn is_dead(&self) -> bool {
        if self.host != process::host() {
            return false;
        }
        if let (Some(then), Some(now)) = (&self.boot, process::boot())
            && *then != now
        {
            return true;
        }
        match process::life(self.pid) {
            process::Life::Gone => true,
            process::Life::Since(ticks) => self.process_start.is_some_and(|start| start != ticks),
            process::Life::Unknown => false,
        }
    }
}

/// A lock that this process holds; dropped, it is removed.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    content: Vec<u8>,
}

/// What is found at a lock's path.
#[derive(Debug)]
pub(super) enum Seen {
    /// Nothing.
    Free,
    /// The lock of a live process, as far as can be told.
    Held(Holder),
    /// The lock of a dead one.
    Stale {
        /// Who held it.
        holder: Holder,
        /// The bytes of the file.
        content: Vec<u8>,
    },
    /// A file that says nothing, perhaps because it is being written at this moment.
    Unreadable {
        /// What is wrong with it.
        reason: String,
    },
}

/// Looks at a lock without touching it.
pub(super) fn see(path: &Path) -> Result<Seen, RecordError> {
    let content = match fs::read(path) {
        Ok(content) => content,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Seen::Free),
        Err(error) => return Err(RecordError::io("read", path)(error)),
    };
    Ok(match serde_json::from_slice::<Holder>(&content) {
        Ok(holder) if holder.is_dead() => Seen::Stale { holder, content },
        Ok(holder) => Seen::Held(holder),
        Err(error) => Seen::Unreadable {
            reason: error.to_string(),
        },
    })
}

/// Finds out whether a lock can be taken, without touching it. Gives the bytes of a stale one.
pub(super) fn look(path: &Path) -> Result<Option<Vec<u8>>, RecordError> {
    match see(path)? {
        Seen::Free => Ok(None),
        Seen::Stale { content, .. } => Ok(Some(content)),
        Seen::Held(holder) => {
            let path = path.parent().unwrap_or(path).to_path_buf();
            Err(RecordError::InUse {
                path,
                holder: Box::new(holder),
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

/// Takes the lock at `path`, in place of a stale one if there is one.
pub(super) fn take(path: &Path) -> Result<Lock, RecordError> {
    if let Some(content) = look(path)? {
        clear(path, &content)?;
    }
    let refused = |error| RecordError::io("take the lock", path)(error);
    let mut content =
        serde_json::to_vec(&Holder::this_process()).map_err(|e| refused(io::Error::from(e)))?;
    content.push(b'\n');
    let mut file = match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(file) => file,
        Err(error) => {
            // Another process may have been faster: then who it is says more than "exists".
            look(path)?;
            return Err(refused(error));
        }
    };
    // From here on it is ours, and goes away if it cannot be written.
    let lock = Lock {
        path: path.to_path_buf(),
        content,
    };
    if let Err(error) = file.write_all(&lock.content).and_then(|()| file.sync_all()) {
        let _ = fs::remove_file(path);
        return Err(refused(error));
    }
    Ok(lock)
}

/// Removes a stale lock with the given content. Between the look and the removal another process may have taken it
/// over: moved aside, it shows whose it was, and a live one goes back to its place.
fn clear(path: &Path, stale: &[u8]) -> Result<(), RecordError> {
    let aside = path.with_extension(format!("stale-{}", std::process::id()));
    match fs::rename(path, &aside) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        other => other.map_err(RecordError::io("take over the lock", path))?,
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
    fs::remove_file(&aside).map_err(RecordError::io("remove", &aside))
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Only what this process wrote: after a take-over the file belongs to another.
        if fs::read(&self.path).is_ok_and(|content| content == self.content) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    #[cfg(unix)]
    fn dead_pid() -> u32 {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        child.id()
    }

    fn write(path: &Path, holder: &Holder) {
        fs::write(path, serde_json::to_vec(holder).unwrap()).unwrap();
    }

    #[test]
    fn a_lock_is_there_while_it_is_held_and_names_this_process() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let lock = take(&path).unwrap();
        let holder: Holder = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(holder.pid, std::process::id());
        assert!(!holder.host.is_empty());
        let error = take(&path).unwrap_err();
        assert!(
            matches!(&error, RecordError::InUse { holder, .. } if holder.pid == std::process::id()),
            "{error}"
        );
        assert!(
            error
                .to_string()
                .contains(&format!("process {}", std::process::id())),
            "{error}"
        );
        drop(lock);
        assert!(!path.exists());
        drop(take(&path).unwrap());
    }

    #[test]
    #[cfg(unix)]
    fn the_lock_of_a_dead_process_is_taken_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        write(
            &path,
            &Holder {
                pid: dead_pid(),
                ..Holder::this_process()
            },
        );
        let _lock = take(&path).unwrap();
        assert!(
            fs::read_to_string(&path)
                .unwrap()
                .contains(&format!("\"pid\":{}", std::process::id()))
        );
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_id_that_is_used_again_does_not_keep_a_lock() {
        let this = Holder::this_process();
        assert!(!this.is_dead());
        assert!(
            Holder {
                process_start: this.process_start.map(|t| t - 1),
                ..this.clone()
            }
            .is_dead()
        );
        assert!(
            Holder {
                boot: Some("another".to_owned()),
                ..this
            }
            .is_dead()
        );
    }

    #[test]
    fn a_lock_of_another_host_and_one_that_is_unreadable_stay() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        write(
            &path,
            &Holder {
                host: "elsewhere".to_owned(),
                pid: 1,
                ..Holder::this_process()
            },
        );
        assert!(matches!(take(&path), Err(RecordError::InUse { .. })));
        fs::write(&path, "").unwrap();
        assert!(matches!(
            take(&path),
            Err(RecordError::UnreadableLock { .. })
        ));
        assert!(path.exists());
    }

    #[test]
    fn a_lock_that_was_taken_over_meanwhile_goes_back_to_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        fs::write(&path, "the new owner's").unwrap();
        clear(&path, b"the dead one's").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"the new owner's");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_lock_that_belongs_to_another_is_not_removed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let lock = take(&path).unwrap();
        fs::write(&path, "another's").unwrap();
        drop(lock);
        assert!(path.exists());
    }
}
