//! An update on the CPU: values, moments and gradients pass through the cache once.
//!
//! `pulp` compiles each chunk for the vector instructions of the machine it runs on. No product and sum are fused, so the
//! bits are the same with and without them.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for it"
)]

use std::cell::Cell;

use candle_core::{CpuStorage, InplaceOp2, Layout, Result, Tensor, bail};
use pulp::Arch;
use rayon::prelude::*;

use super::Update;
use crate::nn::Params;

/// Values per task, and per partial sum: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 16 * 1024;

/// Squared norms of gradients, changes and values.
#[derive(Debug, Clone, Copy, Default)]
struct Norms {
    grad: f64,
    change: f64,
    value: f64,
}

struct Step {
    update: Update,
    norms: Cell<Norms>,
}

pub(super) fn step(params: &Params, update: Update) -> Result<Tensor> {
    let op = Step {
        update,
        norms: Cell::default(),
    };
    params.buffer().inplace_op2(params.grads(), &op)?;
    let norms = op.norms.get();
    let ratio = (norms.change / norms.value.max(f64::MIN_POSITIVE)).sqrt();
    Tensor::new(
        &[norms.grad.sqrt() as f32, ratio as f32],
        params.buffer().device(),
    )
}

impl InplaceOp2 for Step {
    fn name(&self) -> &'static str {
        "optimizer step"
    }

    fn cpu_fwd(
        &self,
        buffer: &mut CpuStorage,
        layout: &Layout,
        grads: &CpuStorage,
        grads_l: &Layout,
    ) -> Result<()> {
        let (CpuStorage::F32(buffer), CpuStorage::F32(grads)) = (buffer, grads) else {
            bail!("optimizer step: expected f32 values");
        };
        let (Some((from, to)), Some((g_from, g_to))) =
            (layout.contiguous_offsets(), grads_l.contiguous_offsets())
        else {
            bail!("optimizer step: expected contiguous values");
        };
        let grads = &grads[g_from..g_to];
        let n = grads.len();
        let buffer = &mut buffer[from..to];
        if buffer.len() != crate::nn::SLOTS * n {
            bail!(
                "optimizer step: {n} gradients for a buffer of {}",
                buffer.len()
            );
        }
        let (values, moments) = buffer.split_at_mut(n);
        let (first, second) = moments.split_at_mut(n);
        let update = self.update;
        let partial: Vec<Norms> = values
            .par_chunks_mut(CHUNK)
            .zip(first.par_chunks_mut(CHUNK))
            .zip(second.par_chunks_mut(CHUNK))
            .zip(grads.par_chunks(CHUNK))
            .map(|(((w, m), v), g)| {
                Arch::new().dispatch(|| match update {
                    Update::Adam {
                        beta1,
                        beta2,
                        eps,
                        step,
                        root,
                    } => {
                        let (keep1, keep2) = (1.0 - beta1, 1.0 - beta2);
                        chunk(w, m, v, g, |m, v, g| {
                            *m = beta1 * *m + keep1 * g;
                            *v = beta2 * *v + keep2 * g * g;
                            step * *m / (v.sqrt() * root + eps)
                        })
                    }
                    Update::Rmsprop { alpha, eps, lr } => {
                        let keep = 1.0 - alpha;
                        chunk(w, m, v, g, |_, v, g| {
                            *v = alpha * *v + keep * g * g;
                            lr * g / (v.sqrt() + eps)
                        })
                    }
                })
            })
            .collect();
        // In order: the sum is the same however the chunks were shared out.
        self.norms
            .set(partial.iter().fold(Norms::default(), |a, b| Norms {
                grad: a.grad + b.grad,
                change: a.change + b.change,
                value: a.value + b.value,
            }));
        Ok(())
    }
}

/// One chunk. Norms are summed in eight lanes of f32, which the compiler turns into one register.
///
/// A chunk with a gradient that is not finite (or whose square is not) is left alone: the norm says so, and the weights
/// stay finite whatever happens.
#[inline(always)]
fn chunk(
    w: &mut [f32],
    m: &mut [f32],
    v: &mut [f32],
    g: &[f32],
    rule: impl Fn(&mut f32, &mut f32, f32) -> f32,
) -> Norms {
    let grad = lanes(g, |g| g * g);
    if !grad.is_finite() {
        return Norms {
            grad: f64::NAN,
            change: 0.0,
            value: lanes(w, |w| w * w),
        };
    }
    let (mut change, mut value) = ([0.0_f32; LANES], [0.0_f32; LANES]);
    let (w, w_rest) = w.as_chunks_mut::<LANES>();
    let (m, m_rest) = m.as_chunks_mut::<LANES>();
    let (v, v_rest) = v.as_chunks_mut::<LANES>();
    let (g, g_rest) = g.as_chunks::<LANES>();
    // Arrays by value: the compiler sees eight independent lanes and makes one vector of them.
    for (((w, m), v), g) in w.iter_mut().zip(m).zip(v).zip(g) {
        let (mut next_w, mut next_m, mut next_v) = (*w, *m, *v);
        let mut delta = [0.0_f32; LANES];
        for lane in 0..LANES {
            delta[lane] = rule(&mut next_m[lane], &mut next_v[lane], g[lane]);
        }
        for lane in 0..LANES {
            next_w[lane] -= delta[lane];
            change[lane] += delta[lane] * delta[lane];
            value[lane] += next_w[lane] * next_w[lane];
        }
        (*w, *m, *v) = (next_w, next_m, next_v);
    }
    for (lane, (((w, m), v), g)) in w_rest
        .iter_mut()
        .zip(m_rest)
        .zip(v_rest)
        .zip(g_rest)
        .enumerate()
    {
        let delta = rule(m, v, *g);
        *w -= delta;
        change[lane] += delta * delta;
        value[lane] += *w * *w;
    }
    Norms {
        grad,
        change: total(change),
        value: total(value),
    }
}

/// Independent partial sums, so that additions need not wait for each other.
const LANES: usize = 8;

/// Σ f(x), in [`LANES`] lanes.
#[inline(always)]
fn lanes(values: &[f32], f: impl Fn(f32) -> f32) -> f64 {
    let mut sums = [0.0_f32; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += f(chunk[lane]);
        }
    }
    for (sum, x) in sums.iter_mut().zip(rest) {
        *sum += f(*x);
    }
    total(sums)
}

fn total(lanes: [f32; LANES]) -> f64 {
    lanes.iter().map(|l| f64::from(*l)).sum()
}
