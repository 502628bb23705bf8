//! Stacked MNIST: a digit of MNIST in each colour channel, which makes a thousand classes. It shows how many modes a generator
//! finds (Metz et al. 2017, Unrolled Generative Adversarial Networks; Lin et al. 2018, `PacGAN`).

use super::{Classes, Entry, Origin, mnist};
use crate::data::image_set::{ImageSet, ImageSets};
use crate::data::pixels::Pixels;
use crate::memory::Block;
use crate::rng::Stream;
use crate::shape::ImageShape;

/// The shape of a digit.
const DIGIT: ImageShape = mnist::ENTRY.shape;

pub(super) const ENTRY: Entry = Entry {
    name: "stacked-mnist",
    title: "Stacked MNIST",
    about: "three digits of MNIST in the colour channels, made of MNIST",
    classes: Classes::Numbered(1000),
    shape: ImageShape::known(3, DIGIT.height(), DIGIT.width()),
    train_images: 60_000,
    test_images: 10_000,
    origin: Origin::Made {
        of: &mnist::ENTRY,
        make,
    },
};

/// Independent of a run's seed: the dataset is the same for every run, so that runs can be compared.
const SEED: u64 = 0;

fn make(entry: &Entry, digits: &ImageSets) -> ImageSets {
    let stacked = |digits: &ImageSet, set: &str| stack(digits, entry.shape, set);
    ImageSets {
        train: stacked(&digits.train, "train"),
        test: digits.test.as_ref().map(|test| stacked(test, "test")),
    }
}

/// As many stacks as there are digits: each digit is once in red, once in green and once in blue. The label is 100·red + 10·green
/// + blue.
fn stack(digits: &ImageSet, shape: ImageShape, set: &str) -> ImageSet {
    let mut stream = Stream::new(SEED, &format!("stacked-mnist {set}"));
    let orders: [Vec<u32>; 3] = std::array::from_fn(|_| {
        let mut order: Vec<u32> = (0..digits.len() as u32).collect();
        stream.shuffle(&mut order);
        order
    });
    let mut pixels = Block::zeroed(digits.len() * shape.values());
    let mut labels = vec![0; digits.len()];
    for (i, image) in pixels.chunks_exact_mut(shape.values()).enumerate() {
        for (channel, order) in orders.iter().enumerate() {
            let digit = order[i] as usize;
            labels[i] = labels[i] * 10 + digits.label(digit).unwrap_or_default();
            let grey = digits.image(digit).unwrap_or_default();
            for (pixel, level) in image.chunks_exact_mut(3).zip(grey) {
                pixel[channel] = *level;
            }
        }
    }
    ImageSet::of(shape, Pixels::of(pixels)).with_labels(labels)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;
    use crate::data::digits;

    #[test]
    fn each_digit_is_once_in_each_channel_and_labels_are_read_as_red_green_blue() {
        let digits = digits::generate(0, "test", 50);
        let stacked = stack(&digits, ENTRY.shape, "train");
        assert_eq!((stacked.len(), stacked.shape().channels()), (50, 3));
        let mut seen = vec![[0; 3]; 50];
        for i in 0..50 {
            let image = stacked.image(i).unwrap();
            let label = stacked.label(i).unwrap();
            for channel in 0..3 {
                let plane: Vec<u8> = image.iter().skip(channel).step_by(3).copied().collect();
                let digit = (0..50)
                    .find(|d| digits.image(*d).unwrap() == plane)
                    .unwrap();
                seen[digit][channel] += 1;
                let named = label / [100, 10, 1][channel] % 10;
                assert_eq!(named, digits.label(digit).unwrap());
            }
        }
        assert!(seen.iter().all(|times| *times == [1; 3]));
        assert_ne!(stacked, stack(&digits, ENTRY.shape, "test"));
    }
}
