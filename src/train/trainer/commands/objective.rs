//! Switching the objective of a live run, and taking it back.
//!
//! At a step boundary, in this order: snapshot; change the objective; zero both optimizers' moments and step counts (a
//! stale second moment allows updates of many times the learning rate); load the preset; scale D's last layer where its
//! logits do not fit; clip where the objective clips, and then train D alone; let G's learning rate rise over a ramp. A
//! hard alarm soon after rolls the run back to the snapshot.

use serde::{Deserialize, Serialize};

use crate::config;
use crate::metric;
use crate::nn::kernels;
use crate::objective;
use crate::protocol::{Change, Value};
use crate::train::TrainError;
use crate::train::settings::{changes, rule};
use crate::train::snapshot::Guard;
use crate::train::trainer::Trainer;

/// Where a run is after a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// D updates still to make with G frozen.
    pub warm_up_left: u64,
    /// Steps of the ramp that are done.
    pub ramp_done: u64,
    /// Steps in the ramp.
    pub ramp_steps: u64,
}

impl Phase {
    /// The factor on G's learning rate for the next step; 0 while it is frozen.
    #[must_use]
    pub fn ramp(&self) -> f64 {
        if self.warm_up_left > 0 {
            0.0
        } else if self.ramp_done >= self.ramp_steps {
            1.0
        } else {
            (self.ramp_done + 1) as f64 / self.ramp_steps as f64
        }
    }

    /// Moves on by one step of `critic_updates` D updates. Nothing is left when the ramp is done.
    #[must_use]
    pub fn after_step(mut self, critic_updates: u64) -> Option<Self> {
        if self.warm_up_left > 0 {
            self.warm_up_left = self.warm_up_left.saturating_sub(critic_updates);
        } else {
            self.ramp_done += 1;
        }
        (self.warm_up_left > 0 || self.ramp_done < self.ramp_steps).then_some(self)
    }
}

impl Trainer {
    /// Switches to the objective `name`. Gives every value that changed.
    pub(in crate::train) fn switch_objective(
        &mut self,
        name: &str,
    ) -> Result<Result<Vec<Change>, String>, TrainError> {
        let (Some(objective), Some(preset)) = (objective::find(name), config::preset(name)) else {
            return Ok(Err(format!(
                "no objective `{name}`; there are {}",
                metric::objectives::names().collect::<Vec<_>>().join(", ")
            )));
        };
        if name == self.settings.objective {
            return Ok(Err(format!("`{name}` is the objective already")));
        }
        let (ours, theirs) = (
            self.objective.description().networks.names(),
            objective.description().networks.names(),
        );
        if ours != theirs {
            return Ok(Err(format!(
                "`{name}` trains {} and {}, this run has {} and {}: `genai-tui --objective {name}` begins a run of its own",
                theirs[0], theirs[1], ours[0], ours[1]
            )));
        }
        self.report_window()?;
        // Only the newest switch can be taken back.
        self.guard = None;
        let before = self.snapshot()?;
        let mut changed = changes(&self.settings, &preset);
        let measured = self.objective.info();
        self.rules
            .begin_anew(|name| measured.metric(name).is_some());
        self.objective = objective;
        self.settings = preset;
        self.model.set_average(self.settings.ema.decay)?;
        self.health.reset(name);
        let (d, g) = (
            rule(&self.settings.optimizer.d),
            rule(&self.settings.optimizer.g),
        );
        self.model
            .d_optimizer
            .reset(d, self.model.discriminator.params())?;
        self.model
            .g_optimizer
            .reset(g, self.model.generator.params())?;

        let needs = objective.switch();
        let rms = self
            .model
            .logit_square()?
            .map(|square| f64::from(square).sqrt());
        if let (Some(limit), Some(rms)) = (needs.logit_rms, rms)
            && rms > limit
        {
            self.model.discriminator.scale_output(limit / rms)?;
            changed.push(Change {
                key: "discriminator logits, root mean square".to_owned(),
                from: Value::Float((rms * 1e3).round() / 1e3),
                to: Value::Float(limit),
            });
        }
        if self.settings.critic.clip > 0.0 {
            kernels::clip(
                &self.model.discriminator.params().row(0)?,
                self.settings.critic.clip as f32,
            )?;
        }
        let plan = &self.config.switch;
        let phase = Phase {
            warm_up_left: if needs.warm_up {
                plan.warm_up_updates
            } else {
                0
            },
            ramp_done: 0,
            ramp_steps: plan.ramp_steps,
        };
        self.phase = (phase.warm_up_left > 0 || phase.ramp_steps > 0).then_some(phase);
        self.guard = (plan.guard_steps > 0).then(|| Guard {
            before,
            until_step: self.step + plan.guard_steps,
        });
        Ok(Ok(changed))
    }
}
