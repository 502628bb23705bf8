//! What follows a product, done while its sums are still in registers.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use pulp::Simd;

use super::maps::Maps;
use super::tile::{load, store};
use crate::nn::Activation;
use crate::nn::backend::native::vector;

/// The operation after a product.
#[derive(Debug, Clone, Copy)]
pub enum After<'a> {
    /// Nothing.
    Nothing,
    /// Add the bias, where there is one, and apply the activation.
    Activate(Option<&'a [f32]>, Activation),
    /// Multiply by the derivative of the activation that gave these outputs, which lie as those of the product do.
    Derive(&'a Maps, Activation),
}

impl<'a> After<'a> {
    /// The same for the `count` values of the output from value `from` on.
    pub fn of(self, from: usize, count: usize) -> Then<'a> {
        match self {
            Self::Nothing => Then::Nothing,
            Self::Activate(bias, activation) => Then::Activate(bias, activation),
            Self::Derive(y, activation) => Then::Derive(&y.values()[from..][..count], activation),
        }
    }
}

/// [`After`], for one task.
#[derive(Clone, Copy)]
pub enum Then<'a> {
    Nothing,
    Activate(Option<&'a [f32]>, Activation),
    Derive(&'a [f32], Activation),
}

impl<'a> Then<'a> {
    /// Takes the bias away, where it is in the sums already.
    pub fn without_bias(self) -> (Option<&'a [f32]>, Self) {
        match self {
            Self::Activate(bias, activation) => (bias, Self::Activate(None, activation)),
            other => (None, other),
        }
    }

    /// Puts complete sums to where they belong in the output, value `at` and those behind it; they are of the channels from `channel`
    /// on.
    #[inline(always)]
    pub fn put<S: Simd>(
        self,
        simd: S,
        sums: &[f32],
        (at, channel): (usize, usize),
        out: &mut [f32],
    ) {
        for (i, sums) in sums.chunks(S::F32_LANES).enumerate() {
            let (at, channel) = (at + i * S::F32_LANES, channel + i * S::F32_LANES);
            let range = at..at + sums.len();
            let sums = load(simd, sums);
            let values = match self {
                Self::Nothing => sums,
                Self::Activate(bias, activation) => {
                    let sums = match bias {
                        Some(bias) => {
                            simd.add_f32s(sums, load(simd, &bias[channel..][..range.len()]))
                        }
                        None => sums,
                    };
                    vector::activate(simd, sums, activation)
                }
                Self::Derive(y, activation) => {
                    vector::derive(simd, sums, load(simd, &y[range.clone()]), activation)
                }
            };
            store(simd, &mut out[range], values);
        }
    }
}
