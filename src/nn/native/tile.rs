//! The innermost loop of every product: a few rows against a line of columns, all sums in registers.
//!
//! A tile is `MR` rows by a few vectors of the machine's width. Each step takes one packed value per row and one line of
//! [`LINE`] columns, and adds their products. A sum is always taken in the same order, whatever the tile, the vector
//! width or the number of threads: results depend on none of them, where the machine fuses a product with its sum.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use std::cell::RefCell;

use pulp::{Arch, Simd, WithSimd};

/// Columns that lie side by side: rows of a batch, or inputs of a layer. A whole number of any machine's vectors.
pub const LINE: usize = 64;
/// Rows of a full tile: with four vectors of 16 they fill 24 of the 32 registers of AVX-512.
pub const STRIP: usize = 6;

/// What becomes of a vector of sums.
pub trait Finish {
    /// Takes the sums of row `row` from column `column` of the line on.
    fn put<S: Simd>(&mut self, simd: S, row: usize, column: usize, sums: S::f32s);
}

/// Work that is done for so many rows at a time.
pub trait Strips {
    /// Makes ready. `packed` is room to use, which strips find as it was left.
    fn begin(&mut self, _packed: &mut Vec<f32>) {}
    /// Does rows `at` to `at + MR`. `packed` is the same room.
    fn strip<S: Simd, const MR: usize>(&mut self, simd: S, at: usize, packed: &mut Vec<f32>);
}

/// How `count` rows are divided: the first row of each strip, and its number of rows.
pub fn strips(count: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rows = [STRIP, 4, 2, 1].into_iter().find(|n| at + n <= count)?;
        at += rows;
        Some((at - rows, rows))
    })
}

/// Does `count` rows, compiled for the vectors of this machine.
pub fn in_strips(count: usize, work: &mut impl Strips) {
    struct Run<'a, W>(usize, &'a mut W, &'a mut Vec<f32>);
    impl<W: Strips> WithSimd for Run<'_, W> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let Self(count, work, packed) = self;
            work.begin(packed);
            for (at, rows) in strips(count) {
                match rows {
                    STRIP => work.strip::<S, STRIP>(simd, at, packed),
                    4 => work.strip::<S, 4>(simd, at, packed),
                    2 => work.strip::<S, 2>(simd, at, packed),
                    _ => work.strip::<S, 1>(simd, at, packed),
                }
            }
        }
    }
    thread_local! {
        static PACKED: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
    }
    PACKED.with_borrow_mut(|packed| Arch::new().dispatch(Run(count, work, packed)));
}

/// Multiplies `packed` (`MR` values for each step) by `lines` ([`LINE`] values for each step), in the first `columns`
/// columns, and hands the sums of rows `row` on to `finish`.
#[inline(always)]
pub fn multiply<S: Simd, const MR: usize>(
    simd: S,
    packed: &[f32],
    lines: &[f32],
    columns: usize,
    row: usize,
    finish: &mut impl Finish,
) {
    let vectors = columns.div_ceil(S::F32_LANES);
    let mut at = 0;
    if S::REGISTER_COUNT >= 32 {
        while at + 4 <= vectors {
            tile::<S, MR, 4>(simd, packed, lines, at, row, finish);
            at += 4;
        }
    }
    while at + 2 <= vectors {
        tile::<S, MR, 2>(simd, packed, lines, at, row, finish);
        at += 2;
    }
    if at < vectors {
        tile::<S, MR, 1>(simd, packed, lines, at, row, finish);
    }
}

#[inline(always)]
fn tile<S: Simd, const MR: usize, const NV: usize>(
    simd: S,
    packed: &[f32],
    lines: &[f32],
    first: usize,
    row: usize,
    finish: &mut impl Finish,
) {
    let mut sums = [[simd.splat_f32s(0.0); NV]; MR];
    let (steps, _) = packed.as_chunks::<MR>();
    let (vectors, _) = S::as_simd_f32s(lines);
    for (values, line) in steps.iter().zip(vectors.chunks_exact(LINE / S::F32_LANES)) {
        let line = &line[first..first + NV];
        for (sums, value) in sums.iter_mut().zip(values) {
            let value = simd.splat_f32s(*value);
            for (sum, vector) in sums.iter_mut().zip(line) {
                *sum = simd.mul_add_e_f32s(value, *vector, *sum);
            }
        }
    }
    for (i, sums) in sums.into_iter().enumerate() {
        for (j, sums) in sums.into_iter().enumerate() {
            finish.put(simd, row + i, (first + j) * S::F32_LANES, sums);
        }
    }
}
