//! Optimizers: one pass over a network's buffer, with moments that live beside the values and can be saved.
//!
//! candle's own `AdamW` decays weights unless told otherwise and hides its moments; these do what PyTorch's do.

mod cuda;
mod native;
mod portable;

use candle_core::{Result, Tensor};
use native::{Adam, Rmsprop};
use serde::{Deserialize, Serialize};

use crate::nn::stopwatch::{Part, time};
use crate::nn::{Mlp, Params, Tape, Watch};

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
pub struct Update(Constants);

#[derive(Debug, Clone, Copy)]
enum Constants {
    Adam(Adam),
    Rmsprop(Rmsprop),
}

impl Optimizer {
    /// A rule that has made no update.
    #[must_use]
    pub fn new(rule: Rule) -> Self {
        Self { rule, updates: 0 }
    }

    /// The next update: with learning rate `lr`, and every parameter clipped to ±`clip` if that is above 0. A device of its
    /// own is told at once; nothing waits. It is not counted yet: see [`Optimizer::count`].
    ///
    /// # Errors
    /// Those of the device.
    pub fn next(&self, params: &Params, lr: f64, clip: f64) -> Result<Update> {
        let constants = self.constants(lr, clip);
        if let Some(desk) = params.desk() {
            desk.announce(cuda::told(constants))?;
        }
        Ok(Update(constants))
    }

    /// An update was made.
    pub fn count(&mut self) {
        self.updates += 1;
    }

    fn constants(&self, lr: f64, clip: f64) -> Constants {
        let t = (self.updates + 1) as f64;
        let limit = if clip > 0.0 {
            clip as f32
        } else {
            f32::INFINITY
        };
        match self.rule {
            // p ← p − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε), as PyTorch orders it.
            Rule::Adam { beta1, beta2, eps } => Constants::Adam(Adam {
                beta1: beta1 as f32,
                beta2: beta2 as f32,
                eps: eps as f32,
                step: (lr / (1.0 - beta1.powf(t))) as f32,
                root: (1.0 / (1.0 - beta2.powf(t)).sqrt()) as f32,
                limit,
            }),
            Rule::Rmsprop { alpha, eps } => Constants::Rmsprop(Rmsprop {
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

impl Update {
    /// Takes one step with the gradients that `params` holds. Returns `[3]`: the gradient's norm, the norm of the change over
    /// the norm of the values, and the share of values at the clip (within 1 %). On a device that looks by itself whether the
    /// step may be taken, `watch` says at what.
    ///
    /// # Errors
    /// Those of the device.
    pub fn step(self, params: &Params, watch: Option<Watch>) -> Result<Tensor> {
        time(Part::Optimizer, || {
            if let (Some(desk), Some(watch)) = (params.desk(), watch) {
                return params.device_update(desk, watch);
            }
            if !params.buffer().device().is_cpu() {
                return portable::step(params, self.0);
            }
            let norms = match self.0 {
                Constants::Adam(rule) => params.update(rule)?,
                Constants::Rmsprop(rule) => params.update(rule)?,
            };
            native::observed(norms, params.count())
        })
    }

    /// Goes back through `network` from the gradient at its output, and takes one step with the gradients, as
    /// [`Update::step`] does. On the CPU both happen in one go, which saves a pass over memory.
    ///
    /// # Errors
    /// Those of the device.
    pub fn backward_step(
        self,
        network: &Mlp,
        x: &Tensor,
        tape: &mut Tape,
        watch: Option<Watch>,
    ) -> Result<Tensor> {
        let norms = match self.0 {
            Constants::Adam(rule) => network.backward_update(x, tape, rule)?,
            Constants::Rmsprop(rule) => network.backward_update(x, tape, rule)?,
        };
        if let Some(norms) = norms {
            return native::observed(norms, network.params().count());
        }
        network.backward(x, tape, true, None)?;
        self.step(network.params(), watch)
    }
}

#[cfg(test)]
mod tests;
