//! Random augmentation of images before the discriminator sees them: brightness, saturation and contrast; then shift, rotation
//! and scaling; then a part is hidden (cutout); then noise.
//!
//! Real and generated images are augmented alike, and the generator's gradient passes back through the augmentation, so
//! that augmentations do not leak into generated images (Zhao et al. 2020, Differentiable Augmentation; Karras et al.
//! 2020). Pixels move by an affine map of coordinates with bilinear interpolation. Pixels from outside and hidden ones are
//! background, -1: where Zhao et al. have a mid grey, 0, an image here ends in what surrounds a digit.

mod colour;
mod cut;
mod map;
mod tensors;
mod transform;

use candle_core::{DType, Device, Result, Tensor, bail};
use rayon::prelude::*;

use super::backend;
use super::backend::on_device::{DeviceAugment, Parts};
use super::host::{HostValues, write};
use super::kernels;
use crate::rng::Stream;
use crate::shape::ImageShape;
use tensors::Tensors;
use transform::Transform;

/// Number of pixels used to interpolate one pixel.
const TAPS: usize = 4;
/// Value of pixels outside of an image, and of hidden ones.
const BACKGROUND: f32 = -1.0;

/// Maximum amounts of augmentation; but for noise and cutout, each amount is sampled uniformly between minus and plus its
/// maximum.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Changes {
    /// Standard deviation of the noise on each pixel.
    pub noise: f32,
    /// Shift in pixels, in each direction.
    pub shift: f32,
    /// Rotation in radians.
    pub turn: f32,
    /// Scaling: the share by which an image grows.
    pub growth: f32,
    /// Brightness, added to every value; values lie in [-1, 1].
    pub brightness: f32,
    /// Saturation: the share by which the distance of a pixel's channels from their mean grows.
    pub saturation: f32,
    /// Contrast: the share by which the distance of values from the mean of the image grows.
    pub contrast: f32,
    /// The hidden share of each side, in a place drawn for each image.
    pub cutout: f32,
    /// The chance of an image to be augmented with all of this but the noise; `None` for every image.
    pub chance: Option<f32>,
}

impl Changes {
    /// Returns whether any amount is not 0.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.parts() != Parts::default()
    }

    /// What happens to images, as far as it can happen at all.
    #[must_use]
    pub fn parts(&self) -> Parts {
        let happens = |amounts: &[f32]| {
            self.chance != Some(0.0) && amounts.iter().any(|amount| *amount > 0.0)
        };
        Parts {
            colours: happens(&[self.brightness, self.saturation, self.contrast]),
            moves: happens(&[self.shift, self.turn, self.growth]),
            cuts: happens(&[self.cutout]),
            noise: self.noise > 0.0,
        }
    }
}

/// Augmented images, and the backward pass through their augmentation. Allocated once.
///
/// The host samples the augmentation of each image ([`Augmented::draw`]); the device then applies it without the host,
/// so it can be recorded.
#[derive(Debug)]
pub struct Augmented {
    /// The shape of each image.
    shape: ImageShape,
    /// `[rows, values]`.
    images: Tensor,
    /// What the augmentation sampled last consists of.
    parts: Parts,
    transforms: Vec<Transform>,
    /// Noise of each pixel; a device with our own kernels samples it itself.
    noise: Vec<f32>,
    /// Used on devices other than the CPU without our own kernels.
    tensors: Option<Tensors>,
    /// Used on devices with our own kernels.
    on_device: Option<Box<dyn DeviceAugment>>,
}

impl Augmented {
    /// Buffers for `rows` images of this shape.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn new(rows: usize, shape: ImageShape, device: &Device) -> Result<Self> {
        Ok(Self {
            shape,
            images: Tensor::zeros((rows, shape.values()), DType::F32, device)?,
            parts: Parts::default(),
            transforms: vec![Transform::KEPT; rows],
            noise: Vec::new(),
            tensors: None,
            on_device: backend::of(device).device_augment(rows, shape, device)?,
        })
    }

    /// The augmented images, `[rows, values]`.
    #[must_use]
    pub fn images(&self) -> &Tensor {
        &self.images
    }

    /// Samples the next augmentation of each image from `stream`, and uploads it to the device.
    ///
    /// # Errors
    /// Those of the device.
    pub fn draw(&mut self, by: &Changes, stream: &mut Stream) -> Result<()> {
        self.parts = by.parts();
        if self.parts.transform() {
            let shape = self.shape;
            self.transforms
                .fill_with(|| Transform::draw(by, shape, stream));
        }
        if let Some(device) = &self.on_device {
            let mut transforms = self.transforms.iter().map(Transform::numbers);
            return device.upload(by.noise, &mut transforms, stream.next_seed());
        }
        if self.parts.noise {
            self.noise.resize(self.images.elem_count(), 0.0);
            // A stream for each image, so that threads share the work and the numbers do not depend on how.
            let seed = stream.next_seed();
            self.noise
                .par_chunks_mut(self.shape.values())
                .enumerate()
                .for_each(|(row, noise)| {
                    let mut stream = Stream::new(seed.wrapping_add(row as u64), "noise");
                    noise.fill_with(|| by.noise * stream.normal());
                });
        }
        let device = self.images.device();
        if !device.is_cpu() {
            self.tensors = Some(self.as_tensors(device)?);
        }
        Ok(())
    }

    fn as_tensors(&self, device: &Device) -> Result<Tensors> {
        Tensors::new(
            (self.parts, self.shape),
            &self.transforms,
            &self.noise,
            device,
        )
    }

    /// Applies the sampled augmentations to `images` `[rows, values]`.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn change(&self, images: &Tensor) -> Result<()> {
        if images.dims() != self.images.dims() {
            bail!(
                "expected images of {:?}, found {:?}",
                self.images.dims(),
                images.dims()
            );
        }
        if let Some(device) = &self.on_device {
            return device.augment(&self.images, images, self.parts);
        }
        if let Some(tensors) = &self.tensors {
            return kernels::copy(&self.images, &tensors.change(images)?);
        }
        if self.parts.transform() {
            self.each(images, &self.images, Transform::apply)?;
        } else {
            kernels::copy(&self.images, images)?;
        }
        if self.parts.noise {
            write(&self.images, |pixels| {
                pixels
                    .par_chunks_mut(self.shape.values())
                    .zip(self.noise.par_chunks(self.shape.values()))
                    .for_each(|(pixels, noise)| {
                        for (pixel, noise) in pixels.iter_mut().zip(noise) {
                            *pixel += noise;
                        }
                    });
            })?;
        }
        Ok(())
    }

    /// Backpropagates the gradient by the augmented images, `[rows, values]`, to the gradient by the original ones, into
    /// `out`.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn back(&self, grad: &Tensor, out: &Tensor) -> Result<()> {
        if !self.parts.transform() {
            return kernels::copy(out, grad);
        }
        if let Some(device) = &self.on_device {
            return device.backward(out, grad, self.parts);
        }
        if let Some(tensors) = &self.tensors {
            return kernels::copy(out, &tensors.back(grad)?);
        }
        self.each(grad, out, Transform::back)
    }

    /// On the CPU, image by image.
    fn each(&self, from: &Tensor, to: &Tensor, work: Work) -> Result<()> {
        let from = HostValues::of(from);
        let from = from.values()?;
        let (values, how) = (self.shape.values(), (self.parts, self.shape));
        write(to, |to| {
            to.par_chunks_mut(values)
                .zip(from.par_chunks(values))
                .zip(&self.transforms)
                .for_each_init(Vec::new, |spare, ((to, from), transform)| {
                    work(transform, how, from, to, spare);
                });
        })
    }
}

/// [`Transform::apply`] or [`Transform::back`].
type Work = fn(&Transform, (Parts, ImageShape), &[f32], &mut [f32], &mut Vec<f32>);

#[cfg(test)]
mod tests;
