//! Kernel distance (Bińkowski et al. 2018): the squared maximum mean discrepancy under the kernel k(x, y) = (x·y/d + 1)³, in
//! its unbiased form
//!
//! Σᵢ≠ⱼ k(xᵢ, xⱼ) / m(m−1) + Σᵢ≠ⱼ k(yᵢ, yⱼ) / m(m−1) − 2 Σᵢⱼ k(xᵢ, yⱼ) / m²,
//!
//! as mean and deviation over 100 pairs of subsets of m = 1,000 sampled without replacement (all images if there are
//! fewer). It is unbiased for any n; equal distributions give values around 0, also negative ones.

use rayon::prelude::*;

use super::{Measure, Needs};
use crate::eval::Matrix;
use crate::metric::quality;
use crate::rng::Stream;

/// Number of pairs of subsets.
const SUBSETS: usize = 100;

/// Images per subset.
const SIZE: usize = 1000;

pub(super) const MEASURE: Measure = Measure {
    quantities: &[quality::KID, quality::KID_DEVIATION],
    needs: Needs::Features,
    values: |case| {
        let (real, samples) = (case.real.features(), case.samples.features());
        let subsets = Subsets::draw(real.ncols(), samples.ncols(), &mut case.stream("kid"));
        let (mean, deviation) = kernel_distance(real, samples, &subsets);
        Ok(vec![mean, deviation].into())
    },
};

/// Pairs of subsets: columns of one set and equally many of the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subsets(pub Vec<(Vec<usize>, Vec<usize>)>);

impl Subsets {
    /// 100 pairs of up to 1,000 each, from sets of these sizes.
    #[must_use]
    pub fn draw(one: usize, other: usize, stream: &mut Stream) -> Self {
        let size = SIZE.min(one).min(other);
        let mut some = |of: usize| {
            let mut all: Vec<usize> = (0..of).collect();
            stream.shuffle(&mut all);
            all.truncate(size);
            all
        };
        Self((0..SUBSETS).map(|_| (some(one), some(other))).collect())
    }
}

/// Mean and standard deviation of the unbiased estimate over pairs of subsets of the columns of `one` and `other`.
#[must_use]
pub fn kernel_distance(one: &Matrix, other: &Matrix, subsets: &Subsets) -> (f64, f64) {
    let estimates: Vec<f64> = subsets
        .0
        .par_iter()
        .map(|(a, b)| estimate(&one.select_columns(a), &other.select_columns(b)))
        .collect();
    let n = estimates.len() as f64;
    let mean = estimates.iter().sum::<f64>() / n;
    let variance = estimates.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

/// The unbiased estimate from equally many columns of both.
fn estimate(x: &Matrix, y: &Matrix) -> f64 {
    let m = x.ncols() as f64;
    let (xt, yt) = (x.transpose(), y.transpose());
    let within = |t: &Matrix, of: &Matrix| {
        let kernel = kernel(t, of);
        (kernel.sum() - kernel.trace()) / (m * (m - 1.0))
    };
    within(&xt, x) + within(&yt, y) - 2.0 * kernel(&xt, y).sum() / (m * m)
}

/// k of each column of `x`, given transposed, with each of `y`.
fn kernel(x: &Matrix, y: &Matrix) -> Matrix {
    let d = y.nrows() as f64;
    let mut products = x * y;
    products.apply(|p| *p = (*p / d + 1.0).powi(3));
    products
}
