//! The arithmetic of F(2×2, 2×2), along one side and along both.

use crate::nn::backend::native::conv::terms::{Ends, Terms};

/// Kinds of products along one side: with the first tap, with the sum of both, and with the second.
const FIRST: usize = 0;
const BOTH: usize = 1;
const SECOND: usize = 2;
const KINDS: usize = 3;

/// The taps that a kind's weights are the sum of.
const TAPS: [Ends; KINDS] = [(0, None), (0, Some(1)), (1, None)];

/// One side: that many outputs of a kernel with two taps g, y[i] = g₀·d[i] + g₁·d[i + 1].
///
/// Two neighbours take three products instead of four: with m₀ = g₀·(d₀ − d₁), m₁ = (g₀ + g₁)·d₁ and m₂ = g₁·(d₂ − d₁), they are
/// m₀ + m₁ and m₁ + m₂. The last of an odd number has no neighbour, and takes two products.
#[derive(Debug, Clone, Copy)]
struct Side(usize);

impl Side {
    /// The products of a kind.
    fn count(self, kind: usize) -> usize {
        match kind {
            BOTH => self.0 / 2,
            _ => self.0.div_ceil(2),
        }
    }

    /// The inputs whose difference a product takes.
    fn inputs(self, kind: usize, at: usize) -> Ends {
        let first = 2 * at;
        match (kind, first + 1 == self.0) {
            (FIRST, false) => (first, Some(first + 1)),
            (FIRST, true) => (first, None),
            (SECOND, false) => (first + 2, Some(first + 1)),
            _ => (first + 1, None),
        }
    }

    /// The outputs that a product is a part of.
    fn outputs(self, kind: usize, at: usize) -> Ends {
        let first = 2 * at;
        match (kind, first + 1 == self.0) {
            (BOTH, _) => (first, Some(first + 1)),
            (SECOND, false) => (first + 1, None),
            _ => (first, None),
        }
    }

    /// The kinds of the two products that an output is the sum of. They belong to the same pair.
    fn kinds(self, output: usize) -> [usize; 2] {
        match (output % 2, output + 1 == self.0) {
            (1, _) => [BOTH, SECOND],
            (_, false) => [FIRST, BOTH],
            (_, true) => [FIRST, SECOND],
        }
    }
}

/// Both sides of a plane of outputs.
#[derive(Debug, Clone, Copy)]
pub struct Points {
    height: Side,
    width: Side,
}

impl Points {
    /// Kinds of products.
    pub const KINDS: usize = KINDS * KINDS;

    /// Those of a plane of so many outputs.
    pub fn new(height: usize, width: usize) -> Self {
        Self {
            height: Side(height),
            width: Side(width),
        }
    }

    /// The taps whose sum the weights of a kind are; `at` says where the one in row i and column j is.
    pub fn taps(kind: usize, at: impl Fn(usize, usize) -> usize) -> Terms {
        Terms::product(TAPS[kind / KINDS], TAPS[kind % KINDS], at)
    }

    /// The kinds whose gradients add up to that of tap (i, j).
    pub fn of_tap(i: usize, j: usize, at: impl Fn(usize) -> usize) -> Terms {
        let kinds = |tap: usize| (tap, Some(tap + 1));
        Terms::product(kinds(i), kinds(j), |a, b| at(a * KINDS + b))
    }

    /// For each product of a kind: the inputs whose difference it takes.
    pub fn inputs(self, kind: usize, at: impl Fn(usize, usize) -> usize) -> Vec<Terms> {
        let of =
            |(a, b, i, j)| Terms::product(self.height.inputs(a, i), self.width.inputs(b, j), &at);
        self.each(kind).map(of).collect()
    }

    /// For each product of a kind: the outputs that it is a part of.
    pub fn outputs(self, kind: usize, at: impl Fn(usize, usize) -> usize) -> Vec<Terms> {
        let of =
            |(a, b, i, j)| Terms::product(self.height.outputs(a, i), self.width.outputs(b, j), &at);
        self.each(kind).map(of).collect()
    }

    /// The products that the output in row `y` and column `x` is the sum of: the kind of each, and its number among these.
    pub fn products(self, y: usize, x: usize) -> [(usize, usize); 4] {
        let ([a, b], [c, d]) = (self.height.kinds(y), self.width.kinds(x));
        [(a, c), (a, d), (b, c), (b, d)].map(|(a, b)| {
            let number = y / 2 * self.width.count(b) + x / 2;
            (a * KINDS + b, number)
        })
    }

    fn each(self, kind: usize) -> impl Iterator<Item = (usize, usize, usize, usize)> {
        let (a, b) = (kind / KINDS, kind % KINDS);
        let columns = self.width.count(b);
        (0..self.height.count(a)).flat_map(move |i| (0..columns).map(move |j| (a, b, i, j)))
    }
}
