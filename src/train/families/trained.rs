//! A network together with what trains it.

use candle_core::Result;

use super::Average;
use crate::nn::{Network, Params};
use crate::optim::{Optimizer, Rule};

/// A network, its optimizer, and the moving average of its weights where one is kept.
#[derive(Debug)]
pub struct Trained {
    pub(super) network: Network,
    pub(super) optimizer: Optimizer,
    average: Option<Average>,
}

impl Trained {
    /// A network that no optimizer has touched yet.
    pub(super) fn new(network: Network, rule: Rule) -> Self {
        Self {
            network,
            optimizer: Optimizer::new(rule),
            average: None,
        }
    }

    /// The network, with the weights as they are trained.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The network, to be tampered with.
    #[cfg(test)]
    pub(in crate::train) fn network_mut(&mut self) -> &mut Network {
        &mut self.network
    }

    /// Its parameters.
    #[must_use]
    pub fn params(&self) -> &Params {
        self.network.params()
    }

    /// Its optimizer.
    #[must_use]
    pub fn optimizer(&self) -> &Optimizer {
        &self.optimizer
    }

    /// The moving average of its weights, where one is kept.
    #[must_use]
    pub fn average(&self) -> Option<&Average> {
        self.average.as_ref()
    }

    /// The network with averaged weights, where an average is kept; otherwise the trained one.
    #[must_use]
    pub fn averaged(&self) -> &Network {
        self.average
            .as_ref()
            .map_or(&self.network, Average::network)
    }

    /// Starts an average of the weights if `decay` is above 0 and there is none yet; drops it if `decay` is 0.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub(in crate::train) fn set_average(&mut self, decay: f64) -> Result<()> {
        if decay <= 0.0 {
            self.average = None;
        } else if self.average.is_none() {
            self.average = Some(Average::of(&self.network)?);
        }
        Ok(())
    }

    /// Takes the weights of the run's `step`th step into the average, where one is kept.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::train) fn follow(&mut self, decay: f64, step: u64) -> Result<()> {
        match &mut self.average {
            Some(average) => average.follow(&self.network, decay, step),
            None => Ok(()),
        }
    }

    /// Starts over with the optimizer: zero moments, zero updates, this rule.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::train) fn reset_optimizer(&mut self, rule: Rule) -> Result<()> {
        self.optimizer.reset(rule, self.network.params_mut())
    }

    /// Restores values and moments as [`Params::copy_to_host`] gave them, and the optimizer they belong to.
    ///
    /// # Errors
    /// When the number of values differs.
    pub(in crate::train) fn restore(
        &mut self,
        values: &[f32],
        optimizer: &Optimizer,
    ) -> Result<()> {
        self.optimizer = optimizer.clone();
        self.network.params_mut().set_from_host(values)
    }

    /// Restores what spectral normalisation keeps, after the values.
    ///
    /// # Errors
    /// When there are too few values.
    pub(in crate::train) fn restore_singular_vectors(&mut self, values: &[f32]) -> Result<()> {
        self.network.restore_singular_vectors(values)
    }

    /// Restores the average after so many steps, where one is kept.
    ///
    /// # Errors
    /// When the number of values differs.
    pub(in crate::train) fn restore_average(&mut self, values: &[f32], steps: u64) -> Result<()> {
        match &mut self.average {
            Some(average) => average.restore(values, steps),
            None => Ok(()),
        }
    }

    /// The same sizes without activations, with a copy of the weights.
    pub(super) fn linear(self) -> Result<Self> {
        Ok(Self {
            network: self.network.linear()?,
            ..self
        })
    }
}
