//! The run's own random numbers: seeded, savable, one independent stream for each purpose.
//!
//! candle's CPU generator cannot be seeded, so every random number of a run comes from here: initial weights, latents,
//! shuffling, interpolation factors, the built-in digits. Streams are independent, so that taking more numbers for one purpose
//! (a preview, say) never changes another.

use rand::{Rng, RngCore, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

/// One stream of random numbers. Serialised, it continues where it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    state: Xoshiro256PlusPlus,
}

impl Stream {
    /// The stream of a run's `seed` for one `purpose`, such as `"latents"`.
    #[must_use]
    pub fn new(seed: u64, purpose: &str) -> Self {
        // FNV-1a over the purpose; `seed_from_u64` spreads the bits (SplitMix64).
        let hash = purpose.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| {
            (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
        });
        Self {
            state: Xoshiro256PlusPlus::seed_from_u64(
                hash ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            ),
        }
    }

    /// Jumps 2^128 numbers ahead: the same stream, but never the same numbers again.
    pub fn advance(&mut self) {
        self.state.jump();
    }

    /// A number from [0, 1).
    pub fn uniform(&mut self) -> f32 {
        self.state.random()
    }

    /// A number from [low, high).
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.uniform()
    }

    /// A whole number from [0, bound); 0 when `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound == 0 {
            0
        } else {
            self.state.random_range(0..bound)
        }
    }

    /// A number from N(0, 1).
    pub fn normal(&mut self) -> f32 {
        StandardNormal.sample(&mut self.state)
    }

    /// Fills `values` from N(0, 1).
    pub fn fill_normal(&mut self, values: &mut [f32]) {
        for value in values {
            *value = self.normal();
        }
    }

    /// Fills `values` from [low, high).
    pub fn fill_between(&mut self, values: &mut [f32], low: f32, high: f32) {
        for value in values {
            *value = self.between(low, high);
        }
    }

    /// Puts `items` into random order (Fisher–Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    /// A seed for a generator of someone else's.
    pub fn next_seed(&mut self) -> u64 {
        self.state.next_u64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restored_stream_continues() {
        let mut stream = Stream::new(7, "latents");
        let _ = stream.normal();
        let saved = serde_json::to_string(&stream).unwrap_or_default();
        let mut back: Stream = serde_json::from_str(&saved).unwrap_or_else(|_| Stream::new(0, ""));
        assert_eq!(stream.next_seed(), back.next_seed());
    }

    #[test]
    fn purposes_and_seeds_give_different_streams() {
        let first = |seed, purpose| Stream::new(seed, purpose).next_seed();
        assert_ne!(first(0, "a"), first(0, "b"));
        assert_ne!(first(0, "a"), first(1, "a"));
        assert_eq!(first(3, "a"), first(3, "a"));
    }

    #[test]
    fn normals_have_mean_zero_and_variance_one() {
        let mut values = vec![0.0; 20_000];
        Stream::new(1, "test").fill_normal(&mut values);
        let n = values.len() as f32;
        let mean = values.iter().sum::<f32>() / n;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n;
        assert!(
            mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05,
            "{mean} {variance}"
        );
    }
}
