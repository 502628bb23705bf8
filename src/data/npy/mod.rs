//! Reads npy files, the format of `NumPy` (versions 1 to 3): arrays of numbers of any width, byte order and memory order.
//!
//! Layout: a magic string, a version, the length of the header, the header (a Python dictionary), then the values.
//! Files may be gzipped. Memory is never allocated on the word of a header, but as bytes are read.
//!
//! # Pixels
//!
//! Images are N×H×W (grey), N×H×W×C or N×C×H×W with 1 or 3 channels C, or N×D where D is the number of pixels of a grey
//! square. Where both orders of channels are possible, they are last. Integers are levels from 0 to 255; booleans are black
//! and white. The range of floats determines their scale: -1 to 1 if one is negative, 0 to 1 if none is greater than 1,
//! otherwise 0 to 255. Anything else is an error that names the value and its position.

mod header;
mod layout;
mod values;

use std::path::Path;

use super::error::DataError;
use super::format::{NPY, foreign};
use super::source::Source;
use crate::protocol::ImageGrid;
use header::Header;
use layout::Layout;
use values::{Kind, Values};

/// Maximum length of the header of an array of numbers.
const LONGEST_HEADER: u64 = 1 << 16;

const IMAGES: &str = "an array of N×H×W pixels, or N×H×W×3 in colour: integers from 0 to 255, or floats from 0 to 1, -1 to 1 or 0 to 255";
const ROWS: &str = "an array of N×D numbers";
const LABELS: &str = "an array of N whole numbers from 0 to 65,535";

/// Reads an array of images, at least one.
///
/// # Errors
/// When the file cannot be read or holds something else.
pub fn read_images(path: &Path) -> Result<ImageGrid, DataError> {
    images_of(&mut Source::open(path)?)
}

/// The same from an open file.
pub(super) fn images_of(source: &mut Source<'_>) -> Result<ImageGrid, DataError> {
    let array = Array::read(source, IMAGES)?;
    let Some(layout) = Layout::of(&array.header.shape) else {
        return Err(array.wrong());
    };
    let pixels = layout.channels_last(array.pixels()?);
    Ok(ImageGrid::new(layout.shape(), pixels))
}

/// Reads rows of numbers: an array of n×d, both at least 1; trailing dimensions of 1 are ignored. Returns n, d, and n ×
/// d values.
///
/// # Errors
/// When the file cannot be read or holds something else.
pub fn read_rows(path: &Path) -> Result<(usize, usize, Vec<f64>), DataError> {
    let mut source = Source::open(path)?;
    let array = Array::read(&mut source, ROWS)?;
    let (rows, columns) = match &array.header.shape[..] {
        [rows, columns, ones @ ..] if ones.iter().all(|size| *size == 1) => (*rows, *columns),
        _ => return Err(array.wrong()),
    };
    if rows == 0 || columns == 0 || array.kind == Kind::Bool {
        return Err(array.wrong());
    }
    Ok((rows, columns, array.values().iter().collect()))
}

/// Labels: an array of n integers, also as n×1.
pub(super) fn labels_of(source: &mut Source<'_>) -> Result<Vec<u16>, DataError> {
    let array = Array::read(source, LABELS)?;
    let is_list = match &array.header.shape[..] {
        [count, ones @ ..] => *count > 0 && ones.iter().all(|size| *size == 1),
        [] => false,
    };
    if !is_list {
        return Err(array.wrong());
    }
    let values = array.values();
    let labels = values.iter().enumerate().map(|(place, value)| {
        let whole = value.fract() == 0.0 && (0.0..=f64::from(u16::MAX)).contains(&value);
        if whole {
            Ok(value as u16)
        } else {
            Err(array.bad_value(place, value))
        }
    });
    labels.collect()
}

/// Returns whether it is an array of images, by its header alone.
pub(super) fn is_of_images(source: &mut Source<'_>) -> Result<bool, DataError> {
    let header = read_header(source, IMAGES)?;
    Ok(Layout::of(&header.shape).is_some())
}

/// An array in a file.
struct Array<'a> {
    path: &'a Path,
    expected: &'static str,
    header: Header,
    kind: Kind,
    bytes: Vec<u8>,
}

impl<'a> Array<'a> {
    /// Reads the header, and the bytes of exactly as many values as it says.
    fn read(source: &'a mut Source<'_>, expected: &'static str) -> Result<Self, DataError> {
        let header = read_header(source, expected)?;
        let path = source.path().to_owned();
        let wrong = |found: String| DataError::Npy {
            path: path.clone(),
            found,
            expected,
        };
        let kind = Kind::parse(&header.kind).map_err(|reason| {
            let found = format!("{} of shape {}", reason, header.shape_text());
            wrong(found)
        })?;
        let size = header
            .shape
            .iter()
            .try_fold(kind.size() as u64, |all: u64, &size| {
                all.checked_mul(size as u64)
            })
            .ok_or_else(|| wrong(format!("values of shape {}", header.shape_text())))?;
        let mut bytes = Vec::new();
        let found = source.take(size, &mut bytes)?;
        if found < size {
            return Err(wrong(format!(
                "a file that ends too early: {found} bytes of the {size} that `{}` values of shape {} take",
                header.kind,
                header.shape_text()
            )));
        }
        if source.take(1, &mut Vec::new())? > 0 {
            return Err(wrong(format!("more than the {size} bytes of its array")));
        }
        Ok(Self {
            path: source.path(),
            expected,
            header,
            kind,
            bytes,
        })
    }

    fn values(&self) -> Values<'_> {
        Values::new(&self.bytes, self.kind, &self.header)
    }

    fn wrong(&self) -> DataError {
        self.error(format!(
            "`{}` values of shape {}",
            self.header.kind,
            self.header.shape_text()
        ))
    }

    fn bad_value(&self, place: usize, value: f64) -> DataError {
        let value = short(value);
        self.error(format!("{value} at {}", self.header.place_text(place)))
    }

    fn error(&self, found: String) -> DataError {
        DataError::Npy {
            path: self.path.to_owned(),
            found,
            expected: self.expected,
        }
    }

    /// Each value as a level from 0 to 255.
    fn pixels(&self) -> Result<Vec<u8>, DataError> {
        let values = self.values();
        if let Some(bytes) = values.as_bytes() {
            return Ok(bytes.to_vec());
        }
        let (mut least, mut most) = (0.0_f64, 0.0_f64);
        for (place, value) in values.iter().enumerate() {
            if !value.is_finite() {
                return Err(self.bad_value(place, value));
            }
            least = least.min(value);
            most = most.max(value);
        }
        let scale = Scale::of(self.kind, least, most).ok_or_else(|| {
            let range = format!("values from {} to {}", short(least), short(most));
            self.error(range)
        })?;
        Ok(values.iter().map(|value| scale.grey(value)).collect())
    }
}

/// The scale of an array's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// 0 to 255.
    Bytes,
    /// 0 to 1.
    Unit,
    /// -1 to 1.
    Signed,
}

impl Scale {
    /// The scale of an array whose values, and 0, lie between `least` and `most`. Floats may be off by rounding.
    fn of(kind: Kind, least: f64, most: f64) -> Option<Self> {
        const SLACK: f64 = 1e-3;
        if kind == Kind::Bool {
            return Some(Self::Unit);
        }
        if !kind.is_float() {
            return (least >= 0.0 && most <= 255.0).then_some(Self::Bytes);
        }
        if least < -SLACK {
            return (least >= -1.0 - SLACK && most <= 1.0 + SLACK).then_some(Self::Signed);
        }
        if most <= 1.0 + SLACK {
            return Some(Self::Unit);
        }
        (most <= 255.0 * (1.0 + SLACK)).then_some(Self::Bytes)
    }

    fn grey(self, value: f64) -> u8 {
        let level = match self {
            Self::Bytes => value,
            Self::Unit => value * 255.0,
            Self::Signed => value.mul_add(127.5, 127.5),
        };
        level.round().clamp(0.0, 255.0) as u8
    }
}

/// A value as users would write it: in double precision the single-precision 0.1 is 0.10000000149011612.
fn short(value: f64) -> f32 {
    value as f32
}

fn read_header(source: &mut Source<'_>, expected: &'static str) -> Result<Header, DataError> {
    let path = source.path().to_owned();
    let wrong = |found: String| DataError::Npy {
        path: path.clone(),
        found,
        expected,
    };
    if let Some(format) = foreign(source.start()) {
        return Err(DataError::foreign(&path, format));
    }
    let mut take = |count: u64| -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        if source.take(count, &mut bytes)? < count {
            return Err(wrong(
                "a file that ends too early: in its header".to_owned(),
            ));
        }
        Ok(bytes)
    };
    let magic = take(NPY.len() as u64)?;
    if magic != NPY {
        return Err(wrong("something that is not an npy file".to_owned()));
    }
    let version = take(2)?;
    if !(1..=3).contains(&version[0]) {
        return Err(wrong(format!("an npy file of version {}", version[0])));
    }
    let length = take(if version[0] == 1 { 2 } else { 4 })?;
    let length = length
        .iter()
        .rev()
        .fold(0, |all, &byte| all << 8 | u64::from(byte));
    if length > LONGEST_HEADER {
        return Err(wrong(format!("a header of {length} bytes")));
    }
    let text = String::from_utf8_lossy(&take(length)?).into_owned();
    Header::parse(&text).ok_or_else(|| wrong(format!("the header `{}`", text.trim_end())))
}

#[cfg(test)]
mod tests;
