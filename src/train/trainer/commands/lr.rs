//! `lr`: changes learning rates.

use super::{CommandError, Done, Outcome, Trainer};
use crate::protocol::{Change, LrChange, LrTarget};

pub(super) fn apply(trainer: &mut Trainer, target: LrTarget, change: LrChange) -> Outcome {
    let changed = trainer.change_rates(target, change);
    changed.map(Done::Changed).map_err(CommandError::Rejected)
}

impl Trainer {
    /// Sets learning rates. Returns what changed, or why they are out of bounds.
    pub(super) fn change_rates(
        &mut self,
        target: LrTarget,
        change: LrChange,
    ) -> Result<Vec<Change>, String> {
        let (d, g) = self.learner.changed_rates(target, change);
        for lr in [d, g] {
            if !(lr.is_finite() && lr > 0.0 && lr <= 1.0) {
                return Err(format!("a learning rate of {lr:e} is not between 0 and 1"));
            }
        }
        Ok(self.learner.set_rates((d, g)))
    }
}
