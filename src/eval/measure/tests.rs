//! The measures compared with results of other programs, on features from a formula.
//!
//! FID, KID, classifier score, precision and recall are those of torch-fidelity 0.4.0 (`fid_statistics_to_metric`,
//! `kid_features_to_metric` with its random subsets replaced by the ones below, `isc_features_to_metric` without
//! shuffling, `prc_features_to_metric`), computed in float64. Density, coverage, 1-NN accuracy and the sliced
//! Wasserstein distance were computed with `NumPy` and `SciPy` from their definitions, using complete distance matrices
//! and, for the last one, values repeated to a common length.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::eval::{Matrix, Set};

/// `d` features of `n` images.
fn features(n: usize, d: usize, factor: usize, scale: f64, shift: f64) -> Matrix {
    Matrix::from_fn(d, n, |j, i| {
        let u = (i * i * factor + i * (j + 1) * 37 + j * j * 11) % 101;
        (u as f64 / 101.0 - 0.5) * scale * (1.0 + j as f64 / d as f64) + shift * (j % 3) as f64
    })
}

fn real() -> Set {
    Set::new(features(120, 8, 7, 2.0, 0.1)).unwrap()
}

fn samples() -> Set {
    Set::new(features(150, 8, 13, 2.4, 0.2)).unwrap()
}

/// Six classes of 100 images.
fn judged() -> Set {
    let logits = features(100, 6, 5, 6.0, 0.5);
    Set::new(logits.clone())
        .unwrap()
        .with_logits(logits)
        .unwrap()
}

#[track_caller]
fn assert_close(found: f64, expected: f64, relative: f64) {
    assert!(
        (found - expected).abs() <= relative * expected.abs(),
        "found {found}, expected {expected}"
    );
}

#[test]
fn fid_agrees_with_torch_fidelity() {
    let found = frechet_distance(real().moments(), samples().moments()).unwrap();
    assert_close(found, 0.740_982_127_266_809_3, 1e-9);
}

#[test]
fn kid_agrees_with_torch_fidelity_on_the_same_subsets() {
    let subset = |k: usize, of: usize| (0..40).map(|i| (7 * i + 13 * k) % of).collect();
    let subsets = Subsets((0..5).map(|k| (subset(k, 120), subset(k, 150))).collect());
    let (mean, deviation) = kernel_distance(real().features(), samples().features(), &subsets);
    assert_close(mean, 0.215_951_122_711_605_7, 1e-9);
    assert_close(deviation, 0.131_036_552_098_282_38, 1e-9);
}

#[test]
fn the_score_agrees_with_torch_fidelity_in_the_same_order() {
    let probabilities = judged().probabilities().unwrap();
    let order: Vec<usize> = (0..100).map(|i| 37 * i % 100).collect();
    let score = classifier_score(&probabilities, &order);
    assert_close(score.mean, 2.359_172_114_724_51, 1e-9);
    assert_close(score.deviation, 0.208_699_338_876_816_4, 1e-9);
}

#[test]
fn neighbourhoods_agree_with_complete_distance_matrices() {
    let found = neighbourhoods(&real(), &samples());
    assert_close(found.precision, 131.0 / 150.0, 1e-12);
    assert_close(found.recall, 0.975, 1e-12);
    assert_close(found.density, 0.646_666_666_666_666_7, 1e-12);
    assert_close(found.coverage, 0.866_666_666_666_666_7, 1e-12);
}

#[test]
fn the_two_sample_test_agrees_with_a_complete_distance_matrix() {
    let found = two_sample::accuracy(real().features(), samples().features());
    assert_close(found, 0.741_666_666_666_666_7, 1e-12);
}

#[test]
fn the_sliced_distance_agrees_with_values_repeated_to_a_common_length() {
    let mut directions = Matrix::from_fn(16, 8, |k, j| ((k * 5 + j * 3 + k * j) % 17) as f64 - 7.5);
    for mut row in directions.row_iter_mut() {
        let length = row.norm();
        row.unscale_mut(length);
    }
    let found = sliced::sliced_distance(real().features(), samples().features(), &directions);
    assert_close(found, 0.289_857_734_082_303_53, 1e-9);
}

#[test]
fn measures_of_classes_agree_with_scipy() {
    let set = judged();
    let case = Case {
        real: &set,
        samples: &set,
        prior: Some(&[0.1, 0.1, 0.2, 0.2, 0.2, 0.2]),
        originals: None,
        seed: 0,
    };
    let values = |measure: &Measure| (measure.values)(&case).unwrap().values;
    assert_close(values(&unsure::MEASURE)[0], 0.81, 1e-12);
    let found = values(&modes::MEASURE);
    assert_close(found[0], 6.0, 1e-12);
    assert_close(found[1], 0.115_371_084_413_171_88, 1e-9);
}

#[test]
fn names_are_unique_and_measures_yield_what_they_declare() {
    let quantities = MEASURES.iter().flat_map(|measure| measure.quantities);
    let mut names: Vec<_> = quantities.map(|quantity| quantity.name).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
    let (real, set) = (judged(), judged());
    let case = Case {
        real: &real,
        samples: &set,
        prior: Some(&[0.2; 6]),
        originals: None,
        seed: 1,
    };
    for measure in MEASURES.iter().filter(|measure| case.has(measure.needs)) {
        let values = (measure.values)(&case).unwrap().values;
        assert_eq!(values.len(), measure.quantities.len());
        assert!(values.iter().all(|value| value.is_finite()), "{values:?}");
        assert_eq!(
            (measure.values)(&case).unwrap().values,
            values,
            "drawn from a seed"
        );
    }
    assert!(live().count() > 3);
}
