//! The networks of the tutorial: latent-256-512-1024-image, ReLU, then Tanh, and image-1024-512-256-1, LeakyReLU(0.2), ending in a
//! logit. With 100 latents and the images of MNIST the generator has 1,486,352 parameters, the discriminator 1,460,225.

use super::Architecture;
use crate::nn::Activation;
use crate::nn::layer::LayerSpec;

/// Factors of the width of the generator's hidden layers, from latent to image. The discriminator has the same in reverse.
const HIDDEN: [usize; 3] = [1, 2, 4];

pub fn generator(sizes: &Architecture) -> Vec<LayerSpec> {
    let mut widths = vec![sizes.latent_dim + sizes.classes];
    widths.extend(HIDDEN.map(|factor| factor * sizes.width));
    widths.push(sizes.image.values());
    layers(&widths, (Activation::Relu, Activation::Tanh))
}

pub fn discriminator(sizes: &Architecture, outputs: usize) -> Vec<LayerSpec> {
    let activations = (Activation::LeakyRelu(0.2), Activation::Identity);
    narrowing(sizes, sizes.image.values(), outputs, activations)
}

/// Image-1024-512-256-`outputs`, ReLU.
pub fn encoder(sizes: &Architecture, outputs: usize) -> Vec<LayerSpec> {
    let activations = (Activation::Relu, Activation::Identity);
    let inputs = sizes.image.values() + sizes.classes;
    narrowing(sizes, inputs, outputs, activations)
}

fn narrowing(
    sizes: &Architecture,
    inputs: usize,
    outputs: usize,
    activations: (Activation, Activation),
) -> Vec<LayerSpec> {
    let mut widths = vec![outputs];
    widths.extend(HIDDEN.map(|factor| factor * sizes.width));
    widths.push(inputs);
    widths.reverse();
    layers(&widths, activations)
}

/// View of these widths, with one activation after the hidden ones and one after the last.
fn layers(widths: &[usize], (hidden, last): (Activation, Activation)) -> Vec<LayerSpec> {
    let count = widths.len().saturating_sub(1);
    widths
        .windows(2)
        .enumerate()
        .map(|(i, w)| {
            let activation = if i + 1 == count { last } else { hidden };
            LayerSpec::linear(w[0], w[1], activation)
        })
        .collect()
}
