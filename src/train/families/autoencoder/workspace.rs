//! Everything that an update of encoder and decoder writes into, allocated once.

use candle_core::{DType, Result, Tensor};

use crate::nn::{Activations, Network};

/// The buffers for batches of a certain number of rows.
#[derive(Debug)]
pub(super) struct Workspace {
    /// `[rows, pixels]`.
    pub images: Tensor,
    /// N(0, 1), `[rows, latent]`.
    pub noise: Tensor,
    /// The class of each image, `[rows, classes]`; `None` without classes.
    pub classes: Option<Tensor>,
    /// The encoder's input: the images and their classes, `[rows, pixels + classes]`.
    pub seen: Tensor,
    /// The decoder's input: latents from the images' codes and classes, `[rows, latent + classes]`.
    pub latents: Tensor,
    /// The gradient by the decoder's input, `[rows, latent + classes]`.
    pub latents_grad: Tensor,
    pub encoder: Activations,
    /// The decoder without the Tanh at its end.
    pub decoder: Activations,
}

impl Workspace {
    pub fn new(encoder: &Network, decoder: &Network, classes: usize, rows: usize) -> Result<Self> {
        let device = decoder.device();
        let zeros = |width: usize| Tensor::zeros((rows, width), DType::F32, device);
        let images = zeros(encoder.inputs() - classes)?;
        Ok(Self {
            seen: if classes == 0 {
                images.clone()
            } else {
                zeros(encoder.inputs())?
            },
            images,
            noise: zeros(decoder.inputs() - classes)?,
            classes: (classes > 0).then(|| zeros(classes)).transpose()?,
            latents: zeros(decoder.inputs())?,
            latents_grad: zeros(decoder.inputs())?,
            encoder: encoder.training(rows)?,
            decoder: decoder.training_to_logits(rows)?,
        })
    }
}
