//! Walks through the latent space of a trained generator, and the nearest of what it was trained on.

use std::path::Path;

use candle_core::{DType, Device, Tensor};
use rayon::prelude::*;

use crate::data::{IMAGE_BYTES, ImageSet};
use crate::nn::{IMAGE_PIXELS, Mlp, kernels};
use crate::protocol::ImageGrid;
use crate::rng::Stream;
use crate::train::sampling::generate::{Weights, read_encoder, read_generator};
use crate::train::sampling::preview;
use crate::train::{RunState, TrainError};

/// The generator of a checkpoint, and for a VAE its encoder.
pub struct Explorer {
    generator: Mlp,
    encoder: Option<Mlp>,
    state: RunState,
}

/// One training image near a drawn one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Its place among the images.
    pub index: usize,
    /// Root of the sum of squared differences of grey levels in [0, 1]: 28 at most.
    pub distance: f64,
}

impl Explorer {
    /// That of a checkpoint.
    ///
    /// # Errors
    /// When the checkpoint cannot be read or is of another format, or has no such weights.
    pub fn open(checkpoint: &Path, weights: Weights) -> Result<Self, TrainError> {
        let (generator, state) = read_generator(checkpoint, weights)?;
        Ok(Self {
            encoder: read_encoder(checkpoint, &state)?,
            generator,
            state,
        })
    }

    /// Dimension of a latent vector.
    #[must_use]
    pub fn latent_dim(&self) -> usize {
        self.state.latent_dim
    }

    /// Name of the dataset that it was trained on.
    #[must_use]
    pub fn dataset(&self) -> &str {
        &self.state.dataset
    }

    /// The latent of the first image that `genai-tui sample --seed` draws.
    #[must_use]
    pub fn latent(&self, seed: u64) -> Vec<f32> {
        let mut latent = vec![0.0; self.latent_dim()];
        Stream::new(seed, "samples").fill_normal(&mut latent);
        latent
    }

    /// Draws these latents.
    ///
    /// # Errors
    /// When one has another dimension.
    pub fn draw(&self, latents: &[Vec<f32>]) -> Result<ImageGrid, TrainError> {
        Ok(preview::draw_latents(&self.generator, latents)?)
    }

    /// What a VAE makes of images: each drawn again from the mean of its code. Nothing without an encoder.
    ///
    /// # Errors
    /// Those of the networks.
    pub fn reconstruct(
        &self,
        images: &ImageSet,
        indices: &[u32],
    ) -> Result<Option<ImageGrid>, TrainError> {
        let Some(encoder) = &self.encoder else {
            return Ok(None);
        };
        let rows = indices.len();
        let batch = Tensor::zeros((rows, IMAGE_PIXELS), DType::F32, &Device::Cpu)?;
        kernels::fill(&batch, |batch| images.batch_into(indices, batch))?;
        let mut tape = encoder.tape(rows)?;
        encoder.forward(&batch, &mut tape)?;
        let codes: Vec<Vec<f32>> = tape.output().to_vec2()?;
        let mean = |code: Vec<f32>| code[..self.latent_dim()].to_vec();
        self.draw(&codes.into_iter().map(mean).collect::<Vec<_>>())
            .map(Some)
    }
}

/// The way from `a` to `b` at `t` from 0 to 1, along the great circle and not through the middle, where few latents of a normal
/// distribution lie (spherical interpolation; White 2016).
#[must_use]
pub fn slerp(a: &[f32], b: &[f32], t: f64) -> Vec<f32> {
    let dot = |x: &[f32], y: &[f32]| -> f64 {
        let pairs = x.iter().zip(y);
        pairs.map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
    };
    let norms = (dot(a, a) * dot(b, b)).sqrt();
    let angle = (dot(a, b) / norms.max(f64::MIN_POSITIVE))
        .clamp(-1.0, 1.0)
        .acos();
    let (of_a, of_b) = if angle.sin() < 1e-6 {
        (1.0 - t, t)
    } else {
        (
            ((1.0 - t) * angle).sin() / angle.sin(),
            (t * angle).sin() / angle.sin(),
        )
    };
    let between = |(a, b): (&f32, &f32)| (of_a * f64::from(*a) + of_b * f64::from(*b)) as f32;
    a.iter().zip(b).map(between).collect()
}

/// `count` numbers from `low` to `high`, both ends among them.
#[must_use]
pub fn evenly(low: f64, high: f64, count: usize) -> Vec<f64> {
    let steps = count.saturating_sub(1).max(1) as f64;
    let at = |i: usize| low + (high - low) * i as f64 / steps;
    (0..count).map(at).collect()
}

/// The `count` training images nearest to an image of 784 bytes, the nearest first.
#[must_use]
pub fn neighbours(image: &[u8], training: &ImageSet, count: usize) -> Vec<Neighbour> {
    let mut all: Vec<(u64, usize)> = training
        .pixels
        .par_chunks_exact(IMAGE_BYTES)
        .enumerate()
        .map(|(index, other)| {
            let pairs = image.iter().zip(other);
            let squares = pairs.map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2));
            (squares.sum(), index)
        })
        .collect();
    all.sort_unstable();
    let nearest = all.into_iter().take(count);
    nearest
        .map(|(squares, index)| Neighbour {
            index,
            distance: (squares as f64).sqrt() / 255.0,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_keeps_to_the_sphere_and_begins_and_ends_where_it_should() {
        let (a, b) = ([3.0, 0.0, 0.0], [0.0, 3.0, 0.0]);
        let norm = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>().sqrt();
        assert_eq!(slerp(&a, &b, 0.0), a);
        for t in [0.25, 0.5, 0.75] {
            assert!((norm(&slerp(&a, &b, t)) - 3.0).abs() < 1e-5);
        }
        assert!((slerp(&a, &b, 0.5)[0] - slerp(&a, &b, 0.5)[1]).abs() < 1e-6);
        assert!((slerp(&a, &b, 1.0)[1] - 3.0).abs() < 1e-5);
        assert_eq!(slerp(&a, &a, 0.3), a);
    }

    #[test]
    fn neighbours_are_sorted_and_measured_in_grey_levels() {
        let mut pixels = vec![0_u8; 3 * IMAGE_BYTES];
        pixels[IMAGE_BYTES..2 * IMAGE_BYTES].fill(255);
        pixels[2 * IMAGE_BYTES] = 51;
        let training = ImageSet {
            pixels: pixels.into(),
            labels: None,
        };
        let found = neighbours(&[0; IMAGE_BYTES], &training, 3);
        let order: Vec<usize> = found.iter().map(|n| n.index).collect();
        assert_eq!(order, [0, 2, 1]);
        assert!((found[1].distance - 0.2).abs() < 1e-9);
        assert!((found[2].distance - 28.0).abs() < 1e-9);
    }

    #[test]
    fn both_ends_are_among_the_numbers() {
        assert_eq!(evenly(-1.0, 1.0, 5), [-1.0, -0.5, 0.0, 0.5, 1.0]);
        assert_eq!(evenly(2.0, 3.0, 1), [2.0]);
    }
}
