//! The networks that a run can have: a registry, one file each.

mod dcgan;
mod described;
mod mlp;
mod resnet;
mod sn_cnn;

use std::sync::Arc;

use candle_core::{Device, Result};
pub use described::{Described, DescriptionError};

use super::Network;
use super::layer::{LayerSpec, Link, Plane, Window};
use crate::shape::ImageShape;

/// The kinds of networks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Linear layers: the networks of the tutorial that this program starts from.
    Mlp,
    /// Those of DCGAN (Radford et al. 2016), without batch norms in the discriminator.
    Dcgan,
    /// The plain convolutional networks of SNGAN (Miyato et al. 2018).
    SnCnn,
    /// Those of DCGAN with residual blocks (He et al. 2016).
    Resnet,
    /// Those that a person describes, which have sizes of their own.
    Described(Arc<Described>),
}

/// The sizes of a run's networks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Architecture {
    /// Their kind.
    pub kind: Kind,
    /// Dimension of a latent vector.
    pub latent_dim: usize,
    /// Width of the narrowest hidden layer: units, or channels of the largest plane. The others are twice, four times, … as wide.
    pub width: usize,
    /// The shape of the images: as many inputs or outputs as an image has numbers.
    pub image: ImageShape,
    /// Classes that the networks are conditioned on; 0 for none. The generator has an input more for each: the columns of its
    /// first layer that they meet are the embeddings of the classes. So has the encoder of a VAE, which then must be an MLP. The
    /// discriminator has an output more for each: with the rows of its last layer that give them it is the projection
    /// discriminator of Miyato and Koyama 2018, ψ(φ(x)) + ⟨e(y), φ(x)⟩.
    pub classes: usize,
}

/// Why there are no such networks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchitectureError {
    /// Networks of this kind cannot be made for these images.
    #[error(
        "found images of {0}, expected square ones whose side is 4 to 8 times a power of two, such as 28, 32, 48 or 64: \
         `--image-size 32` makes them"
    )]
    Images(ImageShape),
    /// A description has a mistake.
    #[error(transparent)]
    Description(#[from] DescriptionError),
}

/// The layers of a network, or why there is none.
type Layers = std::result::Result<Vec<LayerSpec>, ArchitectureError>;

/// The doublings between the smallest plane and an image: their number, and the side of the smallest plane.
#[derive(Debug, Clone, Copy)]
struct Doublings {
    count: usize,
    first: usize,
}

impl Doublings {
    /// As many as leave a smallest plane of at least four pixels a side.
    fn of(image: ImageShape) -> std::result::Result<Self, ArchitectureError> {
        let (mut count, mut first) = (0, image.height());
        while first.is_multiple_of(2) && first >= 8 {
            (count, first) = (count + 1, first / 2);
        }
        if image.height() == image.width() && count > 0 && (4..8).contains(&first) {
            Ok(Self { count, first })
        } else {
            Err(ArchitectureError::Images(image))
        }
    }
}

impl Architecture {
    /// What the generator takes: so many numbers of a latent, and one for each of so many classes.
    #[must_use]
    pub const fn inputs(&self) -> (usize, usize) {
        (self.latent_dim, self.classes)
    }

    /// The generator, latent → image in [-1, 1].
    ///
    /// # Errors
    /// When the images do not fit, or the device is out of memory.
    pub fn generator(&self, device: &Device) -> Result<Network> {
        Network::new(
            &self.generator_layers().map_err(candle_core::Error::wrap)?,
            device,
        )
    }

    /// The same without gradients and moments: it can only generate.
    ///
    /// # Errors
    /// When the images do not fit, or the device is out of memory.
    pub fn frozen_generator(&self, device: &Device) -> Result<Network> {
        Network::frozen(
            &self.generator_layers().map_err(candle_core::Error::wrap)?,
            device,
        )
    }

    /// The discriminator (critic), image → logit.
    ///
    /// # Errors
    /// When the images do not fit, or the device is out of memory.
    pub fn discriminator(&self, device: &Device) -> Result<Network> {
        Network::new(
            &self
                .discriminator_layers()
                .map_err(candle_core::Error::wrap)?,
            device,
        )
    }

    /// The encoder of a VAE: image → the means and then the log variances of its code. Its decoder is shaped as the
    /// [`Self::generator`] is.
    ///
    /// # Errors
    /// When the images do not fit, or the device is out of memory.
    pub fn encoder(&self, device: &Device) -> Result<Network> {
        Network::new(
            &self.encoder_layers().map_err(candle_core::Error::wrap)?,
            device,
        )
    }

    /// The layers of the encoder of a VAE. An MLP has an input more for each class.
    ///
    /// # Errors
    /// When the images do not fit, or the description has a mistake.
    pub fn encoder_layers(&self) -> Layers {
        let outputs = 2 * self.latent_dim;
        match self.kind {
            Kind::Mlp => Ok(mlp::encoder(self, outputs)),
            _ => self.narrowing(outputs),
        }
    }

    /// The layers of the generator.
    ///
    /// # Errors
    /// When the images do not fit, or the description has a mistake.
    pub fn generator_layers(&self) -> Layers {
        match &self.kind {
            Kind::Mlp => Ok(mlp::generator(self)),
            Kind::Dcgan => dcgan::generator(self),
            Kind::SnCnn => sn_cnn::generator(self),
            Kind::Resnet => resnet::generator(self),
            Kind::Described(described) => Ok(described.generator(self.inputs(), self.image)?),
        }
    }

    /// The layers of the discriminator.
    ///
    /// # Errors
    /// When the images do not fit, or the description has a mistake.
    pub fn discriminator_layers(&self) -> Layers {
        self.narrowing(1 + self.classes)
    }

    /// The layers of a discriminator with so many outputs.
    fn narrowing(&self, outputs: usize) -> Layers {
        match &self.kind {
            Kind::Mlp => Ok(mlp::discriminator(self, outputs)),
            Kind::Dcgan => dcgan::discriminator(self, outputs),
            Kind::SnCnn => sn_cnn::discriminator(self, outputs),
            Kind::Resnet => resnet::discriminator(self, outputs),
            Kind::Described(described) => Ok(described.discriminator(self.image, outputs)?),
        }
    }

    /// Parameters of the generator and the discriminator together.
    ///
    /// # Errors
    /// When the images do not fit, or the description has a mistake.
    pub fn parameters(&self) -> std::result::Result<u64, ArchitectureError> {
        let layers = self.generator_layers()?.into_iter();
        let layers = layers.chain(self.discriminator_layers()?);
        Ok(layers.map(LayerSpec::parameters).sum())
    }
}

/// Windows of 4×4 pixels, two apart: a plane of half the size.
const HALVING: Window = Window {
    kernel: 4,
    stride: 2,
    padding: 1,
};

/// A square plane.
const fn square(channels: usize, side: usize) -> Plane {
    Plane {
        channels,
        height: side,
        width: side,
    }
}

/// From a plane of `large` channels with a side of so many pixels to one of `small` channels and half the side, rounded down.
const fn halving(large: usize, small: usize, side: usize) -> Link {
    Link {
        large: square(large, side),
        small: square(small, side / 2),
        window: HALVING,
    }
}

/// Between a whole plane and a single pixel.
const fn whole(channels: usize, side: usize, pixel: usize) -> Link {
    Link {
        large: square(channels, side),
        small: Plane::pixel(pixel),
        window: Window {
            kernel: side,
            stride: 1,
            padding: 0,
        },
    }
}

/// Windows of 3×3 pixels: a plane of the same size.
const fn same(from: usize, to: usize, side: usize) -> Link {
    Link {
        large: square(from, side),
        small: square(to, side),
        window: Window {
            kernel: 3,
            stride: 1,
            padding: 1,
        },
    }
}

#[cfg(test)]
mod tests;
