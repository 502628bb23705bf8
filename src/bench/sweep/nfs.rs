//! A file system with the manners of NFS, as a worker on one host sees it: every call to the server takes its time; what others wrote
//! is missing from listings, and from the answer whether a file is there, for up to half a minute; only a link that is made, or
//! refused, is certain. There is no appending.
//!
//! Stricter than Linux, which asks the server again for a folder that this host changes. Time is simulated.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::clock::Clock;
use crate::files::folder_of;
use crate::record::{RecordError, RunDir};
use crate::sweep::{Disk, Local};

/// How long attributes of a folder are believed (`acdirmin`).
const BELIEVED: Duration = Duration::from_secs(30);

/// Names in an answer to a listing.
const NAMES: usize = 100;

/// The file system of one host.
#[derive(Debug)]
pub struct Nfs {
    clock: Arc<Clock>,
    /// What a call to the server takes.
    call: Duration,
    cache: Mutex<Cache>,
    /// How many calls there were of each kind, on all hosts.
    counts: Arc<Mutex<Counts>>,
}

/// How many calls to the server there were, by what they were for.
pub(super) type Counts = BTreeMap<&'static str, u64>;

/// What a host believes, each until some time.
#[derive(Debug, Default)]
struct Cache {
    listings: HashMap<PathBuf, (Duration, Vec<String>)>,
    missing: HashMap<PathBuf, Duration>,
}

impl Nfs {
    /// A host that knows nothing yet.
    #[must_use]
    pub fn new(clock: Arc<Clock>, call: Duration, counts: Arc<Mutex<Counts>>) -> Self {
        Self {
            clock,
            call,
            cache: Mutex::default(),
            counts,
        }
    }

    fn calls(&self, what: &'static str, count: usize) {
        self.clock
            .spend(self.call * u32::try_from(count).unwrap_or(u32::MAX));
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(what).or_default() += count as u64;
    }

    /// A lock whose holder panicked still guards plain data.
    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This host made a file, and knows of it.
    fn made(&self, path: &Path) {
        let mut cache = self.cache();
        cache.missing.remove(path);
        if let Some((_, names)) = cache.listings.get_mut(folder_of(path))
            && let Some(name) = path.file_name().and_then(|name| name.to_str())
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
    }
}

impl Disk for Nfs {
    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        let now = self.clock.now();
        if let Some((until, names)) = self.cache().listings.get(folder)
            && now < *until
        {
            return Ok(names.clone());
        }
        let names = Local.names(folder)?;
        self.calls("listing", 1 + names.len() / NAMES);
        let believed = (now + BELIEVED, names.clone());
        self.cache().listings.insert(folder.to_owned(), believed);
        Ok(names)
    }

    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        let now = self.clock.now();
        if self
            .cache()
            .missing
            .get(path)
            .is_some_and(|until| now < *until)
        {
            return Ok(None);
        }
        self.calls("reading", 2);
        let found = Local.read(path)?;
        if found.is_none() {
            self.cache().missing.insert(path.to_owned(), now + BELIEVED);
        }
        Ok(found)
    }

    fn write_once(&self, path: &Path, text: &str) -> io::Result<bool> {
        // Look for it and its folder, make a draft, write, commit, link, remove.
        self.calls("writing", 7);
        let is_new = Local.write_once(path, text)?;
        if is_new {
            self.made(path);
        }
        Ok(is_new)
    }

    fn refresh(&self, folder: &Path) -> io::Result<()> {
        self.calls("refreshing", 3);
        let mut cache = self.cache();
        cache.listings.remove(folder);
        cache.missing.retain(|path, _| folder_of(path) != folder);
        drop(cache);
        Local.refresh(folder)
    }

    fn hold(&self, folder: &Path) -> Result<Option<RunDir>, RecordError> {
        // A folder, and what write_once does; and later, to give it back, a look, and three removals.
        self.calls("claiming", 13);
        let held = Local.hold(folder)?;
        if held.is_some() {
            self.made(folder);
        }
        Ok(held)
    }

    fn is_held(&self, folder: &Path) -> bool {
        // With what tells the time of the server.
        self.calls("looking at claims", 7);
        Local.is_held(folder)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn what_another_host_writes_is_seen_late_and_a_link_is_certain() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, path) = (dir.path().join("results"), dir.path().join("results/a"));
        let clock = Arc::new(Clock::default());
        let hosts =
            [(); 2].map(|()| Nfs::new(clock.clone(), Duration::from_millis(1), Arc::default()));
        let [one, other] = &hosts;
        assert!(other.names(&folder).unwrap().is_empty());
        assert_eq!(other.read(&path).unwrap(), None);
        assert!(one.write_once(&path, "1").unwrap());
        assert_eq!(one.names(&folder).unwrap(), ["a"]);
        assert!(other.names(&folder).unwrap().is_empty());
        assert_eq!(other.read(&path).unwrap(), None);
        assert!(!other.write_once(&path, "2").unwrap());
        assert_eq!(other.read(&path).unwrap(), None);
        other.refresh(&folder).unwrap();
        assert_eq!(other.read(&path).unwrap(), Some(b"1".to_vec()));
        assert!(one.write_once(&folder.join("b"), "").unwrap());
        assert_eq!(other.names(&folder).unwrap().len(), 2);
        assert!(one.write_once(&folder.join("c"), "").unwrap());
        assert_eq!(other.names(&folder).unwrap().len(), 2);
        clock.advance_to(clock.now() + BELIEVED);
        assert_eq!(other.names(&folder).unwrap().len(), 3);
        assert!(clock.take_spent() > Duration::from_millis(20));
    }
}
