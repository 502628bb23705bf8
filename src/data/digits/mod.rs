//! The built-in digits: handwritten-looking 28×28 images, drawn instead of downloaded.
//!
//! Each image has its own [`Stream`], named by its index. So image 17 of a seed is the same image for any number of
//! images and threads, and the sets can be drawn in parallel.
//!
//! `glyphs` has the strokes (`stroke`) of each class in several habits; `hand` varies them; `pen` puts ink on the page.

mod glyphs;
mod hand;
mod pen;
mod stroke;

use rayon::prelude::*;

use super::image_set::ImageSet;
use crate::protocol::ImageGrid;
use crate::rng::Stream;
use crate::shape::ImageShape;

/// The shape of the digits: that of MNIST's.
pub const SHAPE: ImageShape = ImageShape::MNIST;

/// Draws `count` labelled digits of `seed`. `set` names the set ("train"), so that two sets share no image.
///
/// Class `i % 10` for image `i`, so all classes are equally frequent; [`Loader`](super::Loader) shuffles batches.
#[must_use]
pub fn generate(seed: u64, set: &str, count: usize) -> ImageSet {
    let mut pixels = vec![0; count * SHAPE.values()];
    pixels
        .par_chunks_exact_mut(SHAPE.values())
        .enumerate()
        .for_each(|(index, image)| {
            let mut rng = Stream::new(seed, &format!("digits {set} {index}"));
            draw(class_of(index), &mut rng, image);
        });
    let labels: Vec<u16> = (0..count).map(|index| class_of(index) as u16).collect();
    ImageSet::from(ImageGrid::new(SHAPE, pixels)).with_labels(labels)
}

fn class_of(index: usize) -> usize {
    index % glyphs::CLASSES
}

/// Draws one digit into an empty image.
fn draw(class: usize, rng: &mut Stream, image: &mut [u8]) {
    let strokes = hand::write(&glyphs::strokes(class, rng), rng);
    pen::ink(&strokes, rng.between(0.95, 1.35), image);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    const SIDE: usize = SHAPE.width();
    const BYTES: usize = SHAPE.values();

    #[test]
    fn a_seed_draws_the_same_digits_on_any_number_of_threads() {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| generate(3, "train", 50))
        };
        assert_eq!(on(1), on(3));
        let more = generate(3, "train", 60);
        assert_eq!(on(1).pixels()[..], more.pixels()[..50 * BYTES]);
        assert_ne!(more.pixels(), generate(4, "train", 60).pixels());
        assert_ne!(more.pixels(), generate(3, "test", 60).pixels());
    }

    #[test]
    fn digits_are_placed_as_in_mnist() {
        let set = generate(0, "train", 2000);
        let mut sum = 0.0;
        for index in 0..set.len() {
            let image = set.image(index).unwrap();
            let (mut mass, mut x, mut y) = (0.0, 0.0, 0.0);
            for (i, &pixel) in image.iter().enumerate() {
                let ink = f64::from(pixel);
                mass += ink;
                x += ink * ((i % SIDE) as f64 + 0.5);
                y += ink * ((i / SIDE) as f64 + 0.5);
            }
            sum += mass / 255.0 / BYTES as f64;
            let (x, y) = (x / mass, y / mass);
            assert!(
                (x - 14.0).abs() < 1.5 && (y - 14.0).abs() < 1.5,
                "image {index}: centre of mass {x:.1}, {y:.1}"
            );
            // In MNIST the outermost ring is nearly always empty.
            let edge = (0..SIDE).all(|i| {
                let last = SIDE - 1;
                [i, last * SIDE + i, i * SIDE, i * SIDE + last]
                    .iter()
                    .all(|&at| image[at] == 0)
            });
            assert!(edge, "image {index} touches the edge");
        }
        let mean = sum / set.len() as f64;
        // MNIST has 0.1307.
        assert!((0.115..0.150).contains(&mean), "{mean}");
    }

    /// A classifier that knows only the mean image of each class must recognise most digits of other hands: classes
    /// look different from each other and alike within.
    #[test]
    fn classes_are_distinguishable() {
        let (train, test) = (generate(0, "train", 3000), generate(0, "test", 500));
        let mut means = vec![[0.0_f32; BYTES]; glyphs::CLASSES];
        for index in 0..train.len() {
            let mean = &mut means[class_of(index)];
            for (mean, &pixel) in mean.iter_mut().zip(train.image(index).unwrap()) {
                *mean += f32::from(pixel) / 300.0;
            }
        }
        let distance = |image: &[u8], mean: &[f32]| -> f32 {
            image
                .iter()
                .zip(mean)
                .map(|(&pixel, mean)| (f32::from(pixel) - mean).powi(2))
                .sum()
        };
        let right = (0..test.len()).filter(|&index| {
            let image = test.image(index).unwrap();
            let near = (0..glyphs::CLASSES)
                .min_by(|&a, &b| distance(image, &means[a]).total_cmp(&distance(image, &means[b])));
            near == test.label(index).map(usize::from)
        });
        let share = right.count() as f64 / test.len() as f64;
        // On MNIST this classifier reaches 0.82.
        assert!(share > 0.75, "{share}");
    }
}
