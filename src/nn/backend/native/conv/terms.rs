//! Values that are made from one, two or four rows of memory.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use pulp::Simd;

/// Where one or two things are, along one side of a plane.
pub type Ends = (usize, Option<usize>);

/// Where the rows begin. Four are two pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terms {
    One(usize),
    Two([usize; 2]),
    Four([[usize; 2]; 2]),
}

impl Terms {
    /// Those of each of some lines with each of some columns; `at` says where one begins.
    pub fn product(lines: Ends, columns: Ends, at: impl Fn(usize, usize) -> usize) -> Self {
        match (lines, columns) {
            ((y, None), (x, None)) => Self::One(at(y, x)),
            ((y, Some(v)), (x, None)) => Self::Two([at(y, x), at(v, x)]),
            ((y, None), (x, Some(u))) => Self::Two([at(y, x), at(y, u)]),
            ((y, Some(v)), (x, Some(u))) => {
                Self::Four([[at(y, x), at(y, u)], [at(v, x), at(v, u)]])
            }
        }
    }

    /// The same of rows of so many values, of which it has the numbers.
    #[inline(always)]
    pub fn rows(self, values: usize) -> Self {
        match self {
            Self::One(a) => Self::One(a * values),
            Self::Two([a, b]) => Self::Two([a * values, b * values]),
            Self::Four([[a, b], [c, d]]) => {
                Self::Four([[a * values, b * values], [c * values, d * values]])
            }
        }
    }

    /// `to ←` the sum of rows of `from`; of four, that of the sums of both pairs.
    #[inline(always)]
    pub fn sum<S: Simd>(self, simd: S, from: &[f32], to: &mut [f32]) {
        self.fold(simd, from, to, |a, b| simd.add_f32s(a, b));
    }

    /// `to ←` the first row of `from` less the second; of four, the difference of the first pair less that of the second.
    #[inline(always)]
    pub fn difference<S: Simd>(self, simd: S, from: &[f32], to: &mut [f32]) {
        self.fold(simd, from, to, |a, b| simd.sub_f32s(a, b));
    }

    #[inline(always)]
    fn fold<S: Simd>(
        self,
        simd: S,
        from: &[f32],
        to: &mut [f32],
        with: impl Fn(S::f32s, S::f32s) -> S::f32s,
    ) {
        let count = to.len();
        let row = |at: usize| S::as_simd_f32s(&from[at..][..count]);
        let (to, rest) = S::as_mut_simd_f32s(to);
        // Loops over pairs of slices: with indices, each vector would be compared with the slices' ends.
        let last = |values: &[f32]| simd.partial_load_f32s(values);
        match self {
            Self::One(at) => {
                let (a, a_last) = row(at);
                to.copy_from_slice(a);
                if !rest.is_empty() {
                    simd.partial_store_f32s(rest, last(a_last));
                }
            }
            Self::Two([a, b]) => {
                let ((a, a_last), (b, b_last)) = (row(a), row(b));
                for ((to, a), b) in to.iter_mut().zip(a).zip(b) {
                    *to = with(*a, *b);
                }
                if !rest.is_empty() {
                    simd.partial_store_f32s(rest, with(last(a_last), last(b_last)));
                }
            }
            Self::Four([[a, b], [c, d]]) => {
                let ((a, a_last), (b, b_last)) = (row(a), row(b));
                let ((c, c_last), (d, d_last)) = (row(c), row(d));
                for ((((to, a), b), c), d) in to.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                    *to = with(with(*a, *b), with(*c, *d));
                }
                if !rest.is_empty() {
                    let first = with(last(a_last), last(b_last));
                    let second = with(last(c_last), last(d_last));
                    simd.partial_store_f32s(rest, with(first, second));
                }
            }
        }
    }
}
