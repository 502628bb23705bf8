//! What a measure is given.

use super::Set;
use super::needs::Needs;
use crate::rng::Stream;

/// Samples, and what they are compared with.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// The real images.
    pub real: &'a Set,
    /// The samples.
    pub samples: &'a Set,
    /// Share of each class in the data, where classes are known.
    pub prior: Option<&'a [f64]>,
    /// The images themselves, where they are known.
    pub originals: Option<Originals<'a>>,
    /// Seed of a measure's random numbers.
    pub seed: u64,
}

/// Images themselves, each n × 784 bytes.
#[derive(Debug, Clone, Copy)]
pub struct Originals<'a> {
    /// Those that may be copies.
    pub probes: &'a [u8],
    /// Those that were trained on.
    pub training: &'a [u8],
    /// Those that were not.
    pub held_out: &'a [u8],
}

impl Case<'_> {
    /// The random numbers for one purpose.
    #[must_use]
    pub fn stream(&self, purpose: &str) -> Stream {
        Stream::new(self.seed, purpose)
    }

    /// Whether it has what a measure needs.
    #[must_use]
    pub fn has(&self, needs: Needs) -> bool {
        match needs {
            Needs::Features => true,
            Needs::Classes => self.samples.logits().is_some() && self.prior.is_some(),
            Needs::Images => self.originals.is_some(),
        }
    }
}
