//! Memorisation: the distance of a sample to the nearest training image over that to the nearest held-out image, in
//! pixels; the median over the samples. A generator that copies comes close to training images but not to held-out
//! ones.
//!
//! There are fewer held-out images, so the nearest training image is closer to anything. The floor shows the size of
//! this effect: it is measured with half of the held-out images in place of samples, compared with the other half. A
//! median below 0.8 of the floor means copies. (Against a subset of the training images as large as the held-out set,
//! the floor would be 1, but five of six copies of MNIST images would go unnoticed.)
//!
//! A sample that equals one of the held-out images is left out; if all samples do, there is no ratio. A sample that
//! occurs in both sets counts as 1.
//!
//! Only the first 2,000 samples are used. The nearest image is found in f32; its distance is exact.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::{Measure, Measured, Needs};
use crate::data::ImageSet;
use crate::metric::quality;

/// Maximum number of samples used.
const MOST: usize = 2000;

/// Images compared with all samples at a time.
const AT_ONCE: usize = 500;

pub(super) const MEASURE: Measure = Measure {
    quantities: &[quality::MEMORISATION],
    needs: Needs::Images,
    values: |case| {
        let Some(originals) = &case.originals else {
            return Ok(vec![f64::NAN].into());
        };
        let probes = originals.probes.part(0..MOST);
        Ok(measured(&probes, originals.training, originals.held_out))
    },
};

/// The ratio, and the number of samples left out.
fn measured(probes: &ImageSet, training: &ImageSet, held_out: &ImageSet) -> Measured {
    let ratios = ratios(probes, training, held_out);
    let all = probes.len();
    let left_out = all - ratios.len();
    let note = match left_out {
        0 => None,
        _ if left_out == all => Some(format!(
            "no memorisation ratio: the {all} samples looked at are themselves among the held-out images that they would \
             be held against"
        )),
        _ => Some(format!(
            "memorisation ratio: {left_out} of {all} samples are themselves among the held-out images, and are left out"
        )),
    };
    Measured {
        values: vec![median(ratios).unwrap_or(f64::NAN)],
        note,
    }
}

/// For each probe the distance to the nearest of `near` over that to the nearest of `far`; without the probes that
/// occur in `far` but not in `near`.
fn ratios(probes: &ImageSet, near: &ImageSet, far: &ImageSet) -> Vec<f64> {
    let distances = nearest(probes, near).into_iter().zip(nearest(probes, far));
    distances
        .filter_map(|(near, far)| {
            if near == far {
                Some(1.0)
            } else if far == 0 {
                None
            } else {
                Some((near as f64 / far as f64).sqrt())
            }
        })
        .collect()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    Some(if values.len().is_multiple_of(2) {
        f64::midpoint(values[middle - 1], upper)
    } else {
        upper
    })
}

/// The squared distance of each probe to the nearest of the images.
fn nearest(probes: &ImageSet, images: &ImageSet) -> Vec<u64> {
    let size = images.shape().values();
    let columns = |of: &[u8]| {
        let values = of.iter().map(|&p| f32::from(p));
        DMatrix::from_iterator(size, of.len() / size, values)
    };
    let wanted = columns(probes.pixels());
    let none = || vec![(f32::INFINITY, 0_usize); wanted.ncols()];
    let found = images
        .pixels()
        .par_chunks(AT_ONCE * size)
        .enumerate()
        .fold(none, |mut best, (block, images)| {
            let block_columns = columns(images);
            let squares: Vec<f32> = block_columns
                .column_iter()
                .map(|image| image.norm_squared())
                .collect();
            let products = block_columns.transpose() * &wanted;
            for (best, products) in best.iter_mut().zip(products.column_iter()) {
                for (index, (product, square)) in products.iter().zip(&squares).enumerate() {
                    // The probe's own square is the same for all images.
                    let distance = square - 2.0 * product;
                    if distance < best.0 {
                        *best = (distance, block * AT_ONCE + index);
                    }
                }
            }
            best
        })
        .reduce(none, |mut one, other| {
            for (a, b) in one.iter_mut().zip(other) {
                if b.0 < a.0 {
                    *a = b;
                }
            }
            one
        });
    let image = |index: usize| images.image(index).unwrap_or_default();
    probes
        .pixels()
        .chunks_exact(size)
        .zip(found)
        .map(|(probe, (_, index))| squared_distance(probe, image(index)))
        .collect()
}

fn squared_distance(a: &[u8], b: &[u8]) -> u64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2))
        .sum()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::protocol::ImageGrid;
    use crate::rng::Stream;
    use crate::shape::ImageShape;

    fn images(pixels: Vec<u8>) -> ImageSet {
        ImageGrid::new(ImageShape::new(3, 20, 13).unwrap(), pixels).into()
    }

    fn noise(count: usize, stream: &mut Stream) -> ImageSet {
        let size = images(Vec::new()).shape().values();
        let pixel = |_| stream.below(256) as u8;
        images((0..count * size).map(pixel).collect())
    }

    fn each(of: &ImageSet) -> impl Iterator<Item = &[u8]> {
        (0..of.len()).filter_map(|index| of.image(index))
    }

    #[test]
    fn the_nearest_is_found_among_many_blocks() {
        let mut stream = Stream::new(5, "test");
        let images = noise(2 * AT_ONCE + 7, &mut stream);
        let probes = noise(3, &mut stream);
        let expected: Vec<u64> = each(&probes)
            .map(|probe| {
                each(&images)
                    .map(|image| squared_distance(probe, image))
                    .min()
                    .unwrap_or_default()
            })
            .collect();
        assert_eq!(nearest(&probes, &images), expected);
    }

    #[test]
    fn copies_have_ratio_zero_and_new_images_about_one() {
        let mut stream = Stream::new(6, "test");
        let (training, held_out) = (noise(50, &mut stream), noise(50, &mut stream));
        let strangers = noise(20, &mut stream);
        let ratio = |probes: &ImageSet| {
            let found = measured(probes, &training, &held_out);
            (found.values[0], found.note)
        };
        let (found, note) = ratio(&strangers);
        assert!((found - 1.0).abs() < 0.05 && note.is_none(), "{found}");
        assert!(ratio(&training.part(0..20)).0.abs() < 1e-12);

        // Probes that equal held-out images are left out.
        let some = &held_out.part(0..20);
        let (none, note) = ratio(some);
        assert!(none.is_nan(), "{none}");
        assert!(note.is_some_and(|n| n.contains("the 20 samples looked at are themselves")));
        let (without, note) = ratio(&images([strangers.pixels(), some.pixels()].concat()));
        assert!((without - found).abs() < 1e-12, "{without}");
        assert!(note.is_some_and(|n| n.contains("20 of 40 samples are themselves")));
        let both = &measured(some, &held_out, &held_out);
        assert_eq!((both.values[0], &both.note), (1.0, &None));
        assert!(measured(&images(Vec::new()), &training, &held_out).values[0].is_nan());
    }

    #[test]
    fn the_median_of_an_even_number_lies_in_the_middle() {
        // Distances to black are 0 and 2, to white 2 and 0 in one pixel; two probes are in between.
        let size = images(Vec::new()).shape().values();
        let image = |value: u8| {
            let mut image = vec![0; size];
            image[0] = value;
            image
        };
        let probes = images([image(1), image(2)].concat());
        let expected = f64::midpoint(1.0 / 3.0, 2.0 / 2.0);
        let ratios = ratios(&probes, &images(image(0)), &images(image(4)));
        let found = median(ratios).unwrap_or_default();
        assert!((found - expected).abs() < 1e-12);
    }
}
