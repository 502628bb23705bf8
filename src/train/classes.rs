//! The classes that a conditional run generates images of.

use candle_core::{Result, Tensor};
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

/// What networks are given for the class of a row. A vector from N(0, 1) has about this length, √dimension: a class then weighs as
/// much as the latent beside it. With 1 the latent drowns it, and G takes long to tell classes apart.
fn weight(latent_dim: usize) -> f32 {
    (latent_dim as f32).sqrt()
}

/// Writes a row of numbers, one for each class: a weight for its own, and 0 for others.
fn write_class(row: &mut [f32], class: usize, weight: f32) {
    row.fill(0.0);
    if let Some(own) = row.get_mut(class) {
        *own = weight;
    }
}

/// Fills rows of `classes` numbers with the classes of images, as networks with so many latents take them.
pub(super) fn fill_classes(
    rows: &mut [f32],
    (latent_dim, classes): (usize, usize),
    labels: impl Iterator<Item = u16>,
) {
    for (row, label) in rows.chunks_exact_mut(classes.max(1)).zip(labels) {
        write_class(row, usize::from(label), weight(latent_dim));
    }
}

/// Appends the classes of rows `[rows, values]` to them, as [`fill_classes`] writes them; without classes nothing.
pub(super) fn with_classes(
    values: &Tensor,
    labels: Option<&[u16]>,
    (latent_dim, classes): (usize, usize),
) -> Result<Tensor> {
    let Some(labels) = labels.filter(|_| classes > 0) else {
        return Ok(values.clone());
    };
    let mut rows = vec![0.0; labels.len() * classes];
    fill_classes(&mut rows, (latent_dim, classes), labels.iter().copied());
    let rows = Tensor::from_vec(rows, (labels.len(), classes), values.device())?;
    Tensor::cat(&[values, &rows], 1)
}

/// Fills rows of a generator's input: `latent_dim` numbers from N(0, 1), then one for each of `classes`. Without classes that is
/// one normal number after another.
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
        let (latent, class) = input.split_at_mut(latent_dim);
        stream.fill_normal(latent);
        write_class(class, class_of(row), weight(latent_dim));
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
        let mut inputs = vec![9.0; 2 * 7];
        fill_latents(&mut inputs, (4, 3), &mut Stream::new(0, "z"), |row| row + 1);
        assert_eq!(inputs[4..7], [0.0, 2.0, 0.0]);
        assert_eq!(inputs[11..], [0.0, 0.0, 2.0]);
        let mut plain = vec![0.0; 8];
        fill_latents(&mut plain, (4, 0), &mut Stream::new(0, "z"), |_| 0);
        assert_eq!(plain[..4], inputs[..4]);
    }
}
