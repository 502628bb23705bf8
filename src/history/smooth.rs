//! Exponential moving averages of several strengths at once, so that changing the strength does not need the raw data.
//!
//! Strengths are per step. A window of steps is known by its mean, which stands for each of its steps, so a line has
//! the same shape for any window length.
//!
//! Each average is corrected for its start, as Adam corrects its moments: the first smoothed value is the first value,
//! and no line creeps up from zero.

use serde::{Deserialize, Serialize};

/// The strengths: the share of the old average that survives each step. They forget within about 10, 100 and 1,000 steps.
pub const LEVELS: [f64; 3] = [0.9, 0.99, 0.999];

/// One average for each of [`LEVELS`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct EmaBank {
    sums: [f64; LEVELS.len()],
    weights: [f64; LEVELS.len()],
}

impl EmaBank {
    /// Takes the mean of `steps` steps. A mean that is not finite is left out: it would stay in the average for ever.
    pub fn push(&mut self, value: f64, steps: u64) {
        if !value.is_finite() {
            return;
        }
        let steps = i32::try_from(steps.max(1)).unwrap_or(i32::MAX);
        for (i, beta) in LEVELS.iter().enumerate() {
            let kept = beta.powi(steps);
            self.sums[i] = kept * self.sums[i] + (1.0 - kept) * value;
            self.weights[i] = kept * self.weights[i] + (1.0 - kept);
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
            bank.push(0.7, 1);
            assert!(bank.values().iter().all(|v| (v - 0.7).abs() < 1e-12));
        }
    }

    #[test]
    fn a_nan_does_not_stay_in_the_average() {
        let mut bank = EmaBank::default();
        bank.push(1.0, 1);
        bank.push(f64::NAN, 1);
        bank.push(f64::INFINITY, 1);
        bank.push(1.0, 1);
        assert!(bank.values().iter().all(|v| (v - 1.0).abs() < 1e-12));
    }

    #[test]
    fn a_stronger_average_follows_a_jump_more_slowly() {
        let mut bank = EmaBank::default();
        (0..200).for_each(|_| bank.push(0.0, 1));
        (0..5).for_each(|_| bank.push(1.0, 1));
        let [weak, middle, strong] = bank.values();
        assert!(weak > middle && middle > strong && strong > 0.0);
    }

    #[test]
    fn windows_of_any_length_make_the_same_line() {
        let (mut steps, mut windows) = (EmaBank::default(), EmaBank::default());
        for value in [0.3, 2.0, 1.5] {
            (0..40).for_each(|_| steps.push(value, 1));
            windows.push(value, 15);
            windows.push(value, 25);
        }
        for (a, b) in steps.values().into_iter().zip(windows.values()) {
            assert!((a - b).abs() < 1e-12, "{a} {b}");
        }
    }
}
