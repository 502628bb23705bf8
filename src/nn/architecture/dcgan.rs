//! The networks of DCGAN (Radford et al. 2016): transposed convolutions with batch norm and ReLU from a latent to the image, and
//! convolutions with LeakyReLU(0.2) back to a logit.
//!
//! The discriminator has no batch norms: penalties on its gradient (R1, R2, that of WGAN-GP) are defined for each image alone, and so
//! a run may switch to any objective.

use super::{Architecture, Doublings, Layers, halving, whole};
use crate::nn::Activation;
use crate::nn::layer::{LayerSpec, Map};

/// Pixels of a side that the last convolution before the logit leaves, at most. Where it sees a larger plane, what the discriminator makes of an
/// image is a sum over small windows of it: at 28 pixels, of ten pixels a side. Then generated images have such windows right, and
/// not what they make together.
const LAST_SIDE: usize = 4;

pub fn generator(sizes: &Architecture) -> Layers {
    let Doublings { count, first } = Doublings::of(sizes.image)?;
    let mut width = sizes.width << (count - 1);
    let mut side = first;
    let latent = sizes.latent_dim + sizes.classes;
    let mut layers = vec![LayerSpec::normed(
        Map::Transposed(whole(width, side, latent)),
        Activation::Relu,
    )];
    for _ in 1..count {
        layers.push(LayerSpec::normed(
            Map::Transposed(halving(width / 2, width, 2 * side)),
            Activation::Relu,
        ));
        (width, side) = (width / 2, 2 * side);
    }
    let last = Map::Transposed(halving(sizes.image.channels(), width, 2 * side));
    layers.push(LayerSpec::biased(last, Activation::Tanh));
    Ok(layers)
}

pub fn discriminator(sizes: &Architecture, outputs: usize) -> Layers {
    let Doublings { count, first } = Doublings::of(sizes.image)?;
    let mut layers = Vec::new();
    let (mut channels, mut width, mut side) = (sizes.image.channels(), sizes.width, first << count);
    while side > LAST_SIDE {
        let map = Map::Convolution(halving(channels, width, side));
        layers.push(LayerSpec::biased(map, Activation::LeakyRelu(0.2)));
        (channels, width, side) = (width, 2 * width, side / 2);
    }
    let last = Map::Convolution(whole(channels, side, outputs));
    layers.push(LayerSpec::biased(last, Activation::Identity));
    Ok(layers)
}
