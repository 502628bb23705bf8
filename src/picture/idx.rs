//! The idx format of the MNIST files: unsigned bytes, big-endian sizes. Grey images have three dimensions (idx3), images in
//! colour a fourth of three channels.

use std::io::{self, Write};

use crate::protocol::ImageGrid;

/// Two zero bytes, the type (8: unsigned byte); the number of dimensions follows.
const MAGIC: [u8; 3] = [0, 0, 8];

/// Writes `images` as count × height × width (× channels) bytes.
///
/// # Errors
/// When `out` fails, or there are more images than the format can count (2³²).
pub fn write_idx(images: &ImageGrid, out: &mut impl Write) -> io::Result<()> {
    let shape = images.shape();
    let mut sizes = vec![images.count(), shape.height(), shape.width()];
    if shape.is_colour() {
        sizes.push(shape.channels());
    }
    out.write_all(&MAGIC)?;
    out.write_all(&[sizes.len() as u8])?;
    for size in sizes {
        let size =
            u32::try_from(size).map_err(|e| io::Error::new(io::ErrorKind::InvalidInput, e))?;
        out.write_all(&size.to_be_bytes())?;
    }
    out.write_all(images.pixels())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ImageShape;

    #[test]
    fn the_header_describes_the_data() -> io::Result<()> {
        let mut bytes = Vec::new();
        let grey = ImageGrid::new(ImageShape::MNIST, vec![7; 3 * 784]);
        write_idx(&grey, &mut bytes)?;
        assert_eq!(
            bytes[..16],
            [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 28, 0, 0, 0, 28]
        );
        assert_eq!(bytes[16..], [7; 3 * 784]);

        bytes.clear();
        let shape = ImageShape::new(3, 2, 5).map_err(io::Error::other)?;
        write_idx(&ImageGrid::new(shape, vec![7; 30]), &mut bytes)?;
        let sizes = [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 3];
        assert_eq!(bytes[..4], [0, 0, 8, 4]);
        assert_eq!(bytes[4..20], sizes);
        assert_eq!(bytes[20..], [7; 30]);
        Ok(())
    }
}
