//! A step of the run, and everything that follows from it.

use super::Trainer;
use crate::metric::DIVERSITY;
use crate::protocol::{Action, CheckpointReason, Level, Recorded};
use crate::train::TrainError;
use crate::train::control::Mode;

impl Trainer {
    /// Makes one step and does what is due after it.
    pub(super) fn train_step(&mut self) -> Result<(), TrainError> {
        let stepped = self.learner.step(self.progress.step() + 1)?;
        self.progress.count_step(stepped.images);
        self.clock.count(self.progress.images());
        self.after_step(stepped.finite, stepped.was_frozen)
    }

    /// Checks whether a device has lost its numbers since the last check, before something is done with them; then the run
    /// returns to an earlier state. The CPU does not need this: there it is known at each step.
    pub(super) fn check_numbers(&mut self) -> Result<(), TrainError> {
        if self.learner.is_finite()? || self.guards.failure().is_some() {
            return Ok(());
        }
        if self.close_window()? {
            return self.announce_state();
        }
        self.recover()
    }

    /// Returns whether a step ends with something that needs the numbers of a device: until then they stay there.
    fn needs_numbers(&self) -> bool {
        let (step, images) = (self.progress.step(), self.progress.images());
        let target = self.setup.target();
        let ends = target.steps.is_some_and(|steps| step >= steps)
            || target.images.is_some_and(|all| images >= all);
        self.window_is_full()
            || self.is_state_to_keep()
            || ends
            || self.is_save_due()
            || self.evaluations.are_due(step)
    }

    /// Returns whether the state after this step is to be kept in memory.
    fn is_state_to_keep(&self) -> bool {
        let every = self.setup.config.rewind.every_steps;
        every > 0 && self.progress.step().is_multiple_of(every)
    }

    fn after_step(&mut self, finite: bool, was_frozen: bool) -> Result<(), TrainError> {
        let finite = finite && (!self.needs_numbers() || self.learner.is_finite()?);
        if self.window_is_full() {
            // Here alone: the numbers are read anyway, and no viewer can move it.
            self.learner.adapt()?;
        }
        let stepping = self.count_down();
        self.check_step()?;
        let rolled_back = (self.window_is_full() || !finite) && self.close_window()?;
        if rolled_back {
            return self.announce_state();
        }
        if !finite && self.guards.failure().is_none() {
            return self.recover();
        }
        let step = self.progress.step();
        self.show_samples_if_due()?;
        self.rollback.close_way_back(self.progress.step());
        let is_best = self.evaluate_unattended()?;
        if self.is_state_to_keep() {
            self.keep_state()?;
        }
        self.evaluate_attended()?;
        if is_best && !self.is_save_due() {
            // The state that was kept a moment ago, where one was.
            self.save(CheckpointReason::Best)?;
        }
        self.save_if_due()?;
        let phase = self.learner.phase();
        let thawed = was_frozen && phase.is_none_or(|phase| phase.warm_up_left == 0);
        if stepping || thawed || (was_frozen && step.is_multiple_of(4)) {
            self.announce_state()?;
        }
        Ok(())
    }

    /// Counts down the steps that were asked for. Returns whether there were any.
    fn count_down(&mut self) -> bool {
        let Mode::Stepping(left) = self.control.mode() else {
            return false;
        };
        self.set_mode(if left <= 1 {
            Mode::Paused
        } else {
            Mode::Stepping(left - 1)
        });
        true
    }

    fn show_samples_if_due(&mut self) -> Result<(), TrainError> {
        let (plan, step) = (&self.setup.config.samples, self.progress.step());
        let keep = plan.keep_every_steps > 0 && step.is_multiple_of(plan.keep_every_steps);
        let every = plan.every_steps.max(1);
        // The first seconds change most: until the first regular picture there is one at 1, 2, 4, 8, ….
        let first = step < every && step.is_power_of_two();
        if (keep || first || step.is_multiple_of(every))
            && let Some(diversity) = self.show_samples(keep)?
        {
            self.check_values(step, &[(DIVERSITY, diversity)]);
            self.check_diversity(diversity)?;
        }
        Ok(())
    }

    /// Checks what the step just made has measured. On a device other than the CPU the step is waited for, where a condition
    /// asks for what it measured.
    fn check_step(&mut self) -> Result<(), TrainError> {
        if self.guards.have_no_conditions() {
            return Ok(());
        }
        let step = self.progress.step();
        let guards = &self.guards;
        let wanted = |metric: &str| guards.ask_for(metric, step);
        let mut values = self.learner.newest_metrics(wanted)?;
        let seconds = self.clock.seconds();
        values.extend(self.guards.pace(seconds, step, self.progress.images()));
        self.check_values(step, &values);
        Ok(())
    }

    /// Checks what was measured at `step` against the conditions. What that triggers is reported, and due at the next step
    /// boundary.
    pub(super) fn check_values(&mut self, step: u64, values: &[(&str, f64)]) {
        for triggered in self.guards.check(step, values) {
            let alarm = (triggered.action == Action::Alarm).then(|| Recorded::Alarm {
                alarm: "rule".to_owned(),
                level: Level::Warn,
                text: triggered.text.clone(),
            });
            self.record(Recorded::Rule(triggered));
            if let Some(alarm) = alarm {
                self.record(alarm);
            }
        }
    }
}
