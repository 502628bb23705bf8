//! `loss`: switches the objective of a live run.
//!
//! At a step boundary: snapshot; change objective and settings ([`Learner::switch`]); open the way back. A critical
//! alarm soon after returns the run to the snapshot.
//!
//! [`Learner::switch`]: crate::train::Learner::switch

use super::{CommandError, Done, Outcome, Trainer};
use crate::config;
use crate::metric::objectives;
use crate::objective;
use crate::protocol::Change;
use crate::train::snapshot::WayBack;

pub(super) fn apply(trainer: &mut Trainer, name: &str) -> Outcome {
    trainer.switch_objective(name).map(Done::Changed)
}

impl Trainer {
    /// Switches to the objective `name`. Returns every value that changed.
    pub(in crate::train::trainer) fn switch_objective(
        &mut self,
        name: &str,
    ) -> Result<Vec<Change>, CommandError> {
        let (Some(objective), Some(settings)) = (objective::find(name), config::preset(name))
        else {
            return Err(CommandError::Rejected(format!(
                "no objective `{name}`; there are {}",
                objectives::names().collect::<Vec<_>>().join(", ")
            )));
        };
        if name == self.learner.settings().objective {
            return Err(CommandError::Rejected(format!(
                "`{name}` is the objective already"
            )));
        }
        let measured = self.learner.objective().info();
        let fits = self.learner.model().check_objective(objective);
        fits.map_err(|other| CommandError::Rejected(other.to_string()))?;
        self.report_window()?;
        // Only the newest switch can be taken back.
        self.rollback.set_way_back(None);
        let before = self.snapshot()?;
        let plan = &self.setup.config.switch;
        let changed = self.learner.switch(objective, settings, plan)?;
        self.guards.start_over(&measured, name);
        let way_back = WayBack {
            before,
            until_step: self.progress.step() + plan.guard_steps,
        };
        self.rollback
            .set_way_back((plan.guard_steps > 0).then_some(way_back));
        Ok(changed)
    }
}
