//! Changes to a learner between two steps: of its settings, its learning rates, its objective, its random numbers.

use super::{Learner, Phase, loader};
use crate::config::{Preset, RunConfig, SwitchConfig};
use crate::objective::Objective;
use crate::protocol::{Change, LrChange, LrTarget, Value};
use crate::train::settings::changes;
use crate::train::{Streams, TrainError};

impl Learner {
    /// The learning rates of discriminator and generator after a change.
    pub(in crate::train) fn changed_rates(&self, target: LrTarget, change: LrChange) -> (f64, f64) {
        let new = |old: f64| match change {
            LrChange::Set(value) => value,
            // Keys multiply by 1.25 again and again: what is shown should stay readable.
            LrChange::Scale(factor) => round_to_4_digits(old * factor),
        };
        let optimizer = &self.settings.optimizer;
        let (d, g) = (optimizer.d.lr, optimizer.g.lr);
        match target {
            LrTarget::Both => (new(d), new(g)),
            LrTarget::D => (new(d), g),
            LrTarget::G => (d, new(g)),
        }
    }

    /// Sets the learning rates of discriminator and generator. Returns what changed.
    pub(in crate::train) fn set_rates(&mut self, (d, g): (f64, f64)) -> Vec<Change> {
        let before = self.settings.clone();
        self.settings.optimizer.d.lr = d;
        self.settings.optimizer.g.lr = g;
        changes(&before, &self.settings)
    }

    /// Trains by these settings of the present objective, which keep their optimizers. Returns what changed.
    pub(in crate::train) fn set_settings(
        &mut self,
        settings: Preset,
    ) -> Result<Vec<Change>, TrainError> {
        let changed = changes(&self.settings, &settings);
        self.model.set_average(settings.ema.decay)?;
        self.settings = settings;
        Ok(changed)
    }

    /// Trains by the settings of another configuration for the present objective. An optimizer of another kind starts over.
    pub(in crate::train) fn adopt_settings(&mut self, settings: Preset) -> Result<(), TrainError> {
        let (before, now) = (&self.settings.optimizer, &settings.optimizer);
        self.model.set_optimizers(before, now)?;
        let normalises = settings.critic.spectral_norm;
        self.model.set_spectral_norm(normalises)?;
        self.set_settings(settings).map(|_| ())
    }

    /// Starts new random numbers and batches from the seed of a configuration, at the beginning of the data.
    pub(in crate::train) fn start_streams(&mut self, config: &RunConfig) {
        self.streams = Streams::new(config.seed);
        self.loader = loader(self.pixels.images(), config);
    }

    /// Moves the stream of latents on `count` times, so that others are drawn than before.
    pub(in crate::train) fn redraw_latents(&mut self, count: u64) {
        for _ in 0..count {
            self.streams.latents.advance();
        }
    }

    /// Switches to another objective of the same family, with its settings. In this order: zero both optimizers' moments and
    /// step counts (a stale second moment allows updates of many times the learning rate); scale the discriminator's last
    /// layer where its logits do not fit; clip where the objective clips, and then train the discriminator alone; let the
    /// generator's learning rate rise over a ramp. Returns what changed.
    pub(in crate::train) fn switch(
        &mut self,
        objective: &'static dyn Objective,
        settings: Preset,
        plan: &SwitchConfig,
    ) -> Result<Vec<Change>, TrainError> {
        let set = self.model.set_objective(objective);
        set.map_err(|e| TrainError::Setting(e.to_string()))?;
        let mut changed = changes(&self.settings, &settings);
        self.settings = settings;
        let needs = objective.switch();
        let too_large = self.model.start_over(&self.settings, needs.logit_rms)?;
        if let (Some(limit), Some(rms)) = (needs.logit_rms, too_large) {
            changed.push(Change {
                key: "discriminator logits, root mean square".to_owned(),
                from: Value::Float((rms * 1e3).round() / 1e3),
                to: Value::Float(limit),
            });
        }
        let warm_up = if needs.warm_up {
            plan.warm_up_updates
        } else {
            0
        };
        self.phase = Phase::new(warm_up, plan.ramp_steps);
        Ok(changed)
    }
}

fn round_to_4_digits(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::round_to_4_digits;

    #[test]
    fn scaled_rates_stay_readable() {
        let shown = |value: f64| format!("{:e}", round_to_4_digits(value));
        assert_eq!(shown(2e-4 * 1.25), "2.5e-4");
        assert_eq!(shown(2e-4 / 3.0), "6.667e-5");
        assert_eq!(shown(0.0), "0e0");
    }
}
