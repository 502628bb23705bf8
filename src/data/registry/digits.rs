//! The built-in digits.

use super::{Entry, Origin, TEN_DIGITS};
use crate::data::digits;
use crate::data::image_set::ImageSets;

pub(super) const ENTRY: Entry = Entry {
    name: "digits",
    title: "built-in digits",
    about: "handwritten-looking digits that this program draws; needs no download",
    classes: TEN_DIGITS,
    shape: digits::SHAPE,
    train_images: 20_000,
    test_images: 2_000,
    origin: Origin::Generated(generate),
};

/// Independent of a run's seed: the dataset is the same for every run, so that runs can be compared.
const SEED: u64 = 0;

fn generate(entry: &Entry) -> ImageSets {
    ImageSets {
        train: digits::generate(SEED, "train", entry.train_images as usize),
        test: Some(digits::generate(SEED, "test", entry.test_images as usize)),
    }
}
