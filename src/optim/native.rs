//! The rules on the CPU, a vector at a time.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use candle_core::{Device, Result, Tensor};
use pulp::Simd;

use crate::nn::{Norms, Rule, choose, magnitude};

/// One step of Adam.
#[derive(Debug, Clone, Copy)]
pub(super) struct Adam {
    pub beta1: f32,
    pub beta2: f32,
    pub eps: f32,
    pub step: f32,
    pub root: f32,
    pub limit: f32,
}

impl Rule for Adam {
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

/// One step of `RMSprop`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rmsprop {
    pub alpha: f32,
    pub eps: f32,
    pub lr: f32,
    pub limit: f32,
}

impl Rule for Rmsprop {
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

/// Moments below this are 0. Those of a unit that has died shrink until processors take many times as long over each, and
/// never become 0 by themselves; against any `eps` they count for nothing long before.
const NOTHING: f32 = 1e-30;

/// The exponential mean with one value more.
#[inline(always)]
fn mean<S: Simd>(simd: S, decay: f32, old: S::f32s, new: S::f32s) -> S::f32s {
    let mean = simd.add_f32s(
        simd.mul_f32s(simd.splat_f32s(decay), old),
        simd.mul_f32s(simd.splat_f32s(1.0 - decay), new),
    );
    let vanished = simd.less_than_f32s(magnitude(simd, mean), simd.splat_f32s(NOTHING));
    choose(simd, vanished, simd.splat_f32s(0.0), mean)
}

/// What [`super::Optimizer::step`] returns, of `count` parameters.
pub(super) fn observed(norms: Norms, count: usize) -> Result<Tensor> {
    let ratio = (norms.change / norms.value.max(f64::MIN_POSITIVE)).sqrt();
    let share = norms.saturated / count.max(1) as f64;
    let observed = [norms.grad.sqrt(), ratio, share].map(|x| x as f32);
    Tensor::new(&observed, &Device::Cpu)
}
