//! Random augmentation of images before the discriminator sees them: shift, rotation, scaling, then noise.
//!
//! Real and generated images are augmented alike, and the generator's gradient passes back through the augmentation, so
//! that augmentations do not leak into generated images (Zhao et al. 2020, Differentiable Augmentation; Karras et al.
//! 2020). Pixels move by an affine map of coordinates with bilinear interpolation; pixels from outside are background,
//! -1.

use candle_core::{DType, Device, Result, Tensor, bail};
use rayon::prelude::*;

use super::IMAGE_PIXELS;
use super::backend;
use super::backend::on_device::{DeviceAugment, Placement};
use super::host::{HostValues, write};
use super::kernels;
use crate::rng::Stream;

/// Pixels per row.
const SIDE: usize = 28;
/// The centre of a row.
const CENTRE: f32 = (SIDE as f32 - 1.0) / 2.0;
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

    /// The pixels that `pixel` is interpolated from, with their weights; a weight of 0 for pixels outside.
    fn taps(&self, pixel: usize) -> [(usize, f32); TAPS] {
        let (y, x) = (
            (pixel / SIDE) as f32 - CENTRE,
            (pixel % SIDE) as f32 - CENTRE,
        );
        let [xx, xy, yx, yy] = self.linear;
        let (x, y) = (
            xx * x + xy * y + self.offset[0] + CENTRE,
            yx * x + yy * y + self.offset[1] + CENTRE,
        );
        let (left, top) = (x.floor(), y.floor());
        let (right, below) = (x - left, y - top);
        let tap = |dx: f32, dy: f32, weight: f32| {
            let (x, y) = (left + dx, top + dy);
            let side = 0.0..SIDE as f32;
            if side.contains(&x) && side.contains(&y) {
                (y as usize * SIDE + x as usize, weight)
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

/// Augmented images, and the backward pass through their augmentation. Allocated once.
///
/// The host samples the augmentation of each image ([`Augmented::draw`]); the device then applies it without the host,
/// so it can be recorded.
#[derive(Debug)]
pub struct Augmented {
    /// `[rows, 784]`.
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
    /// The source pixels of each pixel, `[rows, 784·4]`, and their weights.
    taps: Option<(Tensor, Tensor)>,
    /// `[rows, 784]`.
    noise: Option<Tensor>,
}

impl Augmented {
    /// Buffers for `rows` images.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn new(rows: usize, device: &Device) -> Result<Self> {
        Ok(Self {
            images: Tensor::zeros((rows, IMAGE_PIXELS), DType::F32, device)?,
            by: Changes::default(),
            maps: vec![Map::default(); rows],
            noise: Vec::new(),
            tensors: Tensors::default(),
            on_device: backend::of(device).device_augment(rows, device)?,
        })
    }

    /// The augmented images, `[rows, 784]`.
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
                .par_chunks_mut(IMAGE_PIXELS)
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

    /// Applies the sampled augmentations to `images` `[rows, 784]`.
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
                        .par_chunks_mut(IMAGE_PIXELS)
                        .zip(self.noise.par_chunks(IMAGE_PIXELS))
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

    /// Backpropagates the gradient by the augmented images, `[rows, 784]`, to the gradient by the original ones, into
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
        let rows = self.maps.len();
        let each = grad
            .unsqueeze(2)?
            .broadcast_as((rows, IMAGE_PIXELS, TAPS))?
            .reshape((rows, IMAGE_PIXELS * TAPS))?;
        let back = grad.zeros_like()?.scatter_add(at, &(each * weights)?, 1)?;
        kernels::copy(out, &back)
    }

    fn gather(&self, images: &Tensor) -> Result<()> {
        let images = HostValues::of(images);
        let images = images.values()?;
        write(&self.images, |changed| {
            changed
                .par_chunks_mut(IMAGE_PIXELS)
                .zip(images.par_chunks(IMAGE_PIXELS))
                .zip(&self.maps)
                .for_each(|((changed, image), map)| {
                    for (pixel, value) in changed.iter_mut().enumerate() {
                        let taps = map.taps(pixel);
                        let sum: f32 = taps
                            .iter()
                            .map(|&(at, w)| w * (image[at] - BACKGROUND))
                            .sum();
                        *value = sum + BACKGROUND;
                    }
                });
        })
    }

    fn scatter(&self, grad: &Tensor, out: &Tensor) -> Result<()> {
        let grad = HostValues::of(grad);
        let grad = grad.values()?;
        write(out, |out| {
            out.par_chunks_mut(IMAGE_PIXELS)
                .zip(grad.par_chunks(IMAGE_PIXELS))
                .zip(&self.maps)
                .for_each(|((out, grad), map)| {
                    out.fill(0.0);
                    for (pixel, value) in grad.iter().enumerate() {
                        for (at, weight) in map.taps(pixel) {
                            out[at] += weight * value;
                        }
                    }
                });
        })
    }

    fn tap_tensors(&self) -> Result<(Tensor, Tensor)> {
        let device = self.images.device();
        let shape = (self.maps.len(), IMAGE_PIXELS * TAPS);
        let (at, weights): (Vec<u32>, Vec<f32>) = self
            .maps
            .iter()
            .flat_map(|map| (0..IMAGE_PIXELS).flat_map(|pixel| map.taps(pixel)))
            .map(|(at, weight)| (at as u32, weight))
            .unzip();
        Ok((
            Tensor::from_vec(at, shape, device)?,
            Tensor::from_vec(weights, shape, device)?,
        ))
    }
}

/// `[rows, 784·4]` summed over the taps of each pixel: `[rows, 784]`.
fn summed(taken: &Tensor) -> Result<Tensor> {
    let rows = taken.dim(0)?;
    taken.reshape((rows, IMAGE_PIXELS, TAPS))?.sum(2)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    const ALL: Changes = Changes {
        noise: 0.0,
        shift: 3.0,
        turn: 0.3,
        growth: 0.2,
    };

    fn random(rows: usize, seed: u64) -> Tensor {
        let mut values = vec![0.0; rows * IMAGE_PIXELS];
        Stream::new(seed, "test").fill_between(&mut values, -1.0, 1.0);
        Tensor::from_vec(values, (rows, IMAGE_PIXELS), &Device::Cpu).unwrap()
    }

    fn values(tensor: &Tensor) -> Vec<f32> {
        tensor.flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn a_move_by_whole_pixels_moves_pixels() {
        let images = random(1, 0);
        let mut augmented = Augmented::new(1, &Device::Cpu).unwrap();
        augmented.maps[0] = Map {
            linear: [1.0, 0.0, 0.0, 1.0],
            offset: [2.0, -1.0],
        };
        augmented.gather(&images).unwrap();
        let (from, to) = (values(&images), values(augmented.images()));
        assert!((to[5 * SIDE + 7] - from[4 * SIDE + 9]).abs() < 1e-6);
        // Background comes in at the upper and the right edge.
        assert!((to[7] - BACKGROUND).abs() < 1e-6);
        assert!((to[5 * SIDE + 27] - BACKGROUND).abs() < 1e-6);
    }

    #[test]
    fn a_quarter_turn_rotates_the_image() {
        let images = random(1, 1);
        let mut augmented = Augmented::new(1, &Device::Cpu).unwrap();
        augmented.maps[0] = Map {
            linear: [0.0, 1.0, -1.0, 0.0],
            offset: [0.0; 2],
        };
        augmented.gather(&images).unwrap();
        let (from, to) = (values(&images), values(augmented.images()));
        for (y, x) in [(3, 10), (20, 5), (14, 25)] {
            let turned = to[y * SIDE + x];
            assert!((turned - from[(SIDE - 1 - x) * SIDE + y]).abs() < 1e-4);
        }
    }

    #[test]
    fn the_backward_pass_is_the_adjoint() {
        // Relative to the background the map is linear: ⟨T a, b⟩ = ⟨a, Tᵀ b⟩.
        let (images, grad) = (random(5, 2), random(5, 3));
        let mut augmented = Augmented::new(5, &Device::Cpu).unwrap();
        augmented
            .draw(&ALL, &mut Stream::new(4, "augment"))
            .unwrap();
        augmented.change(&images).unwrap();
        let out = images.zeros_like().unwrap();
        augmented.back(&grad, &out).unwrap();
        let dot = |a: &Tensor, b: &Tensor| -> f64 {
            let pairs = values(a).into_iter().zip(values(b));
            pairs
                .map(|(a, b)| f64::from(a - BACKGROUND) * f64::from(b))
                .sum()
        };
        let (there, back) = (dot(augmented.images(), &grad), dot(&images, &out));
        assert!((there - back).abs() < 1e-3 * there.abs(), "{there} {back}");
    }

    #[test]
    fn tensors_and_kernels_augment_alike() {
        let (images, grad) = (random(4, 5), random(4, 6));
        let mut augmented = Augmented::new(4, &Device::Cpu).unwrap();
        augmented
            .draw(&ALL, &mut Stream::new(7, "augment"))
            .unwrap();
        augmented.change(&images).unwrap();
        let (at, weights) = augmented.tap_tensors().unwrap();
        let taken = ((&images - f64::from(BACKGROUND))
            .unwrap()
            .gather(&at, 1)
            .unwrap()
            * &weights)
            .unwrap();
        let changed = (summed(&taken).unwrap() + f64::from(BACKGROUND)).unwrap();
        let out = images.zeros_like().unwrap();
        augmented.back(&grad, &out).unwrap();
        let native = (values(augmented.images()), values(&out));
        augmented.tensors.taps = Some((at, weights));
        augmented.back(&grad, &out).unwrap();
        let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(close(&native.0, &values(&changed)));
        assert!(close(&native.1, &values(&out)));
    }

    #[test]
    fn noise_has_its_standard_deviation_and_does_not_affect_the_gradient() {
        let (images, grad) = (random(20, 8), random(20, 9));
        let by = Changes {
            noise: 0.1,
            ..Changes::default()
        };
        let mut augmented = Augmented::new(20, &Device::Cpu).unwrap();
        augmented.draw(&by, &mut Stream::new(1, "augment")).unwrap();
        augmented.change(&images).unwrap();
        let noise: Vec<f32> = values(augmented.images())
            .iter()
            .zip(values(&images))
            .map(|(a, b)| a - b)
            .collect();
        let spread = (noise.iter().map(|n| n * n).sum::<f32>() / noise.len() as f32).sqrt();
        assert!((spread - 0.1).abs() < 0.003, "{spread}");
        let out = images.zeros_like().unwrap();
        augmented.back(&grad, &out).unwrap();
        assert_eq!(values(&out), values(&grad));
    }
}
