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
use crate::data::IMAGE_BYTES;
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
        let probes = originals.probes;
        let probes = &probes[..probes.len().min(MOST * IMAGE_BYTES)];
        Ok(measured(probes, originals.training, originals.held_out))
    },
};

/// The ratio, and the number of samples left out.
fn measured(probes: &[u8], training: &[u8], held_out: &[u8]) -> Measured {
    let ratios = ratios(probes, training, held_out);
    let all = probes.len() / IMAGE_BYTES;
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
fn ratios(probes: &[u8], near: &[u8], far: &[u8]) -> Vec<f64> {
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
fn nearest(probes: &[u8], images: &[u8]) -> Vec<u64> {
    let columns = |of: &[u8]| {
        let values = of.iter().map(|&p| f32::from(p));
        DMatrix::from_iterator(IMAGE_BYTES, of.len() / IMAGE_BYTES, values)
    };
    let wanted = columns(probes);
    let none = || vec![(f32::INFINITY, 0_usize); wanted.ncols()];
    let found = images
        .par_chunks(AT_ONCE * IMAGE_BYTES)
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
    let image = |index: usize| &images[index * IMAGE_BYTES..][..IMAGE_BYTES];
    probes
        .chunks_exact(IMAGE_BYTES)
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
    use super::*;
    use crate::rng::Stream;

    fn noise(images: usize, stream: &mut Stream) -> Vec<u8> {
        let mut pixel = || stream.below(256) as u8;
        (0..images * IMAGE_BYTES).map(|_| pixel()).collect()
    }

    #[test]
    fn the_nearest_is_found_among_many_blocks() {
        let mut stream = Stream::new(5, "test");
        let images = noise(2 * AT_ONCE + 7, &mut stream);
        let probes = noise(3, &mut stream);
        let expected: Vec<u64> = probes
            .chunks_exact(IMAGE_BYTES)
            .map(|probe| {
                let images = images.chunks_exact(IMAGE_BYTES);
                images
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
        let ratio = |probes: &[u8]| {
            let found = measured(probes, &training, &held_out);
            (found.values[0], found.note)
        };
        let (found, note) = ratio(&strangers);
        assert!((found - 1.0).abs() < 0.05 && note.is_none(), "{found}");
        assert!(ratio(&training[..20 * IMAGE_BYTES]).0.abs() < 1e-12);

        // Probes that equal held-out images are left out.
        let some = &held_out[..20 * IMAGE_BYTES];
        let (none, note) = ratio(some);
        assert!(none.is_nan(), "{none}");
        assert!(note.is_some_and(|n| n.contains("the 20 samples looked at are themselves")));
        let (without, note) = ratio(&[&strangers[..], some].concat());
        assert!((without - found).abs() < 1e-12, "{without}");
        assert!(note.is_some_and(|n| n.contains("20 of 40 samples are themselves")));
        let both = &measured(some, &held_out, &held_out);
        assert_eq!((both.values[0], &both.note), (1.0, &None));
        assert!(measured(&[], &training, &held_out).values[0].is_nan());
    }

    #[test]
    fn the_median_of_an_even_number_lies_in_the_middle() {
        // Distances to black are 0 and 2, to white 2 and 0 in one pixel; two probes are in between.
        let image = |value: u8| {
            let mut image = vec![0; IMAGE_BYTES];
            image[0] = value;
            image
        };
        let probes = [image(1), image(2)].concat();
        let expected = f64::midpoint(1.0 / 3.0, 2.0 / 2.0);
        let found = median(ratios(&probes, &image(0), &image(4))).unwrap_or_default();
        assert!((found - expected).abs() < 1e-12);
    }
}
