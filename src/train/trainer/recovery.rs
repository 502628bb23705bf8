//! Returning to an earlier state: because someone asks, or because the run is being lost.
//!
//! A state that is returned to would only repeat what happened: its random numbers are the same. So other latents are drawn
//! from there, and what a guard takes back continues with half the learning rates. What was done in between stays in the
//! record, on a branch that does not count any more.

use super::Trainer;
use crate::protocol::{
    Change, Command, DIVERGED, Level, LrChange, LrTarget, Outcome, Recorded, Rewind, Source, Value,
};
use crate::train::TrainError;
use crate::train::control::{End, Mode};
use crate::train::settings::changes;
use crate::train::snapshot::{Snapshot, WayBack};

impl Trainer {
    /// A critical alarm came soon after a switch: returns to before it.
    pub(super) fn take_switch_back(
        &mut self,
        way_back: &WayBack,
        why: &str,
    ) -> Result<(), TrainError> {
        let left = self.learner.settings().objective.clone();
        let changed = self.go_back(&way_back.before)?;
        self.rollback.set_way_back(None);
        self.record(Recorded::Alarm {
            alarm: "rolled_back".to_owned(),
            level: Level::Critical,
            text: format!(
                "{why}: back to step {}, before the switch to {left}; learning rates halved, new latents drawn",
                self.progress.step()
            ),
        });
        let objective = self.learner.settings().objective.clone();
        self.intervene(Command::Objective(objective), changed, true);
        self.halve_rates();
        Ok(())
    }

    /// Loss or gradient is not finite: returns to the last good state. Then waits for a person; without one, the learning
    /// rates are halved and training continues, a few times.
    pub(super) fn recover(&mut self) -> Result<(), TrainError> {
        let attended = self.control.is_attended();
        let good = self.rollback.newest().cloned();
        let tried = self.progress.recoveries();
        let (Some(good), true) = (
            good,
            attended || tried < self.setup.config.rewind.recoveries,
        ) else {
            let reason = match tried {
                0 => "loss or gradient is not finite".to_owned(),
                1 => "loss or gradient is not finite, again after one rollback".to_owned(),
                n => format!("loss or gradient is not finite, again after {n} rollbacks"),
            };
            self.control
                .set_end(Some(End::new(Outcome::Diverged, reason)));
            return Ok(());
        };
        let (lost_at, left) = (self.progress.step(), self.learner.settings().clone());
        let changed = self.go_back(&good)?;
        let step = self.progress.step();
        let back = lost_at.saturating_sub(step).max(1);
        let what = format!(
            "loss or gradient was not finite at step {lost_at}: back to step {step}, the last good state"
        );
        let next = if attended {
            "paused: lower the learning rates, resume, or rewind further"
        } else {
            "learning rates halved, new latents drawn"
        };
        self.record(Recorded::Alarm {
            alarm: DIVERGED.to_owned(),
            level: Level::Critical,
            text: format!("{what}; {next}"),
        });
        let switched = left.objective != self.learner.settings().objective;
        let rewind = Rewind {
            steps: Some(back),
            lr: None,
        };
        self.intervene(Command::Rewind(rewind), changed, switched);
        if attended {
            self.set_mode(Mode::Paused);
            self.control
                .set_pause_note(format!("{what}. Lower the learning rates and resume"));
        } else {
            self.progress.count_recovery();
            // From what failed, not from what is returned to: a second time must not repeat the first.
            if !switched {
                let rates = (left.optimizer.d.lr, left.optimizer.g.lr);
                self.learner.set_rates(rates);
            }
            self.halve_rates();
        }
        self.announce_state()
    }

    fn halve_rates(&mut self) {
        let (target, halve) = (LrTarget::Both, LrChange::Scale(0.5));
        let rates = self.learner.changed_rates(target, halve);
        let changed = self.learner.set_rates(rates);
        self.intervene(Command::Lr(target, halve), changed, false);
    }

    /// Returns to a state of this run and starts a branch there. Returns every value that changed.
    pub(super) fn go_back(&mut self, to: &Snapshot) -> Result<Vec<Change>, TrainError> {
        let left_at = self.progress.step();
        let left = self.learner.settings().clone();
        self.restore(to)?;
        let step = self.progress.step();
        self.rollback.cut(step);
        self.evaluations.take_back(step);
        self.progress.start_branch();
        self.journal.start_branch(to.state.progress.seq());
        self.learner.redraw_latents(self.progress.rewinds());
        let mut changed = vec![Change {
            key: "step".to_owned(),
            from: Value::Integer(left_at as i64),
            to: Value::Integer(step as i64),
        }];
        changed.extend(changes(&left, self.learner.settings()));
        Ok(changed)
    }

    /// Records what the trainer's own guards did.
    fn intervene(&mut self, command: Command, changes: Vec<Change>, with_objective: bool) {
        self.progress.count_intervention();
        let objective = with_objective.then(|| Box::new(self.learner.objective().info()));
        self.record(Recorded::Applied {
            request: None,
            source: Source::Guard,
            signal: None,
            command,
            changes,
            objective,
        });
    }
}
