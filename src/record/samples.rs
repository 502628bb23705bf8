//! Sample pictures on their way to the disk.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::{RecordError, write_atomic};
use crate::protocol::ImageGrid;

/// Pictures that wait at the most when the disk refuses.
const QUEUE: usize = 16;

/// Pixels between two images and around them.
const GAP: usize = 2;

/// A picture and the path of its file below the run directory.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    pub file: String,
    pub images: Arc<ImageGrid>,
}

/// The pictures that wait to be written.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    queue: VecDeque<Picture>,
    lost: u64,
}

impl Pictures {
    /// Takes a picture; where too many wait, the oldest is lost.
    pub fn push(&mut self, picture: Picture) {
        if self.queue.len() >= QUEUE {
            self.queue.pop_front();
            self.lost += 1;
        }
        self.queue.push_back(picture);
    }

    /// Writes the pictures that wait below the run directory `dir`.
    pub fn flush(&mut self, dir: &Path) -> Result<(), RecordError> {
        while let Some(picture) = self.queue.front() {
            let path = dir.join(&picture.file);
            let bytes = png(&picture.images).map_err(RecordError::io("encode", &path))?;
            write_atomic(&path, &bytes)?;
            self.queue.pop_front();
        }
        Ok(())
    }

    /// Pictures that wait.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Pictures lost since the last call.
    pub fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }
}

/// The images as one grey PNG, in rows of a grid that is about square.
fn png(grid: &ImageGrid) -> io::Result<Vec<u8>> {
    let (side, count) = (grid.side, grid.count());
    let columns = (1..=count).find(|c| c * c >= count).unwrap_or(1);
    let rows = count.div_ceil(columns).max(1);
    let (width, height) = (columns * (side + GAP) + GAP, rows * (side + GAP) + GAP);
    let mut canvas = vec![0; width * height];
    for (index, image) in (0..count).filter_map(|index| Some((index, grid.image(index)?))) {
        let (left, top) = (
            index % columns * (side + GAP) + GAP,
            index / columns * (side + GAP) + GAP,
        );
        for (y, row) in image.chunks_exact(side).enumerate() {
            let at = (top + y) * width + left;
            canvas[at..at + side].copy_from_slice(row);
        }
    }
    let mut bytes = io::Cursor::new(Vec::new());
    image::write_buffer_with_format(
        &mut bytes,
        &canvas,
        width as u32,
        height as u32,
        image::ExtendedColorType::L8,
        image::ImageFormat::Png,
    )
    .map_err(io::Error::other)?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    #[test]
    fn a_grid_holds_every_image_in_its_place() {
        let grid = ImageGrid {
            pixels: (1..=5).flat_map(|v| vec![v * 10; 9]).collect(),
            side: 3,
        };
        let picture = image::load_from_memory(&png(&grid).unwrap())
            .unwrap()
            .into_luma8();
        assert_eq!(picture.dimensions(), (17, 12));
        let seen: Vec<u8> = [(2, 2), (9, 4), (12, 2), (2, 7), (7, 9)]
            .map(|(x, y)| picture.get_pixel(x, y).0[0])
            .into();
        assert_eq!(seen, [10, 20, 30, 40, 50]);
        assert_eq!(picture.get_pixel(0, 0).0[0], 0);
        assert_eq!(picture.get_pixel(12, 7).0[0], 0);
    }

    #[test]
    fn the_oldest_pictures_give_way() {
        let dir = tempfile::tempdir().unwrap();
        let mut pictures = Pictures::default();
        for i in 0..QUEUE + 2 {
            pictures.push(Picture {
                file: format!("{i}.png"),
                images: Arc::default(),
            });
        }
        assert_eq!(
            (
                pictures.waiting(),
                pictures.take_lost(),
                pictures.take_lost()
            ),
            (QUEUE, 2, 0)
        );
        pictures.flush(dir.path()).unwrap();
        assert!(!dir.path().join("1.png").exists() && dir.path().join("2.png").exists());
        assert_eq!(pictures.waiting(), 0);
    }
}
