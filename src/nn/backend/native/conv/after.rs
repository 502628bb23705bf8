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

/// What is done with the sums of a product: values are added, where there are any, and an operation follows. `V` are values that lie
/// as those of the product's output do.
#[derive(Debug, Clone, Copy)]
pub struct After<'a, V = &'a Maps> {
    plus: Option<V>,
    operation: Operation<'a, V>,
}

#[derive(Debug, Clone, Copy)]
enum Operation<'a, V> {
    Nothing,
    /// Add the bias, where there is one, and apply the activation.
    Activate(Option<&'a [f32]>, Activation),
    /// Multiply by the derivative of the activation that gave these outputs.
    Derive(V, Activation),
}

impl<'a> After<'a> {
    /// Nothing is done.
    pub const NOTHING: Self = Self {
        plus: None,
        operation: Operation::Nothing,
    };

    /// The bias is added, and the activation applied.
    pub fn activate(bias: &'a [f32], activation: Activation) -> Self {
        Self {
            operation: Operation::Activate(Some(bias), activation),
            ..Self::NOTHING
        }
    }

    /// The sums are multiplied by the derivative of the activation that gave the outputs `y`.
    pub fn derive(y: &'a Maps, activation: Activation) -> Self {
        Self {
            operation: Operation::Derive(y, activation),
            ..Self::NOTHING
        }
    }

    /// The same with values to add first.
    pub fn plus(self, plus: Option<&'a Maps>) -> Self {
        Self { plus, ..self }
    }

    /// The same for the `count` values of the output from value `from` on.
    pub fn of(self, from: usize, count: usize) -> Then<'a> {
        let some = |maps: &'a Maps| &maps.values()[from..][..count];
        Then {
            plus: self.plus.map(some),
            operation: match self.operation {
                Operation::Nothing => Operation::Nothing,
                Operation::Activate(bias, activation) => Operation::Activate(bias, activation),
                Operation::Derive(y, activation) => Operation::Derive(some(y), activation),
            },
        }
    }
}

/// [`After`], for one task.
pub type Then<'a> = After<'a, &'a [f32]>;

impl<'a> Then<'a> {
    /// Takes the bias away, where it is in the sums already.
    pub fn without_bias(self) -> (Option<&'a [f32]>, Self) {
        match self.operation {
            Operation::Activate(bias, activation) => {
                let operation = Operation::Activate(None, activation);
                (bias, Self { operation, ..self })
            }
            _ => (None, self),
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
            let sums = match self.plus {
                Some(plus) => simd.add_f32s(sums, load(simd, &plus[range.clone()])),
                None => sums,
            };
            let values = match self.operation {
                Operation::Nothing => sums,
                Operation::Activate(bias, activation) => {
                    let sums = match bias {
                        Some(bias) => {
                            simd.add_f32s(sums, load(simd, &bias[channel..][..range.len()]))
                        }
                        None => sums,
                    };
                    vector::activate(simd, sums, activation)
                }
                Operation::Derive(y, activation) => {
                    vector::derive(simd, sums, load(simd, &y[range.clone()]), activation)
                }
            };
            store(simd, &mut out[range], values);
        }
    }
}
