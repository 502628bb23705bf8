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

impl Marks {
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
