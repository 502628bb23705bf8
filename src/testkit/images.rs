//! Small datasets.

use crate::shape::ImageShape;

/// Images in [`tiny_images`].
pub const TINY_IMAGES: usize = 64;

/// The shape of the images of this module.
const SHAPE: ImageShape = ImageShape::MNIST;

/// [`TINY_IMAGES`] images of slanted strokes, in the shape of MNIST's, as an idx file.
#[must_use]
pub fn tiny_images() -> Vec<u8> {
    let (width, height) = (SHAPE.width() as i32, SHAPE.height() as i32);
    let mut pixels = Vec::with_capacity(TINY_IMAGES * SHAPE.values());
    for image in 0..TINY_IMAGES as i32 {
        let (slant, middle) = (image % 5 - 2, 10 + image % 8);
        for y in 0..height {
            for x in 0..width {
                let centre = middle + slant * (y - height / 2) / 8;
                let inside = (4..height - 4).contains(&y) && (x - centre).abs() <= 1 + image / 32;
                pixels.push(if inside { 255 } else { 0 });
            }
        }
    }
    idx_images(&pixels)
}

/// An idx file of images in the shape of MNIST's with these pixels.
#[must_use]
pub fn idx_images(pixels: &[u8]) -> Vec<u8> {
    let count = pixels.len() / SHAPE.values();
    let header = [2051, count, SHAPE.height(), SHAPE.width()].map(|word| word as u32);
    let header = header.iter().flat_map(|word| word.to_be_bytes());
    header.chain(pixels.iter().copied()).collect()
}
