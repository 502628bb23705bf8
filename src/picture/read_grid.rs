//! Reads images back from a PNG grid.

use image::{ImageError, ImageFormat};

use super::{Canvas, GAP, near_square};
use crate::protocol::ImageGrid;

/// Why a file is not a grid of that many images.
#[derive(Debug, thiserror::Error)]
pub enum ReadGridError {
    /// It is not a PNG file.
    #[error("not a readable PNG file: {0}")]
    Png(#[from] ImageError),
    /// Its size is not that of a grid of so many images.
    #[error("{width}×{height} pixels are not a grid of {count} images")]
    Size {
        /// Pixels in a row.
        width: usize,
        /// Rows.
        height: usize,
        /// Images looked for.
        count: usize,
    },
}

/// Reads `count` images back from the PNG file that [`super::compose`] made of them with the default [`super::Layout`].
///
/// # Errors
/// When the file is not a PNG of that size.
pub fn read_grid(png: &[u8], count: usize) -> Result<ImageGrid, ReadGridError> {
    let picture = image::load_from_memory_with_format(png, ImageFormat::Png)?.into_luma8();
    let canvas = Canvas {
        width: picture.width() as usize,
        height: picture.height() as usize,
        pixels: picture.into_raw(),
    };
    take_apart(&canvas, count).ok_or(ReadGridError::Size {
        width: canvas.width,
        height: canvas.height,
        count,
    })
}

/// The images on a canvas, if it has the size of one with `count` images.
fn take_apart(canvas: &Canvas, count: usize) -> Option<ImageGrid> {
    let columns = near_square(count);
    let rows = count.div_ceil(columns);
    let side = (canvas.width.checked_sub(GAP)? / columns).checked_sub(GAP)?;
    let size = |n: usize| n * (side + GAP) + GAP;
    if count == 0 || side == 0 || (canvas.width, canvas.height) != (size(columns), size(rows)) {
        return None;
    }
    let mut pixels = Vec::with_capacity(count * side * side);
    for index in 0..count {
        let (left, top) = (size(index % columns), size(index / columns));
        for y in top..top + side {
            pixels.extend_from_slice(&canvas.pixels[y * canvas.width + left..][..side]);
        }
    }
    Some(ImageGrid { pixels, side })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::picture::{Layout, compose, encode_png};

    fn images(count: usize, side: usize) -> ImageGrid {
        // No two rows alike.
        let pixels = (0..count * side * side)
            .map(|i| (i * 31 + i / 251) as u8)
            .collect();
        ImageGrid { pixels, side }
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
            for side in [1, 5, 28] {
                let grid = images(count, side);
                let back = read_grid(&written(&grid), count).unwrap();
                assert!(back == grid, "{count} images of {side} pixels");
            }
        }
    }

    #[test]
    fn another_picture_is_an_error_that_names_it() {
        let file = written(&images(10, 28));
        for count in [0, 7, 11, 1000] {
            let error = read_grid(&file, count).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("152×62 pixels are not a grid of {count} images")
            );
        }
        let torn = &file[..file.len() / 2];
        assert!(matches!(read_grid(torn, 10), Err(ReadGridError::Png(_))));
        assert!(matches!(read_grid(b"", 10), Err(ReadGridError::Png(_))));
    }
}
