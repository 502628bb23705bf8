//! The random streams of training.

use serde::{Deserialize, Serialize};

use crate::rng::Stream;

/// The random numbers that training consumes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Streams {
    /// Latents: fresh for every update. For a VAE, the noise of the reparametrisation.
    pub latents: Stream,
    /// Interpolation factors of the gradient penalty.
    pub interpolation: Stream,
    /// Augmentation of what the discriminator sees.
    pub augment: Stream,
}

impl Streams {
    /// The streams of a run's seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            latents: Stream::new(seed, "latents"),
            interpolation: Stream::new(seed, "interpolation"),
            augment: Stream::new(seed, "augment"),
        }
    }
}
