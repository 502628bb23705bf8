//! How images lie in an array.

use crate::shape::ImageShape;

/// The smallest last dimension of N×H×W, and side of a square that is given as N×D: arrays that are narrower are other
/// tables, or a single image in colour.
const NARROWEST: usize = 4;
const SMALLEST_SQUARE: usize = 8;

/// The shape of the images of an array, and the order of their channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    shape: ImageShape,
    /// Whether each image is channel after channel, not pixel after pixel.
    is_planar: bool,
}

impl Layout {
    /// The layout of an array of these dimensions, if it can be one of images, at least one.
    pub fn of(dimensions: &[usize]) -> Option<Self> {
        let (count, image) = dimensions.split_first()?;
        let (sizes, is_planar) = match *image {
            [values] => {
                let side = values.isqrt();
                let is_square = side * side == values && side >= SMALLEST_SQUARE;
                (is_square.then_some((1, side, side))?, false)
            }
            [height, width] => ((width >= NARROWEST).then_some((1, height, width))?, false),
            [height, width, channels @ (1 | 3)] => ((channels, height, width), false),
            [channels @ (1 | 3), height, width] => ((channels, height, width), true),
            _ => return None,
        };
        let (channels, height, width) = sizes;
        let shape = ImageShape::new(channels, height, width).ok()?;
        (*count > 0).then_some(Self { shape, is_planar })
    }

    /// The shape of each image.
    pub fn shape(self) -> ImageShape {
        self.shape
    }

    /// Images in this layout, in the layout of [`crate::shape`].
    pub fn channels_last(self, images: Vec<u8>) -> Vec<u8> {
        let (shape, channels) = (self.shape, self.shape.channels());
        if !self.is_planar || channels == 1 {
            return images;
        }
        let mut turned = Vec::with_capacity(images.len());
        for image in images.chunks_exact(shape.values()) {
            for pixel in 0..shape.pixels() {
                turned.extend((0..channels).map(|channel| image[channel * shape.pixels() + pixel]));
            }
        }
        turned
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn the_shape_of_images_follows_from_the_dimensions() {
        for (dimensions, (channels, height, width), is_planar) in [
            (&[2, 8, 12][..], (1, 8, 12), false),
            (&[2, 8, 12, 1], (1, 8, 12), false),
            (&[2, 8, 12, 3], (3, 8, 12), false),
            (&[2, 1, 8, 12], (1, 8, 12), true),
            (&[2, 3, 8, 12], (3, 8, 12), true),
            (&[2, 3, 12, 3], (3, 3, 12), false),
            (&[2, 64], (1, 8, 8), false),
        ] {
            let layout = Layout::of(dimensions).unwrap();
            let shape = ImageShape::new(channels, height, width).unwrap();
            assert_eq!((layout.shape(), layout.is_planar), (shape, is_planar));
        }
        for other in [
            &[][..],
            &[2],
            &[2, 63],
            &[150, 4],
            &[0, 8, 8],
            &[28, 28, 3],
            &[28, 28, 1],
            &[2, 8, 8, 2],
            &[2, 8, 8, 4],
            &[2, 1, 8, 8, 3],
            &[2, 5000, 8],
        ] {
            assert_eq!(Layout::of(other), None, "{other:?}");
        }
    }

    #[test]
    fn planes_become_pixels() {
        let planar = Layout::of(&[2, 3, 1, 4]).unwrap();
        let images: Vec<u8> = (0..24).collect();
        let turned = planar.channels_last(images);
        assert_eq!(turned[..6], [0, 4, 8, 1, 5, 9]);
        assert_eq!(turned[12..18], [12, 16, 20, 13, 17, 21]);
        let whole = Layout::of(&[2, 1, 4, 3]).unwrap();
        assert_eq!(whole.channels_last(vec![7, 8, 9]), [7, 8, 9]);
    }
}
