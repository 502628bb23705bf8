//! Residual networks: DCGAN's (Radford et al. 2016), with a basic block of He et al. 2016, two convolutions of 3×3 around which their
//! input is added, after each doubling of the generator's planes and after each halving of the discriminator's.
//!
//! A block is the same work on each plane, as one of twice the side has half the channels: 2.25 times that of a halving, so that a
//! step is about four times DCGAN's. The largest planes are half as high and wide as the image, as DCGAN's are: a block on planes of
//! the image's size would take as much memory as all others together. The first plane of the generator has none, which would
//! have more weights than all others together.
//!
//! Convolutions start as DCGAN's, from N(0, 0.02²). What a block of the discriminator adds is then a sixth of what it reads with 64
//! channels, twice that with 128, and 1.3 times what it reads with 512: 0.02²·9·channels, times 0.72 for the activation.

use super::{Architecture, Doublings, Layers, halving, same, whole};
use crate::nn::Activation;
use crate::nn::layer::{LayerSpec, Map};

pub fn generator(sizes: &Architecture) -> Layers {
    let Doublings { count, first } = Doublings::of(sizes.image)?;
    let mut width = sizes.width << (count - 1);
    let mut side = first;
    let latent = sizes.latent_dim + sizes.classes;
    let normed = |map| LayerSpec::normed(map, Activation::Relu);
    let mut layers = vec![normed(Map::Transposed(whole(width, side, latent)))];
    for _ in 1..count {
        let doubling = Map::Transposed(halving(width / 2, width, 2 * side));
        (width, side) = (width / 2, 2 * side);
        layers.push(normed(doubling));
        layers.extend(block(normed, width, side));
    }
    let last = Map::Transposed(halving(sizes.image.channels(), width, 2 * side));
    layers.push(LayerSpec::biased(last, Activation::Tanh));
    Ok(layers)
}

pub fn discriminator(sizes: &Architecture, outputs: usize) -> Layers {
    let Doublings { count, first } = Doublings::of(sizes.image)?;
    let biased = |map| LayerSpec::biased(map, Activation::LeakyRelu(0.2));
    let mut layers = Vec::new();
    let (mut channels, mut width, mut side) = (sizes.image.channels(), sizes.width, first << count);
    for _ in 0..count {
        layers.push(biased(Map::Convolution(halving(channels, width, side))));
        side /= 2;
        layers.extend(block(biased, width, side));
        (channels, width) = (width, 2 * width);
    }
    let last = Map::Convolution(whole(channels, first, outputs));
    layers.push(LayerSpec::biased(last, Activation::Identity));
    Ok(layers)
}

/// A basic block on planes of so many channels.
fn block(layer: impl Fn(Map) -> LayerSpec, channels: usize, side: usize) -> [LayerSpec; 2] {
    let layer = layer(Map::Convolution(same(channels, channels, side)));
    [layer, layer.ending_block(2)]
}
