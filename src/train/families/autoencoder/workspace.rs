//! Everything that an update of encoder and decoder writes into, allocated once.

use candle_core::{DType, Result, Tensor};

use crate::nn::{Activations, Mlp};

/// The buffers for batches of a certain number of rows.
#[derive(Debug)]
pub(super) struct Workspace {
    /// `[rows, pixels]`.
    pub images: Tensor,
    /// N(0, 1), `[rows, latent]`.
    pub noise: Tensor,
    /// Latents from the images' codes, `[rows, latent]`.
    pub latents: Tensor,
    /// The gradient by the latents, `[rows, latent]`.
    pub latents_grad: Tensor,
    pub encoder: Activations,
    /// The decoder without the Tanh at its end.
    pub decoder: Activations,
}

impl Workspace {
    pub fn new(encoder: &Mlp, decoder: &Mlp, rows: usize) -> Result<Self> {
        let device = decoder.device();
        let zeros = |width: usize| Tensor::zeros((rows, width), DType::F32, device);
        Ok(Self {
            images: zeros(encoder.inputs())?,
            noise: zeros(decoder.inputs())?,
            latents: zeros(decoder.inputs())?,
            latents_grad: zeros(decoder.inputs())?,
            encoder: encoder.activations(rows)?,
            decoder: decoder.activations_to_logits(rows)?,
        })
    }
}
