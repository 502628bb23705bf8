//! Everything that updates of generator and discriminator write into, allocated once.

use candle_core::{DType, Result, Tensor};

use super::labels::Labels;
use crate::nn::{Activations, Augmented, Network};
use crate::shape::ImageShape;

/// The buffers for batches of a certain number of rows.
#[derive(Debug)]
pub(super) struct Workspace {
    rows: usize,
    /// `[rows, latent]`.
    pub latents: Tensor,
    /// Where between G(z) and x the gradient penalty is evaluated, `[rows, 1]`.
    pub factors: Tensor,
    /// `[2·rows, pixels]`: real images, then generated ones, so that D sees both in one batch.
    pub images: Tensor,
    /// The first half of `images`.
    pub real: Tensor,
    /// The second half of `images`, into which the generator writes.
    pub fake: Tensor,
    pub generator: Activations,
    pub both: Activations,
    /// D on real, on generated or on interpolated images alone.
    pub single: Activations,
    /// D's logits of real images, where G's loss compares with them, `[rows, 1]`.
    pub real_logits: Tensor,
    /// The classes of the images, where the networks are conditional.
    pub labels: Option<Labels>,
    /// What D sees where images are augmented.
    pub augmented: Option<AugmentedPair>,
}

/// Augmented images: real and generated ones together for D's update, and either alone for G's.
#[derive(Debug)]
pub(super) struct AugmentedPair {
    pub both: Augmented,
    pub real: Augmented,
    pub fake: Augmented,
    /// The gradient by augmented generated images, `[rows, pixels]`.
    pub grad: Tensor,
}

impl Workspace {
    pub fn new(
        generator: &Network,
        discriminator: &Network,
        classes: usize,
        rows: usize,
    ) -> Result<Self> {
        let device = generator.device();
        let zeros = |rows: usize, width: usize| Tensor::zeros((rows, width), DType::F32, device);
        let images = zeros(2 * rows, discriminator.inputs())?;
        let fake = images.narrow(0, rows, rows)?;
        Ok(Self {
            rows,
            latents: zeros(rows, generator.inputs())?,
            factors: zeros(rows, 1)?,
            real: images.narrow(0, 0, rows)?,
            generator: generator.training_into(&fake)?,
            fake,
            images,
            both: discriminator.training(2 * rows)?,
            single: discriminator.training(rows)?,
            real_logits: zeros(rows, 1)?,
            labels: Labels::new(rows, classes, device)?,
            augmented: None,
        })
    }

    /// Allocates the buffers for augmented images of this shape, if they do not exist yet.
    pub fn with_augmented(&mut self, image: ImageShape) -> Result<()> {
        if self.augmented.is_none() {
            let device = self.images.device();
            self.augmented = Some(AugmentedPair {
                both: Augmented::new(2 * self.rows, image, device)?,
                real: Augmented::new(self.rows, image, device)?,
                fake: Augmented::new(self.rows, image, device)?,
                grad: self.fake.zeros_like()?,
            });
        }
        Ok(())
    }
}
