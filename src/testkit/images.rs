//! Small datasets.

/// Images in [`tiny_images`].
pub const TINY_IMAGES: usize = 64;

/// [`TINY_IMAGES`] images of slanted strokes as an idx file.
#[must_use]
pub fn tiny_images() -> Vec<u8> {
    let mut pixels = Vec::with_capacity(TINY_IMAGES * 28 * 28);
    for image in 0..TINY_IMAGES as i32 {
        let (slant, middle) = (image % 5 - 2, 10 + image % 8);
        for y in 0..28_i32 {
            for x in 0..28_i32 {
                let centre = middle + slant * (y - 14) / 8;
                let inside = (4..24).contains(&y) && (x - centre).abs() <= 1 + image / 32;
                pixels.push(if inside { 255 } else { 0 });
            }
        }
    }
    idx_images(&pixels)
}

/// An idx file of 28×28 images with these pixels.
#[must_use]
pub fn idx_images(pixels: &[u8]) -> Vec<u8> {
    let count = (pixels.len() / (28 * 28)) as u32;
    let header = [2051_u32, count, 28, 28];
    let header = header.iter().flat_map(|word| word.to_be_bytes());
    header.chain(pixels.iter().copied()).collect()
}
