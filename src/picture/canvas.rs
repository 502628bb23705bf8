//! A greyscale image and resizing.

/// A greyscale image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canvas {
    /// `height` × `width` bytes, row by row; 0 is black.
    pub pixels: Vec<u8>,
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Canvas {
    /// An image of one shade.
    #[must_use]
    pub fn filled(width: usize, height: usize, shade: u8) -> Self {
        Self {
            pixels: vec![shade; width * height],
            width,
            height,
        }
    }

    /// Resized copy: see [`resize`].
    #[must_use]
    pub fn resized(&self, width: usize, height: usize) -> Self {
        Self {
            pixels: resize(&self.pixels, self.width, self.height, width, height),
            width,
            height,
        }
    }

    /// The same image centred on `width` × `height` pixels of `shade`; never smaller than the image.
    #[must_use]
    pub fn framed(&self, width: usize, height: usize, shade: u8) -> Self {
        let (width, height) = (width.max(self.width), height.max(self.height));
        let mut framed = Self::filled(width, height, shade);
        let (left, top) = ((width - self.width) / 2, (height - self.height) / 2);
        for (y, row) in self.pixels.chunks_exact(self.width.max(1)).enumerate() {
            framed.pixels[(top + y) * width + left..][..self.width].copy_from_slice(row);
        }
        framed
    }

    /// The shade at column `x` of row `y`; black outside.
    #[must_use]
    pub fn at(&self, x: usize, y: usize) -> u8 {
        if x < self.width {
            self.pixels.get(y * self.width + x).copied().unwrap_or(0)
        } else {
            0
        }
    }
}

/// `pixels` (`height` × `width`, row by row) at the size `new_width` × `new_height`: each new pixel is the mean of the
/// area it covers, so thin strokes survive shrinking, and integer factors keep hard edges.
/// An empty side gives a black result.
#[must_use]
pub fn resize(
    pixels: &[u8],
    width: usize,
    height: usize,
    new_width: usize,
    new_height: usize,
) -> Vec<u8> {
    if (width, height) == (new_width, new_height) {
        return pixels.to_vec();
    }
    if width == 0
        || height == 0
        || new_width == 0
        || new_height == 0
        || pixels.len() < width * height
    {
        return vec![0; new_width * new_height];
    }
    let columns = spans(width, new_width);
    let rows = spans(height, new_height);
    let mut narrowed = vec![0.0_f32; new_width * height];
    for (from, to) in pixels
        .chunks_exact(width)
        .zip(narrowed.chunks_exact_mut(new_width))
    {
        for (out, span) in to.iter_mut().zip(&columns) {
            *out = span
                .weights
                .iter()
                .zip(&from[span.start..])
                .map(|(w, &p)| w * f32::from(p))
                .sum();
        }
    }
    let mut out = Vec::with_capacity(new_width * new_height);
    let mut sums = vec![0.0_f32; new_width];
    for span in &rows {
        sums.fill(0.0);
        for (weight, row) in span
            .weights
            .iter()
            .zip(narrowed[span.start * new_width..].chunks_exact(new_width))
        {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += weight * value;
            }
        }
        out.extend(sums.iter().map(|sum| sum.round().clamp(0.0, 255.0) as u8));
    }
    out
}

/// The old pixels that one new pixel covers, with weights that add up to 1.
struct Span {
    start: usize,
    weights: Vec<f32>,
}

/// The spans of all new pixels along one side.
fn spans(old: usize, new: usize) -> Vec<Span> {
    let scale = old as f64 / new as f64;
    (0..new)
        .map(|i| {
            let (from, to) = (i as f64 * scale, (i + 1) as f64 * scale);
            let start = (from as usize).min(old - 1);
            let end = (to.ceil() as usize).clamp(start + 1, old);
            let covered = |j: usize| ((j + 1) as f64).min(to) - (j as f64).max(from);
            Span {
                start,
                weights: (start..end).map(|j| (covered(j) / scale) as f32).collect(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_takes_the_mean_of_four() {
        assert_eq!(
            resize(&[0, 100, 7, 7, 200, 100, 7, 7], 4, 2, 2, 1),
            [100, 7]
        );
    }

    #[test]
    fn a_fraction_of_a_pixel_counts_as_that_fraction() {
        // Three pixels into two: each takes one and a half.
        assert_eq!(resize(&[0, 90, 240], 3, 1, 2, 1), [30, 190]);
    }

    #[test]
    fn growing_by_a_whole_factor_repeats_pixels() {
        assert_eq!(
            resize(&[10, 20], 2, 1, 4, 2),
            [10, 10, 20, 20, 10, 10, 20, 20]
        );
    }

    #[test]
    fn the_mean_shade_stays_when_the_size_changes() {
        let pixels: Vec<u8> = (0..28 * 28).map(|i| ((i * 37) % 256) as u8).collect();
        let mean = |p: &[u8]| p.iter().map(|&v| f64::from(v)).sum::<f64>() / p.len() as f64;
        for (w, h) in [(13, 17), (28, 21), (50, 9), (1, 1)] {
            let out = resize(&pixels, 28, 28, w, h);
            assert_eq!(out.len(), w * h);
            assert!(
                (mean(&out) - mean(&pixels)).abs() < 0.6,
                "{w}x{h}: {} {}",
                mean(&out),
                mean(&pixels)
            );
        }
    }

    #[test]
    fn an_empty_canvas_does_not_panic() {
        assert_eq!(resize(&[], 0, 0, 2, 1), [0, 0]);
        assert!(resize(&[1], 1, 1, 0, 5).is_empty());
    }

    #[test]
    fn a_frame_leaves_the_picture_in_the_middle() {
        let canvas = Canvas {
            pixels: vec![1, 2],
            width: 2,
            height: 1,
        };
        assert_eq!(
            canvas.framed(4, 3, 9).pixels,
            [9, 9, 9, 9, 9, 1, 2, 9, 9, 9, 9, 9]
        );
        assert_eq!(canvas.framed(0, 0, 9), canvas);
    }
}
