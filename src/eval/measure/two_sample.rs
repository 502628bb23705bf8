//! 1-NN two-sample test (Lopez-Paz and Oquab 2017): equally many real images and samples are pooled, and each is
//! classified as real or sample by its nearest neighbour. For equal distributions half of them are right; if the sets
//! are distinguishable, all are. Fewer than half means that samples sit on top of real images: copies.
//!
//! At most the first 5,000 of each set are used, since all pairwise distances are needed.

use super::{Measure, Needs};
use crate::eval::Matrix;
use crate::eval::distances::each;
use crate::metric::quality;

/// Maximum number of images of each set.
const MOST: usize = 5000;

pub(super) const MEASURE: Measure = Measure {
    quantities: &[quality::TWO_SAMPLE],
    needs: Needs::Features,
    values: |case| {
        let accuracy = accuracy(case.real.features(), case.samples.features());
        Ok(vec![accuracy].into())
    },
};

/// The share of columns whose nearest other column belongs to the same set. Of the larger set only the first columns
/// are used.
pub(super) fn accuracy(real: &Matrix, samples: &Matrix) -> f64 {
    let n = MOST.min(real.ncols()).min(samples.ncols());
    let mut heap = Matrix::zeros(real.nrows(), 2 * n);
    heap.columns_mut(0, n).copy_from(&real.columns(0, n));
    heap.columns_mut(n, n).copy_from(&samples.columns(0, n));
    let right = each(
        &heap,
        &heap,
        || 0,
        |right, own, distances| {
            let others = distances.iter().enumerate().filter(|(i, _)| *i != own);
            let nearest = others.min_by(|a, b| a.1.total_cmp(b.1));
            *right += usize::from(nearest.is_some_and(|(i, _)| (i < n) == (own < n)));
        },
        |one, other| one + other,
    );
    right as f64 / (2 * n) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(places: &[f64]) -> Matrix {
        Matrix::from_row_slice(1, places.len(), places)
    }

    #[test]
    fn it_is_one_for_separate_sets_and_zero_for_copies() {
        let real = line(&[0.0, 1.0, 2.0, 3.0]);
        let apart = line(&[100.0, 101.0, 102.5, 104.0]);
        let copies = line(&[0.01, 1.01, 2.01, 3.01]);
        assert!((accuracy(&real, &apart) - 1.0).abs() < 1e-12);
        assert!(accuracy(&real, &copies).abs() < 1e-12);
        // 0 and 1 are nearest to each other; 9 and 10 are neighbours from different sets.
        let mixed = accuracy(&line(&[0.0, 1.0, 9.0]), &line(&[10.0, 50.0, 51.0]));
        assert!((mixed - 4.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn sets_of_different_size_are_cut_to_equal_size() {
        let found = accuracy(&line(&[0.0, 1.0, 2.0, 3.0]), &line(&[0.1, 1.1]));
        assert!(found.abs() < 1e-12, "{found}");
    }
}
