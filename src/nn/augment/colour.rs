//! Brightness, saturation and contrast (Zhao et al. 2020), in this order, as one map of an image:
//!
//! ```text
//! x ← x + b                      b: brightness
//! x ← m + s·(x − m)              s: saturation; m: mean of the pixel's channels
//! x ← M + c·(x − M)              c: contrast; M: mean of the image
//! ```
//!
//! Saturation leaves the mean of the image as it is, so all three are c·s·x + c·(1 − s)·m + (1 − c)·M + b. The linear part is
//! symmetric: it is its own backward pass.

use super::Changes;
use crate::rng::Stream;

/// The factors of that map.
#[derive(Debug, Clone, Copy)]
pub(super) struct Colour {
    /// Of the value itself.
    pub own: f32,
    /// Of the mean of its pixel's channels.
    pub pixel: f32,
    /// Of the mean of its image.
    pub image: f32,
    /// Added to each value.
    pub shift: f32,
}

impl Colour {
    /// Colours stay as they are.
    pub const KEPT: Self = Self {
        own: 1.0,
        pixel: 0.0,
        image: 0.0,
        shift: 0.0,
    };

    pub fn draw(changes: &Changes, stream: &mut Stream) -> Self {
        let mut within = |most: f32| stream.between(-most, most);
        let shift = within(changes.brightness);
        let saturation = 1.0 + within(changes.saturation);
        let contrast = 1.0 + within(changes.contrast);
        Self {
            own: contrast * saturation,
            pixel: contrast * (1.0 - saturation),
            image: 1.0 - contrast,
            shift,
        }
    }

    /// Changes the colours of an image, `[pixels, channels]`.
    pub fn apply(self, channels: usize, image: &mut [f32]) {
        let sum: f64 = image.iter().map(|value| f64::from(*value)).sum();
        let everywhere = self.image * (sum / image.len() as f64) as f32 + self.shift;
        for pixel in image.chunks_exact_mut(channels) {
            let mean = pixel.iter().sum::<f32>() / channels as f32;
            for value in pixel {
                *value = self.own * *value + self.pixel * mean + everywhere;
            }
        }
    }

    /// Turns the gradient by the changed image into that by the image.
    pub fn back(self, channels: usize, grad: &mut [f32]) {
        Self { shift: 0.0, ..self }.apply(channels, grad);
    }
}
