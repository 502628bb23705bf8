//! Random augmentation of images before the discriminator sees them: shift, rotation, scaling, then noise.
//!
//! Real and generated images are augmented alike, and the generator's gradient passes back through the augmentation, so
//! that augmentations do not leak into generated images (Zhao et al. 2020, Differentiable Augmentation; Karras et al.
//! 2020). Pixels move by an affine map of coordinates with bilinear interpolation; pixels from outside are background,
//! -1.

use candle_core::{DType, Device, Result, Tensor, bail};
use rayon::prelude::*;

use super::backend;
use super::backend::on_device::{DeviceAugment, Placement};
use super::host::{HostValues, write};
use super::kernels;
use crate::rng::Stream;
use crate::shape::ImageShape;

/// Number of pixels used to interpolate one pixel.
const TAPS: usize = 4;
/// Value of pixels outside of an image.
const BACKGROUND: f32 = -1.0;

/// Maximum amounts of augmentation; each amount is sampled uniformly between minus and plus its maximum.
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
}

impl Changes {
    /// Returns whether any amount is not 0.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.noise > 0.0 || self.moves()
    }

    /// Returns whether pixels move.
    #[must_use]
    pub fn moves(&self) -> bool {
        self.shift > 0.0 || self.turn > 0.0 || self.growth > 0.0
    }
}

/// Maps coordinates of a pixel in the augmented image to those in the original, relative to the centre.
#[derive(Debug, Clone, Copy, Default)]
struct Map {
    /// Rows of the linear part.
    linear: [f32; 4],
    /// The translation added afterwards.
    offset: [f32; 2],
}

impl Map {
    fn draw(changes: &Changes, stream: &mut Stream) -> Self {
        let mut within = |most: f32| stream.between(-most, most);
        let (sin, cos) = within(changes.turn).sin_cos();
        let growth = 1.0 + within(changes.growth);
        Self {
            linear: [cos, sin, -sin, cos].map(|a| a / growth),
            offset: [within(changes.shift), within(changes.shift)],
        }
    }

    /// The linear part, then the translation.
    fn numbers(&self) -> [f32; 6] {
        let ([xx, xy, yx, yy], [x, y]) = (self.linear, self.offset);
        [xx, xy, yx, yy, x, y]
    }

    /// The pixels that the pixel at `row` and `column` is interpolated from, with their weights; a weight of 0 for pixels
    /// outside.
    fn taps(&self, shape: ImageShape, row: usize, column: usize) -> [(usize, f32); TAPS] {
        let (middle, centre) = (middle(shape.height()), middle(shape.width()));
        let (y, x) = (row as f32 - middle, column as f32 - centre);
        let [xx, xy, yx, yy] = self.linear;
        let (x, y) = (
            xx * x + xy * y + self.offset[0] + centre,
            yx * x + yy * y + self.offset[1] + middle,
        );
        let (left, top) = (x.floor(), y.floor());
        let (right, below) = (x - left, y - top);
        let (columns, rows) = (0.0..shape.width() as f32, 0.0..shape.height() as f32);
        let tap = |dx: f32, dy: f32, weight: f32| {
            let (x, y) = (left + dx, top + dy);
            if columns.contains(&x) && rows.contains(&y) {
                (y as usize * shape.width() + x as usize, weight)
            } else {
                (0, 0.0)
            }
        };
        [
            tap(0.0, 0.0, (1.0 - right) * (1.0 - below)),
            tap(1.0, 0.0, right * (1.0 - below)),
            tap(0.0, 1.0, (1.0 - right) * below),
            tap(1.0, 1.0, right * below),
        ]
    }
}

/// The centre of a side of so many pixels.
fn middle(side: usize) -> f32 {
    (side as f32 - 1.0) / 2.0
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
    /// The maximum amounts set last.
    by: Changes,
    maps: Vec<Map>,
    /// Noise of each pixel; a device with our own kernels samples it itself.
    noise: Vec<f32>,
    /// Used on devices without our own kernels.
    tensors: Tensors,
    /// Used on devices with our own kernels.
    on_device: Option<Box<dyn DeviceAugment>>,
}

/// An augmentation in candle's tensors.
#[derive(Debug, Default)]
struct Tensors {
    /// Where each value comes from, `[rows, values·4]`, and the weights of these.
    taps: Option<(Tensor, Tensor)>,
    /// `[rows, values]`.
    noise: Option<Tensor>,
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
            by: Changes::default(),
            maps: vec![Map::default(); rows],
            noise: Vec::new(),
            tensors: Tensors::default(),
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
        self.by = *by;
        if by.moves() {
            self.maps.fill_with(|| Map::draw(by, stream));
        }
        if let Some(device) = &self.on_device {
            let mut maps = self.maps.iter().map(Map::numbers);
            return device.upload(by.noise, &mut maps, stream.next_seed());
        }
        if by.noise > 0.0 {
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
            let noise = || Tensor::from_slice(&self.noise, self.images.shape(), device);
            self.tensors = Tensors {
                taps: by.moves().then(|| self.tap_tensors()).transpose()?,
                noise: (by.noise > 0.0).then(noise).transpose()?,
            };
        }
        Ok(())
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
            let placement = if self.by.moves() {
                Placement::Moved
            } else {
                Placement::Kept
            };
            return device.augment(&self.images, images, placement);
        }
        if images.device().is_cpu() {
            if self.by.moves() {
                self.gather(images)?;
            } else {
                kernels::copy(&self.images, images)?;
            }
            if self.by.noise > 0.0 {
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
            return Ok(());
        }
        let mut changed = images.clone();
        if let Some((at, weights)) = &self.tensors.taps {
            let from_background = changed.affine(1.0, f64::from(-BACKGROUND))?;
            let taken = (from_background.gather(at, 1)? * weights)?;
            changed = summed(&taken)?.affine(1.0, f64::from(BACKGROUND))?;
        }
        if let Some(noise) = &self.tensors.noise {
            changed = (changed + noise)?;
        }
        kernels::copy(&self.images, &changed)
    }

    /// Backpropagates the gradient by the augmented images, `[rows, values]`, to the gradient by the original ones, into
    /// `out`.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn back(&self, grad: &Tensor, out: &Tensor) -> Result<()> {
        if !self.by.moves() {
            return kernels::copy(out, grad);
        }
        if let Some(device) = &self.on_device {
            return device.backward(out, grad);
        }
        let Some((at, weights)) = &self.tensors.taps else {
            return self.scatter(grad, out);
        };
        let (rows, values) = grad.dims2()?;
        let each = grad
            .unsqueeze(2)?
            .broadcast_as((rows, values, TAPS))?
            .reshape((rows, values * TAPS))?;
        let back = grad.zeros_like()?.scatter_add(at, &(each * weights)?, 1)?;
        kernels::copy(out, &back)
    }

    fn gather(&self, images: &Tensor) -> Result<()> {
        let images = HostValues::of(images);
        let images = images.values()?;
        let (shape, channels) = (self.shape, self.shape.channels());
        write(&self.images, |changed| {
            changed
                .par_chunks_mut(shape.values())
                .zip(images.par_chunks(shape.values()))
                .zip(&self.maps)
                .for_each(|((changed, image), map)| {
                    for (row, line) in changed.chunks_exact_mut(shape.row()).enumerate() {
                        for (column, pixel) in line.chunks_exact_mut(channels).enumerate() {
                            let taps = map.taps(shape, row, column);
                            for (channel, value) in pixel.iter_mut().enumerate() {
                                let from = |at: usize| image[at * channels + channel] - BACKGROUND;
                                let sum: f32 = taps.iter().map(|&(at, w)| w * from(at)).sum();
                                *value = sum + BACKGROUND;
                            }
                        }
                    }
                });
        })
    }

    fn scatter(&self, grad: &Tensor, out: &Tensor) -> Result<()> {
        let grad = HostValues::of(grad);
        let grad = grad.values()?;
        let (shape, channels) = (self.shape, self.shape.channels());
        write(out, |out| {
            out.par_chunks_mut(shape.values())
                .zip(grad.par_chunks(shape.values()))
                .zip(&self.maps)
                .for_each(|((out, grad), map)| {
                    out.fill(0.0);
                    for (row, line) in grad.chunks_exact(shape.row()).enumerate() {
                        for (column, pixel) in line.chunks_exact(channels).enumerate() {
                            for (at, weight) in map.taps(shape, row, column) {
                                for (channel, value) in pixel.iter().enumerate() {
                                    out[at * channels + channel] += weight * value;
                                }
                            }
                        }
                    }
                });
        })
    }

    fn tap_tensors(&self) -> Result<(Tensor, Tensor)> {
        let device = self.images.device();
        let (shape, channels) = (self.shape, self.shape.channels());
        let (mut at, mut weights) = (Vec::new(), Vec::new());
        for map in &self.maps {
            for pixel in 0..shape.pixels() {
                let taps = map.taps(shape, pixel / shape.width(), pixel % shape.width());
                // Every channel of a pixel comes from the same channel of the same pixels.
                for channel in 0..channels {
                    at.extend(taps.map(|(at, _)| (at * channels + channel) as u32));
                    weights.extend(taps.map(|(_, weight)| weight));
                }
            }
        }
        let dims = (self.maps.len(), shape.values() * TAPS);
        Ok((
            Tensor::from_vec(at, dims, device)?,
            Tensor::from_vec(weights, dims, device)?,
        ))
    }
}

/// `[rows, values·4]` summed over the taps of each value: `[rows, values]`.
fn summed(taken: &Tensor) -> Result<Tensor> {
    let (rows, all) = taken.dims2()?;
    taken.reshape((rows, all / TAPS, TAPS))?.sum(2)
}

#[cfg(test)]
mod tests;
