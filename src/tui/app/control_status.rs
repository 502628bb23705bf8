//! Where this viewer sits among those who watch the run, and whether its commands are taken.

use crate::protocol::ViewerInfo;

/// This viewer and the others.
#[derive(Debug, Clone, Default)]
pub struct ControlStatus {
    /// This viewer's [`ViewerInfo::id`].
    id: u64,
    /// Whether the run is in another process: leaving then means this viewer alone.
    attached: bool,
    /// Everyone who watches; empty before that was told.
    viewers: Vec<ViewerInfo>,
}

/// What a new list of viewers means for this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ControlChange {
    /// It has control now.
    Given,
    /// It had control until now.
    Taken,
    /// As before.
    None,
}

impl ControlStatus {
    /// The seat of viewer `id`.
    #[must_use]
    pub fn new(id: u64, attached: bool) -> Self {
        Self {
            id,
            attached,
            viewers: Vec::new(),
        }
    }

    /// Whether the run is in another process.
    #[must_use]
    pub fn is_attached(&self) -> bool {
        self.attached
    }

    /// Whether this viewer's commands are taken. One that was told of nobody is alone.
    #[must_use]
    pub fn has_control(&self) -> bool {
        self.viewers.is_empty() || self.holder().is_some_and(|v| v.id == self.id)
    }

    /// Who has control, in words.
    #[must_use]
    pub fn who(&self) -> &str {
        self.holder().map_or("nobody", |v| &v.name)
    }

    /// How many watch.
    #[must_use]
    pub fn viewers(&self) -> usize {
        self.viewers.len().max(1)
    }

    fn holder(&self) -> Option<&ViewerInfo> {
        self.viewers.iter().find(|v| v.control)
    }

    pub(super) fn take_in(&mut self, viewers: &[ViewerInfo]) -> ControlChange {
        let (told, had) = (!self.viewers.is_empty(), self.has_control());
        self.viewers = viewers.to_vec();
        match (had, self.has_control()) {
            (true, false) if told => ControlChange::Taken,
            (false, true) => ControlChange::Given,
            _ => ControlChange::None,
        }
    }
}
