//! Optimizers: one pass over a network's buffer, with moments that live beside the values and can be saved.
//!
//! candle's own `AdamW` decays weights unless told otherwise and hides its moments; these do what PyTorch's do.

mod native;
mod portable;

use candle_core::{Result, Tensor};
use native::{Adam, Rmsprop};
use serde::{Deserialize, Serialize};

use crate::nn::stopwatch::{Part, time};
use crate::nn::{Mlp, Params, Tape};

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
enum Update {
    Adam(Adam),
    Rmsprop(Rmsprop),
}

impl Optimizer {
    /// A rule that has made no update.
    #[must_use]
    pub fn new(rule: Rule) -> Self {
        Self { rule, updates: 0 }
    }

    /// Takes one step with the gradients that `params` holds, and clips every parameter to ±`clip` if that is above 0.
    /// Returns `[3]`: the gradient's norm, the norm of the change over the norm of the values, and the share of values at the
    /// clip (within 1 %).
    ///
    /// # Errors
    /// Those of the device.
    pub fn step(&mut self, params: &Params, lr: f64, clip: f64) -> Result<Tensor> {
        let update = self.next(lr, clip);
        time(Part::Optimizer, || {
            if !params.buffer().device().is_cpu() {
                return portable::step(params, update);
            }
            let norms = match update {
                Update::Adam(rule) => params.update(rule)?,
                Update::Rmsprop(rule) => params.update(rule)?,
            };
            native::observed(norms, params.count())
        })
    }

    /// Goes back through `network` from the gradient at its output, and takes one step with the gradients, as
    /// [`Optimizer::step`] does. On the CPU both happen in one go, which saves a pass over memory.
    ///
    /// # Errors
    /// Those of the device.
    pub fn backward_step(
        &mut self,
        network: &Mlp,
        x: &Tensor,
        tape: &mut Tape,
        lr: f64,
        clip: f64,
    ) -> Result<Tensor> {
        let update = self.next(lr, clip);
        let norms = match update {
            Update::Adam(rule) => network.backward_update(x, tape, rule)?,
            Update::Rmsprop(rule) => network.backward_update(x, tape, rule)?,
        };
        if let Some(norms) = norms {
            return native::observed(norms, network.params().count());
        }
        network.backward(x, tape, true, None)?;
        time(Part::Optimizer, || portable::step(network.params(), update))
    }

    /// The next update.
    fn next(&mut self, lr: f64, clip: f64) -> Update {
        self.updates += 1;
        let t = self.updates as f64;
        let limit = if clip > 0.0 {
            clip as f32
        } else {
            f32::INFINITY
        };
        match self.rule {
            // p ← p − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε), as PyTorch orders it.
            Rule::Adam { beta1, beta2, eps } => Update::Adam(Adam {
                beta1: beta1 as f32,
                beta2: beta2 as f32,
                eps: eps as f32,
                step: (lr / (1.0 - beta1.powf(t))) as f32,
                root: (1.0 / (1.0 - beta2.powf(t)).sqrt()) as f32,
                limit,
            }),
            Rule::Rmsprop { alpha, eps } => Update::Rmsprop(Rmsprop {
                alpha: alpha as f32,
                eps: eps as f32,
                lr: lr as f32,
                limit,
            }),
        }
    }

    /// Forgets: zero moments, zero updates.
    ///
    /// # Errors
    /// Those of the device.
    pub fn reset(&mut self, rule: Rule, params: &Params) -> Result<()> {
        *self = Self::new(rule);
        params.zero_moments()
    }
}

#[cfg(test)]
mod tests;
