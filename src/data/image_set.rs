//! Images in memory with their labels, and batches of them as numbers.

use std::sync::Arc;

use super::error::DataError;
use super::pixels::Pixels;
use crate::memory::Block;
use crate::protocol::ImageGrid;
use crate::shape::ImageShape;

/// Images of one shape, with or without labels. Cheap to clone: the bytes are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageSet {
    shape: ImageShape,
    /// n × [`ImageShape::values`] bytes, image after image: 0 is background, 255 is full ink or light.
    pixels: Pixels,
    /// One class per image, where they are known.
    labels: Option<Arc<[u16]>>,
}

/// Training images, and held-out images if there are any, of the same shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageSets {
    /// Training images.
    pub train: ImageSet,
    /// Held-out images.
    pub test: Option<ImageSet>,
}

impl ImageSets {
    /// Training images and held-out ones.
    ///
    /// # Errors
    /// When their shapes differ; `path` is the file that they are from.
    pub(super) fn new(
        train: ImageSet,
        test: Option<ImageSet>,
        path: &std::path::Path,
    ) -> Result<Self, DataError> {
        match &test {
            Some(test) if test.shape != train.shape => Err(DataError::ShapesDiffer {
                path: path.to_owned(),
                train: train.shape,
                test: test.shape,
            }),
            _ => Ok(Self { train, test }),
        }
    }
}

impl From<ImageGrid> for ImageSet {
    /// The same images, without labels.
    fn from(images: ImageGrid) -> Self {
        Self {
            shape: images.shape(),
            pixels: Pixels::of(Block::from(images.into_pixels())),
            labels: None,
        }
    }
}

impl ImageSet {
    /// Images of these bytes, n × [`ImageShape::values`].
    pub(super) fn of(shape: ImageShape, pixels: Pixels) -> Self {
        Self {
            shape,
            pixels,
            labels: None,
        }
    }

    /// The same images with a class for each, as many as there are images.
    #[must_use]
    pub fn with_labels(self, labels: impl Into<Arc<[u16]>>) -> Self {
        Self {
            labels: Some(labels.into()),
            ..self
        }
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

    /// The class of each image, where they are known.
    #[must_use]
    pub fn labels(&self) -> Option<&[u16]> {
        self.labels.as_deref()
    }

    /// The same, shared.
    pub(super) fn shared_labels(&self) -> Option<Arc<[u16]>> {
        self.labels.clone()
    }

    /// Number of classes: one more than the largest label; 0 without labels.
    #[must_use]
    pub fn classes(&self) -> usize {
        let labels = self.labels().unwrap_or_default();
        labels.iter().max().map_or(0, |most| usize::from(*most) + 1)
    }

    /// How many images each of so many classes has; labels beyond them are not counted.
    #[must_use]
    pub fn class_counts(&self, classes: usize) -> Vec<u64> {
        let mut counts = vec![0; classes];
        for label in self.labels().unwrap_or_default() {
            if let Some(count) = counts.get_mut(usize::from(*label)) {
                *count += 1;
            }
        }
        counts
    }

    /// Number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pixels.len() / self.shape.values()
    }

    /// Returns whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of image `index`, if it exists.
    #[must_use]
    pub fn image(&self, index: usize) -> Option<&[u8]> {
        let size = self.shape.values();
        self.pixels.get(index.checked_mul(size)?..)?.get(..size)
    }

    /// The class of image `index`, where it is known.
    #[must_use]
    pub fn label(&self, index: usize) -> Option<u16> {
        self.labels.as_ref()?.get(index).copied()
    }

    /// The classes of the images of these indices, where they are known.
    #[must_use]
    pub fn labels_of(&self, indices: &[u32]) -> Option<Vec<u16>> {
        let labels = self.labels.as_ref()?;
        let label = |index: &u32| labels.get(*index as usize).copied();
        indices.iter().map(label).collect()
    }

    /// The images of these indices as a grid; indices without an image are left out.
    #[must_use]
    pub fn gather(&self, indices: &[u32]) -> ImageGrid {
        let mut pixels = Vec::with_capacity(indices.len() * self.shape.values());
        for image in indices
            .iter()
            .filter_map(|&index| self.image(index as usize))
        {
            pixels.extend_from_slice(image);
        }
        ImageGrid::new(self.shape, pixels)
    }

    /// The images of these indices with their labels; indices without an image are left out.
    #[must_use]
    pub fn select(&self, indices: &[u32]) -> Self {
        let images = Self::from(self.gather(indices));
        let Some(labels) = &self.labels else {
            return images;
        };
        let labels = indices
            .iter()
            .filter_map(|&index| labels.get(index as usize));
        images.with_labels(labels.copied().collect::<Vec<_>>())
    }

    /// The images of a range of indices, as far as there are any, with their labels.
    #[must_use]
    pub fn part(&self, range: std::ops::Range<usize>) -> Self {
        let size = self.shape.values();
        let end = range.end.min(self.len());
        let start = range.start.min(end);
        let labels = self.labels.as_ref().and_then(|all| all.get(start..end));
        Self {
            labels: labels.map(Arc::from),
            ..Self::of(self.shape, self.pixels.part(start * size..end * size))
        }
    }

    /// Writes the images of a batch into `out` as numbers from -1 (background) to 1 (full ink), the range of the
    /// generator's Tanh: a row of [`ImageShape::values`] for each index.
    ///
    /// # Panics
    /// When `out` is not exactly that long, or an index has no image.
    pub fn batch_into(&self, indices: &[u32], out: &mut [f32]) {
        let size = self.shape.values();
        assert_eq!(
            out.len(),
            indices.len() * size,
            "one row for each index, as long as an image"
        );
        let pixels: &[u8] = &self.pixels;
        for (&index, row) in indices.iter().zip(out.chunks_exact_mut(size)) {
            let start = index as usize * size;
            // One multiplication and one addition per pixel, which the compiler vectorises; a table would prevent that.
            for (value, &pixel) in row.iter_mut().zip(&pixels[start..start + size]) {
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

    /// Two images of 2×2 pixels in colour: 12 bytes each.
    fn two_images() -> ImageSet {
        let shape = ImageShape::new(3, 2, 2).unwrap();
        let mut pixels = vec![0; 2 * 12];
        pixels[12..].fill(255);
        pixels[3] = 51;
        ImageSet::from(ImageGrid::new(shape, pixels)).with_labels(vec![4, 7])
    }

    #[test]
    fn a_batch_spans_minus_one_to_one_in_the_order_asked_for() {
        let set = two_images();
        let mut out = vec![9.0; 3 * 12];
        set.batch_into(&[1, 0, 1], &mut out);
        assert!(out[..12].iter().all(|&v| (v - 1.0).abs() < f32::EPSILON));
        assert!((out[12] + 1.0).abs() < f32::EPSILON);
        assert!((out[12 + 3] + 0.6).abs() < 1e-6);
        assert!((out[3 * 12 - 1] - 1.0).abs() < f32::EPSILON);
    }

    #[test]
    fn accessors_know_their_bounds() {
        let set = two_images();
        assert_eq!((set.len(), set.is_empty()), (2, false));
        assert_eq!(set.image(1).unwrap(), [255; 12]);
        assert_eq!((set.image(2), set.image(usize::MAX)), (None, None));
        assert_eq!((set.label(1), set.label(2)), (Some(7), None));
        let grid = set.gather(&[1, 5, 0]);
        assert_eq!((grid.count(), grid.pixels()[0]), (2, 255));
        assert_eq!(grid.shape(), set.shape());
        assert_eq!(set.part(1..9).pixels(), [255; 12]);
        assert!(set.part(2..9).is_empty());
    }

    #[test]
    fn held_out_images_have_the_shape_of_those_to_train_on() {
        let grey = ImageGrid::new(ImageShape::new(1, 2, 2).unwrap(), vec![0; 8]);
        let path = std::path::Path::new("a.npz");
        let error = ImageSets::new(two_images(), Some(grey.into()), path).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a.npz: found held-out images of 2×2 grey, expected the shape of the training images, 2×2 colour"
        );
    }
}
