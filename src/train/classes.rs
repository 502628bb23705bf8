//! The classes that a conditional run generates images of.

use serde::{Deserialize, Serialize};

use crate::data::ImageSet;
use crate::rng::Stream;

/// Names of classes, and how many images of the data each has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classes {
    names: Vec<String>,
    images: Vec<u64>,
}

impl Classes {
    /// Those of labelled images. A class without a name is called by its number.
    #[must_use]
    pub fn of(images: &ImageSet, names: &[String]) -> Self {
        let counts = images.class_counts(images.classes());
        let name = |class: usize| names.get(class).cloned();
        Self {
            names: (0..counts.len())
                .map(|class| name(class).unwrap_or_else(|| class.to_string()))
                .collect(),
            images: counts,
        }
    }

    /// Their names, by number.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Returns whether there are none, which never happens.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The class of this name, or of this number if no class has such a name.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<usize> {
        let named = self.names.iter().position(|name| name == text);
        named.or_else(|| text.parse().ok().filter(|class| *class < self.len()))
    }

    /// A class, each as often as in the data.
    #[must_use]
    pub fn draw(&self, stream: &mut Stream) -> usize {
        let all: u64 = self.images.iter().sum();
        let mut at = stream.below(all.max(1) as usize) as u64;
        for (class, images) in self.images.iter().enumerate() {
            if at < *images {
                return class;
            }
            at -= images;
        }
        0
    }
}

/// Fills rows of a generator's input: `latent_dim` numbers from N(0, 1), then for each of `classes` 1 for the row's class and 0
/// for others. Without classes that is one normal number after another.
pub(super) fn fill_latents(
    inputs: &mut [f32],
    (latent_dim, classes): (usize, usize),
    stream: &mut Stream,
    mut class_of: impl FnMut(usize) -> usize,
) {
    if classes == 0 {
        stream.fill_normal(inputs);
        return;
    }
    for (row, input) in inputs.chunks_exact_mut(latent_dim + classes).enumerate() {
        let (latent, one_hot) = input.split_at_mut(latent_dim);
        stream.fill_normal(latent);
        one_hot.fill(0.0);
        if let Some(one) = one_hot.get_mut(class_of(row)) {
            *one = 1.0;
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::protocol::ImageGrid;
    use crate::shape::ImageShape;

    fn classes() -> Classes {
        let shape = ImageShape::new(1, 1, 1).unwrap();
        let images =
            ImageSet::from(ImageGrid::new(shape, vec![0; 6])).with_labels(vec![2, 0, 2, 2, 0, 2]);
        Classes::of(&images, &["cat".to_owned(), "3".to_owned()])
    }

    #[test]
    fn a_class_is_found_by_name_and_else_by_number() {
        let classes = classes();
        assert_eq!(classes.names(), ["cat", "3", "2"]);
        let found = |text: &str| classes.find(text);
        assert_eq!(
            (
                found("cat"),
                found("3"),
                found("2"),
                found("0"),
                found("7"),
                found("dog")
            ),
            (Some(0), Some(1), Some(2), Some(0), None, None)
        );
    }

    #[test]
    fn classes_are_drawn_as_often_as_in_the_data() {
        let (classes, mut stream) = (classes(), Stream::new(0, "test"));
        let mut drawn = [0; 3];
        for _ in 0..6000 {
            drawn[classes.draw(&mut stream)] += 1;
        }
        assert_eq!(drawn[1], 0);
        assert!((1800..2200).contains(&drawn[0]), "{drawn:?}");
    }

    #[test]
    fn latents_end_in_the_class_and_without_classes_are_as_before() {
        let mut inputs = vec![9.0; 2 * 5];
        fill_latents(&mut inputs, (2, 3), &mut Stream::new(0, "z"), |row| row + 1);
        assert_eq!(inputs[2..5], [0.0, 1.0, 0.0]);
        assert_eq!(inputs[7..], [0.0, 0.0, 1.0]);
        let mut plain = vec![0.0; 4];
        fill_latents(&mut plain, (2, 0), &mut Stream::new(0, "z"), |_| 0);
        assert_eq!(plain[..2], inputs[..2]);
    }
}
