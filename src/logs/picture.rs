//! Pictures in logs: where they lie, and their pixels.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use image::{DynamicImage, ImageReader, Limits};

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
/// When it cannot be read or decoded, or is larger than images of this program are.
pub fn load(picture: &Picture) -> Result<ImageGrid, LogError> {
    let bytes = encoded(picture)?;
    let wrong = |problem: String| picture.place.wrong(problem);
    if let Some((count, shape, columns)) = picture.grid {
        return read_grid(&bytes, (count, columns), shape).map_err(|e| wrong(e.to_string()));
    }
    decode(&bytes).map_err(wrong)
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
    let mut reader = ImageReader::new(std::io::Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|e| e.to_string())?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(ImageShape::MAX_SIDE as u32);
    limits.max_image_height = Some(ImageShape::MAX_SIDE as u32);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let image = reader.decode().map_err(|e| e.to_string())?;
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
