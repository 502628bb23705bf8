//! The runs of a workspace.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Entry, Known};
use super::marks::Marks;
use crate::logs::Found;

/// A run of the workspace, as long as that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub usize);

/// The runs, in the order in which they were found.
#[derive(Debug, Clone, Default)]
pub struct Index {
    entries: Vec<Entry>,
}

impl Index {
    /// Adds a run. Its number is that of its place.
    pub fn add(&mut self, found: Found, marks: Marks) -> RunId {
        self.entries.push(Entry::new(found, marks));
        RunId(self.entries.len() - 1)
    }

    /// Takes what is known of a run by now.
    pub fn know(&mut self, id: RunId, known: Known) {
        if let Some(entry) = self.entries.get_mut(id.0) {
            entry.known = Some(known);
            entry.problem = None;
        }
    }

    /// A run cannot be read, for this reason.
    pub fn fail(&mut self, id: RunId, problem: String) {
        if let Some(entry) = self.entries.get_mut(id.0) {
            entry.problem = Some(problem);
        }
    }

    /// A run's log is gone, or there again.
    pub fn set_gone(&mut self, id: RunId, is_gone: bool) {
        if let Some(entry) = self.entries.get_mut(id.0) {
            entry.is_gone = is_gone;
        }
    }

    /// A run.
    #[must_use]
    pub fn get(&self, id: RunId) -> Option<&Entry> {
        self.entries.get(id.0)
    }

    /// What a person decided about a run, to change it.
    pub fn marks_mut(&mut self, id: RunId) -> Option<&mut Marks> {
        self.entries.get_mut(id.0).map(|entry| &mut entry.marks)
    }

    /// The runs whose logs are there.
    pub fn iter(&self) -> impl Iterator<Item = (RunId, &Entry)> {
        let all = self.entries.iter().enumerate();
        all.filter(|(_, entry)| !entry.is_gone)
            .map(|(at, entry)| (RunId(at), entry))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The settings of all runs.
    #[must_use]
    pub fn settings(&self) -> BTreeSet<&str> {
        let known = self.iter().filter_map(|(_, entry)| entry.known.as_ref());
        let keys = known.flat_map(|known| known.about.config.keys());
        keys.map(String::as_str).collect()
    }

    /// The metrics of all runs, each with the number of runs that have it.
    #[must_use]
    pub fn metrics(&self) -> BTreeMap<&str, usize> {
        let mut found = BTreeMap::new();
        for (_, entry) in self.iter() {
            for name in entry.known.iter().flat_map(|known| known.metrics.keys()) {
                *found.entry(name.as_str()).or_default() += 1;
            }
        }
        found
    }
}
