//! 1-NN two-sample test (Lopez-Paz and Oquab 2017): as many real images as samples in one heap; each is taken for what its
//! nearest neighbour is. Of equal distributions half are taken right; all are where the two can be distinguished; fewer than
//! half where samples sit on top of real images: copies.
//!
//! It is taken of the first 5,000 of each at most, since the heap's distances are those of all pairs.

use super::{Measure, Needs};
use crate::eval::Matrix;
use crate::eval::distances::each;
use crate::metric::quality;

/// Of each set at most.
const MOST: usize = 5000;

pub(super) const MEASURE: Measure = Measure {
    quantities: &[quality::TWO_SAMPLE],
    needs: Needs::Features,
    values: |case| {
        let accuracy = accuracy(case.real.features(), case.samples.features());
        Ok(vec![accuracy].into())
    },
};

/// The share of both sets' columns, the first of the larger, whose nearest other column is of their own set.
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
    fn it_is_one_apart_and_zero_for_copies() {
        let real = line(&[0.0, 1.0, 2.0, 3.0]);
        let apart = line(&[100.0, 101.0, 102.5, 104.0]);
        let copies = line(&[0.01, 1.01, 2.01, 3.01]);
        assert!((accuracy(&real, &apart) - 1.0).abs() < 1e-12);
        assert!(accuracy(&real, &copies).abs() < 1e-12);
        // 0 and 1 are next to their own; 9 and 10 next to each other.
        let mixed = accuracy(&line(&[0.0, 1.0, 9.0]), &line(&[10.0, 50.0, 51.0]));
        assert!((mixed - 4.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn of_sets_of_different_size_as_many_are_taken() {
        let found = accuracy(&line(&[0.0, 1.0, 2.0, 3.0]), &line(&[0.1, 1.1]));
        assert!(found.abs() < 1e-12, "{found}");
    }
}
