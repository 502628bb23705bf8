//! The exponential moving average of the generator's weights: what it has been over the last steps, without the swings that
//! two players make each other take.

use candle_core::{Result, bail};

use crate::nn::{self, Mlp, kernels};

/// Steps between two looks at the generator, each with as much weight as so many steps have: a look at every step would cost
/// a tenth of a small one, and is no different in what it gives.
const EVERY: u64 = 10;

/// A generator whose weights are the average of another's.
#[derive(Debug)]
pub struct Average {
    network: Mlp,
    /// Steps since it began.
    steps: u64,
}

impl Average {
    /// An average that begins with what `generator` is now.
    ///
    /// # Errors
    /// When the device has no room.
    pub(super) fn of(generator: &Mlp, latent_dim: usize) -> Result<Self> {
        let network = nn::frozen_generator(latent_dim, generator.params().buffer().device())?;
        kernels::copy(&network.params().row(0)?, &generator.params().row(0)?)?;
        Ok(Self { network, steps: 0 })
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

    /// Another step of `generator` is done: w̄ ← d·w̄ + (1 − d)·w, as if once a step, with d = min(`decay`, (1 + t)/(10 + t)),
    /// so that what the weights were at the very beginning is soon forgotten.
    ///
    /// # Errors
    /// Those of the device.
    pub fn follow(&mut self, generator: &Mlp, decay: f64) -> Result<()> {
        self.steps += 1;
        if !self.steps.is_multiple_of(EVERY) {
            return Ok(());
        }
        let t = self.steps as f64;
        let kept = decay.min((1.0 + t) / (10.0 + t)).powi(EVERY as i32);
        let (average, values) = (self.network.params(), generator.params());
        kernels::blend(&average.row(0)?, &values.row(0)?, kept)
    }

    /// The averaged values, on the host.
    ///
    /// # Errors
    /// Those of the device.
    pub fn values(&self) -> Result<Vec<f32>> {
        self.network.params().row(0)?.to_vec1()
    }

    /// Puts back what [`Average::values`] gave after so many steps.
    ///
    /// # Errors
    /// When the number of values differs.
    pub fn restore(&mut self, values: &[f32], steps: u64) -> Result<()> {
        let row = self.network.params().row(0)?;
        if values.len() != row.elem_count() {
            bail!(
                "expected {} values, found {}",
                row.elem_count(),
                values.len()
            );
        }
        kernels::fill(&row, |row| row.copy_from_slice(values))?;
        self.steps = steps;
        Ok(())
    }
}
