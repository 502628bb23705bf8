//! A grid of images on one canvas.

use super::{Canvas, Channels};
use crate::protocol::ImageGrid;
use crate::shape::ImageShape;

/// Pixels between two images.
pub const GAP: usize = 2;

/// How images are laid out on a canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Images per row; `None` lets [`near_square`] choose.
    pub columns: Option<usize>,
    /// Pixels between two images, and around all of them.
    pub gap: usize,
    /// Each pixel of an image is this many pixels wide and high; at least 1.
    pub scale: usize,
    /// Grey of the gaps and of places without an image.
    pub background: u8,
}

impl Default for Layout {
    /// Near-square, at original size, with dark grey gaps that separate images filling their frame.
    fn default() -> Self {
        Self {
            columns: None,
            gap: GAP,
            scale: 1,
            background: 48,
        }
    }
}

/// All `images`, row by row from the top left.
#[must_use]
pub fn compose(images: &ImageGrid, layout: &Layout) -> Canvas {
    let (count, scale, gap) = (images.count(), layout.scale.max(1), layout.gap);
    let columns = layout
        .columns
        .unwrap_or_else(|| near_square(count))
        .clamp(1, count.max(1));
    let rows = count.div_ceil(columns);
    let place = Places::new(images.shape(), scale, gap);
    let (width, height) = place.size(columns, rows);
    let channels = Channels::of(images.shape());
    let mut canvas = Canvas::filled(width, height, channels, layout.background);
    for (index, image) in images.images().enumerate() {
        let tile = magnified(images.shape(), image, scale);
        let row = images.shape().row() * scale;
        canvas.put(place.of(index, columns), tile.chunks_exact(row));
    }
    canvas
}

/// An image whose pixels are `scale` times as wide and high.
fn magnified(shape: ImageShape, image: &[u8], scale: usize) -> Vec<u8> {
    if scale == 1 {
        return image.to_vec();
    }
    let mut all = Vec::with_capacity(image.len() * scale * scale);
    for line in image.chunks_exact(shape.row()) {
        let pixels = line.chunks_exact(shape.channels());
        let wide = pixels.flat_map(|pixel| std::iter::repeat_n(pixel, scale));
        let wide: Vec<u8> = wide.flatten().copied().collect();
        for _ in 0..scale {
            all.extend_from_slice(&wide);
        }
    }
    all
}

/// Where the images of a grid lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    /// Width and height of an image, in pixels.
    tile: (usize, usize),
    gap: usize,
}

impl Places {
    /// Of images of this shape, magnified by `scale`.
    pub fn new(shape: ImageShape, scale: usize, gap: usize) -> Self {
        Self {
            tile: (shape.width() * scale, shape.height() * scale),
            gap,
        }
    }

    /// Width and height of so many columns and rows of them, in pixels.
    pub fn size(self, columns: usize, rows: usize) -> (usize, usize) {
        let along = |n: usize, tile: usize| n * (tile + self.gap) + self.gap;
        (along(columns, self.tile.0), along(rows, self.tile.1))
    }

    /// Left and top of image `index`.
    pub fn of(self, index: usize, columns: usize) -> (usize, usize) {
        self.size(index % columns, index / columns)
    }
}

/// Columns for a near-square grid of `count` images: the square root, or up to half more if that leaves no empty place.
#[must_use]
pub fn near_square(count: usize) -> usize {
    let root = count.isqrt() + usize::from(count.isqrt().pow(2) < count);
    (root.max(1)..=root + root / 2)
        .find(|n| count.is_multiple_of(*n))
        .unwrap_or(root.max(1))
}

/// Columns that make `count` images of this shape as large as possible on `width` × `height` pixels; of equally good numbers
/// the nearest to a square grid.
#[must_use]
pub fn largest_tiles(count: usize, shape: ImageShape, width: usize, height: usize) -> usize {
    let wanted = near_square(count);
    let tile = |columns: usize| {
        let below_each_other = height / count.div_ceil(columns).max(1);
        (width / columns).min(below_each_other * shape.width() / shape.height())
    };
    (1..=count.max(1))
        .max_by_key(|&columns| (tile(columns), std::cmp::Reverse(columns.abs_diff(wanted))))
        .unwrap_or(1)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn images(shades: &[u8]) -> ImageGrid {
        let shape = ImageShape::new(1, 2, 2).unwrap();
        ImageGrid::new(shape, shades.iter().flat_map(|&s| [s; 4]).collect())
    }

    fn size(canvas: &Canvas) -> (usize, usize) {
        (canvas.width(), canvas.height())
    }

    #[test]
    fn oblong_images_in_colour_keep_their_sides_and_channels() {
        let shape = ImageShape::new(3, 1, 2).unwrap();
        let grid = ImageGrid::new(shape, (1..=12).collect());
        let layout = Layout {
            columns: Some(1),
            gap: 1,
            scale: 2,
            background: 0,
        };
        let canvas = compose(&grid, &layout);
        assert_eq!(size(&canvas), (6, 7));
        assert!(canvas.is_colour());
        for (place, colour) in [
            ((0, 0), [0, 0, 0]),
            ((1, 1), [1, 2, 3]),
            ((2, 2), [1, 2, 3]),
            ((4, 1), [4, 5, 6]),
            ((1, 4), [7, 8, 9]),
            ((4, 5), [10, 11, 12]),
        ] {
            assert_eq!(canvas.at(place.0, place.1), colour, "{place:?}");
        }
    }

    #[test]
    fn images_stand_row_by_row_with_gaps_between_and_around() {
        let layout = Layout {
            columns: Some(2),
            gap: 1,
            scale: 1,
            background: 9,
        };
        let canvas = compose(&images(&[1, 2, 3]), &layout);
        assert_eq!(size(&canvas), (7, 7));
        #[rustfmt::skip]
        let expected = [
            9, 9, 9, 9, 9, 9, 9,
            9, 1, 1, 9, 2, 2, 9,
            9, 1, 1, 9, 2, 2, 9,
            9, 9, 9, 9, 9, 9, 9,
            9, 3, 3, 9, 9, 9, 9,
            9, 3, 3, 9, 9, 9, 9,
            9, 9, 9, 9, 9, 9, 9,
        ];
        assert_eq!(canvas.pixels(), expected);
    }

    #[test]
    fn scale_repeats_pixels() {
        let grid = ImageGrid::new(ImageShape::new(1, 2, 2).unwrap(), vec![1, 2, 3, 4]);
        let canvas = compose(
            &grid,
            &Layout {
                columns: None,
                gap: 0,
                scale: 2,
                background: 0,
            },
        );
        assert_eq!(
            canvas.pixels(),
            [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]
        );
    }

    #[test]
    fn columns_are_never_more_than_images() {
        let canvas = compose(
            &images(&[1]),
            &Layout {
                columns: Some(50),
                gap: 0,
                scale: 1,
                background: 0,
            },
        );
        assert_eq!(size(&canvas), (2, 2));
    }

    #[test]
    fn near_squares_leave_no_hole_where_they_can() {
        let chosen: Vec<usize> = [1, 2, 3, 7, 8, 10, 20, 64, 100, 10_000]
            .into_iter()
            .map(near_square)
            .collect();
        assert_eq!(chosen, [1, 2, 3, 3, 4, 5, 5, 8, 10, 100]);
    }

    #[test]
    fn the_shape_of_the_area_decides_the_columns_where_that_makes_images_larger() {
        let square = |count, width, height| largest_tiles(count, ImageShape::MNIST, width, height);
        assert_eq!(square(64, 800, 800), 8);
        assert_eq!(square(10, 1000, 100), 10);
        // 80 pixels each, where eight columns would give 71.
        assert_eq!(square(64, 800, 570), 10);
        assert_eq!(square(100, 400, 100), 20);
        assert_eq!(square(0, 10, 10), 1);
        // Twice as wide as high: half as many columns as rows.
        let wide = ImageShape::new(3, 10, 20).unwrap();
        assert_eq!(largest_tiles(32, wide, 800, 800), 4);
    }
}
