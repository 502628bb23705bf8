//! The npy format of `NumPy`, version 1.0: `numpy.load` returns a uint8 array of count × height × width, in colour
//! with a last dimension of three channels.

use std::io::{self, Write};

use crate::protocol::ImageGrid;

/// Magic string and version.
const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";

/// Alignment of the data in bytes.
const ALIGNMENT: usize = 64;

/// Writes `images` as a C-ordered array.
///
/// # Errors
/// When `out` fails.
pub fn write_npy(images: &ImageGrid, out: &mut impl Write) -> io::Result<()> {
    let shape = images.shape();
    let mut sizes = format!("{}, {}, {}", images.count(), shape.height(), shape.width());
    if shape.is_colour() {
        sizes.push_str(", 3");
    }
    let mut header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({sizes}), }}");
    // Magic, two bytes of length, the header, spaces, a newline.
    let unpadded = MAGIC.len() + 2 + header.len() + 1;
    header.extend(std::iter::repeat_n(
        ' ',
        unpadded.next_multiple_of(ALIGNMENT) - unpadded,
    ));
    header.push('\n');
    let length =
        u16::try_from(header.len()).map_err(|e| io::Error::new(io::ErrorKind::InvalidInput, e))?;
    out.write_all(MAGIC)?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    out.write_all(images.pixels())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ImageShape;

    #[test]
    fn the_header_is_a_dictionary_and_the_data_are_aligned() -> io::Result<()> {
        let mut bytes = Vec::new();
        let grey = ImageGrid::new(ImageShape::MNIST, vec![7; 12 * 784]);
        write_npy(&grey, &mut bytes)?;
        assert_eq!(bytes[..8], *b"\x93NUMPY\x01\x00");
        let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!((10 + length) % 64, 0);
        let header = String::from_utf8_lossy(&bytes[10..10 + length]);
        assert_eq!(
            header.trim_end(),
            "{'descr': '|u1', 'fortran_order': False, 'shape': (12, 28, 28), }"
        );
        assert!(header.ends_with('\n'));
        assert_eq!(bytes.len() - 10 - length, 12 * 784);

        bytes.clear();
        let shape = ImageShape::new(3, 8, 12).map_err(io::Error::other)?;
        write_npy(&ImageGrid::new(shape, vec![7; 288]), &mut bytes)?;
        let header = String::from_utf8_lossy(&bytes[10..128]).into_owned();
        assert!(header.contains("'shape': (1, 8, 12, 3)"), "{header}");
        Ok(())
    }
}
