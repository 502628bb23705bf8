//! The generator of a checkpoint, to explore its latent space with.

use std::path::Path;

use candle_core::{DType, Device, Tensor};

use super::generate::{Weights, read_encoder, read_generator};
use super::preview;
use crate::data::ImageSet;
use crate::nn::{Network, kernels};
use crate::protocol::ImageGrid;
use crate::rng::Stream;
use crate::shape::ImageShape;
use crate::train::classes::{Classes, fill_latents, with_classes};
use crate::train::{RunState, TrainError};

/// The generator of a checkpoint, and for a VAE its encoder.
pub struct Explorer {
    generator: Network,
    encoder: Option<Network>,
    state: RunState,
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
        self.state.identity.latent_dim
    }

    /// Name of the dataset that it was trained on.
    #[must_use]
    pub fn dataset(&self) -> &str {
        &self.state.identity.dataset
    }

    /// The shape of the images that it generates.
    #[must_use]
    pub fn shape(&self) -> ImageShape {
        self.state.identity.image_shape
    }

    /// The latent of the first image of `genai-tui sample --seed`, and of a conditional generator the class of this number after
    /// it: all that [`Self::generate`] takes.
    #[must_use]
    pub fn latent(&self, seed: u64, class: usize) -> Vec<f32> {
        let sizes = self.state.identity.architecture();
        let mut latent = vec![0.0; self.generator.inputs()];
        let mut stream = Stream::new(seed, "samples");
        fill_latents(&mut latent, sizes.inputs(), &mut stream, |_| class);
        latent
    }

    /// The classes of a conditional generator.
    #[must_use]
    pub fn classes(&self) -> Option<&Classes> {
        self.state.identity.classes.as_ref()
    }

    /// Generates images from these latents.
    ///
    /// # Errors
    /// When one has another dimension.
    pub fn generate(&self, latents: &[Vec<f32>]) -> Result<ImageGrid, TrainError> {
        Ok(preview::generate_from(
            &self.generator,
            self.shape(),
            latents,
        )?)
    }

    /// Reconstructs images with a VAE, each from the mean of its code. Returns `None` without an encoder.
    ///
    /// # Errors
    /// Those of the networks; that the images have another shape.
    pub fn reconstruct(
        &self,
        images: &ImageSet,
        indices: &[u32],
    ) -> Result<Option<ImageGrid>, TrainError> {
        let Some(encoder) = &self.encoder else {
            return Ok(None);
        };
        let rows = indices.len();
        let size = images.shape().values();
        let batch = Tensor::zeros((rows, size), DType::F32, &Device::Cpu)?;
        kernels::fill(&batch, |batch| images.batch_into(indices, batch))?;
        let labels = images.labels_of(indices);
        let sizes = self.state.identity.architecture().inputs();
        let mut encoded = encoder.activations(rows)?;
        encoder.forward(
            &with_classes(&batch, labels.as_deref(), sizes)?,
            &mut encoded,
        )?;
        let means = encoded.output().narrow(1, 0, self.latent_dim())?;
        let inputs = with_classes(&means, labels.as_deref(), sizes)?;
        self.generate(&inputs.to_vec2()?).map(Some)
    }
}
