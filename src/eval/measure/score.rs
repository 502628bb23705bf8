//! Classifier score (the inception score of Salimans et al. 2016, with the judge in place of Inception): exp(mean
//! KL(p(y|x) ‖ p̄)), from 1 to the number of classes, as mean and deviation over 10 shuffled parts. It is high if the
//! class of each image is certain and all classes are equally frequent; it does not detect collapse within a class.

use super::{Measure, Needs};
use crate::eval::Matrix;
use crate::metric::quality;

/// Number of parts.
const PARTS: usize = 10;

pub(super) const MEASURE: Measure = Measure {
    quantities: &[quality::SCORE, quality::SCORE_DEVIATION],
    needs: Needs::Logits,
    values: |case| {
        let probabilities = case.samples.probabilities().unwrap_or_default();
        let mut order: Vec<usize> = (0..case.samples.len()).collect();
        case.stream("score").shuffle(&mut order);
        let score = classifier_score(&probabilities, &order);
        Ok(vec![score.mean, score.deviation].into())
    },
};

/// A score over parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Mean over the parts.
    pub mean: f64,
    /// Standard deviation over the parts.
    pub deviation: f64,
}

/// The score of class probabilities `[classes, n]`, whose columns are taken in this order and split into 10 parts.
#[must_use]
pub fn classifier_score(probabilities: &Matrix, order: &[usize]) -> Score {
    let n = order.len();
    let scores: Vec<f64> = (0..PARTS)
        .map(|part| {
            let part =
                probabilities.select_columns(&order[part * n / PARTS..(part + 1) * n / PARTS]);
            let mean = part.column_mean();
            let divergences = part
                .column_iter()
                .map(|p| divergence(p.iter(), mean.iter()));
            (divergences.sum::<f64>() / part.ncols() as f64).exp()
        })
        .collect();
    let mean = scores.iter().sum::<f64>() / PARTS as f64;
    let variance = scores.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / PARTS as f64;
    Score {
        mean,
        deviation: variance.sqrt(),
    }
}

/// KL(p ‖ q) in nats. Terms with p = 0 are 0; terms with only q = 0 are infinite.
pub(super) fn divergence<'a>(
    p: impl Iterator<Item = &'a f64>,
    q: impl Iterator<Item = &'a f64>,
) -> f64 {
    p.zip(q)
        .filter(|(p, _)| **p > 0.0)
        .map(|(p, q)| p * (p / q).ln())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certain_and_even_classes_score_highest_and_uncertain_ones_score_one() {
        let order: Vec<usize> = (0..40).collect();
        let sure = Matrix::from_fn(4, 40, |class, image| f64::from(image % 4 == class));
        let score = classifier_score(&sure, &order);
        assert!((score.mean - 4.0).abs() < 1e-12 && score.deviation < 1e-12);
        let unsure = Matrix::from_element(4, 40, 0.25);
        assert!((classifier_score(&unsure, &order).mean - 1.0).abs() < 1e-12);
        // One class in each part of four images: certain, but not evenly distributed.
        let sorted = Matrix::from_fn(4, 40, |class, image| f64::from(image / 4 % 4 == class));
        assert!((classifier_score(&sorted, &order).mean - 1.0).abs() < 1e-12);
    }
}
