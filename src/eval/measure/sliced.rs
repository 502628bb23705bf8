//! Sliced Wasserstein distance (Rabin et al. 2011; Bonneel et al. 2015): the root mean square over 128 random
//! directions of the 2-Wasserstein distance of the projections, which is the distance of sorted values. Unlike FID it
//! depends on more than mean and covariance.

use rayon::prelude::*;

use super::{Measure, Needs};
use crate::eval::Matrix;
use crate::metric::quality;
use crate::rng::Stream;

/// Number of random directions.
const DIRECTIONS: usize = 128;

pub(super) const MEASURE: Measure = Measure {
    quantities: &[quality::SWD],
    needs: Needs::Features,
    values: |case| {
        let (real, samples) = (case.real.features(), case.samples.features());
        let directions = directions(real.nrows(), &mut case.stream("swd"));
        Ok(vec![sliced_distance(real, samples, &directions)].into())
    },
};

/// Random unit vectors as rows, `[128, d]`.
fn directions(dimensions: usize, stream: &mut Stream) -> Matrix {
    let mut directions = Matrix::from_fn(DIRECTIONS, dimensions, |_, _| f64::from(stream.normal()));
    for mut row in directions.row_iter_mut() {
        let length = row.norm();
        row.unscale_mut(length);
    }
    directions
}

/// √ of the mean over the directions of the squared 2-Wasserstein distance of the projections.
pub(super) fn sliced_distance(x: &Matrix, y: &Matrix, directions: &Matrix) -> f64 {
    let sorted = |of: &Matrix, direction: usize| {
        let mut values: Vec<f64> = (directions.row(direction) * of).iter().copied().collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let squares: Vec<f64> = (0..directions.nrows())
        .into_par_iter()
        .map(|direction| squared_distance(&sorted(x, direction), &sorted(y, direction)))
        .collect();
    (squares.iter().sum::<f64>() / squares.len() as f64).sqrt()
}

/// The squared 2-Wasserstein distance of two sets of sorted values: ∫₀¹ (F⁻¹ − G⁻¹)². Sets of different size have steps
/// of different width.
fn squared_distance(x: &[f64], y: &[f64]) -> f64 {
    let (n, m) = (x.len(), y.len());
    let (mut i, mut j, mut at, mut sum) = (0, 0, 0, 0.0);
    // Positions are counted in units of 1/(n·m).
    while i < n && j < m {
        let (x_end, y_end) = ((i + 1) * m, (j + 1) * n);
        let end = x_end.min(y_end);
        sum += (end - at) as f64 * (x[i] - y[j]).powi(2);
        at = end;
        i += usize::from(x_end == end);
        j += usize::from(y_end == end);
    }
    sum / (n * m) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_values_are_matched_in_order() {
        assert!((squared_distance(&[0.0, 1.0], &[2.0, 5.0]) - 10.0).abs() < 1e-12);
        // Half of [0] goes to 2 and half to 4.
        assert!((squared_distance(&[0.0], &[2.0, 4.0]) - 10.0).abs() < 1e-12);
        // Thirds against halves: 0–0, 0–6 for a sixth, 3–6 for a sixth, 6–6.
        let (x, y) = ([0.0, 3.0, 6.0], [0.0, 6.0]);
        let expected = (9.0 + 9.0) / 6.0;
        assert!((squared_distance(&x, &y) - expected).abs() < 1e-12);
        assert!(squared_distance(&y, &y).abs() < 1e-12);
    }

    /// Along a unit vector u a shift by s is a shift by s·u, and the mean of (s·u)² over all directions is |s|²/d.
    #[test]
    fn a_shift_is_seen_along_every_direction() {
        let directions = directions(3, &mut Stream::new(1, "test"));
        let x = Matrix::from_fn(3, 20, |i, j| ((i * 7 + j * 13) % 11) as f64);
        let y = x.map_with_location(|row, _, value| if row == 0 { value + 2.0 } else { value });
        let expected = 2.0 * (directions.column(0).norm_squared() / DIRECTIONS as f64).sqrt();
        let found = sliced_distance(&x, &y, &directions);
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }
}
