//! Squared distances between features, computed for a few columns at a time, because all distances would not fit into
//! memory.

use rayon::prelude::*;

use super::Matrix;

/// Columns processed at a time.
const AT_ONCE: usize = 64;

/// Below this share of the squared lengths of two vectors, their squared distance is considered rounding error: equal
/// vectors have a distance of exactly 0.
const ROUNDING: f64 = 1e-13;

/// Calls `see` with the index of each column of `from` and its squared distances to all columns of `to`. Columns are
/// distributed over threads, each of which begins with a value of `start`; `join` combines their results.
pub(super) fn each<T: Send>(
    from: &Matrix,
    to: &Matrix,
    start: impl Fn() -> T + Sync + Send,
    see: impl Fn(&mut T, usize, &[f64]) + Sync + Send,
    join: impl Fn(T, T) -> T + Sync + Send,
) -> T {
    let squares = |of: &Matrix| -> Vec<f64> {
        of.column_iter()
            .map(|column| column.norm_squared())
            .collect()
    };
    let (from_squares, to_squares) = (squares(from), squares(to));
    let transposed = to.transpose();
    (0..from.ncols().div_ceil(AT_ONCE))
        .into_par_iter()
        .fold(&start, |mut state, block| {
            let first = block * AT_ONCE;
            let count = AT_ONCE.min(from.ncols() - first);
            let mut products = &transposed * from.columns(first, count);
            let columns = products.as_mut_slice().chunks_exact_mut(to.ncols());
            for (index, column) in (first..).zip(columns) {
                for (value, other) in column.iter_mut().zip(&to_squares) {
                    let both = from_squares[index] + other;
                    let distance = both - 2.0 * *value;
                    *value = if distance > ROUNDING * both {
                        distance
                    } else {
                        0.0
                    };
                }
                see(&mut state, index, column);
            }
            state
        })
        .reduce(&start, join)
}

/// For each column, the squared distance to its `k`-th neighbour among the others.
pub(super) fn to_neighbour(set: &Matrix, k: usize) -> Vec<f64> {
    let found = each(
        set,
        set,
        Vec::new,
        |found, index, distances| found.push((index, kth(distances, index, k))),
        |mut one, other| {
            one.extend(other);
            one
        },
    );
    let mut radii = vec![0.0; set.ncols()];
    for (index, distance) in found {
        radii[index] = distance;
    }
    radii
}

/// The `k`-th smallest of `distances`, ignoring index `own`; infinity if there are fewer.
fn kth(distances: &[f64], own: usize, k: usize) -> f64 {
    let mut smallest = vec![f64::INFINITY; k];
    for (index, &distance) in distances.iter().enumerate() {
        if distance < smallest[k - 1] && index != own {
            let place = smallest.partition_point(|&s| s <= distance);
            smallest[place..].rotate_right(1);
            smallest[place] = distance;
        }
    }
    smallest[k - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points on a line.
    fn line(places: &[f64]) -> Matrix {
        Matrix::from_row_slice(1, places.len(), places)
    }

    #[test]
    fn a_point_is_not_its_own_neighbour_but_a_duplicate_is() {
        let set = line(&[0.0, 1.0, 1.0, 4.0]);
        assert_eq!(to_neighbour(&set, 1), [1.0, 0.0, 0.0, 9.0]);
        assert_eq!(to_neighbour(&set, 2), [1.0, 1.0, 1.0, 9.0]);
    }

    #[test]
    fn every_column_is_seen_once_with_all_distances() {
        let from: Vec<f64> = (0..150).map(f64::from).collect();
        let to = line(&[3.0, 10.0]);
        let mut seen = each(
            &line(&from),
            &to,
            Vec::new,
            |seen, index, distances| seen.push((index, distances.to_vec())),
            |one, other| [one, other].concat(),
        );
        seen.sort_by_key(|(index, _)| *index);
        for (index, (number, distances)) in seen.iter().enumerate() {
            let place = index as f64;
            assert_eq!(*number, index);
            assert_eq!(*distances, [(place - 3.0).powi(2), (place - 10.0).powi(2)]);
        }
        assert_eq!(seen.len(), 150);
    }

    #[test]
    fn equal_vectors_have_distance_zero_despite_rounding() {
        let set = Matrix::from_column_slice(3, 3, &[0.1, 123.456, -7.89].repeat(3));
        assert_eq!(to_neighbour(&set, 2), [0.0, 0.0, 0.0]);
    }
}
