//! Optimizers: which update rule, with which constants. The moments lie next to a network's values, and are saved with
//! them; the network's backend takes the step.
//!
//! candle's own `AdamW` decays weights by default and hides its moments; these do what PyTorch's do.

use candle_core::{Result, Tensor};
use serde::{Deserialize, Serialize};

use crate::nn::stopwatch::{Part, time};
use crate::nn::{Activations, AdamStep, Network, NonFiniteCheck, Params, RmspropStep, UpdateStep};

/// Which rule, with its constants.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Rule {
    /// Adam (Kingma and Ba 2015), bias-corrected, no weight decay.
    Adam {
        /// Decay of the first moment.
        beta1: f64,
        /// Decay of the second moment.
        beta2: f64,
        /// Added to the root of the second moment.
        eps: f64,
    },
    /// `RMSprop` as in PyTorch: not centred, no momentum.
    Rmsprop {
        /// Decay of the mean square.
        alpha: f64,
        /// Added to the root of the mean square.
        eps: f64,
    },
}

/// A rule with its count of updates. The moments are rows 1 and 2 of the network's buffer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Optimizer {
    /// The rule.
    pub rule: Rule,
    /// Updates made since the moments were last zeroed.
    pub updates: u64,
}

/// One update, its constants worked out in f64.
#[derive(Debug, Clone, Copy)]
pub struct Update(UpdateStep);

impl Optimizer {
    /// A rule that has made no update.
    #[must_use]
    pub fn new(rule: Rule) -> Self {
        Self { rule, updates: 0 }
    }

    /// The next update: with learning rate `lr`, and every parameter clipped to ±`clip` if that is above 0. A device
    /// that takes updates by itself gets the constants at once; nothing waits. It is not counted yet: see [`Optimizer::count`].
    ///
    /// # Errors
    /// Those of the device.
    pub fn next(&self, params: &Params, lr: f64, clip: f64) -> Result<Update> {
        let step = self.constants(lr, clip);
        params.announce(step)?;
        Ok(Update(step))
    }

    /// An update was made.
    pub fn count(&mut self) {
        self.updates += 1;
    }

    fn constants(&self, lr: f64, clip: f64) -> UpdateStep {
        let t = (self.updates + 1) as f64;
        let limit = if clip > 0.0 {
            clip as f32
        } else {
            f32::INFINITY
        };
        match self.rule {
            // p ← p − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε), as PyTorch orders it.
            Rule::Adam { beta1, beta2, eps } => UpdateStep::Adam(AdamStep {
                beta1: beta1 as f32,
                beta2: beta2 as f32,
                eps: eps as f32,
                step: (lr / (1.0 - beta1.powf(t))) as f32,
                root: (1.0 / (1.0 - beta2.powf(t)).sqrt()) as f32,
                limit,
            }),
            Rule::Rmsprop { alpha, eps } => UpdateStep::Rmsprop(RmspropStep {
                alpha: alpha as f32,
                eps: eps as f32,
                lr: lr as f32,
                limit,
            }),
        }
    }

    /// Starts over: zero moments, zero updates.
    ///
    /// # Errors
    /// Those of the device.
    pub fn reset(&mut self, rule: Rule, params: &mut Params) -> Result<()> {
        *self = Self::new(rule);
        params.zero_moments()
    }
}

impl Update {
    /// Its constants.
    #[must_use]
    pub fn constants(self) -> UpdateStep {
        self.0
    }

    /// Takes one step with the gradients that `network` holds. Returns what [`Params::update`] returns. A device that takes
    /// updates by itself checks what `check` names first.
    ///
    /// # Errors
    /// Those of the device.
    pub fn step(self, network: &mut Network, check: Option<NonFiniteCheck>) -> Result<Tensor> {
        time(Part::Optimizer, || network.update(self.0, check))
    }

    /// Goes back through `network` from the gradient at its output, and takes one step with the gradients, as
    /// [`Update::step`] does. On the CPU both happen in one go, which saves a pass over memory.
    ///
    /// # Errors
    /// Those of the device.
    pub fn backward_step(
        self,
        network: &mut Network,
        x: &Tensor,
        activations: &mut Activations,
        check: Option<NonFiniteCheck>,
    ) -> Result<Tensor> {
        if let Some(norms) = network.backward_update(x, activations, self.0)? {
            return Ok(norms);
        }
        network.backward(x, activations)?;
        self.step(network, check)
    }
}

#[cfg(test)]
mod tests;
