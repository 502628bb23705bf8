//! Whether this viewer or another one controls the run.

use crate::protocol::ViewerInfo;

/// This viewer and the others.
#[derive(Debug, Clone, Default)]
pub struct ControlStatus {
    /// This viewer's [`ViewerInfo::id`].
    id: u64,
    /// Whether the run is in another process: leaving then means this viewer alone.
    attached: bool,
    /// All viewers; empty until the first list arrives.
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
    /// The status of viewer `id`.
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

    /// Returns whether this viewer controls the run. Without a list of viewers it is the only one.
    pub(super) fn has_control(&self) -> bool {
        self.viewers.is_empty() || self.holder().is_some_and(|v| v.id == self.id)
    }

    /// The name of the viewer in control.
    #[must_use]
    pub fn who(&self) -> &str {
        self.holder().map_or("no one", |v| &v.name)
    }

    /// The number of viewers.
    #[must_use]
    pub fn viewers(&self) -> usize {
        self.viewers.len().max(1)
    }

    fn holder(&self) -> Option<&ViewerInfo> {
        self.viewers.iter().find(|v| v.control)
    }

    pub(super) fn take_in(&mut self, viewers: &[ViewerInfo]) -> ControlChange {
        let (had_list, had) = (!self.viewers.is_empty(), self.has_control());
        self.viewers = viewers.to_vec();
        match (had, self.has_control()) {
            (true, false) if had_list => ControlChange::Taken,
            (false, true) => ControlChange::Given,
            _ => ControlChange::None,
        }
    }
}
