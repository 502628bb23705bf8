//! A picture of any size, grey or in colour, and resizing.

use super::colour::{Rgb, grey};
use crate::shape::ImageShape;

/// A picture: pixels in the layout of [`crate::shape`], of any size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canvas {
    /// `height` × `width` × `channels` bytes; 0 is black.
    pixels: Vec<u8>,
    width: usize,
    height: usize,
    channels: usize,
}

impl Canvas {
    /// A picture of one grey.
    #[must_use]
    pub fn filled(width: usize, height: usize, channels: Channels, shade: u8) -> Self {
        let channels = channels.count();
        Self {
            pixels: vec![shade; width * height * channels],
            width,
            height,
            channels,
        }
    }

    /// An image of this shape. Bytes that are missing are black, a remainder is cut off.
    #[must_use]
    pub fn of(shape: ImageShape, image: &[u8]) -> Self {
        let mut pixels = image.to_vec();
        pixels.resize(shape.values(), 0);
        Self {
            pixels,
            width: shape.width(),
            height: shape.height(),
            channels: shape.channels(),
        }
    }

    /// A picture of these pixels, row by row. Bytes that are missing are black, a remainder is cut off.
    #[must_use]
    pub fn new(width: usize, height: usize, channels: Channels, mut pixels: Vec<u8>) -> Self {
        let channels = channels.count();
        pixels.resize(width * height * channels, 0);
        Self {
            pixels,
            width,
            height,
            channels,
        }
    }

    /// Pixels in a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Returns whether it has colours.
    #[must_use]
    pub fn is_colour(&self) -> bool {
        self.channels == 3
    }

    /// Whether it has colours, for another canvas.
    #[must_use]
    pub fn channels(&self) -> Channels {
        if self.is_colour() {
            Channels::Rgb
        } else {
            Channels::Grey
        }
    }

    /// Its bytes: `height` × `width` × 1 or 3.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Bytes of a row.
    pub(super) fn row(&self) -> usize {
        self.width * self.channels
    }

    /// Copies rows of pixels, as many as there are, to the place whose upper left pixel is at column `left` of row `top`.
    pub(super) fn put<'a>(
        &mut self,
        (left, top): (usize, usize),
        rows: impl Iterator<Item = &'a [u8]>,
    ) {
        let (row, left) = (self.row(), left * self.channels);
        for (y, line) in rows.enumerate() {
            self.pixels[(top + y) * row + left..][..line.len()].copy_from_slice(line);
        }
    }

    /// A copy of another size: each pixel is the mean of what it covers.
    #[must_use]
    pub fn resized(&self, width: usize, height: usize) -> Self {
        let plane = |channel: usize| {
            let of_channel = self.pixels.iter().skip(channel).step_by(self.channels);
            let plane: Vec<u8> = of_channel.copied().collect();
            resize(&plane, self.width, self.height, width, height)
        };
        let pixels = if self.channels == 1 {
            resize(&self.pixels, self.width, self.height, width, height)
        } else {
            let planes: Vec<Vec<u8>> = (0..self.channels).map(plane).collect();
            let pixel = |i: usize| planes.iter().map(move |plane| plane[i]);
            (0..width * height).flat_map(pixel).collect()
        };
        Self {
            pixels,
            width,
            height,
            channels: self.channels,
        }
    }

    /// The same picture centred on `width` × `height` pixels of this colour (of a grey picture, of its red); never smaller
    /// than the picture.
    #[must_use]
    pub fn framed(&self, width: usize, height: usize, shade: Rgb) -> Self {
        let (width, height) = (width.max(self.width), height.max(self.height));
        let mut framed = Self::filled(width, height, self.channels(), 0);
        for pixel in framed.pixels.chunks_exact_mut(self.channels) {
            pixel.copy_from_slice(&shade[..self.channels]);
        }
        let place = ((width - self.width) / 2, (height - self.height) / 2);
        framed.put(place, self.pixels.chunks_exact(self.row().max(1)));
        framed
    }

    /// The same picture in the middle of `width` × `height` pixels, continued in the colours of its edges; never smaller than the
    /// picture.
    #[must_use]
    pub fn continued(&self, width: usize, height: usize) -> Self {
        let (width, height) = (width.max(self.width), height.max(self.height));
        let (left, top) = ((width - self.width) / 2, (height - self.height) / 2);
        let mut pixels = Vec::with_capacity(width * height * self.channels);
        for y in 0..height {
            let y = y.saturating_sub(top).min(self.height.saturating_sub(1));
            for x in 0..width {
                let x = x.saturating_sub(left).min(self.width.saturating_sub(1));
                pixels.extend_from_slice(&self.at(x, y)[..self.channels]);
            }
        }
        Self {
            pixels,
            width,
            height,
            channels: self.channels,
        }
    }

    /// The colour at column `x` of row `y`; black outside.
    #[must_use]
    pub fn at(&self, x: usize, y: usize) -> Rgb {
        if x >= self.width || y >= self.height {
            return grey(0);
        }
        let at = (y * self.width + x) * self.channels;
        match self.pixels[at..at + self.channels] {
            [r, g, b] => [r, g, b],
            [level] => grey(level),
            _ => grey(0),
        }
    }

    /// The colours of all pixels, row by row.
    pub fn colours(&self) -> impl Iterator<Item = Rgb> {
        self.pixels
            .chunks_exact(self.channels)
            .map(|pixel| match *pixel {
                [r, g, b] => [r, g, b],
                [level, ..] => grey(level),
                [] => grey(0),
            })
    }
}

/// Whether a picture has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channels {
    /// One level for each pixel.
    Grey,
    /// Red, green and blue.
    Rgb,
}

impl Channels {
    /// How many.
    #[must_use]
    pub fn count(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
        }
    }

    /// Those of images of this shape.
    #[must_use]
    pub fn of(shape: ImageShape) -> Self {
        if shape.is_colour() {
            Self::Rgb
        } else {
            Self::Grey
        }
    }
}

/// `pixels` (`height` × `width` levels, row by row) at the size `new_width` × `new_height`: each new pixel is the mean of the
/// area it covers, so thin strokes survive shrinking, and integer factors keep hard edges.
/// An empty side gives a black result.
#[must_use]
fn resize(
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
    fn a_continued_picture_repeats_its_edges() {
        let canvas = Canvas::new(2, 1, Channels::Grey, vec![1, 2]);
        let continued = canvas.continued(5, 2);
        assert_eq!(continued.pixels(), [1, 1, 2, 2, 2, 1, 1, 2, 2, 2]);
        assert_eq!(canvas.continued(0, 0), canvas);
        let empty = Canvas::filled(0, 0, Channels::Rgb, 0);
        assert_eq!(empty.continued(1, 1).pixels(), [0, 0, 0]);
    }

    #[test]
    fn a_frame_leaves_the_picture_in_the_middle() {
        let canvas = Canvas::new(2, 1, Channels::Grey, vec![1, 2]);
        assert_eq!(
            canvas.framed(4, 3, grey(9)).pixels(),
            [9, 9, 9, 9, 9, 1, 2, 9, 9, 9, 9, 9]
        );
        assert_eq!(canvas.framed(0, 0, grey(9)), canvas);
        let colour = Canvas::new(1, 1, Channels::Rgb, vec![1, 2, 3]);
        assert_eq!(
            colour.framed(3, 1, [7, 8, 9]).pixels(),
            [7, 8, 9, 1, 2, 3, 7, 8, 9]
        );
    }

    #[test]
    fn each_channel_is_resized_as_a_grey_picture_is() {
        let grey = |shift: usize| -> Vec<u8> { (0..20).map(|i| (i * 12 + shift) as u8).collect() };
        let planes = [grey(0), grey(5), grey(10)];
        let pixels = (0..20).flat_map(|i| planes.iter().map(move |plane| plane[i]));
        let colour = Canvas::new(5, 4, Channels::Rgb, pixels.collect()).resized(3, 7);
        for (channel, plane) in planes.iter().enumerate() {
            let of_channel = colour.pixels().iter().skip(channel).step_by(3).copied();
            assert!(of_channel.eq(resize(plane, 5, 4, 3, 7)));
        }
        assert_eq!(colour.at(2, 6)[1], resize(&planes[1], 5, 4, 3, 7)[20]);
        assert_eq!((colour.at(3, 0), colour.at(0, 7)), ([0; 3], [0; 3]));
    }
}
