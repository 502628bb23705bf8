//! The exponential moving average (EMA) of a network's weights: where they have been over the last steps, without the
//! oscillation of adversarial training.

use candle_core::Result;

use crate::nn::Network;

/// The average is updated once in so many steps, with the weight that so many single updates would have had: updating it every
/// step would cost a tenth of a small step and change nothing that matters.
const EVERY: u64 = 10;

/// The largest decay at a step of a run: 1 − 1/h, which averages over about h = (step/1000)^2.3 steps.
///
/// Early on, the generator moves steadily in one direction, and the average of a long stretch is worse than its end. Later it
/// oscillates, and the longer the average the better. This horizon of 1 step at 1,000, 40 at 5,000 and 1,000 at 20,000 was
/// found by measurement (`docs/evaluation.md`): ramps that are linear in the steps, such as (1 + t)/(10 + t) or that of
/// `StyleGAN2`, are too long at first or too short later.
fn warm_up(step: u64) -> f64 {
    let horizon = (step as f64 / 1000.0).powf(2.3);
    (1.0 - 1.0 / horizon).max(0.0)
}

/// A network whose weights are the average of another's.
#[derive(Debug)]
pub struct Average {
    network: Network,
    /// Steps since it began.
    steps: u64,
}

impl Average {
    /// An average that starts from the present weights of `network`.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub(super) fn of(network: &Network) -> Result<Self> {
        Ok(Self {
            network: network.frozen_copy()?,
            steps: 0,
        })
    }

    /// The averaged network.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Steps since it began.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Counts another step of `network`, the run's `step`th: w̄ ← d·w̄ + (1 − d)·w, as if once a step. d is the smallest of
    /// `decay`, of what the warm-up allows, and of (1 + t)/(10 + t) after t steps of the average: so the weights with which it
    /// began are soon forgotten, even if it began late.
    ///
    /// # Errors
    /// Those of the device.
    pub fn follow(&mut self, network: &Network, decay: f64, step: u64) -> Result<()> {
        self.steps += 1;
        if !self.steps.is_multiple_of(EVERY) {
            return Ok(());
        }
        let t = self.steps as f64;
        let largest = warm_up(step).min((1.0 + t) / (10.0 + t));
        let kept = decay.min(largest).powi(EVERY as i32);
        self.network.params_mut().blend(network.params(), kept)
    }

    /// Number of averaged values.
    #[must_use]
    pub fn count(&self) -> usize {
        self.network.params().count()
    }

    /// Copies the averaged values to the host.
    ///
    /// # Errors
    /// Those of the device, and when the number of values differs.
    pub fn copy_to_host(&self, out: &mut [f32]) -> Result<()> {
        self.network.params().copy_values_to_host(out)
    }

    /// Restores what [`Average::copy_to_host`] copied after so many steps.
    ///
    /// # Errors
    /// When the number of values differs.
    pub fn restore(&mut self, values: &[f32], steps: u64) -> Result<()> {
        self.network.params_mut().set_values(values)?;
        self.steps = steps;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use candle_core::Device;

    use super::*;
    use crate::nn::{Architecture, Kind};
    use crate::rng::Stream;
    use crate::shape::ImageShape;

    #[test]
    fn ten_steps_are_averaged_as_if_one_by_one() {
        let architecture = Architecture {
            kind: Kind::Mlp,
            latent_dim: 2,
            width: 4,
            image: ImageShape::MNIST,
            classes: 0,
        };
        let mut network = architecture.generator(&Device::Cpu).unwrap();
        let mut average = Average::of(&network).unwrap();
        network.initialise(&mut Stream::new(0, "test")).unwrap();
        for step in 20_001..=20_010 {
            average.follow(&network, 0.9, step).unwrap();
        }
        // The average is young: its decay is (1 + 10)/(10 + 10) still.
        let taken = 1.0 - 0.55_f64.powi(10);
        let weights: Vec<f32> = network.params().row(0).unwrap().to_vec1().unwrap();
        let mut averaged = vec![0.0; average.count()];
        average.copy_to_host(&mut averaged).unwrap();
        for (average, weight) in averaged.iter().zip(weights) {
            assert!((f64::from(*average) - taken * f64::from(weight)).abs() < 1e-6);
        }
        assert_eq!(average.steps(), 10);
    }

    #[test]
    fn the_horizon_is_short_at_first_and_a_thousand_steps_at_twenty_thousand() {
        assert!(warm_up(10).abs() < 1e-12 && warm_up(1000).abs() < 1e-12);
        assert!((warm_up(5000) - 0.975).abs() < 1e-3);
        assert!((warm_up(20_000) - 0.999).abs() < 1e-4);
    }
}
