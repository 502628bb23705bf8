//! The innermost loops, each a function of its own: what a product does with its sums would otherwise take registers from
//! them.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use pulp::{Simd, WithSimd};

use crate::nn::backend::native::level::{NARROW, WIDE};
use crate::nn::backend::native::tile::{Left, Rows, STRIP};

/// Values of lines that are arranged and used together: they stay in the first-level cache.
pub const NEAR: usize = 6 * 1024;

/// Memory for the sums of a strip's rows, of at most a line of columns. A task has one for all its strips: that of a small product
/// takes no longer than filling it with zeros.
pub type Sums = [[f32; WIDE]; STRIP];

/// What a tile begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Zeros, whatever is in the memory of sums.
    Zero,
    /// The sums so far.
    Sums,
}

/// Steps of a tile: each takes a value for each of its rows, and a line.
pub trait Steps<const MR: usize> {
    /// Adds the products of the steps to the sums of `NV` vectors of columns, from vector `first` on.
    fn add<S: Simd, const NV: usize, const LINE: usize>(
        &self,
        simd: S,
        first: usize,
        sums: &mut [[S::f32s; NV]; MR],
    );
}

/// Rows that lie in pieces of `length` values, `apart` from each other; each begins where `places` says.
pub struct Windows<'a, const MR: usize> {
    pub values: &'a [f32],
    pub places: [usize; MR],
    pub length: usize,
    pub apart: usize,
    /// A line for each step.
    pub lines: &'a [f32],
}

impl<const MR: usize> Steps<MR> for Windows<'_, MR> {
    #[inline(always)]
    fn add<S: Simd, const NV: usize, const LINE: usize>(
        &self,
        simd: S,
        first: usize,
        sums: &mut [[S::f32s; NV]; MR],
    ) {
        let (lines, _) = self.lines.as_chunks::<LINE>();
        for (n, lines) in lines.chunks_exact(self.length.max(1)).enumerate() {
            let skip = n * self.apart;
            let left = Rows::<MR>(std::array::from_fn(|i| {
                &self.values[self.places[i] + skip..][..lines.len()]
            }));
            let steps = left.steps();
            let lines = &lines[..steps];
            for (step, line) in lines.iter().enumerate() {
                add(simd, |i| left.value(step, i), line, first, sums);
            }
        }
    }
}

/// Rows whose values of a step lie side by side, from value `at` of every `stride` on.
pub struct Columns<'a> {
    pub values: &'a [f32],
    pub stride: usize,
    pub at: usize,
    /// A line for each step.
    pub lines: &'a [f32],
}

impl<const MR: usize> Steps<MR> for Columns<'_> {
    #[inline(always)]
    fn add<S: Simd, const NV: usize, const LINE: usize>(
        &self,
        simd: S,
        first: usize,
        sums: &mut [[S::f32s; NV]; MR],
    ) {
        let (lines, _) = self.lines.as_chunks::<LINE>();
        for (values, line) in self.values.chunks_exact(self.stride.max(MR)).zip(lines) {
            let Some(values) = values[self.at..].first_chunk::<MR>() else {
                return;
            };
            add(simd, |i| values[i], line, first, sums);
        }
    }
}

// Loops over indices, not over the arrays: an array that is moved passes through memory on its way.
#[expect(clippy::needless_range_loop, reason = "see above")]
#[inline(always)]
fn add<S: Simd, const MR: usize, const NV: usize, const LINE: usize>(
    simd: S,
    value: impl Fn(usize) -> f32,
    line: &[f32; LINE],
    first: usize,
    sums: &mut [[S::f32s; NV]; MR],
) {
    let (vectors, _) = S::as_simd_f32s(line);
    let vectors = &vectors[first..first + NV];
    for i in 0..MR {
        let value = simd.splat_f32s(value(i));
        for j in 0..NV {
            sums[i][j] = simd.mul_add_e_f32s(value, vectors[j], sums[i][j]);
        }
    }
}

/// Adds the products of all steps to the sums of the first `columns` columns of `MR` rows.
#[inline(always)]
pub fn tiles<S: Simd, const MR: usize>(
    simd: S,
    steps: &impl Steps<MR>,
    columns: usize,
    start: Start,
    sums: &mut Sums,
) {
    let vectors = columns.div_ceil(S::F32_LANES);
    let mut at = 0;
    if S::REGISTER_COUNT >= 32 {
        while at + 4 <= vectors {
            tile::<S, _, MR, 4>(simd, steps, at, start, sums);
            at += 4;
        }
    }
    while at + 2 <= vectors {
        tile::<S, _, MR, 2>(simd, steps, at, start, sums);
        at += 2;
    }
    if at < vectors {
        tile::<S, _, MR, 1>(simd, steps, at, start, sums);
    }
}

/// Not inlined: see above.
#[inline(never)]
fn tile<S: Simd, T: Steps<MR>, const MR: usize, const NV: usize>(
    simd: S,
    steps: &T,
    first: usize,
    start: Start,
    sums: &mut Sums,
) {
    simd.vectorize(Tile::<T, MR, NV> {
        steps,
        first,
        start,
        sums,
    });
}

struct Tile<'a, T, const MR: usize, const NV: usize> {
    steps: &'a T,
    first: usize,
    start: Start,
    sums: &'a mut Sums,
}

impl<T: Steps<MR>, const MR: usize, const NV: usize> WithSimd for Tile<'_, T, MR, NV> {
    type Output = ();

    #[expect(clippy::needless_range_loop, reason = "as in `add`")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut sums = [[simd.splat_f32s(0.0); NV]; MR];
        if self.start == Start::Sums {
            for i in 0..MR {
                let (vectors, _) = S::as_simd_f32s(&self.sums[i]);
                for j in 0..NV {
                    sums[i][j] = vectors[self.first + j];
                }
            }
        }
        if S::F32_LANES >= 16 {
            self.steps.add::<S, NV, WIDE>(simd, self.first, &mut sums);
        } else {
            self.steps.add::<S, NV, NARROW>(simd, self.first, &mut sums);
        }
        for i in 0..MR {
            let (vectors, _) = S::as_mut_simd_f32s(&mut self.sums[i]);
            for j in 0..NV {
                vectors[self.first + j] = sums[i][j];
            }
        }
    }
}

/// Values of a vector, or fewer and then zeros.
#[inline(always)]
pub fn load<S: Simd>(simd: S, values: &[f32]) -> S::f32s {
    match S::as_simd_f32s(values).0.first() {
        Some(whole) => *whole,
        None => simd.partial_load_f32s(values),
    }
}

#[inline(always)]
pub fn store<S: Simd>(simd: S, out: &mut [f32], values: S::f32s) {
    match S::as_mut_simd_f32s(out).0.first_mut() {
        Some(whole) => *whole = values,
        None => simd.partial_store_f32s(out, values),
    }
}

/// Copies as many values, a vector at a time.
#[inline(always)]
pub fn copy<S: Simd>(simd: S, to: &mut [f32], from: &[f32]) {
    let ((to, rest), (from, last)) = (S::as_mut_simd_f32s(to), S::as_simd_f32s(from));
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
    if !rest.is_empty() {
        simd.partial_store_f32s(rest, simd.partial_load_f32s(last));
    }
}
