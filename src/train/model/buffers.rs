//! Everything an update writes into, allocated once.

use candle_core::{DType, Result, Tensor};

use super::Model;
use crate::nn::{Augmented, IMAGE_PIXELS, Tape};

/// Room for an update of a certain number of images.
pub(super) enum Buffers {
    Adversarial(Box<Adversarial>),
    Variational(Box<Variational>),
}

/// Of a generator and a discriminator.
pub(super) struct Adversarial {
    pub rows: usize,
    /// `[rows, latent]`.
    pub latents: Tensor,
    /// How far from G(z) to x the gradient penalty looks, `[rows, 1]`.
    pub factors: Tensor,
    /// `[2·rows, 784]`: real images, then generated ones, so that D sees both in one batch.
    pub images: Tensor,
    pub real: Tensor,
    pub fake: Tensor,
    /// Ends in `fake`.
    pub generator: Tape,
    pub both: Tape,
    /// D on generated or on interpolated images alone.
    pub single: Tape,
    /// What D sees where images are changed first.
    pub changed: Option<Changed>,
}

/// Changed images: real and generated ones, and generated ones alone.
pub(super) struct Changed {
    pub both: Augmented,
    pub fake: Augmented,
    /// The gradient by the latter, `[rows, 784]`.
    pub grad: Tensor,
}

impl Adversarial {
    /// Room for changed images, if not there yet.
    pub fn with_changed(&mut self) -> Result<()> {
        if self.changed.is_none() {
            let device = self.images.device();
            self.changed = Some(Changed {
                both: Augmented::new(2 * self.rows, device)?,
                fake: Augmented::new(self.rows, device)?,
                grad: self.fake.zeros_like()?,
            });
        }
        Ok(())
    }
}

/// Of a decoder and an encoder.
pub(super) struct Variational {
    pub rows: usize,
    /// `[rows, 784]`.
    pub images: Tensor,
    /// N(0, 1), `[rows, latent]`.
    pub noise: Tensor,
    /// Latents from the images' codes, `[rows, latent]`, and the gradient by them.
    pub latents: Tensor,
    pub latents_grad: Tensor,
    pub encoder: Tape,
    pub decoder: Tape,
}

impl Buffers {
    pub fn new(model: &Model, rows: usize) -> Result<Self> {
        let device = model.device();
        let room = |rows: usize, width: usize| Tensor::zeros((rows, width), DType::F32, device);
        let (latents, network) = (room(rows, model.latent_dim)?, &model.discriminator);
        if let Some(decoder) = &model.logits {
            return Ok(Self::Variational(Box::new(Variational {
                rows,
                images: room(rows, IMAGE_PIXELS)?,
                noise: latents.zeros_like()?,
                latents_grad: latents.zeros_like()?,
                latents,
                encoder: network.tape(rows)?,
                decoder: decoder.tape(rows)?,
            })));
        }
        let images = room(2 * rows, IMAGE_PIXELS)?;
        let fake = images.narrow(0, rows, rows)?;
        Ok(Self::Adversarial(Box::new(Adversarial {
            rows,
            latents,
            factors: room(rows, 1)?,
            real: images.narrow(0, 0, rows)?,
            generator: model.generator.tape_into(&fake)?,
            fake,
            images,
            both: network.tape(2 * rows)?,
            single: network.tape(rows)?,
            changed: None,
        })))
    }

    /// Images in a batch.
    pub fn rows(&self) -> usize {
        match self {
            Self::Adversarial(buffers) => buffers.rows,
            Self::Variational(buffers) => buffers.rows,
        }
    }
}
