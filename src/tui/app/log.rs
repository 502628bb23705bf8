//! What happened, in words, newest last; bounded.

use std::collections::VecDeque;

/// Maximum number of entries; the oldest are dropped first (the record has them all).
const CAPACITY: usize = 500;

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The run began or ended.
    Run,
    /// A command took effect.
    Applied,
    /// A command was rejected.
    Rejected,
    /// The training needs attention.
    Alarm,
    /// Training is failing.
    CriticalAlarm,
    /// A rule's condition holds.
    Rule,
    /// A checkpoint is on disk.
    Saved,
    /// A note.
    Note,
    /// The run needs attention.
    Warning,
    /// More about the entry above.
    More,
}

impl Kind {
    /// Its word, at most 8 letters.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Applied => "applied",
            Self::Rejected => "rejected",
            Self::Alarm => "alarm",
            Self::CriticalAlarm => "ALARM",
            Self::Rule => "rule",
            Self::Saved => "saved",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::More => "",
        }
    }
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What kind.
    pub kind: Kind,
    /// Time of day, `12:03:44`.
    pub time: String,
    /// The step it happened at.
    pub step: u64,
    /// What.
    pub text: String,
}

/// The log.
#[derive(Debug, Clone, Default)]
pub struct Log {
    entries: VecDeque<Entry>,
}

impl Log {
    /// Adds an entry.
    pub(super) fn push(&mut self, entry: Entry) {
        if self.entries.len() == CAPACITY {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// The entries, newest first.
    pub fn newest(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev()
    }

    /// How many entries are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The newest entry that is not a continuation.
    #[must_use]
    pub fn last(&self) -> Option<&Entry> {
        self.newest().find(|e| e.kind != Kind::More)
    }
}
