//! Reads npy files, the format of `NumPy` (versions 1 to 3), strictly: C-ordered arrays of bytes or of little-endian floats.
//!
//! Layout: a magic string, a version, the length of the header, the header (a Python dictionary), then the values. Files may
//! be gzipped. A header is never trusted with memory: what is held is what was read.

use std::path::Path;

use super::dataset::IMAGE_BYTES;
use super::error::DataError;
use super::source::Source;
use crate::protocol::DIGIT_SIDE;

const MAGIC: &[u8] = b"\x93NUMPY";
/// No header of an array of numbers is longer.
const LONGEST_HEADER: u64 = 1 << 16;

/// Reads images: a uint8 array of n×28×28, n×1×28×28 or n×784, n at least 1; gives n × 784 bytes.
///
/// # Errors
/// When the file cannot be read or holds something else.
pub fn read_images(path: &Path) -> Result<Vec<u8>, DataError> {
    let expected = "a uint8 array of N×28×28: 0 for background, 255 for full ink";
    let (header, bytes) = read(path, expected)?;
    let found = || header.wrong(path, expected);
    let [_, image @ ..] = &header.shape[..] else {
        return Err(found());
    };
    let side = DIGIT_SIDE;
    let shapes: [&[usize]; 3] = [&[side, side], &[1, side, side], &[IMAGE_BYTES]];
    if header.kind != "|u1" || !shapes.contains(&image) || bytes.is_empty() {
        return Err(found());
    }
    Ok(bytes)
}

/// Reads rows of numbers: a float32 or float64 array of n×d, both at least 1; gives n, d, and n × d values.
///
/// # Errors
/// When the file cannot be read or holds something else.
pub fn read_rows(path: &Path) -> Result<(usize, usize, Vec<f64>), DataError> {
    let expected = "a float32 or float64 array of N×D";
    let (header, bytes) = read(path, expected)?;
    let (&[rows, columns], false) = (&header.shape[..], bytes.is_empty()) else {
        return Err(header.wrong(path, expected));
    };
    let values = match header.kind.as_str() {
        "<f4" => bytes
            .as_chunks()
            .0
            .iter()
            .map(|value| f64::from(f32::from_le_bytes(*value)))
            .collect(),
        "<f8" => {
            let values = bytes.as_chunks().0.iter();
            values.map(|value| f64::from_le_bytes(*value)).collect()
        }
        _ => return Err(header.wrong(path, expected)),
    };
    Ok((rows, columns, values))
}

/// What the header says.
struct Header {
    /// Type of the values: `|u1`, `<f4`.
    kind: String,
    shape: Vec<usize>,
}

impl Header {
    fn wrong(&self, path: &Path, expected: &'static str) -> DataError {
        let sizes: Vec<_> = self.shape.iter().map(ToString::to_string).collect();
        DataError::Npy {
            path: path.to_owned(),
            found: format!("`{}` values of shape ({})", self.kind, sizes.join(", ")),
            expected,
        }
    }
}

/// Reads the header, and the bytes of exactly as many values as it says.
fn read(path: &Path, expected: &'static str) -> Result<(Header, Vec<u8>), DataError> {
    let wrong = |found: String| DataError::Npy {
        path: path.to_owned(),
        found,
        expected,
    };
    let mut source = Source::open(path)?;
    let mut take = |count: u64| -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        if source.take(count, &mut bytes)? < count {
            return Err(wrong("a file that ends too early".to_owned()));
        }
        Ok(bytes)
    };
    let start = take(MAGIC.len() as u64 + 2)?;
    let Some([version, _]) = start.strip_prefix(MAGIC) else {
        return Err(wrong("something that is no npy file".to_owned()));
    };
    let length = take(if *version == 1 { 2 } else { 4 })?;
    let length = length
        .iter()
        .rev()
        .fold(0, |all, &byte| all << 8 | u64::from(byte));
    if length > LONGEST_HEADER {
        return Err(wrong(format!("a header of {length} bytes")));
    }
    let text = String::from_utf8_lossy(&take(length)?).into_owned();
    let header = parse(&text).ok_or_else(|| wrong(format!("the header `{}`", text.trim_end())))?;
    let size = match header.kind.as_str() {
        "|u1" => 1,
        "<f4" => 4,
        "<f8" => 8,
        _ => return Err(header.wrong(path, expected)),
    };
    let bytes = header
        .shape
        .iter()
        .try_fold(size, |all: u64, &size| all.checked_mul(size as u64))
        .ok_or_else(|| header.wrong(path, expected))?;
    let values = take(bytes)?;
    if source.take(1, &mut Vec::new())? > 0 {
        return Err(wrong(format!("more than the {bytes} bytes of its array")));
    }
    Ok((header, values))
}

/// The dictionary of a header; nothing where it is none, or is of an array in Fortran's order.
fn parse(text: &str) -> Option<Header> {
    let value = |key: &str| {
        let (_, rest) = text.split_once(&format!("'{key}':"))?;
        Some(rest.trim_start())
    };
    let kind = value("descr")?.strip_prefix('\'')?.split_once('\'')?.0;
    if !value("fortran_order")?.starts_with("False") {
        return None;
    }
    let (shape, _) = value("shape")?.strip_prefix('(')?.split_once(')')?;
    let shape = shape
        .split(',')
        .map(str::trim)
        .filter(|size| !size.is_empty())
        .map(|size| size.parse().ok())
        .collect::<Option<Vec<usize>>>()?;
    Some(Header {
        kind: kind.to_owned(),
        shape,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use std::io::Write as _;

    use super::*;

    fn file(header: &str, values: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"\x93NUMPY\x01\x00").unwrap();
        file.write_all(&(header.len() as u16).to_le_bytes())
            .unwrap();
        file.write_all(header.as_bytes()).unwrap();
        file.write_all(values).unwrap();
        file
    }

    fn dictionary(kind: &str, order: &str, shape: &str) -> String {
        format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}  \n")
    }

    #[test]
    fn rows_of_either_width_are_read() {
        let values = [1.5_f32, -2.0, 0.25, 4.0, 5.0, 6.0];
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let written = file(&dictionary("<f4", "False", "(2, 3)"), &bytes);
        let expected = values.map(f64::from).to_vec();
        assert_eq!(read_rows(written.path()).unwrap(), (2, 3, expected.clone()));
        let bytes: Vec<u8> = expected.iter().flat_map(|v| v.to_le_bytes()).collect();
        let written = file(&dictionary("<f8", "False", "(3, 2)"), &bytes);
        assert_eq!(read_rows(written.path()).unwrap(), (3, 2, expected));
    }

    #[test]
    fn images_may_have_a_channel_or_be_flat() {
        for shape in ["(2, 28, 28)", "(2, 1, 28, 28)", "(2, 784)"] {
            let written = file(&dictionary("|u1", "False", shape), &[7; 2 * IMAGE_BYTES]);
            assert_eq!(read_images(written.path()).unwrap(), [7; 2 * IMAGE_BYTES]);
        }
    }

    #[test]
    fn what_this_program_writes_it_reads() {
        let grid = crate::protocol::ImageGrid::digits(vec![9; 3 * IMAGE_BYTES]);
        let written = tempfile::NamedTempFile::new().unwrap();
        crate::picture::write_npy(&grid, &mut written.as_file()).unwrap();
        assert_eq!(read_images(written.path()).unwrap(), grid.pixels);
    }

    #[test]
    fn anything_else_is_named_with_what_was_expected() {
        let images = |header: &str, values: &[u8]| {
            let written = file(header, values);
            read_images(written.path()).unwrap_err().to_string()
        };
        let rows = |header: &str, values: &[u8]| {
            let written = file(header, values);
            read_rows(written.path()).unwrap_err().to_string()
        };
        for (message, words) in [
            (
                images(&dictionary("<f4", "False", "(1, 28, 28)"), &[0; 3136]),
                "found `<f4` values of shape (1, 28, 28), expected a uint8 array",
            ),
            (
                images(&dictionary("|u1", "False", "(1, 27, 28)"), &[0; 756]),
                "shape (1, 27, 28)",
            ),
            (
                images(&dictionary("|u1", "False", "(0, 28, 28)"), &[]),
                "shape (0, 28, 28)",
            ),
            (
                images(&dictionary("|u1", "False", "(2, 28, 28)"), &[0; 784]),
                "ends too early",
            ),
            (
                images(&dictionary("|u1", "False", "(1, 28, 28)"), &[0; 785]),
                "more than the 784 bytes",
            ),
            (
                images(&dictionary("|u1", "True", "(1, 28, 28)"), &[0; 784]),
                "'fortran_order': True",
            ),
            (
                images(
                    &dictionary("|u1", "False", "(99999999999, 99999999999)"),
                    &[],
                ),
                "99999999999",
            ),
            (images("{}", &[]), "found the header `{}`"),
            (
                rows(&dictionary("<f8", "False", "(3,)"), &[0; 24]),
                "shape (3), expected a float32 or float64 array of N×D",
            ),
            (
                rows(&dictionary("|O", "False", "(3, 1)"), &[0; 24]),
                "`|O` values",
            ),
        ] {
            assert!(message.contains(words), "{message} / {words}");
        }
        let mut text = tempfile::NamedTempFile::new().unwrap();
        text.write_all(b"not an array at all").unwrap();
        let message = read_rows(text.path()).unwrap_err().to_string();
        assert!(message.contains("no npy file"), "{message}");
    }
}
