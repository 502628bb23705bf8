//! Unsure share: samples whose likeliest class has a probability of less than 0.9 according to the judge: blurs,
//! mixtures, scribbles.

use super::{Measure, Needs};
use crate::eval::Matrix;
use crate::metric::quality;

/// Minimum probability for the judge to be sure.
const SURE: f64 = 0.9;

pub(super) const MEASURE: Measure = Measure {
    quantities: &[quality::UNSURE],
    needs: Needs::Logits,
    values: |case| Ok(vec![unsure(&case.samples.probabilities().unwrap_or_default())].into()),
};

/// The share of columns without a probability of at least 0.9.
fn unsure(probabilities: &Matrix) -> f64 {
    let unsure = probabilities.column_iter().filter(|p| p.max() < SURE);
    unsure.count() as f64 / probabilities.ncols() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sure_begins_at_nine_tenths() {
        let p = Matrix::from_column_slice(2, 4, &[0.9, 0.1, 0.11, 0.89, 0.5, 0.5, 0.0, 1.0]);
        assert!((unsure(&p) - 0.5).abs() < 1e-12);
    }
}
