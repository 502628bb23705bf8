//! An optimizer's pass over parameters and moments: each goes through the cache once.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

/// Values per task, and per partial sum: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 16 * 1024;

/// How an optimizer changes parameters.
pub trait Rule: Copy + Send + Sync {
    /// Brings the two moments of a vector of parameters up to date with their gradient, and gives what is subtracted from
    /// the parameters. No product and sum are fused, so that the bits are the same on machines that cannot.
    fn change<S: Simd>(
        self,
        simd: S,
        first: &mut S::f32s,
        second: &mut S::f32s,
        grad: S::f32s,
    ) -> S::f32s;

    /// No parameter is to be larger than this afterwards, whatever its sign; infinity where there is no such bound.
    fn limit(self) -> f32;
}

/// Squared norms: of gradients, of changes, of values after the change; and what else is known of these.
#[derive(Debug, Clone, Copy, Default)]
pub struct Norms {
    /// Of the gradients; not a number if one of them, or its square, is not finite.
    pub grad: f64,
    /// Of what was subtracted.
    pub change: f64,
    /// Of the values.
    pub value: f64,
    /// How many values lie at the rule's limit (within 1 %).
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
pub struct Slots<'a> {
    pub values: &'a mut [f32],
    pub first: &'a mut [f32],
    pub second: &'a mut [f32],
}

impl<'a> Slots<'a> {
    /// A network's buffer: values, then first, then second moments, as many of each.
    pub fn new(buffer: &'a mut [f32]) -> Self {
        let (values, moments) = buffer.split_at_mut(buffer.len() / 3);
        let (first, second) = moments.split_at_mut(values.len());
        Self {
            values,
            first,
            second,
        }
    }

    /// Those of a range.
    pub fn part(&mut self, range: Range<usize>) -> Slots<'_> {
        Slots {
            values: &mut self.values[range.clone()],
            first: &mut self.first[range.clone()],
            second: &mut self.second[range],
        }
    }

    /// So many at a time, to be shared out between threads.
    pub fn par_chunks(self, count: usize) -> impl IndexedParallelIterator<Item = Slots<'a>> {
        self.values
            .par_chunks_mut(count)
            .zip(self.first.par_chunks_mut(count))
            .zip(self.second.par_chunks_mut(count))
            .map(|((values, first), second)| Slots {
                values,
                first,
                second,
            })
    }
}

/// Takes one step with gradients that lie in memory.
pub fn update(slots: Slots, grads: &[f32], rule: impl Rule) -> Norms {
    struct Run<'a, R>(Slots<'a>, &'a [f32], R);
    impl<R: Rule> WithSimd for Run<'_, R> {
        type Output = Norms;
        #[inline(always)]
        fn with_simd<S: Simd>(mut self, simd: S) -> Norms {
            chunk(simd, &mut self.0, self.1, self.2)
        }
    }
    let partial: Vec<Norms> = slots
        .par_chunks(CHUNK)
        .zip(grads.par_chunks(CHUNK))
        .map(|(slots, grads)| Arch::new().dispatch(Run(slots, grads, rule)))
        .collect();
    // In order: the sum is the same however the chunks were shared out.
    partial.into_iter().fold(Norms::default(), Norms::plus)
}

/// One chunk on this thread. If a gradient in it (or its square) is not finite it is left alone: the norm says so, and the
/// weights stay finite whatever happens.
#[inline(always)]
pub fn chunk<S: Simd>(simd: S, slots: &mut Slots, grads: &[f32], rule: impl Rule) -> Norms {
    let zero = simd.splat_f32s(0.0);
    let (g, g_rest) = S::as_simd_f32s(grads);
    let square = |sum: S::f32s, x: S::f32s| simd.add_f32s(sum, simd.mul_f32s(x, x));
    // Two sums: additions need not wait for each other.
    let mut grad = [zero; 2];
    for (i, g) in g.iter().enumerate() {
        grad[i % 2] = square(grad[i % 2], *g);
    }
    grad[0] = square(grad[0], simd.partial_load_f32s(g_rest));
    let total = |sum: S::f32s| f64::from(simd.reduce_sum_f32s(sum));
    let grad = total(simd.add_f32s(grad[0], grad[1]));
    let (one, limit) = (simd.splat_f32s(1.0), rule.limit());
    let near = simd.splat_f32s(0.99 * limit);
    let at_limit = |w: S::f32s| {
        let far = simd.greater_than_or_equal_f32s(simd.abs_f32s(w), near);
        simd.select_f32s(far, one, zero)
    };
    let (low, high) = (simd.splat_f32s(-limit), simd.splat_f32s(limit));
    let (w, w_rest) = S::as_mut_simd_f32s(slots.values);
    let (mut change, mut value, mut saturated) = (zero, zero, zero);
    if grad.is_finite() {
        let (m, m_rest) = S::as_mut_simd_f32s(slots.first);
        let (v, v_rest) = S::as_mut_simd_f32s(slots.second);
        let mut step = |w: S::f32s, m: &mut S::f32s, v: &mut S::f32s, g: S::f32s| {
            let by = rule.change(simd, m, v, g);
            let w = simd.max_f32s(low, simd.min_f32s(high, simd.sub_f32s(w, by)));
            change = square(change, by);
            value = square(value, w);
            saturated = simd.add_f32s(saturated, at_limit(w));
            w
        };
        for (((w, m), v), g) in w.iter_mut().zip(m).zip(v).zip(g) {
            *w = step(*w, m, v, *g);
        }
        if !w_rest.is_empty() {
            // Where there is no parameter, moments and gradient are zero, and so is the change.
            let mut m = simd.partial_load_f32s(m_rest);
            let mut v = simd.partial_load_f32s(v_rest);
            let g = simd.partial_load_f32s(g_rest);
            let w = step(simd.partial_load_f32s(w_rest), &mut m, &mut v, g);
            simd.partial_store_f32s(w_rest, w);
            simd.partial_store_f32s(m_rest, m);
            simd.partial_store_f32s(v_rest, v);
        }
    } else {
        let rest = simd.partial_load_f32s(w_rest);
        for w in w.iter().chain([&rest]) {
            value = square(value, *w);
            saturated = simd.add_f32s(saturated, at_limit(*w));
        }
    }
    Norms {
        grad: if grad.is_finite() { grad } else { f64::NAN },
        change: total(change),
        value: total(value),
        saturated: total(saturated),
    }
}
