//! The idx3 format of the MNIST files: unsigned bytes, big-endian sizes.

use std::io::{self, Write};

use crate::protocol::ImageGrid;

/// Two zero bytes, the type (8: unsigned byte), the number of dimensions.
const MAGIC: [u8; 4] = [0, 0, 8, 3];

/// Writes `images` as count × side × side bytes.
///
/// # Errors
/// When `out` fails, or there are more images than the format can count (2³²).
pub fn write_idx(images: &ImageGrid, out: &mut impl Write) -> io::Result<()> {
    out.write_all(&MAGIC)?;
    for size in [images.count(), images.side, images.side] {
        let size =
            u32::try_from(size).map_err(|e| io::Error::new(io::ErrorKind::InvalidInput, e))?;
        out.write_all(&size.to_be_bytes())?;
    }
    out.write_all(&images.pixels[..images.count() * images.side * images.side])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_describes_the_data() -> io::Result<()> {
        let mut bytes = Vec::new();
        write_idx(&ImageGrid::digits(vec![7; 3 * 784]), &mut bytes)?;
        assert_eq!(
            bytes[..16],
            [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 28, 0, 0, 0, 28]
        );
        assert_eq!(bytes[16..], [7; 3 * 784]);
        Ok(())
    }
}
