//! The states that a run can return to: recent ones, kept in memory, and the one before a switch of objective.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use super::learner::Weights;
use super::snapshot::{Snapshot, WayBack};

/// Recent states, buffers for more, and the way back from a switch.
pub(super) struct Rollback {
    states: VecDeque<Arc<Snapshot>>,
    keep: usize,
    /// The state that is on its way to the disk, as long as it is: it has the room of one more.
    on_its_way: Weak<Snapshot>,
    /// Buffers of a state that is of no more use.
    spare: Option<Weights>,
    way_back: Option<WayBack>,
}

impl Rollback {
    /// Keeps `keep` states (at least one).
    pub fn new(keep: usize) -> Self {
        Self {
            states: VecDeque::new(),
            keep: keep.max(1),
            on_its_way: Weak::new(),
            spare: None,
            way_back: None,
        }
    }

    /// Keeps a state; the oldest goes.
    pub fn keep(&mut self, state: Arc<Snapshot>) {
        self.make_room();
        self.states.push_back(state);
    }

    /// Drops as many old states as one more needs.
    pub fn make_room(&mut self) {
        let is_lent = self.on_its_way.strong_count() > 0;
        let room = self.keep - usize::from(is_lent && self.keep > 1);
        while self.states.len() >= room {
            let Some(oldest) = self.states.pop_front() else {
                break;
            };
            self.recycle(oldest);
        }
    }

    /// Makes room for one that is not kept. The only state stays.
    pub fn make_room_beside(&mut self) {
        if self.states.len() > 1 {
            self.make_room();
        }
    }

    /// Lends the room of a state to this one until it is dropped or recycled, so that no more than are kept are in memory at any
    /// time.
    pub fn lend_room(&mut self, on_its_way: &Arc<Snapshot>) {
        self.on_its_way = Arc::downgrade(on_its_way);
    }

    /// Forgets all states but the newest: the run returns to none any more.
    pub fn shrink(&mut self) {
        let older = self.states.len().saturating_sub(1);
        self.states.drain(..older);
        self.spare = None;
    }

    /// The newest state.
    pub fn newest(&self) -> Option<&Arc<Snapshot>> {
        self.states.back()
    }

    /// The newest state of at most `step`.
    pub fn at(&self, step: u64) -> Option<Arc<Snapshot>> {
        let mut states = self.states.iter().rev();
        states
            .find(|state| state.state.progress.step() <= step)
            .cloned()
    }

    /// The steps of the states before `step`, the oldest first.
    pub fn steps_before(&self, step: u64) -> impl Iterator<Item = u64> {
        let steps = self.states.iter().map(|state| state.state.progress.step());
        steps.filter(move |kept| *kept < step)
    }

    /// Forgets the states after `step`.
    pub fn cut(&mut self, step: u64) {
        let is_later = |state: &Arc<Snapshot>| state.state.progress.step() > step;
        while self.states.back().is_some_and(is_later) {
            if let Some(newest) = self.states.pop_back() {
                self.recycle(newest);
            }
        }
    }

    /// Takes back the buffers of a state that nothing needs any more: fresh memory costs as much as the copy.
    pub fn recycle(&mut self, snapshot: Arc<Snapshot>) {
        if let Some(old) = Arc::into_inner(snapshot)
            && self.spare.is_none()
        {
            self.spare = Some(old.weights);
        }
    }

    /// Buffers for the weights of another state.
    pub fn take_spare(&mut self) -> Weights {
        self.spare.take().unwrap_or_default()
    }

    /// The way back from the newest switch, while it is open.
    pub fn way_back(&self) -> Option<&WayBack> {
        self.way_back.as_ref()
    }

    /// Opens another way back, or closes it.
    pub fn set_way_back(&mut self, way_back: Option<WayBack>) {
        self.way_back = way_back;
    }

    /// Closes the way back and returns it, if it was open.
    pub fn take_way_back(&mut self) -> Option<WayBack> {
        self.way_back.take()
    }

    /// Closes a way back that ends with `step`.
    pub fn close_way_back(&mut self, step: u64) {
        self.way_back.take_if(|way| step >= way.until_step);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn state() -> Arc<Snapshot> {
        let saved = include_str!("fixtures/state-0.1.0.json");
        Arc::new(Snapshot {
            weights: Weights::default(),
            way_back: None,
            state: serde_json::from_str(saved).unwrap(),
        })
    }

    #[test]
    fn with_one_on_its_way_to_the_disk_there_are_no_more_states_than_are_kept() {
        let mut rollback = Rollback::new(3);
        for _ in 0..4 {
            rollback.keep(state());
        }
        assert_eq!(rollback.states.len(), 3);
        let on_its_way = state();
        rollback.lend_room(&on_its_way);
        rollback.keep(state());
        assert_eq!(rollback.states.len(), 2);
        // Another one that is written gives no room back.
        rollback.recycle(state());
        rollback.keep(state());
        assert_eq!(rollback.states.len(), 2);
        rollback.recycle(on_its_way);
        rollback.keep(state());
        assert_eq!(rollback.states.len(), 3);
    }

    #[test]
    fn the_only_state_stays_beside_one_that_is_not_kept() {
        let mut rollback = Rollback::new(1);
        rollback.keep(state());
        rollback.make_room_beside();
        assert!(rollback.newest().is_some());
    }
}
