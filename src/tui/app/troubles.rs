//! Problems of the run's surroundings, each shown until it is resolved.

use crate::protocol::{Trouble, TroubleChange, TroubleState};

/// Open troubles, the oldest first; one of each kind at most.
#[derive(Debug, Default)]
pub struct Troubles {
    open: Vec<(Trouble, String)>,
}

impl Troubles {
    /// Opens a trouble with what is to be said of it, or resolves it. Others stay as they are.
    pub(super) fn follow(&mut self, change: TroubleChange, text: &str) {
        let known = self
            .open
            .iter()
            .position(|(trouble, _)| trouble.is_like(change.trouble));
        match (change.state, known) {
            (TroubleState::Open, Some(at)) => self.open[at] = (change.trouble, text.to_owned()),
            (TroubleState::Open, None) => self.open.push((change.trouble, text.to_owned())),
            (TroubleState::Resolved, Some(at)) => drop(self.open.remove(at)),
            (TroubleState::Resolved, None) => {}
        }
    }

    /// What is to be said of each.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.open.iter().map(|(_, text)| text.as_str())
    }
}
