//! Brings images to one shape: turned, cropped to its proportions around the centre, resized, in grey or in colour.

use fast_image_resize::images::TypedImage;
use fast_image_resize::pixels::{U8, U8x3};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};
use rayon::prelude::*;

use super::image_set::{ImageSet, ImageSets};
use super::pixels::Pixels;
use crate::memory::Block;
use crate::shape::{Fit, ImageShape};

impl Fit {
    /// The same sets with all images in the shape asked for.
    pub(super) fn sets(&self, sets: ImageSets) -> ImageSets {
        ImageSets {
            train: self.set(sets.train),
            test: sets.test.map(|test| self.set(test)),
        }
    }

    fn set(&self, images: ImageSet) -> ImageSet {
        let wanted = self.shape_of(images.shape());
        images.brought_to(wanted, self.transpose)
    }
}

impl ImageSet {
    /// The same images in another shape: cropped to its proportions around the centre, resized, in grey or in colour.
    #[must_use]
    pub fn fitted(&self, shape: ImageShape) -> Self {
        self.clone().brought_to(shape, false)
    }

    fn brought_to(self, wanted: ImageShape, transpose: bool) -> Self {
        let images = self;
        let found = images.shape();
        if found == wanted && !transpose {
            return images;
        }
        let mut pixels = Block::zeroed(images.len() * wanted.values());
        pixels
            .par_chunks_exact_mut(wanted.values())
            .zip(images.pixels().par_chunks_exact(found.values()))
            .for_each(|(out, image)| {
                let picture = Picture {
                    channels: found.channels(),
                    height: found.height(),
                    width: found.width(),
                    bytes: image.to_vec(),
                };
                // Bytes that do not fit the sizes are the only reason for a refusal.
                if let Some(fitted) = picture.fitted(wanted, transpose) {
                    out.copy_from_slice(&fitted);
                }
            });
        let fitted = ImageSet::of(wanted, Pixels::of(pixels));
        match images.shared_labels() {
            Some(labels) => fitted.with_labels(labels),
            None => fitted,
        }
    }
}

/// An image of any size: height × width × channels bytes, 1 channel or 3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    pub bytes: Vec<u8>,
}

impl Picture {
    /// The bytes of this image in another shape: the largest part of its proportions around the centre, resized by bicubic
    /// interpolation over all pixels that an output pixel covers (as Pillow does, and clean-fid recommends: Parmar et al. 2022).
    /// `None` if there are fewer bytes than the sizes say.
    pub fn fitted(self, wanted: ImageShape, transpose: bool) -> Option<Vec<u8>> {
        let picture = if transpose { self.transposed() } else { self };
        // Grey before it is resized, colour after: fewer numbers to resize.
        let picture = if wanted.channels() == 1 {
            picture.grey()
        } else {
            picture
        };
        let channels = picture.channels;
        let resized = picture.resized(wanted.height(), wanted.width())?;
        Some(if channels < wanted.channels() {
            resized.into_iter().flat_map(|level| [level; 3]).collect()
        } else {
            resized
        })
    }

    fn resized(self, height: usize, width: usize) -> Option<Vec<u8>> {
        if (self.height, self.width) == (height, width) {
            return Some(self.bytes);
        }
        if self.channels == 1 {
            self.resampled::<U8>(height, width)
        } else {
            self.resampled::<U8x3>(height, width)
        }
    }

    /// For one kind of pixel, and with one type of image on both sides: `Resizer::resize`, which finds out the kind as it runs, is
    /// compiled for thirteen, and was a sixth of what this crate has to compile.
    fn resampled<P: PixelTrait>(mut self, height: usize, width: usize) -> Option<Vec<u8>> {
        let (rows, columns) = (self.height as u32, self.width as u32);
        let from = TypedImage::<P>::from_buffer(columns, rows, &mut self.bytes).ok()?;
        let mut bytes = vec![0; height * width * P::size()];
        let (rows, columns) = (height as u32, width as u32);
        let mut to = TypedImage::<P>::from_buffer(columns, rows, &mut bytes).ok()?;
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom))
            .fit_into_destination(Some((0.5, 0.5)));
        Resizer::new().resize_typed(&from, &mut to, &options).ok()?;
        Some(bytes)
    }

    fn transposed(self) -> Self {
        let (height, width, channels) = (self.height, self.width, self.channels);
        let pixel = |row: usize, column: usize| (row * width + column) * channels;
        let places = (0..width).flat_map(|column| (0..height).map(move |row| (row, column)));
        let bytes = places
            .flat_map(|(row, column)| self.bytes[pixel(row, column)..][..channels].iter().copied())
            .collect();
        Self {
            channels,
            height: width,
            width: height,
            bytes,
        }
    }

    /// Luma by ITU-R BT.601, as Pillow and torchvision compute it.
    fn grey(self) -> Self {
        if self.channels == 1 {
            return self;
        }
        let luma = |pixel: &[u8]| {
            let [r, g, b] = [0, 1, 2].map(|channel| u32::from(pixel[channel]));
            ((r * 299 + g * 587 + b * 114 + 500) / 1000) as u8
        };
        Self {
            channels: 1,
            bytes: self.bytes.chunks_exact(3).map(luma).collect(),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;
    use crate::protocol::ImageGrid;

    /// 2 rows of 4 pixels: red, green, blue, white; black below.
    fn flag() -> Picture {
        let mut bytes = vec![255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255];
        bytes.extend([0; 12]);
        Picture {
            channels: 3,
            height: 2,
            width: 4,
            bytes,
        }
    }

    fn shape(channels: usize, height: usize, width: usize) -> ImageShape {
        ImageShape::new(channels, height, width).unwrap()
    }

    #[test]
    fn the_middle_of_a_wide_image_is_kept() {
        let square = flag().fitted(shape(3, 2, 2), false).unwrap();
        assert_eq!(square, [0, 255, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn grey_is_luma_and_colour_of_grey_is_grey() {
        let grey = flag().fitted(shape(1, 2, 4), false).unwrap();
        assert_eq!(grey, [76, 150, 29, 255, 0, 0, 0, 0]);
        let picture = Picture {
            channels: 1,
            height: 1,
            width: 2,
            bytes: vec![7, 9],
        };
        assert_eq!(
            picture.fitted(shape(3, 1, 2), false).unwrap(),
            [7, 7, 7, 9, 9, 9]
        );
    }

    #[test]
    fn rows_become_columns() {
        let turned = flag().fitted(shape(1, 4, 2), true).unwrap();
        assert_eq!(turned, [76, 0, 150, 0, 29, 0, 255, 0]);
    }

    #[test]
    fn an_average_of_all_covered_pixels_is_what_smaller_images_show() {
        // Black and white in turn, 64 columns: without a filter of that width the result would be black or white.
        let bytes = (0..64 * 64).map(|i| if i % 2 == 0 { 0 } else { 255 });
        let picture = Picture {
            channels: 1,
            height: 64,
            width: 64,
            bytes: bytes.collect(),
        };
        let small = picture.fitted(shape(1, 8, 8), false).unwrap();
        assert!(
            small.iter().all(|level| (117..=138).contains(level)),
            "{small:?}"
        );
    }

    #[test]
    fn a_set_is_brought_to_the_shape_with_its_labels() {
        let grid = ImageGrid::new(shape(1, 2, 3), vec![0, 1, 2, 10, 11, 12, 5, 5, 5, 5, 5, 5]);
        let set = ImageSet::from(grid).with_labels(vec![3, 4]);
        let fit = Fit {
            transpose: true,
            ..Fit::default()
        };
        let turned = fit.set(set.clone());
        assert_eq!(turned.shape(), shape(1, 3, 2));
        assert_eq!(turned.image(0).unwrap(), [0, 10, 1, 11, 2, 12]);
        assert_eq!(turned.labels(), Some(&[3, 4][..]));
        assert_eq!(Fit::default().set(set.clone()), set);
        let fit = Fit {
            size: Some("4".parse().unwrap()),
            channels: Some(3),
            transpose: false,
        };
        let large = fit.set(set);
        assert_eq!((large.shape(), large.len()), (shape(3, 4, 4), 2));
        assert_eq!(large.image(1).unwrap(), [5; 48]);
    }
}
