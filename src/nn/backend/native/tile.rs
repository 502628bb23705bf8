//! The innermost loop of every product: a few rows times a line of columns, with all sums in registers.
//!
//! A tile is `MR` rows by a few vectors of the machine's width. Each step takes one packed value per row and one line
//! of [`LINE`] columns, and adds their products. Sums are always computed in the same order, so results do not depend
//! on the tile, the vector width or the number of threads, provided the machine has fused multiply-add.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use std::cell::RefCell;

use pulp::{Arch, Simd, WithSimd};

/// Number of adjacent columns: rows of a batch, or inputs of a layer. A multiple of any machine's vector width.
pub const LINE: usize = 64;
/// Rows of a full tile: with four vectors of 16 they use 24 of the 32 registers of AVX-512.
pub const STRIP: usize = 6;

/// Receives a vector of sums.
pub trait Finish {
    /// Takes the sums of row `row` starting at column `column` of the line.
    fn put<S: Simd>(&mut self, simd: S, row: usize, column: usize, sums: S::f32s);
}

/// Work that is done a few rows at a time.
pub trait Strips {
    /// Prepares the work. `packed` is scratch memory that `strip` sees unchanged.
    fn begin(&mut self, _packed: &mut Vec<f32>) {}
    /// Processes rows `at` to `at + MR`. `packed` is the same memory.
    fn strip<S: Simd, const MR: usize>(&mut self, simd: S, at: usize, packed: &mut Vec<f32>);
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

/// Processes `count` rows, compiled for the vectors of this machine.
pub fn in_strips(count: usize, work: &mut impl Strips) {
    thread_local! {
        static PACKED: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
    }
    PACKED.with_borrow_mut(|packed| {
        Arch::new().dispatch(Run {
            count,
            work,
            packed,
        });
    });
}

struct Run<'a, W> {
    count: usize,
    work: &'a mut W,
    packed: &'a mut Vec<f32>,
}

impl<W: Strips> WithSimd for Run<'_, W> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            count,
            work,
            packed,
        } = self;
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

/// Multiplies `packed` (`MR` values per step) by `lines` ([`LINE`] values per step), in the first `columns` columns,
/// and passes the sums to `finish` as those of rows from `row` on.
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

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use pulp::x86::V3;

    use super::*;

    const STEPS: usize = 50;

    /// `rows[r]·lines`, for as many columns as asked for.
    struct Product {
        rows: Vec<[f32; STEPS]>,
        lines: Vec<f32>,
        columns: usize,
        out: Vec<f32>,
    }

    impl Strips for Product {
        #[inline(always)]
        fn strip<S: Simd, const MR: usize>(&mut self, simd: S, at: usize, packed: &mut Vec<f32>) {
            packed.clear();
            for k in 0..STEPS {
                packed.extend(self.rows[at..at + MR].iter().map(|row| row[k]));
            }
            let (lines, columns) = (&self.lines, self.columns);
            multiply::<S, MR>(simd, packed, lines, columns, at, &mut Out(&mut self.out));
        }
    }

    struct Out<'a>(&'a mut [f32]);

    impl Finish for Out<'_> {
        #[inline(always)]
        fn put<S: Simd>(&mut self, _: S, row: usize, column: usize, sums: S::f32s) {
            let at = row * LINE + column;
            S::as_mut_simd_f32s(&mut self.0[at..at + S::F32_LANES]).0[0] = sums;
        }
    }

    fn product(count: usize, columns: usize) -> Product {
        let value = |i: usize| (i as f32 * 0.37).sin();
        Product {
            rows: (0..count)
                .map(|r| std::array::from_fn(|k| value(r * STEPS + k)))
                .collect(),
            lines: (0..STEPS * LINE).map(|i| value(7 * i)).collect(),
            columns,
            out: vec![0.0; count * LINE],
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
    fn sums_are_right_and_the_same_for_every_width_of_vectors() {
        for (count, columns) in [(1, 1), (13, 64), (24, 33), (7, 47), (6, 16)] {
            let mut ours = product(count, columns);
            in_strips(count, &mut ours);
            for (r, row) in ours.rows.iter().enumerate() {
                for c in 0..columns {
                    let terms = (0..STEPS).map(|k| row[k] * ours.lines[k * LINE + c]);
                    let expected: f32 = terms.sum();
                    let found = ours.out[r * LINE + c];
                    assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
                }
            }
            if let Some(simd) = V3::try_new() {
                let mut narrow = product(count, columns);
                let packed = &mut Vec::new();
                let work = &mut narrow;
                Simd::vectorize(
                    simd,
                    Run {
                        count,
                        work,
                        packed,
                    },
                );
                for (wide, narrow) in ours
                    .out
                    .chunks(LINE)
                    .zip(narrow.out.chunks(LINE))
                    .flat_map(|(a, b)| a[..columns].iter().zip(&b[..columns]))
                {
                    assert_eq!(wide.to_bits(), narrow.to_bits());
                }
            }
        }
    }
}
