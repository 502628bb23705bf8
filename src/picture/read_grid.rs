//! Reads images back from a PNG grid.

use image::{DynamicImage, ImageError, ImageFormat};

use super::grid::Places;
use super::{GAP, near_square};
use crate::protocol::ImageGrid;
use crate::shape::ImageShape;

/// Why a file is not a grid of that many images.
#[derive(Debug, thiserror::Error)]
pub enum ReadGridError {
    /// It is not a PNG file.
    #[error("not a readable PNG file: {0}")]
    Png(#[from] ImageError),
    /// Its size is not that of a grid of so many images.
    #[error("{width}×{height} pixels are not a grid of {count} images of {shape}")]
    Size {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// Images looked for.
        count: usize,
        /// Their shape.
        shape: ImageShape,
    },
}

/// Reads `count` images of this shape back from the PNG file that [`super::compose`] made of them in so many
/// columns, or for 0 with the default [`super::Layout`].
///
/// # Errors
/// When the file is not a PNG of that size.
pub fn read_grid(
    png: &[u8],
    (count, columns): (usize, usize),
    shape: ImageShape,
) -> Result<ImageGrid, ReadGridError> {
    let picture = image::load_from_memory_with_format(png, ImageFormat::Png)?;
    let (width, height) = (picture.width(), picture.height());
    take_apart(picture, (count, columns), shape).ok_or(ReadGridError::Size {
        width,
        height,
        count,
        shape,
    })
}

/// The images of a picture, if it has the size of one with `count` images.
fn take_apart(
    picture: DynamicImage,
    (count, columns): (usize, usize),
    shape: ImageShape,
) -> Option<ImageGrid> {
    let columns = if columns > 0 {
        columns
    } else {
        near_square(count)
    };
    let place = Places::new(shape, 1, GAP);
    let size = (picture.width() as usize, picture.height() as usize);
    if count == 0 || size != place.size(columns, count.div_ceil(columns)) {
        return None;
    }
    let all = if shape.is_colour() {
        picture.into_rgb8().into_raw()
    } else {
        picture.into_luma8().into_raw()
    };
    let mut pixels = Vec::with_capacity(count * shape.values());
    for index in 0..count {
        let (left, top) = place.of(index, columns);
        for y in top..top + shape.height() {
            let from = (y * size.0 + left) * shape.channels();
            pixels.extend_from_slice(&all[from..from + shape.row()]);
        }
    }
    Some(ImageGrid::new(shape, pixels))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::picture::{Layout, compose, encode_png};

    fn images(count: usize, shape: ImageShape) -> ImageGrid {
        // No two rows alike.
        let pixels = (0..count * shape.values())
            .map(|i| (i * 31 + i / 251) as u8)
            .collect();
        ImageGrid::new(shape, pixels)
    }

    fn written(grid: &ImageGrid) -> Vec<u8> {
        encode_png(
            &compose(grid, &Layout::default()),
            &[("Software", "x".to_owned())],
        )
        .unwrap()
    }

    #[test]
    fn a_composed_grid_is_read_back() {
        for count in (1..=40).chain([49, 63, 64, 65, 97, 100, 144, 1000]) {
            for (channels, height, width) in [(1, 1, 1), (1, 5, 3), (3, 8, 12), (1, 28, 28)] {
                let shape = ImageShape::new(channels, height, width).unwrap();
                let grid = images(count, shape);
                let back = read_grid(&written(&grid), (count, 0), shape).unwrap();
                assert!(back == grid, "{count} images of {shape}");
            }
        }
    }

    #[test]
    fn images_in_columns_come_back_in_their_order() {
        let shape = ImageShape::new(3, 4, 5).unwrap();
        let grid = images(6, shape);
        let layout = Layout {
            columns: Some(2),
            ..Layout::default()
        };
        let file = encode_png(&compose(&grid, &layout), &[]).unwrap();
        assert_eq!(read_grid(&file, (6, 2), shape).unwrap(), grid);
        assert!(read_grid(&file, (6, 0), shape).is_err());
    }

    #[test]
    fn another_picture_is_an_error_that_names_it() {
        let shape = ImageShape::MNIST;
        let file = written(&images(10, shape));
        for count in [0, 7, 11, 1000] {
            let error = read_grid(&file, (count, 0), shape).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("152×62 pixels are not a grid of {count} images of 28×28 grey")
            );
        }
        let torn = &file[..file.len() / 2];
        for bytes in [torn, b""] {
            let error = read_grid(bytes, (10, 0), shape);
            assert!(matches!(error, Err(ReadGridError::Png(_))));
        }
    }
}
