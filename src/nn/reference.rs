//! The reference networks: those of the tutorial this program starts from.

use candle_core::{Device, Result};

use super::layer::LayerSpec;
use super::{Activation, Mlp};

/// Pixels of an image: 28 × 28.
pub const IMAGE_PIXELS: usize = 28 * 28;
/// Widths of the generator's hidden layers.
pub const GENERATOR_HIDDEN: [usize; 3] = [256, 512, 1024];
/// Widths of the discriminator, from image to logit.
pub const DISCRIMINATOR_WIDTHS: [usize; 5] = [IMAGE_PIXELS, 1024, 512, 256, 1];

fn layers(widths: &[usize], hidden: Activation, last: Activation) -> Vec<LayerSpec> {
    let count = widths.len().saturating_sub(1);
    widths
        .windows(2)
        .enumerate()
        .map(|(i, w)| LayerSpec {
            inputs: w[0],
            outputs: w[1],
            activation: if i + 1 == count { last } else { hidden },
        })
        .collect()
}

/// The generator: latent-256-512-1024-784, ReLU, then Tanh. With 100 latents it has 1,486,352 parameters.
///
/// # Errors
/// When the device is out of memory.
pub fn generator(latent_dim: usize, device: &Device) -> Result<Mlp> {
    Mlp::new(&generator_layers(latent_dim), device)
}

/// The same without gradients and moments: it can only generate.
///
/// # Errors
/// When the device is out of memory.
pub fn frozen_generator(latent_dim: usize, device: &Device) -> Result<Mlp> {
    Mlp::frozen(&generator_layers(latent_dim), device)
}

fn generator_layers(latent_dim: usize) -> Vec<LayerSpec> {
    let mut widths = vec![latent_dim];
    widths.extend(GENERATOR_HIDDEN);
    widths.push(IMAGE_PIXELS);
    layers(&widths, Activation::Relu, Activation::Tanh)
}

/// The discriminator (critic): 784-1024-512-256-1, LeakyReLU(0.2), ending in a logit. 1,460,225 parameters.
///
/// # Errors
/// When the device is out of memory.
pub fn discriminator(device: &Device) -> Result<Mlp> {
    Mlp::new(
        &layers(
            &DISCRIMINATOR_WIDTHS,
            Activation::LeakyRelu(0.2),
            Activation::Identity,
        ),
        device,
    )
}

/// The encoder of a VAE: 784-1024-512-256-2·latent, ReLU, ending in the means and then the log variances of an image's code.
/// Its decoder is shaped as the [`generator`] is.
///
/// # Errors
/// When the device is out of memory.
pub fn encoder(latent_dim: usize, device: &Device) -> Result<Mlp> {
    let mut widths = DISCRIMINATOR_WIDTHS;
    widths[widths.len() - 1] = 2 * latent_dim;
    Mlp::new(
        &layers(&widths, Activation::Relu, Activation::Identity),
        device,
    )
}
