//! The plain convolutional networks of SNGAN (Miyato et al. 2018, table 3), for images of any power of two: transposed convolutions with
//! batch norm and ReLU from a latent to the image, with a convolution of 3×3 at the end; pairs of convolutions, of 3×3 and of
//! 4×4 with a stride of 2, with LeakyReLU(0.1), back to a logit. Spectral norm is a setting of the critic.

use super::{Architecture, Doublings, Layers, halving, same, whole};
use crate::nn::Activation;
use crate::nn::layer::{LayerSpec, Map};

pub fn generator(sizes: &Architecture) -> Layers {
    let Doublings { count, first } = Doublings::of(sizes.image)?;
    let (mut width, mut side) = (sizes.width << count, first);
    let latent = sizes.latent_dim + sizes.classes;
    let mut layers = vec![LayerSpec::normed(
        Map::Transposed(whole(width, side, latent)),
        Activation::Relu,
    )];
    for _ in 0..count {
        layers.push(LayerSpec::normed(
            Map::Transposed(halving(width / 2, width, 2 * side)),
            Activation::Relu,
        ));
        (width, side) = (width / 2, 2 * side);
    }
    let last = Map::Convolution(same(width, sizes.image.channels(), side));
    layers.push(LayerSpec::biased(last, Activation::Tanh));
    Ok(layers)
}

pub fn discriminator(sizes: &Architecture, outputs: usize) -> Layers {
    let Doublings { count, first } = Doublings::of(sizes.image)?;
    let leaky = Activation::LeakyRelu(0.1);
    let mut layers = Vec::new();
    let (mut channels, mut width, mut side) = (sizes.image.channels(), sizes.width, first << count);
    for _ in 0..count {
        let keeping = Map::Convolution(same(channels, width, side));
        layers.push(LayerSpec::biased(keeping, leaky));
        let halving = Map::Convolution(halving(width, width, side));
        layers.push(LayerSpec::biased(halving, leaky));
        (channels, width, side) = (width, 2 * width, side / 2);
    }
    layers.push(LayerSpec::biased(
        Map::Convolution(same(channels, width, side)),
        leaky,
    ));
    let last = Map::Convolution(whole(width, first, outputs));
    layers.push(LayerSpec::biased(last, Activation::Identity));
    Ok(layers)
}
