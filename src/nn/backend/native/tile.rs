//! The innermost loop of every product: a few rows times a line of columns, with all sums in registers.
//!
//! A tile is `MR` rows by a few vectors of the machine's width. Each step takes one value per row and one line of
//! columns, and adds their products. Sums are always computed in the same order, so results do not depend on the tile,
//! the vector width or the number of threads, provided the machine has fused multiply-add.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use std::cell::RefCell;

use pulp::{Simd, WithSimd};

use super::level::{NARROW, WIDE, dispatch};

/// Rows of a full tile: with four vectors of 16 they use 24 of the 32 registers of AVX-512, with two vectors of 8, 12 of
/// the 16 of AVX2.
pub const STRIP: usize = 6;

/// The rows of a product: `MR` values per step.
///
/// The loop asks for one value at a time, not for all of a step: only then is a value read and spread over a vector by one
/// instruction, which the shuffle unit (one of AVX-512's two multipliers) has no part in.
pub trait Left<const MR: usize> {
    /// Number of steps.
    fn steps(&self) -> usize;
    /// The value of a row at a step.
    fn value(&self, step: usize, row: usize) -> f32;
}

/// Rows as they lie in memory, all equally long.
pub struct Rows<'a, const MR: usize>(pub [&'a [f32]; MR]);

impl<const MR: usize> Left<MR> for Rows<'_, MR> {
    #[inline(always)]
    fn steps(&self) -> usize {
        let steps = self.0.first().map_or(0, |row| row.len());
        // Spares the loop the comparison for each row.
        for row in &self.0 {
            assert!(row.len() == steps);
        }
        steps
    }

    #[inline(always)]
    fn value(&self, step: usize, row: usize) -> f32 {
        self.0[row][step]
    }
}

/// The values of each step side by side.
pub struct Packed<'a, const MR: usize>(pub &'a [[f32; MR]]);

impl<'a, const MR: usize> Packed<'a, MR> {
    /// The strip of `MR` rows from row `at`, of packed rows of `steps` values.
    #[inline(always)]
    pub fn strip(packed: &'a [f32], steps: usize, at: usize) -> Self {
        Self(packed[at * steps..][..MR * steps].as_chunks().0)
    }
}

impl<const MR: usize> Left<MR> for Packed<'_, MR> {
    #[inline(always)]
    fn steps(&self) -> usize {
        self.0.len()
    }

    #[inline(always)]
    fn value(&self, step: usize, row: usize) -> f32 {
        self.0[step][row]
    }
}

/// Receives a vector of sums.
pub trait Finish {
    /// Takes the sums of row `row` starting at column `column` of the line.
    fn put<S: Simd>(&mut self, simd: S, row: usize, column: usize, sums: S::f32s);
}

/// Work on one thread.
pub trait Task {
    /// Does it. `scratch` is memory to reuse, with anything in it.
    fn run<S: Simd>(&mut self, simd: S, scratch: &mut Vec<f32>);
}

/// So many values of memory to reuse, with anything in them.
pub fn room(memory: &mut Vec<f32>, count: usize) -> &mut [f32] {
    if memory.len() < count {
        memory.resize(count, 0.0);
    }
    &mut memory[..count]
}

/// Divides `count` rows into strips: the first row of each, and its number of rows.
pub fn strips(count: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rows = [STRIP, 4, 2, 1].into_iter().find(|n| at + n <= count)?;
        at += rows;
        Some((at - rows, rows))
    })
}

/// Evaluates an expression with the number of rows of a strip, one of those of [`strips`], as a constant.
macro_rules! for_rows {
    ($rows:expr, $mr:ident => $call:expr) => {
        match $rows {
            6 => {
                const $mr: usize = 6;
                $call
            }
            4 => {
                const $mr: usize = 4;
                $call
            }
            2 => {
                const $mr: usize = 2;
                $call
            }
            _ => {
                const $mr: usize = 1;
                $call
            }
        }
    };
}
pub(super) use for_rows;

/// Runs a task, compiled for the vectors of this machine.
pub fn run(task: &mut impl Task) {
    thread_local! {
        static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
    }
    SCRATCH.with_borrow_mut(|scratch| dispatch(Run(task, scratch)));
}

struct Run<'a, T>(&'a mut T, &'a mut Vec<f32>);

impl<T: Task> WithSimd for Run<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.0.run(simd, self.1);
    }
}

/// Multiplies the rows of `left` by `lines` (a line per step), in the first `columns` columns, and passes the sums to
/// `finish` as those of rows from `row` on.
#[inline(always)]
pub fn multiply<S: Simd, const MR: usize>(
    simd: S,
    left: &impl Left<MR>,
    lines: &[f32],
    columns: usize,
    row: usize,
    finish: &mut impl Finish,
) {
    if S::F32_LANES >= 16 {
        in_tiles::<S, MR, WIDE>(simd, left, lines, columns, row, finish);
    } else {
        in_tiles::<S, MR, NARROW>(simd, left, lines, columns, row, finish);
    }
}

#[inline(always)]
fn in_tiles<S: Simd, const MR: usize, const LINE: usize>(
    simd: S,
    left: &impl Left<MR>,
    lines: &[f32],
    columns: usize,
    row: usize,
    finish: &mut impl Finish,
) {
    let (lines, _) = lines.as_chunks::<LINE>();
    let vectors = columns.div_ceil(S::F32_LANES);
    let mut at = 0;
    if S::REGISTER_COUNT >= 32 {
        while at + 4 <= vectors {
            tile::<S, MR, 4, LINE>(simd, left, lines, at, row, finish);
            at += 4;
        }
    }
    while at + 2 <= vectors {
        tile::<S, MR, 2, LINE>(simd, left, lines, at, row, finish);
        at += 2;
    }
    if at < vectors {
        tile::<S, MR, 1, LINE>(simd, left, lines, at, row, finish);
    }
}

// Loops over indices, not over the arrays: an array that is moved passes through memory on its way.
#[expect(clippy::needless_range_loop, reason = "see above")]
#[inline(always)]
fn tile<S: Simd, const MR: usize, const NV: usize, const LINE: usize>(
    simd: S,
    left: &impl Left<MR>,
    lines: &[[f32; LINE]],
    first: usize,
    row: usize,
    finish: &mut impl Finish,
) {
    let steps = left.steps();
    let lines = &lines[..steps];
    let mut sums = [[simd.splat_f32s(0.0); NV]; MR];
    for step in 0..steps {
        let (vectors, _) = S::as_simd_f32s(&lines[step]);
        let vectors = &vectors[first..first + NV];
        for i in 0..MR {
            let value = simd.splat_f32s(left.value(step, i));
            for j in 0..NV {
                sums[i][j] = simd.mul_add_e_f32s(value, vectors[j], sums[i][j]);
            }
        }
    }
    for i in 0..MR {
        for j in 0..NV {
            finish.put(simd, row + i, (first + j) * S::F32_LANES, sums[i][j]);
        }
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use pulp::x86::V3;

    use super::*;
    use crate::nn::backend::native::level::{line, line_of};

    const STEPS: usize = 50;

    /// `rows[r]·lines`, for as many columns as asked for.
    struct Product {
        rows: Vec<[f32; STEPS]>,
        lines: Vec<f32>,
        columns: usize,
        out: Vec<f32>,
        other: Vec<f32>,
    }

    impl Task for Product {
        #[inline(always)]
        fn run<S: Simd>(&mut self, simd: S, scratch: &mut Vec<f32>) {
            for (at, rows) in strips(self.rows.len()) {
                for_rows!(rows, MR => self.strip::<S, MR>(simd, at, scratch));
            }
        }
    }

    impl Product {
        /// As both kinds of rows.
        #[inline(always)]
        fn strip<S: Simd, const MR: usize>(&mut self, simd: S, at: usize, packed: &mut Vec<f32>) {
            let rows = &self.rows[at..at + MR];
            packed.clear();
            for k in 0..STEPS {
                packed.extend(rows.iter().map(|row| row[k]));
            }
            let lines: Vec<f32> = self
                .lines
                .chunks_exact(WIDE)
                .flat_map(|line| &line[..line_of::<S>()])
                .copied()
                .collect();
            let columns = self.columns.min(line_of::<S>());
            let left = Packed::<MR>::strip(packed, STEPS, 0);
            multiply(simd, &left, &lines, columns, at, &mut Out(&mut self.out));
            let left = Rows::<MR>(std::array::from_fn(|i| rows[i].as_slice()));
            let out = &mut Out(&mut self.other);
            multiply(simd, &left, &lines, columns, at, out);
        }
    }

    struct Out<'a>(&'a mut [f32]);

    impl Finish for Out<'_> {
        #[inline(always)]
        fn put<S: Simd>(&mut self, _: S, row: usize, column: usize, sums: S::f32s) {
            let at = row * WIDE + column;
            S::as_mut_simd_f32s(&mut self.0[at..at + S::F32_LANES]).0[0] = sums;
        }
    }

    fn product(count: usize, columns: usize) -> Product {
        let value = |i: usize| (i as f32 * 0.37).sin();
        Product {
            rows: (0..count)
                .map(|r| std::array::from_fn(|k| value(r * STEPS + k)))
                .collect(),
            lines: (0..STEPS * WIDE).map(|i| value(7 * i)).collect(),
            columns,
            out: vec![0.0; count * WIDE],
            other: vec![0.0; count * WIDE],
        }
    }

    #[test]
    fn every_strip_is_done_once() {
        for count in 0..40 {
            let mut next = 0;
            for (at, rows) in strips(count) {
                assert_eq!(at, next);
                next += rows;
            }
            assert_eq!(next, count);
        }
    }

    #[test]
    fn sums_are_right_and_the_same_for_every_width_of_vectors_and_order_of_rows() {
        for (count, columns) in [(1, 1), (13, 64), (24, 33), (7, 47), (6, 16)] {
            let mut ours = product(count, columns);
            run(&mut ours);
            let seen = columns.min(line());
            for (r, row) in ours.rows.iter().enumerate() {
                for c in 0..seen {
                    let terms = (0..STEPS).map(|k| row[k] * ours.lines[k * WIDE + c]);
                    let expected: f32 = terms.sum();
                    let found = ours.out[r * WIDE + c];
                    assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
                    assert_eq!(found.to_bits(), ours.other[r * WIDE + c].to_bits());
                }
            }
            if let Some(simd) = V3::try_new() {
                let mut narrow = product(count, columns);
                Simd::vectorize(simd, Run(&mut narrow, &mut Vec::new()));
                for r in 0..count {
                    for c in 0..columns.min(NARROW) {
                        let (a, b) = (ours.out[r * WIDE + c], narrow.out[r * WIDE + c]);
                        assert_eq!(a.to_bits(), b.to_bits());
                    }
                }
            }
        }
    }
}
