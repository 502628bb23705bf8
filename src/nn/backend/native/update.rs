//! An optimizer's pass over parameters and moments, in which each goes through the cache once.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use std::ops::Range;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::level::dispatch;
use super::vector;

/// Values per task, and per partial sum: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 16 * 1024;

/// An optimizer's update rule.
pub trait Rule: Copy + Send + Sync {
    /// Updates the two moments of a vector of parameters with their gradient, and returns what to subtract from the
    /// parameters. Multiplications and additions are not fused, so that the bits are the same on machines without fused
    /// operations.
    fn change<S: Simd>(
        self,
        simd: S,
        first: &mut S::f32s,
        second: &mut S::f32s,
        grad: S::f32s,
    ) -> S::f32s;

    /// The largest magnitude of a parameter after the step; infinity if there is no limit.
    fn limit(self) -> f32;
}

/// Squared norms of gradients, changes and updated values, and the number of saturated values.
#[derive(Debug, Clone, Copy, Default)]
pub struct Norms {
    /// Of the gradients; NaN if one of them, or its square, is not finite.
    pub grad: f64,
    /// Of what was subtracted.
    pub change: f64,
    /// Of the values.
    pub value: f64,
    /// Number of values at the rule's limit (within 1 %).
    pub saturated: f64,
}

impl Norms {
    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            grad: self.grad + other.grad,
            change: self.change + other.change,
            value: self.value + other.value,
            saturated: self.saturated + other.saturated,
        }
    }
}

/// Parameters with their two moments.
pub struct OptimizerState<'a> {
    pub values: &'a mut [f32],
    pub first: &'a mut [f32],
    pub second: &'a mut [f32],
}

impl<'a> OptimizerState<'a> {
    /// Splits a network's buffer: values, then first and second moments, equally many of each.
    pub fn new(buffer: &'a mut [f32]) -> Self {
        let (values, moments) = buffer.split_at_mut(buffer.len() / 3);
        let (first, second) = moments.split_at_mut(values.len());
        Self {
            values,
            first,
            second,
        }
    }

    /// A range of the parameters.
    pub fn part(&mut self, range: Range<usize>) -> OptimizerState<'_> {
        OptimizerState {
            values: &mut self.values[range.clone()],
            first: &mut self.first[range.clone()],
            second: &mut self.second[range],
        }
    }

    /// Chunks of this size, to be distributed over threads.
    pub fn par_chunks(
        self,
        count: usize,
    ) -> impl IndexedParallelIterator<Item = OptimizerState<'a>> {
        self.values
            .par_chunks_mut(count)
            .zip(self.first.par_chunks_mut(count))
            .zip(self.second.par_chunks_mut(count))
            .map(|((values, first), second)| OptimizerState {
                values,
                first,
                second,
            })
    }
}

/// Takes one step with gradients that lie in memory.
pub fn update(state: OptimizerState, grads: &[f32], rule: impl Rule) -> Norms {
    struct Run<'a, R>(OptimizerState<'a>, &'a [f32], R);
    impl<R: Rule> WithSimd for Run<'_, R> {
        type Output = Norms;
        #[inline(always)]
        fn with_simd<S: Simd>(mut self, simd: S) -> Norms {
            chunk(simd, &mut self.0, self.1, self.2)
        }
    }
    let partial: Vec<Norms> = state
        .par_chunks(CHUNK)
        .zip(grads.par_chunks(CHUNK))
        .map(|(state, grads)| dispatch(Run(state, grads, rule)))
        .collect();
    // In order, so that the sum does not depend on how chunks were distributed.
    partial.into_iter().fold(Norms::default(), Norms::plus)
}

/// The sums of a pass, a vector at a time. Its methods are not closures: a closure that is called in two places becomes
/// a function that is not compiled for the machine's vectors, and the pass takes five times as long.
struct Pass<S: Simd, R> {
    simd: S,
    rule: R,
    change: S::f32s,
    value: S::f32s,
    saturated: S::f32s,
}

impl<S: Simd, R: Rule> Pass<S, R> {
    #[inline(always)]
    fn new(simd: S, rule: R) -> Self {
        let zero = simd.splat_f32s(0.0);
        Self {
            simd,
            rule,
            change: zero,
            value: zero,
            saturated: zero,
        }
    }

    /// One step of one vector of parameters.
    #[inline(always)]
    fn step(&mut self, w: S::f32s, m: &mut S::f32s, v: &mut S::f32s, g: S::f32s) -> S::f32s {
        let simd = self.simd;
        let limit = self.rule.limit();
        let by = self.rule.change(simd, m, v, g);
        let w = simd.min_f32s(simd.splat_f32s(limit), simd.sub_f32s(w, by));
        let w = simd.max_f32s(simd.splat_f32s(-limit), w);
        self.change = add_square(simd, self.change, by);
        self.see(w);
        w
    }

    /// Adds parameters after the change.
    #[inline(always)]
    fn see(&mut self, w: S::f32s) {
        let simd = self.simd;
        let near = simd.splat_f32s(0.99 * self.rule.limit());
        let far = simd.greater_than_or_equal_f32s(vector::magnitude(simd, w), near);
        let counted = vector::choose(simd, far, simd.splat_f32s(1.0), simd.splat_f32s(0.0));
        self.saturated = simd.add_f32s(self.saturated, counted);
        self.value = add_square(simd, self.value, w);
    }

    /// The result, with the squared norm of the gradient.
    #[inline(always)]
    fn norms(self, grad: f64) -> Norms {
        Norms {
            grad: if grad.is_finite() { grad } else { f64::NAN },
            change: total(self.simd, self.change),
            value: total(self.simd, self.value),
            saturated: total(self.simd, self.saturated),
        }
    }
}

#[inline(always)]
fn add_square<S: Simd>(simd: S, sum: S::f32s, x: S::f32s) -> S::f32s {
    simd.add_f32s(sum, simd.mul_f32s(x, x))
}

#[inline(always)]
fn total<S: Simd>(simd: S, sum: S::f32s) -> f64 {
    f64::from(simd.reduce_sum_f32s(sum))
}

/// The sum of squares.
#[inline(always)]
fn squared_norm<S: Simd>(simd: S, values: &[f32]) -> f64 {
    let (values, rest) = S::as_simd_f32s(values);
    // Two sums, so that additions need not wait for each other.
    let mut sums = [simd.splat_f32s(0.0); 2];
    for (i, x) in values.iter().enumerate() {
        sums[i % 2] = add_square(simd, sums[i % 2], *x);
    }
    let last = add_square(simd, sums[0], simd.partial_load_f32s(rest));
    total(simd, simd.add_f32s(last, sums[1]))
}

/// Processes one chunk on this thread. If a gradient in it (or its square) is not finite, the chunk is left unchanged:
/// the norm shows it, and the weights stay finite.
#[inline(always)]
pub fn chunk<S: Simd>(
    simd: S,
    state: &mut OptimizerState,
    grads: &[f32],
    rule: impl Rule,
) -> Norms {
    let grad = squared_norm(simd, grads);
    let mut pass = Pass::new(simd, rule);
    let (w, w_rest) = S::as_mut_simd_f32s(state.values);
    if grad.is_finite() {
        let (g, g_rest) = S::as_simd_f32s(grads);
        let (m, m_rest) = S::as_mut_simd_f32s(state.first);
        let (v, v_rest) = S::as_mut_simd_f32s(state.second);
        for (((w, m), v), g) in w.iter_mut().zip(m).zip(v).zip(g) {
            *w = pass.step(*w, m, v, *g);
        }
        if !w_rest.is_empty() {
            // In lanes without a parameter, moments and gradient are zero, and so is the change.
            let mut m = simd.partial_load_f32s(m_rest);
            let mut v = simd.partial_load_f32s(v_rest);
            let g = simd.partial_load_f32s(g_rest);
            let w = pass.step(simd.partial_load_f32s(w_rest), &mut m, &mut v, g);
            simd.partial_store_f32s(w_rest, w);
            simd.partial_store_f32s(m_rest, m);
            simd.partial_store_f32s(v_rest, v);
        }
    } else {
        for w in w.iter() {
            pass.see(*w);
        }
        pass.see(simd.partial_load_f32s(w_rest));
    }
    pass.norms(grad)
}
