//! Images as plain bytes.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Height and width of every image this program trains on, in pixels.
pub const DIGIT_SIDE: usize = 28;

/// Equal-sized grey images, one after another. 0 is background, 255 is full ink, as in the idx files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageGrid {
    /// `count` × `side` × `side` bytes, row by row.
    pub pixels: Vec<u8>,
    /// Height and width of one image, in pixels.
    pub side: usize,
}

impl ImageGrid {
    /// Images of 28×28 from `pixels`, whose length is a multiple of 784; a remainder is cut off.
    #[must_use]
    pub fn digits(mut pixels: Vec<u8>) -> Self {
        let size = DIGIT_SIDE * DIGIT_SIDE;
        pixels.truncate(pixels.len() / size * size);
        Self {
            pixels,
            side: DIGIT_SIDE,
        }
    }

    /// Number of images.
    #[must_use]
    pub fn count(&self) -> usize {
        if self.side == 0 {
            0
        } else {
            self.pixels.len() / (self.side * self.side)
        }
    }

    /// The bytes of image `index`; `None` if there is no such image.
    #[must_use]
    pub fn image(&self, index: usize) -> Option<&[u8]> {
        let size = self.side * self.side;
        self.pixels.get(index * size..(index + 1) * size)
    }
}

/// The generator's output for the run's fixed latents at one step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Samples {
    /// The images: in memory only. The record keeps them as a file, the link sends them separately.
    #[serde(skip)]
    pub images: Arc<ImageGrid>,
    /// How many images there are.
    #[serde(default)]
    pub count: usize,
    /// How many pairs of a real image and its VAE reconstruction follow the images generated from fixed latents.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub pairs: usize,
    /// D's score of each image: D(G(z)), a probability where the objective says so; empty without a D.
    #[serde(with = "super::number::list")]
    pub scores: Vec<f32>,
    /// D's score of each of as many real images, the same ones each time: D(x); empty without a D.
    #[serde(
        with = "super::number::list",
        default,
        skip_serializing_if = "Vec::is_empty"
    )]
    pub real_scores: Vec<f32>,
    /// Mean pairwise L2 distance of the images over the same for as many real ones: 1 is as varied as the data. NaN, and
    /// left out of JSON, where it is undefined: the real ones do not vary, or these are not finite.
    #[serde(
        with = "super::number",
        default = "none",
        skip_serializing_if = "is_none"
    )]
    pub diversity: f64,
}

impl Samples {
    /// How many of the images were generated from latents: they come first.
    #[must_use]
    pub fn latents(&self) -> usize {
        self.images.count().saturating_sub(2 * self.pairs)
    }
}

fn none() -> f64 {
    f64::NAN
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_none(value: &f64) -> bool {
    value.is_nan()
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_zero(count: &usize) -> bool {
    *count == 0
}
