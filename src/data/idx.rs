//! Reads idx files, the format of MNIST, strictly: a file that is not exactly what its header says is an error.
//!
//! Layout: a big-endian magic number, one big-endian `u32` per dimension, then the bytes. Images have three dimensions
//! (count, rows, columns) or, in colour, four (the last is the channels). Files may be gzipped. Memory is never allocated on
//! the word of a header, but as bytes are read.

use std::path::Path;

use super::error::DataError;
use super::format::foreign;
use super::image_set::ImageSet;
use super::pixels::Pixels;
use super::source::Source;
use crate::memory::Block;
use crate::shape::ImageShape;

const IMAGES_MAGIC: u32 = 0x0000_0803;
/// Of images with channels.
const CHANNELS_MAGIC: u32 = 0x0000_0804;
const LABELS_MAGIC: u32 = 0x0000_0801;
/// Maximum number of bytes that are reserved before they are read.
const RESERVE: u64 = 64 << 20;

/// Reads the images of an idx file, at least one.
///
/// # Errors
/// When the file cannot be read or is not an idx file of images.
pub fn read_images(path: &Path) -> Result<ImageSet, DataError> {
    images_of(&mut Source::open(path)?)
}

/// The same from an open file.
pub(super) fn images_of(source: &mut Source<'_>) -> Result<ImageSet, DataError> {
    let (count, sizes) = if source.start().starts_with(&CHANNELS_MAGIC.to_be_bytes()) {
        let [count, rows, columns, channels] = source.header::<4>(CHANNELS_MAGIC, "images")?;
        (count, (channels, rows, columns))
    } else {
        let [count, rows, columns] = source.header::<3>(IMAGES_MAGIC, "images")?;
        (count, (1, rows, columns))
    };
    let (channels, rows, columns) = sizes;
    let shape = ImageShape::new(channels as usize, rows as usize, columns as usize);
    let shape = shape.map_err(|wrong| DataError::WrongSize {
        path: source.path().to_owned(),
        source: wrong,
    })?;
    let pixels = source.items(count, shape.values() as u64, "images")?;
    Ok(ImageSet::of(shape, Pixels::of(pixels)))
}

/// Reads the labels of an idx1 file, at least one.
///
/// # Errors
/// When the file cannot be read or is not an idx file of labels.
pub fn read_labels(path: &Path) -> Result<Vec<u16>, DataError> {
    let mut source = Source::open(path)?;
    let [count] = source.header::<1>(LABELS_MAGIC, "labels")?;
    let labels = source.items(count, 1, "labels")?;
    Ok(labels.iter().map(|label| u16::from(*label)).collect())
}

impl Source<'_> {
    /// Reads the header of an `items` file with `N` dimensions.
    fn header<const N: usize>(
        &mut self,
        magic: u32,
        items: &'static str,
    ) -> Result<[u32; N], DataError> {
        let expected = 4 + 4 * N as u64;
        let mut bytes = Vec::new();
        let found = self.take(expected, &mut bytes)?;
        let mut words = bytes
            .chunks_exact(4)
            .map(|word| word.iter().fold(0, |all, &b| all << 8 | u32::from(b)));
        // A short file of another kind is reported by its magic number rather than by its length.
        if let Some(found) = words.next().filter(|&found| found != magic) {
            let wrong = DataError::WrongMagic {
                path: self.path().to_owned(),
                found,
                expected: magic,
                wanted: items,
            };
            let format = foreign(self.start()).filter(|_| !wrong.names_the_magic());
            return Err(format.map_or(wrong, |format| DataError::foreign(self.path(), format)));
        }
        if found < expected {
            return Err(DataError::ShortHeader {
                path: self.path().to_owned(),
                found,
                expected,
            });
        }
        Ok(std::array::from_fn(|_| words.next().unwrap_or_default()))
    }

    /// Reads `count` items of `size` bytes. Nothing may follow them.
    fn items(
        &mut self,
        count: u32,
        size: u64,
        items: &'static str,
    ) -> Result<Block<u8>, DataError> {
        let path = || self.path().to_owned();
        if count == 0 {
            return Err(DataError::Empty {
                path: path(),
                items,
            });
        }
        let expected = u64::from(count) * size;
        let count = u64::from(count);
        let mut bytes = Block::zeroed(expected.min(RESERVE) as usize);
        let mut found = 0;
        loop {
            let mut room = &mut bytes[found as usize..];
            found += self.take(room.len() as u64, &mut room)?;
            if found < bytes.len() as u64 || found == expected {
                break;
            }
            bytes.grow(expected.min(2 * found) as usize);
        }
        if found < expected {
            return Err(DataError::TooFewBytes {
                path: self.path().to_owned(),
                items,
                count,
                found,
                expected,
            });
        }
        if self.take(1, &mut Vec::new())? > 0 {
            return Err(DataError::TooManyBytes {
                path: self.path().to_owned(),
                items,
                count,
                expected,
            });
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests;
