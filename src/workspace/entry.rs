//! A run of the index.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::marks::Marks;
use crate::history::{Facts, Series};
use crate::logs::{About, Found, Reached, Run, State};

/// A run: where it is, what is known of it, and what a person decided about it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its log.
    pub found: Found,
    /// What its log says, as far as it was read.
    pub known: Option<Known>,
    /// Why it cannot be read.
    pub problem: Option<String>,
    /// What a person decided.
    pub marks: Marks,
    /// Whether its log is no longer there.
    pub is_gone: bool,
}

/// What a log says, without its series.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The run as a whole.
    pub about: About,
    /// The newest step.
    pub step: Option<u64>,
    /// Its metrics in a few numbers each.
    pub metrics: BTreeMap<String, Facts>,
    /// The tags of its pictures.
    pub pictures: Vec<String>,
    /// Whether the log was read to its end; otherwise `metrics` is what its beginning says.
    pub is_whole: bool,
}

impl Known {
    /// What a run says of itself by now.
    #[must_use]
    pub fn of(run: &Run, reached: Reached) -> Self {
        let history = run.history();
        let facts = |name: &str| history.series(name).and_then(Series::facts);
        let is_whole = reached == Reached::End;
        let read = (history.last_step() > 0).then(|| history.last_step());
        let mut about = run.about().clone();
        about.rate = run.rate();
        about.name = one_line(&about.name);
        Self {
            // Its own account is newer than its last window of steps, and than what of it was read.
            step: about.reached.or(read),
            about,
            metrics: history
                .metrics()
                .filter_map(|name| Some((name.to_owned(), facts(name)?)))
                .collect(),
            pictures: run.pictures().keys().cloned().collect(),
            is_whole,
        }
    }
}

/// A name on one line, the same wherever it stands.
fn one_line(name: &str) -> String {
    name.replace(['\n', '\r'], " ")
}

impl Entry {
    /// A run that was found.
    #[must_use]
    pub fn new(mut found: Found, marks: Marks) -> Self {
        found.name = one_line(&found.name);
        Self {
            found,
            known: None,
            problem: None,
            marks,
            is_gone: false,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        let known = self.known.as_ref();
        known.map_or(&self.found.name, |known| &known.about.name)
    }

    /// Whether it is alive, or how it ended; `None` before its log was looked at.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> Option<State> {
        Some(self.known.as_ref()?.about.state(now))
    }

    /// A metric in a few numbers; `None` before the whole log was read, because they would be those of its beginning.
    #[must_use]
    pub fn facts(&self, metric: &str) -> Option<&Facts> {
        let known = self.known.as_ref().filter(|known| known.is_whole)?;
        known.metrics.get(metric)
    }

    /// Its tags: those of its log and those of a person.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        let logged = self.known.iter().flat_map(|known| &known.about.tags);
        logged.chain(&self.marks.tags).map(String::as_str)
    }
}
