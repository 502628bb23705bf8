//! Exponential moving averages at several strengths at once, so that changing the strength never needs the raw data.
//!
//! Each is corrected for its start (as Adam corrects its moments): the first smoothed value is the first value, and no
//! line creeps up from zero.

use serde::{Deserialize, Serialize};

/// The strengths: the share of the old average that survives each new value.
pub const LEVELS: [f64; 3] = [0.6, 0.9, 0.98];

/// One average for each of [`LEVELS`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct EmaBank {
    sums: [f64; LEVELS.len()],
    weights: [f64; LEVELS.len()],
}

impl EmaBank {
    /// Takes one value. One that is not finite is left out: it would stay in the average for ever.
    pub fn push(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        for (i, beta) in LEVELS.iter().enumerate() {
            self.sums[i] = beta * self.sums[i] + (1.0 - beta) * value;
            self.weights[i] = beta * self.weights[i] + (1.0 - beta);
        }
    }

    /// The averages, NaN before the first value.
    #[must_use]
    pub fn values(&self) -> [f64; LEVELS.len()] {
        std::array::from_fn(|i| self.sums[i] / self.weights[i])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_is_smoothed_to_itself_from_the_first_value_on() {
        let mut bank = EmaBank::default();
        assert!(bank.values().iter().all(|v| v.is_nan()));
        for _ in 0..5 {
            bank.push(0.7);
            assert!(bank.values().iter().all(|v| (v - 0.7).abs() < 1e-12));
        }
    }

    #[test]
    fn a_nan_does_not_stay_in_the_average() {
        let mut bank = EmaBank::default();
        bank.push(1.0);
        bank.push(f64::NAN);
        bank.push(f64::INFINITY);
        bank.push(1.0);
        assert!(bank.values().iter().all(|v| (v - 1.0).abs() < 1e-12));
    }

    #[test]
    fn a_stronger_average_follows_a_jump_more_slowly() {
        let mut bank = EmaBank::default();
        (0..200).for_each(|_| bank.push(0.0));
        (0..5).for_each(|_| bank.push(1.0));
        let [weak, middle, strong] = bank.values();
        assert!(weak > middle && middle > strong && strong > 0.0);
    }
}
