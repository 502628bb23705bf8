//! The input of a measure.

use super::Set;
use super::needs::Needs;
use crate::data::ImageSet;
use crate::rng::Stream;

/// Samples, and the real images they are compared with.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// The real images.
    pub real: &'a Set,
    /// The samples.
    pub samples: &'a Set,
    /// Share of each class in the data, where classes are known.
    pub prior: Option<&'a [f64]>,
    /// Pixels, if they are known.
    pub originals: Option<Originals<'a>>,
    /// Seed of random numbers.
    pub seed: u64,
}

/// Images of one shape.
#[derive(Debug, Clone, Copy)]
pub struct Originals<'a> {
    /// Images to check for being copies.
    pub probes: &'a ImageSet,
    /// Training images.
    pub training: &'a ImageSet,
    /// Held-out images.
    pub held_out: &'a ImageSet,
}

impl Case<'_> {
    /// The random numbers for one purpose.
    #[must_use]
    pub fn stream(&self, purpose: &str) -> Stream {
        Stream::new(self.seed, purpose)
    }

    /// Returns whether it has everything that a measure needs.
    #[must_use]
    pub fn has(&self, needs: Needs) -> bool {
        match needs {
            Needs::Features => !self.samples.is_random(),
            Needs::Random => self.samples.is_random(),
            Needs::Logits => self.samples.logits().is_some() && self.prior.is_some(),
            Needs::Classes => self.samples.has_classes() && self.prior.is_some(),
            Needs::Labels => self.samples.has_classes() && self.samples.labels().is_some(),
            Needs::Images => self.originals.is_some(),
        }
    }
}
