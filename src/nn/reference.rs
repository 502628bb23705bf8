//! The reference networks: those of the tutorial this program starts from.

use candle_core::{Device, Result};

use super::layer::LayerSpec;
use super::{Activation, Network};
use crate::shape::ImageShape;

/// Factors of the width of the generator's hidden layers, from latent to image. The discriminator has the same in reverse.
const HIDDEN: [usize; 3] = [1, 2, 4];

/// The sizes of the reference networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Architecture {
    /// Dimension of a latent vector.
    pub latent_dim: usize,
    /// Width of the narrowest hidden layer, 256 in the tutorial. The others are two and four times as wide.
    pub width: usize,
    /// The shape of the images: as many inputs or outputs as an image has numbers.
    pub image: ImageShape,
    /// Classes that the networks are conditioned on; 0 for none. The generator has an input more for each: the columns of its
    /// first layer that they meet are the embeddings of the classes. So has the encoder of a VAE. The discriminator has an output more for each: with the
    /// rows of its last layer that give them it is the projection discriminator of Miyato and Koyama 2018,
    /// ψ(φ(x)) + ⟨e(y), φ(x)⟩.
    pub classes: usize,
}

impl Architecture {
    /// What the generator takes: so many numbers of a latent, and one for each of so many classes.
    #[must_use]
    pub const fn inputs(self) -> (usize, usize) {
        (self.latent_dim, self.classes)
    }

    /// The generator: latent-256-512-1024-image, ReLU, then Tanh. With 100 latents and the images of MNIST it has 1,486,352
    /// parameters.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn generator(self, device: &Device) -> Result<Network> {
        Network::new(&self.generator_layers(), device)
    }

    /// The same without gradients and moments: it can only generate.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn frozen_generator(self, device: &Device) -> Result<Network> {
        Network::frozen(&self.generator_layers(), device)
    }

    /// The discriminator (critic): image-1024-512-256-1, LeakyReLU(0.2), ending in a logit. 1,460,225 parameters for the images
    /// of MNIST.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn discriminator(self, device: &Device) -> Result<Network> {
        let activations = (Activation::LeakyRelu(0.2), Activation::Identity);
        Network::new(
            &self.discriminator_layers(1 + self.classes, activations),
            device,
        )
    }

    /// The encoder of a VAE: image-1024-512-256-2·latent, ReLU, ending in the means and then the log variances of an image's
    /// code. It has an input more for each class. Its decoder is shaped as the [`Self::generator`] is.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn encoder(self, device: &Device) -> Result<Network> {
        let activations = (Activation::Relu, Activation::Identity);
        let inputs = self.image.values() + self.classes;
        Network::new(
            &self.layers_from(inputs, 2 * self.latent_dim, activations),
            device,
        )
    }

    /// Parameters of the generator and the discriminator together.
    #[must_use]
    pub fn parameters(self) -> u64 {
        let activations = (Activation::Identity, Activation::Identity);
        let discriminator = self.discriminator_layers(1 + self.classes, activations);
        let layers = self.generator_layers().into_iter().chain(discriminator);
        layers
            .map(|layer| (layer.inputs as u64 + 1) * layer.outputs as u64)
            .sum()
    }

    fn generator_layers(self) -> Vec<LayerSpec> {
        let mut widths = vec![self.latent_dim + self.classes];
        widths.extend(HIDDEN.map(|factor| factor * self.width));
        widths.push(self.image.values());
        layers(&widths, (Activation::Relu, Activation::Tanh))
    }

    /// The layers of a network from an image to `outputs`.
    fn discriminator_layers(
        self,
        outputs: usize,
        activations: (Activation, Activation),
    ) -> Vec<LayerSpec> {
        self.layers_from(self.image.values(), outputs, activations)
    }

    fn layers_from(
        self,
        inputs: usize,
        outputs: usize,
        activations: (Activation, Activation),
    ) -> Vec<LayerSpec> {
        let mut widths = vec![outputs];
        widths.extend(HIDDEN.map(|factor| factor * self.width));
        widths.push(inputs);
        widths.reverse();
        layers(&widths, activations)
    }
}

/// Layer specs for these widths, with one activation after the hidden ones and one after the last.
fn layers(widths: &[usize], (hidden, last): (Activation, Activation)) -> Vec<LayerSpec> {
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
