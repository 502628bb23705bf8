//! Images in memory with their labels, and batches of them as numbers.

use std::sync::Arc;

use crate::protocol::{DIGIT_SIDE, ImageGrid};

/// Bytes of one image, and numbers of one row of a batch: 28 × 28.
pub const IMAGE_BYTES: usize = DIGIT_SIDE * DIGIT_SIDE;

/// Images of 28×28, with or without labels. Cheap to clone: the bytes are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageSet {
    /// n × 784 bytes, image after image, row by row: 0 is background, 255 is full ink.
    pub pixels: Arc<[u8]>,
    /// One class per image, where they are known.
    pub labels: Option<Arc<[u8]>>,
}

/// Training images, and held-out images if there are any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageSets {
    /// Training images.
    pub train: ImageSet,
    /// Held-out images.
    pub test: Option<ImageSet>,
}

impl ImageSet {
    /// Number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pixels.len() / IMAGE_BYTES
    }

    /// Returns whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The 784 bytes of image `index`, if it exists.
    #[must_use]
    pub fn image(&self, index: usize) -> Option<&[u8]> {
        self.pixels
            .get(index.checked_mul(IMAGE_BYTES)?..)?
            .get(..IMAGE_BYTES)
    }

    /// The class of image `index`, where it is known.
    #[must_use]
    pub fn label(&self, index: usize) -> Option<u8> {
        self.labels.as_ref()?.get(index).copied()
    }

    /// The images of these indices as a grid; indices without an image are left out.
    #[must_use]
    pub fn gather(&self, indices: &[u32]) -> ImageGrid {
        let mut pixels = Vec::with_capacity(indices.len() * IMAGE_BYTES);
        for image in indices
            .iter()
            .filter_map(|&index| self.image(index as usize))
        {
            pixels.extend_from_slice(image);
        }
        ImageGrid::digits(pixels)
    }

    /// Writes the images of a batch into `out` as numbers from -1 (background) to 1 (full ink), the range of the
    /// generator's Tanh: `indices.len()` rows of 784.
    ///
    /// # Panics
    /// When `out` is not exactly 784 × `indices.len()` long, or an index has no image.
    pub fn batch_into(&self, indices: &[u32], out: &mut [f32]) {
        assert_eq!(
            out.len(),
            indices.len() * IMAGE_BYTES,
            "one row of 784 for each index"
        );
        for (&index, row) in indices.iter().zip(out.chunks_exact_mut(IMAGE_BYTES)) {
            let start = index as usize * IMAGE_BYTES;
            // One multiplication and one addition per pixel, which the compiler vectorises; a table would prevent that.
            for (value, &pixel) in row.iter_mut().zip(&self.pixels[start..start + IMAGE_BYTES]) {
                *value = signed(pixel);
            }
        }
    }
}

/// A pixel as the networks see it: 0 is exactly -1, 255 exactly 1.
fn signed(pixel: u8) -> f32 {
    f32::from(pixel) / 127.5 - 1.0
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    fn two_images() -> ImageSet {
        let mut pixels = vec![0; 2 * IMAGE_BYTES];
        pixels[IMAGE_BYTES..].fill(255);
        pixels[3] = 51;
        ImageSet {
            pixels: pixels.into(),
            labels: Some(vec![4, 7].into()),
        }
    }

    #[test]
    fn a_batch_spans_minus_one_to_one_in_the_order_asked_for() {
        let set = two_images();
        let mut out = vec![9.0; 3 * IMAGE_BYTES];
        set.batch_into(&[1, 0, 1], &mut out);
        assert!(
            out[..IMAGE_BYTES]
                .iter()
                .all(|&v| (v - 1.0).abs() < f32::EPSILON)
        );
        assert!((out[IMAGE_BYTES] + 1.0).abs() < f32::EPSILON);
        assert!((out[IMAGE_BYTES + 3] + 0.6).abs() < 1e-6);
        assert!((out[3 * IMAGE_BYTES - 1] - 1.0).abs() < f32::EPSILON);
    }

    #[test]
    fn accessors_know_their_bounds() {
        let set = two_images();
        assert_eq!((set.len(), set.is_empty()), (2, false));
        assert_eq!(set.image(1).unwrap(), [255; IMAGE_BYTES]);
        assert_eq!((set.image(2), set.image(usize::MAX)), (None, None));
        assert_eq!((set.label(1), set.label(2)), (Some(7), None));
        let grid = set.gather(&[1, 5, 0]);
        assert_eq!((grid.count(), grid.pixels[0]), (2, 255));
    }
}
