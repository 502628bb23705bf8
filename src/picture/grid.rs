//! A grid of images on one canvas.

use super::Canvas;
use crate::protocol::ImageGrid;

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
    /// Shade of the gaps and of places without an image.
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
    let tile = images.side * scale;
    let size = |n: usize| n * (tile + gap) + gap;
    let mut canvas = Canvas::filled(size(columns), size(rows), layout.background);
    for index in 0..count {
        let Some(image) = images.image(index) else {
            continue;
        };
        let (left, top) = (size(index % columns), size(index / columns));
        for y in 0..tile {
            let from = &image[y / scale * images.side..][..images.side];
            let to = &mut canvas.pixels[(top + y) * canvas.width + left..][..tile];
            for (pixels, &shade) in to.chunks_exact_mut(scale).zip(from) {
                pixels.fill(shade);
            }
        }
    }
    canvas
}

/// Columns for a near-square grid of `count` images: the square root, or up to half more if that leaves no empty place.
#[must_use]
pub fn near_square(count: usize) -> usize {
    let root = count.isqrt() + usize::from(count.isqrt().pow(2) < count);
    (root.max(1)..=root + root / 2)
        .find(|n| count.is_multiple_of(*n))
        .unwrap_or(root.max(1))
}

/// Columns that make `count` square images as large as possible on `width` × `height` pixels; of equally good numbers the
/// nearest to a square grid.
#[must_use]
pub fn largest_tiles(count: usize, width: usize, height: usize) -> usize {
    let wanted = near_square(count);
    let tile = |columns: usize| (width / columns).min(height / count.div_ceil(columns).max(1));
    (1..=count.max(1))
        .max_by_key(|&columns| (tile(columns), std::cmp::Reverse(columns.abs_diff(wanted))))
        .unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(shades: &[u8]) -> ImageGrid {
        ImageGrid {
            pixels: shades.iter().flat_map(|&s| [s; 4]).collect(),
            side: 2,
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
        assert_eq!((canvas.width, canvas.height), (7, 7));
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
        assert_eq!(canvas.pixels, expected);
    }

    #[test]
    fn scale_repeats_pixels() {
        let grid = ImageGrid {
            pixels: vec![1, 2, 3, 4],
            side: 2,
        };
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
            canvas.pixels,
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
        assert_eq!((canvas.width, canvas.height), (2, 2));
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
        assert_eq!(largest_tiles(64, 800, 800), 8);
        assert_eq!(largest_tiles(10, 1000, 100), 10);
        // 80 pixels each, where eight columns would give 71.
        assert_eq!(largest_tiles(64, 800, 570), 10);
        assert_eq!(largest_tiles(100, 400, 100), 20);
        assert_eq!(largest_tiles(0, 10, 10), 1);
    }
}
