//! The memory layout of activations: the order in which products read them.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use rayon::prelude::*;

use super::level::{dispatch, line};

/// Side of the squares in which matrices are transposed: a cache line.
const SIDE: usize = 16;
/// Features per task of a transposition.
const FEATURES: usize = 16 * SIDE;

/// Rows whose sums are added up together in [`Panels::sums`], whatever the length of a line.
const SUMMED: usize = 64;

/// Values of `[rows, width]` in blocks of as many rows as a line is long; within a block, feature after feature, each a
/// line of rows. In rows that do not exist, inputs and gradients are zero, and outputs are never read.
#[derive(Debug)]
pub struct Panels {
    pub rows: usize,
    pub width: usize,
    line: usize,
    values: Vec<f32>,
}

impl Panels {
    pub fn new(rows: usize, width: usize) -> Self {
        let line = line();
        Self {
            rows,
            width,
            line,
            values: vec![0.0; rows.div_ceil(line) * width * line],
        }
    }

    /// The blocks, each with its number of rows.
    pub fn blocks(&self) -> impl Iterator<Item = (usize, &[f32])> {
        let line = self.line;
        self.values
            .chunks_exact((self.width * line).max(1))
            .enumerate()
            .map(move |(i, block)| ((self.rows - i * line).min(line), block))
    }

    /// The lines of each group of `features` features, in every block.
    pub fn split(&mut self, features: usize) -> Vec<Vec<&mut [f32]>> {
        let mut parts: Vec<Vec<&mut [f32]>> = Vec::new();
        parts.resize_with(self.width.div_ceil(features), Vec::new);
        let line = self.line;
        for block in self.values.chunks_exact_mut((self.width * line).max(1)) {
            for (part, lines) in parts.iter_mut().zip(block.chunks_mut(features * line)) {
                part.push(lines);
            }
        }
        parts
    }

    /// Sets every value in existing rows to `value`.
    pub fn fill(&mut self, value: f32) {
        let (rows, width, line) = (self.rows, self.width, self.line);
        for (i, block) in self
            .values
            .chunks_exact_mut((width * line).max(1))
            .enumerate()
        {
            for values in block.chunks_exact_mut(line) {
                values[..(rows - i * line).min(line)].fill(value);
            }
        }
    }

    /// Reads a row-major matrix.
    pub fn read(&mut self, rows: &[f32]) {
        let (width, line) = (self.width.max(1), self.line);
        self.values
            .par_chunks_exact_mut(width * line)
            .zip(rows.par_chunks(width * line))
            .for_each(|(block, rows)| {
                let lines = block.par_chunks_mut(FEATURES * line).enumerate();
                lines.for_each(|(i, lines)| {
                    let (count, features) = (rows.len() / width, lines.len() / line);
                    transpose(&rows[i * FEATURES..], width, lines, line, count, features);
                });
            });
    }

    /// Writes a row-major matrix.
    pub fn write(&self, rows: &mut [f32]) {
        let (width, line) = (self.width.max(1), self.line);
        self.values
            .par_chunks_exact(width * line)
            .zip(rows.par_chunks_mut(width * line))
            .for_each(|(block, rows)| {
                let parts = rows.par_chunks_mut(SIDE * width).enumerate();
                parts.for_each(|(i, rows)| {
                    let count = rows.len() / width;
                    transpose(&block[i * SIDE..], line, rows, width, width, count);
                });
            });
    }

    /// Replaces each value by `f` of it and the corresponding value of `other`.
    pub fn combine(&mut self, other: &Self, f: impl Fn(f32, f32) -> f32) {
        for (value, other) in self.values.iter_mut().zip(&other.values) {
            *value = f(*value, *other);
        }
    }

    /// The sum of each feature over all rows, in the order of the rows' lanes.
    pub fn sums(&self, out: &mut [f32]) {
        const LANES: usize = 16;
        out.fill(0.0);
        let blocks: Vec<(usize, &[f32])> = self.blocks().collect();
        for blocks in blocks.chunks(SUMMED / self.line) {
            for (feature, sum) in out.iter_mut().enumerate() {
                let mut lanes = [0.0_f32; LANES];
                for (rows, block) in blocks {
                    let values = &block[feature * self.line..][..*rows];
                    let (chunks, rest) = values.as_chunks::<LANES>();
                    for chunk in chunks {
                        for (lane, value) in lanes.iter_mut().zip(chunk) {
                            *lane += value;
                        }
                    }
                    for (lane, value) in lanes.iter_mut().zip(rest) {
                        *lane += value;
                    }
                }
                *sum += lanes.iter().sum::<f32>();
            }
        }
    }
}

/// Values of `[rows, width]` in panels of as many features as a line is long; within a panel, row after row, each a line of features.
#[derive(Debug)]
pub struct Lines {
    pub rows: usize,
    pub width: usize,
    line: usize,
    values: Vec<f32>,
}

impl Lines {
    pub fn new(rows: usize, width: usize) -> Self {
        let line = line();
        Self {
            rows,
            width,
            line,
            values: vec![0.0; width.div_ceil(line) * rows * line],
        }
    }

    /// The panels, each with its number of features.
    pub fn panels(&self) -> impl Iterator<Item = (usize, &[f32])> {
        let line = self.line;
        self.values
            .chunks_exact((self.rows * line).max(1))
            .enumerate()
            .map(move |(i, panel)| ((self.width - i * line).min(line), panel))
    }

    /// Reads a row-major matrix.
    pub fn read(&mut self, rows: &[f32]) {
        let (width, line) = (self.width, self.line);
        self.each_panel(|from, count, panel| {
            for (values, row) in panel.chunks_exact_mut(line).zip(rows.chunks_exact(width)) {
                values[..count].copy_from_slice(&row[from..from + count]);
            }
        });
    }

    /// Reads panels of the same shape.
    pub fn turn(&mut self, panels: &Panels) {
        let line = self.line;
        self.each_panel(|from, count, panel| {
            for ((rows, block), lines) in panels.blocks().zip(panel.chunks_mut(line * line)) {
                transpose(&block[from * line..], line, lines, line, count, rows);
            }
        });
    }

    /// Calls `write` with every panel: its first feature, its number of features, its values.
    fn each_panel(&mut self, write: impl Fn(usize, usize, &mut [f32]) + Sync) {
        let (width, line) = (self.width, self.line);
        self.values
            .par_chunks_exact_mut((self.rows * line).max(1))
            .enumerate()
            .for_each(|(i, panel)| write(i * line, (width - i * line).min(line), panel));
    }
}

/// `to[c][r] = from[r][c]` for `rows` rows of `columns`; rows begin every `from_stride` and `to_stride` values.
fn transpose(
    from: &[f32],
    from_stride: usize,
    to: &mut [f32],
    to_stride: usize,
    rows: usize,
    columns: usize,
) {
    // Compiled for the machine's vectors: a line of a square is one vector.
    dispatch(
        #[inline(always)]
        || squares(from, from_stride, to, to_stride, rows, columns),
    );
}

#[inline(always)]
fn squares(
    from: &[f32],
    from_stride: usize,
    to: &mut [f32],
    to_stride: usize,
    rows: usize,
    columns: usize,
) {
    // A square at a time, so that no cache line is fetched more than once.
    for row in (0..rows).step_by(SIDE) {
        let height = SIDE.min(rows - row);
        for column in (0..columns).step_by(SIDE) {
            let width = SIDE.min(columns - column);
            if height == SIDE && width == SIDE {
                let mut square = [[0.0; SIDE]; SIDE];
                for (i, line) in square.iter_mut().enumerate() {
                    let at = (row + i) * from_stride + column;
                    line.copy_from_slice(&from[at..at + SIDE]);
                }
                let turned: [[f32; SIDE]; SIDE] =
                    std::array::from_fn(|j| std::array::from_fn(|i| square[i][j]));
                for (j, line) in turned.iter().enumerate() {
                    let at = (column + j) * to_stride + row;
                    to[at..at + SIDE].copy_from_slice(line);
                }
            } else {
                for i in 0..height {
                    for j in 0..width {
                        to[(column + j) * to_stride + row + i] =
                            from[(row + i) * from_stride + column + j];
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: usize, width: usize) -> Vec<f32> {
        (0..rows * width).map(|i| i as f32).collect()
    }

    #[test]
    fn values_survive_a_round_trip() {
        for (rows, width) in [(1, 1), (64, 16), (70, 33), (130, 100)] {
            let values = matrix(rows, width);
            let mut panels = Panels::new(rows, width);
            panels.read(&values);
            let mut back = vec![0.0; values.len()];
            panels.write(&mut back);
            assert_eq!(back, values);
        }
    }

    #[test]
    fn lines_from_rows_and_from_panels_agree() {
        for (rows, width) in [(1, 1), (64, 64), (70, 33), (130, 100)] {
            let values = matrix(rows, width);
            let mut panels = Panels::new(rows, width);
            panels.read(&values);
            let (mut read, mut turned) = (Lines::new(rows, width), Lines::new(rows, width));
            read.read(&values);
            turned.turn(&panels);
            assert_eq!(read.values, turned.values);
        }
    }

    #[test]
    fn sums_ignore_padding_rows() {
        let mut panels = Panels::new(70, 2);
        panels.fill(1.0);
        let mut sums = [9.0; 2];
        panels.sums(&mut sums);
        assert_eq!(sums.map(f32::to_bits), [70.0_f32; 2].map(f32::to_bits));
        assert!(panels.values.iter().filter(|v| **v != 0.0).count() == 140);
    }
}
