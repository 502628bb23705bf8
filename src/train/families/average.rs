//! The exponential moving average (EMA) of a network's weights: where they have been over the last steps, without the
//! oscillation of adversarial training.

use candle_core::Result;

use crate::nn::Mlp;

/// The average is updated once in so many steps, with the weight that so many single updates would have had: updating it every
/// step would cost a tenth of a small step and change nothing that matters.
const EVERY: u64 = 10;

/// A network whose weights are the average of another's.
#[derive(Debug)]
pub struct Average {
    network: Mlp,
    /// Steps since it began.
    steps: u64,
}

impl Average {
    /// An average that starts from the present weights of `network`.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub(super) fn of(network: &Mlp) -> Result<Self> {
        Ok(Self {
            network: network.frozen_copy()?,
            steps: 0,
        })
    }

    /// The averaged network.
    #[must_use]
    pub fn network(&self) -> &Mlp {
        &self.network
    }

    /// Steps since it began.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Counts another step of `network`: w̄ ← d·w̄ + (1 − d)·w, as if once a step, with d = min(`decay`, (1 + t)/(10 + t)),
    /// so that the initial weights are soon forgotten.
    ///
    /// # Errors
    /// Those of the device.
    pub fn follow(&mut self, network: &Mlp, decay: f64) -> Result<()> {
        self.steps += 1;
        if !self.steps.is_multiple_of(EVERY) {
            return Ok(());
        }
        let t = self.steps as f64;
        let kept = decay.min((1.0 + t) / (10.0 + t)).powi(EVERY as i32);
        self.network.params_mut().blend(network.params(), kept)
    }

    /// The averaged values, on the host.
    ///
    /// # Errors
    /// Those of the device.
    pub fn values(&self) -> Result<Vec<f32>> {
        self.network.params().row(0)?.to_vec1()
    }

    /// Restores what [`Average::values`] gave after so many steps.
    ///
    /// # Errors
    /// When the number of values differs.
    pub fn restore(&mut self, values: &[f32], steps: u64) -> Result<()> {
        self.network.params_mut().set_values(values)?;
        self.steps = steps;
        Ok(())
    }
}
