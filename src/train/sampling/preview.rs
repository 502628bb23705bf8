//! Samples of a run's fixed latents: the same ones every time, so that they can be compared over the run.

use std::sync::Arc;

use candle_core::{DType, Result, Tensor};

use crate::config::RunConfig;
use crate::data::ImageSet;
use crate::nn::{Activations, Architecture, Network, kernels};
use crate::protocol::{ImageGrid, Samples};
use crate::rng::Stream;
use crate::shape::ImageShape;
use crate::train::Model;
use crate::train::classes::{Classes, fill_latents};

/// The fixed latents, and buffers for the images.
pub(in crate::train) struct Preview {
    shape: ImageShape,
    latents: Tensor,
    /// The class of each image, where the generator is conditional: column after column of the grid that they fill.
    classes: Option<Vec<u16>>,
    /// Those of the real images.
    real_classes: Option<Vec<u16>>,
    /// Names of the classes in the columns.
    columns: Vec<String>,
    images: Activations,
    /// Real images to compare with, in [-1, 1]: as many as are generated for a discriminator to score, as many as there are
    /// pairs for an autoencoder to reconstruct.
    real: Tensor,
    /// Mean pairwise distance of as many real images; `None` if they hardly vary: then there is nothing to compare with.
    real_spread: Option<f64>,
}

/// One grey level of one pixel, from -1 to 1: images closer than this on average count as the same image.
const ONE_LEVEL: f64 = 2.0 / 255.0;

/// Columns of samples of a conditional generator: more would be too narrow.
const MOST_COLUMNS: usize = 20;

/// Of an autoencoder, a quarter of the images are real ones and a quarter their reconstructions.
const OF_PAIRS: usize = 4;

impl Preview {
    /// Draws the fixed latents of a run's seed, as many as there are real images to compare with: those of these indices.
    ///
    /// Of a conditional generator each column has a class, as far as there is room: the first classes.
    pub fn new(
        model: &Model,
        seed: u64,
        (images, indices): (&ImageSet, &[u32]),
        of: Option<&Classes>,
    ) -> Result<Self> {
        let (device, shape) = (model.device(), images.shape());
        let size = shape.values();
        let mut real = vec![0.0; indices.len() * size];
        images.batch_into(indices, &mut real);
        let pairs = match model {
            Model::Adversarial(_) => 0,
            Model::Autoencoder(_) => indices.len() / OF_PAIRS,
        };
        let mut count = indices.len() - 2 * pairs;
        let columns = of.map_or(0, |of| of.len().min(MOST_COLUMNS).min(count));
        if columns > 0 {
            // Whole rows.
            count -= count % columns;
        }
        let number = of.map_or(0, Classes::len);
        let latents = Tensor::zeros((count, model.inputs()), DType::F32, device)?;
        let mut stream = Stream::new(seed, "fixed latents");
        let dim = model.inputs() - number;
        kernels::fill(&latents, |z| {
            fill_latents(z, (dim, number), &mut stream, |row| row % columns.max(1));
        })?;
        let each = || {
            (0..count)
                .map(|row| (row % columns.max(1)) as u16)
                .collect()
        };
        let label = |index: &u32| images.label(*index as usize).unwrap_or_default();
        let (of_pairs, rest) = real.split_at(pairs * size);
        let compared = match model {
            Model::Adversarial(_) => &real[..],
            Model::Autoencoder(_) => of_pairs,
        };
        let dims = (compared.len() / size, size);
        let spread = spread(&rest[..rest.len().min(count * size)], size);
        Ok(Self {
            shape,
            latents,
            classes: of.map(|_| each()),
            real_classes: of.map(|_| indices.iter().map(label).collect()),
            columns: of.map_or_else(Vec::new, |of| of.names()[..columns].to_vec()),
            images: model.sampler().activations(count)?,
            real: Tensor::from_slice(compared, dims, device)?,
            real_spread: Some(spread).filter(|spread| *spread >= ONE_LEVEL),
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
            Model::Adversarial(networks) => {
                networks.scores(&self.real, self.real_classes.as_deref(), as_probability)
            }
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
                let (generated, real) = (self.classes.as_deref(), self.real_classes.as_deref());
                scores = networks.scores(images, generated, as_probability)?;
                real_scores = networks.scores(&self.real, real, as_probability)?;
            }
            Model::Autoencoder(networks) => {
                let classes = self.real_classes.as_deref();
                pairs = self.real.dim(0)?;
                let again = networks.reconstruct(&self.real, classes.map(|all| &all[..pairs]))?;
                let both = Tensor::stack(&[&self.real, &again], 1)?;
                bytes.extend(to_bytes(&both.flatten_all()?.to_vec1::<f32>()?));
            }
        }
        let images = ImageGrid::new(self.shape, bytes);
        let size = self.shape.values();
        Ok(Samples {
            count: images.count(),
            columns: self.columns.clone(),
            shape: images.shape(),
            pairs,
            scores,
            real_scores,
            diversity: self
                .real_spread
                .map_or(f64::NAN, |real| spread(&values, size) / real),
            images: Arc::new(images),
        })
    }
}

/// Generates images from latents of a stream, of these classes where the generator is conditional, without D and outside of
/// training.
pub(in crate::train) fn generate(
    generator: &Network,
    architecture: &Architecture,
    (count, classes): (usize, Option<&[u16]>),
    stream: &mut Stream,
) -> Result<ImageGrid> {
    const ROWS: usize = 64;
    let device = generator.params().buffer().device().clone();
    let mut activations = generator.activations(ROWS)?;
    let sizes = architecture.inputs();
    let latents = Tensor::zeros((ROWS, generator.inputs()), DType::F32, &device)?;
    let all = count * architecture.image.values();
    let mut pixels = Vec::with_capacity(all);
    while pixels.len() < all {
        let done = pixels.len() / architecture.image.values();
        let class = |row: usize| classes.and_then(|all| all.get(done + row)).copied();
        kernels::fill(&latents, |z| {
            fill_latents(z, sizes, stream, |row| usize::from(class(row).unwrap_or(0)));
        })?;
        generator.forward(&latents, &mut activations)?;
        pixels.extend(to_bytes(
            &activations.output().flatten_all()?.to_vec1::<f32>()?,
        ));
    }
    pixels.truncate(all);
    Ok(ImageGrid::new(architecture.image, pixels))
}

/// Generates images of this shape from these latents, which have one length.
pub(in crate::train) fn generate_from(
    generator: &Network,
    shape: ImageShape,
    latents: &[Vec<f32>],
) -> Result<ImageGrid> {
    let device = generator.params().buffer().device();
    let rows = latents.len();
    let size = latents.first().map_or(0, Vec::len);
    let all = Tensor::from_vec(latents.concat(), (rows, size), device)?;
    let mut activations = generator.activations(rows)?;
    generator.forward(&all, &mut activations)?;
    let values: Vec<f32> = activations.output().flatten_all()?.to_vec1()?;
    Ok(ImageGrid::new(shape, to_bytes(&values)))
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

/// Mean pairwise L2 distance between images of `size` values.
fn spread(values: &[f32], size: usize) -> f64 {
    let images: Vec<&[f32]> = values.chunks_exact(size).collect();
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
        let mut images = vec![0.0; 3 * 12];
        images[12] = 3.0;
        images[2 * 12] = 3.0;
        assert!((spread(&images, 12) - 2.0).abs() < 1e-9);
        assert!(spread(&images[..12], 12).abs() < 1e-9);
    }

    #[test]
    fn bytes_cover_the_whole_range() {
        assert_eq!(
            to_bytes(&[-1.0, 0.0, 1.0, -2.0, 2.0, f32::NAN]),
            [0, 128, 255, 0, 255, 0]
        );
    }
}
