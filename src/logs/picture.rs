//! Pictures in logs: where they lie, and their pixels.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use image::{DynamicImage, ImageError, ImageReader, Limits};

use super::error::LogError;
use crate::files;
use crate::picture::read_grid;
use crate::protocol::ImageGrid;
use crate::shape::ImageShape;

/// The longest picture that is read, in bytes.
const LONGEST: u64 = 64 * 1024 * 1024;
/// The most memory that decoding one may take, in bytes.
const MEMORY: u64 = 256 * 1024 * 1024;

/// A picture of one step. The pixels stay where they are until [`load`] is called.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Its tag, as the log has it.
    pub tag: String,
    /// The step.
    pub step: u64,
    /// Its place among those of the same tag and step, from 0.
    pub index: usize,
    /// When it was written, in seconds since 1970.
    pub time: Option<f64>,
    /// Where it lies.
    pub place: Bytes,
    /// For the samples of own runs: how many images of which shape the picture is a grid of, and in how many columns (0: a
    /// nearly square one).
    pub grid: Option<(usize, ImageShape, usize)>,
}

/// Where an encoded picture lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes {
    /// The file.
    pub path: PathBuf,
    /// Its first byte.
    pub offset: u64,
    /// How many bytes there are; `None`: up to the end of the file.
    pub length: Option<u64>,
}

impl Bytes {
    /// A file of its own.
    pub(super) fn whole(path: PathBuf) -> Self {
        Self {
            path,
            offset: 0,
            length: None,
        }
    }

    fn wrong(&self, problem: String) -> LogError {
        LogError::Picture {
            path: self.path.clone(),
            offset: self.offset,
            problem,
        }
    }
}

/// Reads the pixels of a picture: one image, or the images of a grid. Pictures with transparency lie on black.
///
/// # Errors
/// When it cannot be read or decoded, or takes too much memory. One with longer sides than images of this program have is made
/// smaller.
pub fn load(picture: &Picture) -> Result<ImageGrid, LogError> {
    let bytes = encoded(picture)?;
    let wrong = |problem: String| picture.place.wrong(problem);
    if let Some((count, shape, columns)) = picture.grid {
        return read_grid(&bytes, (count, columns), shape).map_err(|e| wrong(e.to_string()));
    }
    decode(&bytes).map_err(wrong)
}

/// Pictures of one step that are shown together, at most.
pub const TOGETHER: usize = 64;

/// Reads the images of pictures of one step, as far as they have the shape of the first.
///
/// # Errors
/// When there are pictures and none can be read: why not, of the first.
pub fn load_step<'a>(
    pictures: impl IntoIterator<Item = &'a Picture>,
) -> Result<ImageGrid, LogError> {
    let mut all: Option<ImageGrid> = None;
    let mut wrong = None;
    for picture in pictures {
        match (load(picture), &mut all) {
            (Ok(images), Some(all)) => _ = all.append(&images),
            (Ok(images), None) => all = Some(images),
            (Err(error), _) => wrong = wrong.or(Some(error)),
        }
    }
    match (all, wrong) {
        (None, Some(error)) => Err(error),
        (all, _) => Ok(all.unwrap_or_default()),
    }
}

/// Which of these tags is that of a run's samples: one that says so, else the first.
pub fn samples_tag<'a>(tags: impl IntoIterator<Item = &'a String>) -> Option<&'a str> {
    let mut tags = tags.into_iter().map(String::as_str);
    let first = tags.next()?;
    let mut all = std::iter::once(first).chain(tags);
    let of_samples = all.find(|tag| tag.to_lowercase().contains("sample"));
    Some(of_samples.unwrap_or(first))
}

/// Reads a picture as it is encoded: PNG, JPEG, WebP or GIF.
///
/// # Errors
/// When it cannot be read, or is too long.
pub fn encoded(picture: &Picture) -> Result<Vec<u8>, LogError> {
    let Bytes {
        path,
        offset,
        length,
    } = &picture.place;
    let file = files::open(path).map_err(LogError::io(path))?;
    let there = file.metadata().map_err(LogError::io(path))?.len();
    let length = length.unwrap_or_else(|| there.saturating_sub(*offset));
    if length > LONGEST || offset.saturating_add(length) > there {
        return Err(picture.place.wrong(format!("it would have {length} bytes")));
    }
    read_at(&file, *offset, length).map_err(LogError::io(path))
}

fn read_at(file: &File, offset: u64, length: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    file.read_exact_at(&mut bytes, offset)?;
    Ok(bytes)
}

fn decode(bytes: &[u8]) -> Result<ImageGrid, String> {
    let open = || {
        let reader = ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format();
        reader.map_err(|e| e.to_string())
    };
    let (width, height) = open()?.into_dimensions().map_err(|e| e.to_string())?;
    let mut reader = open()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let image = reader.decode().map_err(|error| match error {
        ImageError::Limits(_) => format!(
            "it has {width} x {height} pixels, expected what fits into {} MiB of memory",
            MEMORY >> 20
        ),
        other => other.to_string(),
    })?;
    // A long strip of images is shown smaller.
    let most = ImageShape::MAX_SIDE as u32;
    let image = if width.max(height) > most {
        image.thumbnail(most, most)
    } else {
        image
    };
    let (width, height) = (image.width() as usize, image.height() as usize);
    let is_grey = matches!(
        image,
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageLuma16(_)
    );
    let channels = if is_grey { 1 } else { 3 };
    let shape = ImageShape::new(channels, height, width).map_err(|e| e.to_string())?;
    let pixels = if is_grey {
        image.into_luma8().into_raw()
    } else {
        opaque(image)
    };
    Ok(ImageGrid::new(shape, pixels))
}

/// Colours, on black.
fn opaque(image: DynamicImage) -> Vec<u8> {
    if !image.color().has_alpha() {
        return image.into_rgb8().into_raw();
    }
    let pixels = image.into_rgba8();
    pixels
        .pixels()
        .flat_map(|pixel| {
            let [red, green, blue, alpha] = pixel.0;
            [red, green, blue].map(|value| (u16::from(value) * u16::from(alpha) / 255) as u8)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_long_strip_is_shown_smaller() {
        for (width, height, expected) in [(5_000, 2, (4_096, 1)), (2, 5_000, (1, 4_096))] {
            let mut png = std::io::Cursor::new(Vec::new());
            let image = DynamicImage::new_rgb8(width, height);
            image.write_to(&mut png, image::ImageFormat::Png).unwrap();
            let shape = decode(png.get_ref()).unwrap().shape();
            let (wide, high) = (shape.width(), shape.height());
            assert!(
                wide.abs_diff(expected.0) < 2 && high.abs_diff(expected.1) < 2,
                "{wide} x {high}"
            );
        }
    }

    #[test]
    fn one_that_takes_too_much_memory_says_its_size() {
        let mut png = std::io::Cursor::new(Vec::new());
        let image = DynamicImage::new_luma8(1, 1);
        image.write_to(&mut png, image::ImageFormat::Png).unwrap();
        let mut png = png.into_inner();
        // Width and height in the header, and its checksum.
        png[16..24].copy_from_slice(&[0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]);
        let sum = checksum(&png[12..29]);
        png[29..33].copy_from_slice(&sum.to_be_bytes());
        let problem = decode(&png).unwrap_err();
        assert!(problem.contains("100000 x 100000 pixels"), "{problem}");
    }

    /// The checksum of PNG.
    fn checksum(bytes: &[u8]) -> u32 {
        let mut crc = u32::MAX;
        for byte in bytes {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
            }
        }
        !crc
    }
}
