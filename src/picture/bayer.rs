//! The threshold matrix of ordered dithering (Bayer 1973). It is fixed in place, so that a pixel changes only when the picture
//! does.

/// How many thresholds there are.
pub(super) const THRESHOLDS: usize = 16;

const MATRIX: [[u8; 4]; 4] = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]];

/// The threshold at column `x` of row `y`, from 0 to [`THRESHOLDS`] - 1. In each 4×4 pixels every one occurs once.
pub(super) fn threshold(x: usize, y: usize) -> u8 {
    MATRIX[y % 4][x % 4]
}
