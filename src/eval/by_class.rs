//! Samples class by class: how many the judge takes for what they were generated as, and how far they are from real images of the
//! same class (the intra-FID of Miyato and Koyama 2018, with the features of this judge).

use super::measure::frechet_distance;
use super::{EvalError, Matrix, Moments, Set};

/// What samples of one class are like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OfClass {
    /// How many there are.
    pub samples: usize,
    /// The share that the judge takes for this class; `None` without samples.
    pub accuracy: Option<f64>,
    /// Fréchet distance to the real images of the class; `None` where either are not more than a feature vector has numbers, as
    /// their covariance then says nothing.
    pub fid: Option<f64>,
}

/// What the samples of each of so many classes are like; empty where their classes, those of the real images, or what the judge
/// takes them for are not known.
///
/// # Errors
/// When the eigenvalues of a covariance cannot be found.
pub(super) fn by_class(
    samples: &Set,
    real: &Set,
    classes: usize,
) -> Result<Vec<OfClass>, EvalError> {
    let (Some(labels), Some(of_real)) = (samples.labels(), real.labels()) else {
        return Ok(Vec::new());
    };
    let Some(found) = samples.classes() else {
        return Ok(Vec::new());
    };
    let (places, real_places) = (places(labels, classes), places(of_real, classes));
    let each = places.iter().zip(&real_places).enumerate();
    each.map(|(class, (places, real_places))| {
        let right = places.iter().filter(|place| found[**place] == class);
        let moments = (moments(samples, places), moments(real, real_places));
        Ok(OfClass {
            samples: places.len(),
            accuracy: (!places.is_empty()).then(|| right.count() as f64 / places.len() as f64),
            fid: match moments {
                (Some(one), Some(other)) => Some(frechet_distance(&other, &one)?),
                _ => None,
            },
        })
    })
    .collect()
}

/// Where the images of each class are.
fn places(labels: &[u16], classes: usize) -> Vec<Vec<usize>> {
    let mut places = vec![Vec::new(); classes];
    for (place, label) in labels.iter().enumerate() {
        if let Some(places) = places.get_mut(usize::from(*label)) {
            places.push(place);
        }
    }
    places
}

/// Mean and covariance of the features of images, if there are more of them than features.
fn moments(set: &Set, places: &[usize]) -> Option<Moments> {
    let features: &Matrix = set.features();
    (places.len() > features.nrows()).then(|| Moments::of(features.select_columns(places)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    /// Two features of `n` images, of classes 0 and 1 in turn: those of class 1 are `shift` further to the right.
    fn set(n: usize, shift: f64) -> Set {
        let value = |i: usize, j: usize| {
            let round = (j / 2) as f64;
            let spread = if i == 0 { round.sin() } else { round.cos() };
            spread + if i == 0 && j % 2 == 1 { shift } else { 0.0 }
        };
        let labels: Vec<u16> = (0..n).map(|j| (j % 2) as u16).collect();
        Set::new(Matrix::from_fn(2, n, value))
            .unwrap()
            .with_labels(Some(&labels))
    }

    #[test]
    fn each_class_is_compared_with_its_own_images() {
        let n = 40;
        let taken_for: Vec<usize> = (0..n).map(|j| usize::from(j % 4 == 1)).collect();
        let samples = set(n, 3.0).with_classes(taken_for, 2);
        let found = by_class(&samples, &set(n, 0.0), 2).unwrap();
        let [zero, one] = found[..] else {
            unreachable!("two classes: {found:?}")
        };
        assert_eq!((zero.samples, one.samples), (20, 20));
        let near = |found: Option<f64>, wanted: f64| (found.unwrap() - wanted).abs() < 1e-9;
        assert!(near(zero.accuracy, 1.0) && near(one.accuracy, 0.5));
        // The same spread around the same mean, and around one that is 3 away.
        assert!(near(zero.fid, 0.0) && near(one.fid, 9.0), "{found:?}");
    }

    #[test]
    fn what_is_not_known_is_not_a_number() {
        let samples = set(10, 0.0).with_classes(vec![0; 10], 3);
        let found = by_class(&samples, &set(40, 0.0), 3).unwrap();
        assert!(found[1].fid.is_some() && found[2].fid.is_none());
        assert!(found[2].accuracy.is_none());
        assert!(
            by_class(&set(10, 0.0), &set(40, 0.0), 3)
                .unwrap()
                .is_empty()
        );
    }
}
