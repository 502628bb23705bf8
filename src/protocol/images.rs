//! Images as plain bytes.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::shape::ImageShape;

/// Images of one shape, one after another, in the layout of [`crate::shape`]. 0 is black (background), 255 is full ink or
/// light, as in files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageGrid {
    shape: ImageShape,
    /// n × [`ImageShape::values`] bytes.
    pixels: Vec<u8>,
}

impl ImageGrid {
    /// Images of this shape from their bytes; a remainder that is less than an image is cut off.
    #[must_use]
    pub fn new(shape: ImageShape, mut pixels: Vec<u8>) -> Self {
        pixels.truncate(pixels.len() / shape.values() * shape.values());
        Self { shape, pixels }
    }

    /// The shape of each image.
    #[must_use]
    pub fn shape(&self) -> ImageShape {
        self.shape
    }

    /// The bytes of all images: n × [`ImageShape::values`].
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The same without the grid.
    #[must_use]
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// Adds other images after these, if they have the same shape; returns whether they have.
    pub fn append(&mut self, others: &Self) -> bool {
        let is_alike = self.shape == others.shape;
        if is_alike {
            self.pixels.extend_from_slice(&others.pixels);
        }
        is_alike
    }

    /// Number of images.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pixels.len() / self.shape.values()
    }

    /// The bytes of each image, in order.
    #[must_use]
    pub fn images(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.pixels.chunks_exact(self.shape.values())
    }

    /// The bytes of image `index`; `None` if there is no such image.
    #[must_use]
    pub fn image(&self, index: usize) -> Option<&[u8]> {
        let size = self.shape.values();
        self.pixels.get(index.checked_mul(size)?..)?.get(..size)
    }

    /// Image `index` alone; `None` if there is no such image.
    #[must_use]
    pub fn only(&self, index: usize) -> Option<Self> {
        let image = self.image(index)?;
        Some(Self::new(self.shape, image.to_vec()))
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
    /// The shape of each image; [`ImageShape::MNIST`] in records of earlier versions.
    #[serde(default)]
    pub shape: ImageShape,
    /// The class of each column that the generated images fill, row by row, where the generator is conditional.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub columns: Vec<String>,
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
