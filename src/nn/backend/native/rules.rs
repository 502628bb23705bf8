//! The update rules on the CPU, a vector at a time.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use pulp::Simd;

use super::update::Rule;
use super::vector::{choose, magnitude};
use crate::nn::update::{AdamStep, RmspropStep};

impl Rule for AdamStep {
    #[inline(always)]
    fn change<S: Simd>(
        self,
        simd: S,
        first: &mut S::f32s,
        second: &mut S::f32s,
        grad: S::f32s,
    ) -> S::f32s {
        *first = mean(simd, self.beta1, *first, grad);
        *second = mean(simd, self.beta2, *second, simd.mul_f32s(grad, grad));
        let root = simd.mul_f32s(simd.sqrt_f32s(*second), simd.splat_f32s(self.root));
        simd.div_f32s(
            simd.mul_f32s(simd.splat_f32s(self.step), *first),
            simd.add_f32s(root, simd.splat_f32s(self.eps)),
        )
    }

    fn limit(self) -> f32 {
        self.limit
    }
}

impl Rule for RmspropStep {
    #[inline(always)]
    fn change<S: Simd>(
        self,
        simd: S,
        _: &mut S::f32s,
        second: &mut S::f32s,
        grad: S::f32s,
    ) -> S::f32s {
        *second = mean(simd, self.alpha, *second, simd.mul_f32s(grad, grad));
        simd.div_f32s(
            simd.mul_f32s(simd.splat_f32s(self.lr), grad),
            simd.add_f32s(simd.sqrt_f32s(*second), simd.splat_f32s(self.eps)),
        )
    }

    fn limit(self) -> f32 {
        self.limit
    }
}

/// Moments below this are set to 0. Those of a dead unit shrink to subnormal numbers, which make processors many times
/// slower, and never reach 0 by themselves; compared with any `eps` they are negligible long before.
const NOTHING: f32 = 1e-30;

/// The exponential mean with a new value.
#[inline(always)]
fn mean<S: Simd>(simd: S, decay: f32, old: S::f32s, new: S::f32s) -> S::f32s {
    let mean = simd.add_f32s(
        simd.mul_f32s(simd.splat_f32s(decay), old),
        simd.mul_f32s(simd.splat_f32s(1.0 - decay), new),
    );
    let vanished = simd.less_than_f32s(magnitude(simd, mean), simd.splat_f32s(NOTHING));
    choose(simd, vanished, simd.splat_f32s(0.0), mean)
}
