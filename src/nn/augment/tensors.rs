//! Augmentations in candle's tensors, for devices without our own kernels.

use candle_core::{Device, Result, Tensor};

use super::transform::Transform;
use super::{BACKGROUND, TAPS};
use crate::nn::backend::on_device::Parts;
use crate::shape::ImageShape;

/// The parts of an augmentation of so many rows; `None` for what does not happen.
#[derive(Debug)]
pub(super) struct Tensors {
    shape: ImageShape,
    /// The factors of [`super::colour::Colour`], each `[rows, 1, 1]`.
    colours: Option<[Tensor; 4]>,
    /// Where each value comes from, `[rows, values·4]`, and the weights of these.
    taps: Option<(Tensor, Tensor)>,
    /// 1 where an image is seen, 0 where it is hidden, `[rows, values]`.
    seen: Option<Tensor>,
    /// `[rows, values]`.
    noise: Option<Tensor>,
}

impl Tensors {
    /// Uploads augmentations, with the noise of each value.
    pub fn new(
        (parts, shape): (Parts, ImageShape),
        transforms: &[Transform],
        noise: &[f32],
        device: &Device,
    ) -> Result<Self> {
        let dims = (transforms.len(), shape.values());
        let noise = || Tensor::from_slice(noise, dims, device);
        Ok(Self {
            shape,
            colours: (parts.colours.then(|| colours(transforms, device))).transpose()?,
            taps: (parts.moves.then(|| taps(shape, transforms, device))).transpose()?,
            seen: (parts.cuts.then(|| seen(shape, transforms, device))).transpose()?,
            noise: parts.noise.then(noise).transpose()?,
        })
    }

    /// The augmented images, from `images` `[rows, values]`.
    pub fn change(&self, images: &Tensor) -> Result<Tensor> {
        let mut changed = images.clone();
        if let Some(factors) = &self.colours {
            changed = self
                .coloured(&changed, factors)?
                .broadcast_add(&factors[3].flatten_from(1)?)?;
        }
        if let Some((at, weights)) = &self.taps {
            let from_background = changed.affine(1.0, f64::from(-BACKGROUND))?;
            let taken = (from_background.gather(at, 1)? * weights)?;
            changed = summed(&taken)?.affine(1.0, f64::from(BACKGROUND))?;
        }
        if let Some(seen) = &self.seen {
            let from_background = changed.affine(1.0, f64::from(-BACKGROUND))?;
            changed = (from_background * seen)?.affine(1.0, f64::from(BACKGROUND))?;
        }
        if let Some(noise) = &self.noise {
            changed = (changed + noise)?;
        }
        Ok(changed)
    }

    /// The gradient by the images, from that by the augmented ones.
    pub fn back(&self, grad: &Tensor) -> Result<Tensor> {
        let mut back = grad.clone();
        if let Some(seen) = &self.seen {
            back = (back * seen)?;
        }
        if let Some((at, weights)) = &self.taps {
            let (rows, values) = back.dims2()?;
            let each = back
                .unsqueeze(2)?
                .broadcast_as((rows, values, TAPS))?
                .reshape((rows, values * TAPS))?;
            back = back.zeros_like()?.scatter_add(at, &(each * weights)?, 1)?;
        }
        if let Some(factors) = &self.colours {
            back = self.coloured(&back, factors)?;
        }
        Ok(back)
    }

    /// The linear part of a change of colours.
    fn coloured(&self, images: &Tensor, [own, pixel, image, _]: &[Tensor; 4]) -> Result<Tensor> {
        let (rows, _) = images.dims2()?;
        let values = images.reshape((rows, self.shape.pixels(), self.shape.channels()))?;
        let of_pixels = values.mean_keepdim(2)?;
        let of_images = of_pixels.mean_keepdim(1)?;
        let means = of_pixels
            .broadcast_mul(pixel)?
            .broadcast_add(&(of_images * image)?)?;
        values
            .broadcast_mul(own)?
            .broadcast_add(&means)?
            .flatten_from(1)
    }
}

fn colours(transforms: &[Transform], device: &Device) -> Result<[Tensor; 4]> {
    let factor = |of: fn(&Transform) -> f32| {
        let values = transforms.iter().map(of).collect();
        Tensor::from_vec(values, (transforms.len(), 1, 1), device)
    };
    Ok([
        factor(|t| t.colour.own)?,
        factor(|t| t.colour.pixel)?,
        factor(|t| t.colour.image)?,
        factor(|t| t.colour.shift)?,
    ])
}

fn taps(shape: ImageShape, transforms: &[Transform], device: &Device) -> Result<(Tensor, Tensor)> {
    let channels = shape.channels();
    let (mut at, mut weights) = (Vec::new(), Vec::new());
    for transform in transforms {
        for pixel in 0..shape.pixels() {
            let (row, column) = (pixel / shape.width(), pixel % shape.width());
            let taps = transform.map.taps(shape, row, column);
            // Every channel of a pixel comes from the same channel of the same pixels.
            for channel in 0..channels {
                at.extend(taps.map(|(at, _)| (at * channels + channel) as u32));
                weights.extend(taps.map(|(_, weight)| weight));
            }
        }
    }
    let dims = (transforms.len(), shape.values() * TAPS);
    Ok((
        Tensor::from_vec(at, dims, device)?,
        Tensor::from_vec(weights, dims, device)?,
    ))
}

fn seen(shape: ImageShape, transforms: &[Transform], device: &Device) -> Result<Tensor> {
    let mut seen = vec![1.0; transforms.len() * shape.values()];
    for (transform, image) in transforms.iter().zip(seen.chunks_exact_mut(shape.values())) {
        transform.cut.fill(shape, image, 0.0);
    }
    Tensor::from_vec(seen, (transforms.len(), shape.values()), device)
}

/// `[rows, values·4]` summed over the taps of each value: `[rows, values]`.
fn summed(taken: &Tensor) -> Result<Tensor> {
    let (rows, all) = taken.dims2()?;
    taken.reshape((rows, all / TAPS, TAPS))?.sum(2)
}
