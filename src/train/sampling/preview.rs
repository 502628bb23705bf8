//! Samples of a run's fixed latents: the same ones every time, so that they can be compared over the run.

use std::sync::Arc;

use candle_core::{DType, Result, Tensor};

use crate::config::RunConfig;
use crate::nn::{Activations, IMAGE_PIXELS, Mlp, kernels};
use crate::protocol::{ImageGrid, Samples};
use crate::rng::Stream;
use crate::train::Model;

/// The fixed latents, and buffers for the images.
pub(in crate::train) struct Preview {
    latents: Tensor,
    images: Activations,
    /// Real images to compare with, in [-1, 1]: as many as are generated for a discriminator to score, as many as there are
    /// pairs for an autoencoder to reconstruct.
    real: Tensor,
    /// Mean pairwise distance of as many real images; `None` if they hardly vary: then there is nothing to compare with.
    real_spread: Option<f64>,
}

/// One grey level of one pixel, from -1 to 1: images closer than this on average count as the same image.
const ONE_LEVEL: f64 = 2.0 / 255.0;

/// Of an autoencoder, a quarter of the images are real ones and a quarter their reconstructions.
const OF_PAIRS: usize = 4;

impl Preview {
    /// Draws the fixed latents of a run's seed. `real` are as many real images, `[count, 784]` in [-1, 1].
    pub fn new(model: &Model, count: usize, seed: u64, real: &[f32]) -> Result<Self> {
        let device = model.device();
        let pairs = match model {
            Model::Adversarial(_) => 0,
            Model::Autoencoder(_) => count / OF_PAIRS,
        };
        let count = count - 2 * pairs;
        let latents = Tensor::zeros((count, model.latent_dim()), DType::F32, device)?;
        let mut stream = Stream::new(seed, "fixed latents");
        kernels::fill(&latents, |z| stream.fill_normal(z))?;
        let (of_pairs, rest) = real.split_at((pairs * IMAGE_PIXELS).min(real.len()));
        let compared = match model {
            Model::Adversarial(_) => real,
            Model::Autoencoder(_) => of_pairs,
        };
        let shape = (compared.len() / IMAGE_PIXELS, IMAGE_PIXELS);
        Ok(Self {
            latents,
            images: model.sampler().activations(count)?,
            real: Tensor::from_slice(compared, shape, device)?,
            real_spread: Some(spread(&rest[..rest.len().min(count * IMAGE_PIXELS)]))
                .filter(|spread| *spread >= ONE_LEVEL),
        })
    }

    /// Returns whether the real images vary, so that samples have a diversity.
    pub fn has_diversity(&self) -> bool {
        self.real_spread.is_some()
    }

    /// The fixed latents.
    pub fn latents(&self) -> Result<Vec<Vec<f32>>> {
        self.latents.to_vec2()
    }

    /// D's scores of the real images, in their order; empty without a discriminator.
    pub fn real_scores(&mut self, model: &Model, as_probability: bool) -> Result<Vec<f32>> {
        match model {
            Model::Adversarial(networks) => networks.scores(&self.real, as_probability),
            Model::Autoencoder(_) => Ok(Vec::new()),
        }
    }

    /// Generates the samples. `as_probability` turns D's logits into probabilities.
    pub fn generate(&mut self, model: &Model, as_probability: bool) -> Result<Samples> {
        model.sampler().forward(&self.latents, &mut self.images)?;
        let images = self.images.output();
        let values: Vec<f32> = images.flatten_all()?.to_vec1()?;
        let mut bytes = to_bytes(&values);
        let (mut scores, mut real_scores, mut pairs) = (Vec::new(), Vec::new(), 0);
        match model {
            Model::Adversarial(networks) => {
                scores = networks.scores(images, as_probability)?;
                real_scores = networks.scores(&self.real, as_probability)?;
            }
            Model::Autoencoder(networks) => {
                let again = networks.reconstruct(&self.real)?;
                pairs = again.dim(0)?;
                let both = Tensor::stack(&[&self.real, &again], 1)?;
                bytes.extend(to_bytes(&both.flatten_all()?.to_vec1::<f32>()?));
            }
        }
        let images = ImageGrid::digits(bytes);
        Ok(Samples {
            count: images.count(),
            pairs,
            scores,
            real_scores,
            diversity: self
                .real_spread
                .map_or(f64::NAN, |real| spread(&values) / real),
            images: Arc::new(images),
        })
    }
}

/// Generates images from latents of a stream, without D and outside of training.
pub(in crate::train) fn generate(
    generator: &Mlp,
    latent_dim: usize,
    count: usize,
    stream: &mut Stream,
) -> Result<ImageGrid> {
    const ROWS: usize = 256;
    let device = generator.params().buffer().device().clone();
    let mut activations = generator.activations(ROWS)?;
    let latents = Tensor::zeros((ROWS, latent_dim), DType::F32, &device)?;
    let mut pixels = Vec::with_capacity(count * IMAGE_PIXELS);
    while pixels.len() < count * IMAGE_PIXELS {
        kernels::fill(&latents, |z| stream.fill_normal(z))?;
        generator.forward(&latents, &mut activations)?;
        pixels.extend(to_bytes(
            &activations.output().flatten_all()?.to_vec1::<f32>()?,
        ));
    }
    pixels.truncate(count * IMAGE_PIXELS);
    Ok(ImageGrid::digits(pixels))
}

/// Generates images from these latents, which have one length.
pub(in crate::train) fn generate_from(generator: &Mlp, latents: &[Vec<f32>]) -> Result<ImageGrid> {
    let device = generator.params().buffer().device();
    let rows = latents.len();
    let size = latents.first().map_or(0, Vec::len);
    let all = Tensor::from_vec(latents.concat(), (rows, size), device)?;
    let mut activations = generator.activations(rows)?;
    generator.forward(&all, &mut activations)?;
    let values: Vec<f32> = activations.output().flatten_all()?.to_vec1()?;
    Ok(ImageGrid::digits(to_bytes(&values)))
}

/// Which of `images` training images the samples of a run are compared with.
pub(in crate::train) fn chosen(config: &RunConfig, images: usize) -> Vec<u32> {
    let mut stream = Stream::new(config.seed, "preview");
    let count = 0..config.samples.count;
    count.map(|_| stream.below(images) as u32).collect()
}

/// [-1, 1] to 0..255.
pub(in crate::train) fn to_bytes(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .map(|v| (v.mul_add(127.5, 127.5)).round().clamp(0.0, 255.0) as u8)
        .collect()
}

/// Mean pairwise L2 distance between images of 784 values.
fn spread(values: &[f32]) -> f64 {
    let images: Vec<&[f32]> = values.chunks_exact(IMAGE_PIXELS).collect();
    let (mut sum, mut pairs) = (0.0, 0_u32);
    for (i, a) in images.iter().enumerate() {
        for b in &images[i + 1..] {
            let squared: f32 = a.iter().zip(*b).map(|(x, y)| (x - y) * (x - y)).sum();
            sum += f64::from(squared).sqrt();
            pairs += 1;
        }
    }
    if pairs == 0 {
        0.0
    } else {
        sum / f64::from(pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_is_the_mean_distance_of_all_pairs() {
        let mut images = vec![0.0; 3 * IMAGE_PIXELS];
        images[IMAGE_PIXELS] = 3.0;
        images[2 * IMAGE_PIXELS] = 3.0;
        assert!((spread(&images) - 2.0).abs() < 1e-9);
        assert!(spread(&images[..IMAGE_PIXELS]).abs() < 1e-9);
    }

    #[test]
    fn bytes_cover_the_whole_range() {
        assert_eq!(
            to_bytes(&[-1.0, 0.0, 1.0, -2.0, 2.0, f32::NAN]),
            [0, 128, 255, 0, 255, 0]
        );
    }
}
