//! After a switch of objective: first the discriminator trains alone, then the generator's learning rate rises over a ramp.

use serde::{Deserialize, Serialize};

/// Where a run is after a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// Discriminator updates still to make with the generator frozen.
    pub warm_up_left: u64,
    /// Steps of the ramp that are done.
    pub ramp_done: u64,
    /// Steps in the ramp.
    pub ramp_steps: u64,
}

impl Phase {
    /// A warm-up and a ramp of this length; `None` if both are 0.
    #[must_use]
    pub fn new(warm_up_updates: u64, ramp_steps: u64) -> Option<Self> {
        (warm_up_updates > 0 || ramp_steps > 0).then_some(Self {
            warm_up_left: warm_up_updates,
            ramp_done: 0,
            ramp_steps,
        })
    }

    /// The factor on the generator's learning rate for the next step; 0 while it is frozen.
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

    /// The phase after a step of `critic_updates` discriminator updates; `None` if the ramp is done.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warm_up_freezes_and_a_ramp_rises_to_one() {
        assert_eq!(Phase::new(0, 0), None);
        let mut phase = Phase::new(7, 4);
        let mut factors = Vec::new();
        while let Some(now) = phase {
            factors.push(now.ramp());
            phase = now.after_step(5);
        }
        assert_eq!(factors, [0.0, 0.0, 0.25, 0.5, 0.75, 1.0]);
    }
}
