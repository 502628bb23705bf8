//! Fréchet distance (Heusel et al. 2017) between the normal distributions with the means and covariances of the two
//! sets of features,
//!
//! ‖μ₁−μ₂‖² + tr Σ₁ + tr Σ₂ − 2 tr √(Σ₁Σ₂),
//!
//! with covariances of 1/(n−1). Since Σ₁Σ₂ has the eigenvalues of the symmetric Σ₁^½ Σ₂ Σ₁^½, the trace of the root is
//! the sum of their roots; negative ones are rounding errors and count as 0. It is biased upwards for small n: compare
//! only values with equal n, and with the floor.

use super::{Measure, Needs};
use crate::eval::set::Moments;
use crate::eval::{EvalError, Matrix};
use crate::metric::quality;

/// Below this share of the sums their difference is rounding error: eigenvalues of 10⁻¹⁶ have roots of 10⁻⁸.
const ROUNDING: f64 = 1e-9;

pub(super) const MEASURE: Measure = Measure {
    quantities: &[quality::FID],
    needs: Needs::Features,
    values: |case| {
        let distance = frechet_distance(case.real.moments(), case.samples.moments())?;
        Ok(vec![distance].into())
    },
};

/// The same of random features, which is not FID.
pub(super) const RANDOM: Measure = Measure {
    quantities: &[quality::RANDOM_FID],
    needs: Needs::Random,
    values: MEASURE.values,
};

/// The distance between two normal distributions of the same dimension.
///
/// # Errors
/// When the eigenvalues of a covariance cannot be found.
pub fn frechet_distance(one: &Moments, other: &Moments) -> Result<f64, EvalError> {
    let (values, vectors) = eigen(one.covariance.clone())?;
    let mut scaled = vectors.clone();
    for (mut column, value) in scaled.column_iter_mut().zip(&values) {
        column *= value.max(0.0).sqrt();
    }
    let root = scaled * vectors.transpose();
    let (values, _) = eigen(&root * &other.covariance * &root)?;
    let root_trace: f64 = values.iter().map(|value| value.max(0.0).sqrt()).sum();
    let means = (&one.mean - &other.mean).norm_squared();
    let traces = one.covariance.trace() + other.covariance.trace();
    let distance = means + traces - 2.0 * root_trace;
    // A distance is not negative. For two equal sets, the rest of the difference of these sums is rounding error.
    Ok(if distance > ROUNDING * (means + traces) {
        distance
    } else {
        0.0
    })
}

/// Eigenvalues and eigenvectors (columns) of a symmetric matrix.
fn eigen(matrix: Matrix) -> Result<(Vec<f64>, Matrix), EvalError> {
    /// Each eigenvalue takes two or three steps.
    const STEPS: usize = 100_000;
    let found = matrix
        .try_symmetric_eigen(f64::EPSILON, STEPS)
        .ok_or(EvalError::Eigenvalues)?;
    Ok((
        found.eigenvalues.iter().copied().collect(),
        found.eigenvectors,
    ))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn normal(mean: [f64; 2], covariance: [f64; 4]) -> Moments {
        Moments {
            mean: mean.to_vec().into(),
            covariance: Matrix::from_row_slice(2, 2, &covariance),
        }
    }

    /// For diagonal covariances the roots of the products are those of the factors: Σ(√a − √b)².
    #[test]
    fn diagonal_covariances_are_easily_checked_by_hand() {
        let one = normal([1.0, 2.0], [4.0, 0.0, 0.0, 9.0]);
        let other = normal([4.0, -2.0], [1.0, 0.0, 0.0, 25.0]);
        let found = frechet_distance(&one, &other).unwrap();
        assert!((found - (25.0 + 1.0 + 4.0)).abs() < 1e-12, "{found}");
        assert!(frechet_distance(&one, &one).unwrap().abs() < 1e-12);
    }

    #[test]
    fn a_collapsed_set_has_a_distance() {
        let spread = normal([0.0, 0.0], [2.0, 1.0, 1.0, 2.0]);
        let point = normal([0.0, 3.0], [0.0; 4]);
        assert!((frechet_distance(&spread, &point).unwrap() - 13.0).abs() < 1e-12);
        assert!((frechet_distance(&point, &spread).unwrap() - 13.0).abs() < 1e-12);
    }
}
