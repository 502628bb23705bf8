//! Rows and columns exchanged.
#![expect(
    clippy::inline_always,
    reason = "where it is used, a block's size is often known"
)]

/// The side of the blocks that are exchanged in registers.
const SIDE: usize = 4;

/// `to[column][row] ← from[row][column]`, for so many rows and columns; each matrix comes with the number of values from one of its rows
/// to the next.
#[inline(always)]
pub fn transpose(
    (from, from_apart): (&[f32], usize),
    (to, to_apart): (&mut [f32], usize),
    (rows, columns): (usize, usize),
) {
    for column in (0..columns).step_by(SIDE) {
        let width = SIDE.min(columns - column);
        for row in (0..rows).step_by(SIDE) {
            let height = SIDE.min(rows - row);
            let from = &from[row * from_apart + column..];
            let to = &mut to[column * to_apart + row..];
            if (height, width) == (SIDE, SIDE) {
                block((from, from_apart), (to, to_apart));
            } else {
                for (i, j) in (0..height).flat_map(|i| (0..width).map(move |j| (i, j))) {
                    to[j * to_apart + i] = from[i * from_apart + j];
                }
            }
        }
    }
}

#[inline(always)]
fn block((from, from_apart): (&[f32], usize), (to, to_apart): (&mut [f32], usize)) {
    let mut rows = [[0.0; SIDE]; SIDE];
    for (i, row) in rows.iter_mut().enumerate() {
        row.copy_from_slice(&from[i * from_apart..][..SIDE]);
    }
    for j in 0..SIDE {
        let column = rows.map(|row| row[j]);
        to[j * to_apart..][..SIDE].copy_from_slice(&column);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_put_where_its_row_and_column_say() {
        for (rows, columns) in [(1, 1), (4, 4), (3, 9), (16, 49), (130, 7)] {
            let (from_apart, to_apart) = (columns + 3, rows + 2);
            let from: Vec<f32> = (0..rows * from_apart).map(|i| i as f32).collect();
            let mut to = vec![-1.0; columns * to_apart];
            transpose((&from, from_apart), (&mut to, to_apart), (rows, columns));
            for (at, value) in to.iter().enumerate() {
                let (column, row) = (at / to_apart, at % to_apart);
                let expected = if row < rows {
                    from[row * from_apart + column]
                } else {
                    -1.0
                };
                assert_eq!(value.to_bits(), expected.to_bits());
            }
        }
    }
}
