//! What a person decided about a run.

use serde::{Deserialize, Serialize};

/// Colours of runs that are told apart.
pub const COLOURS: usize = 12;

/// What a person decided about a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a decision of its own"
)]
pub struct Marks {
    /// Whether it is on the charts.
    #[serde(skip_serializing_if = "is_no")]
    pub selected: bool,
    /// Whether it is selected, but not drawn for now.
    #[serde(skip_serializing_if = "is_no")]
    pub hidden: bool,
    /// Whether it stands above all others.
    #[serde(skip_serializing_if = "is_no")]
    pub pinned: bool,
    /// Whether it is out of sight.
    #[serde(skip_serializing_if = "is_no")]
    pub archived: bool,
    /// The number of its colour and letter, given when it was selected for the first time; it keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour: Option<usize>,
    /// Its tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_no(flag: &bool) -> bool {
    !flag
}

/// What was changed here since `base`, and for the rest what others decided.
pub(super) fn newer<T: PartialEq + Clone>(base: &T, mine: &T, theirs: T) -> T {
    if mine == base { theirs } else { mine.clone() }
}

impl Marks {
    /// What was changed in `mine` since `base`, and for the rest what others decided.
    #[must_use]
    pub(super) fn merged(base: &Self, mine: &Self, theirs: Self) -> Self {
        Self {
            selected: newer(&base.selected, &mine.selected, theirs.selected),
            hidden: newer(&base.hidden, &mine.hidden, theirs.hidden),
            pinned: newer(&base.pinned, &mine.pinned, theirs.pinned),
            archived: newer(&base.archived, &mine.archived, theirs.archived),
            colour: newer(&base.colour, &mine.colour, theirs.colour),
            tags: newer(&base.tags, &mine.tags, theirs.tags),
            note: newer(&base.note, &mine.note, theirs.note),
        }
    }

    /// Takes over what somebody decided about the run elsewhere; what is on these charts, and in which colour, stays.
    pub fn adopt(&mut self, theirs: &Self) {
        self.pinned = theirs.pinned;
        self.archived = theirs.archived;
        self.tags.clone_from(&theirs.tags);
        self.note.clone_from(&theirs.note);
    }

    /// Whether it is drawn.
    #[must_use]
    pub fn is_drawn(&self) -> bool {
        self.selected && !self.hidden && !self.archived
    }

    /// The letter of the run's colour: `a` to `z`, then numbers.
    #[must_use]
    pub fn letter(&self) -> Option<String> {
        let number = self.colour?;
        let letter = u8::try_from(number).ok().filter(|n| *n < 26);
        Some(letter.map_or_else(
            || (number - 25).to_string(),
            |n| char::from(b'a' + n).to_string(),
        ))
    }
}
