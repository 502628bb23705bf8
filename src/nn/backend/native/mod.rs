//! The networks' passes on the CPU.
//!
//! A step multiplies few rows (a batch) by large matrices (the weights). Libraries made for square matrices are slow at
//! that: they copy the weights into their own order for every product. Here the *activations* are in the order that
//! products read ([`panels`]), so that weights are read as they are, a few rows at a time; bias, activation and
//! derivative are applied while the sums are in registers ([`products`]); and a step allocates no memory.
//!
//! There is no unsafe code: `pulp` compiles the loops for the machine's vectors (AVX-512, AVX2, NEON or none).

mod conv;
mod level;
mod panels;
mod passes;
mod peak;
mod products;
mod rules;
mod spectral;
pub mod speed;
mod tile;
mod update;
mod vector;
mod workspace;

use candle_core::{Device, Result, Tensor};
use rayon::prelude::*;

pub use level::{use_avx2, vector_level};
pub use peak::peak_flops;

use super::{Backend, Passes, Statistics, portable};
use crate::nn::host::{HostValues, write};
use crate::nn::layer::LayerSpec;
use crate::nn::singular::SingularPair;
use crate::nn::update::UpdateStep;
use conv::ConvPasses;
use passes::NativePasses;
use update::{Norms, OptimizerState};

/// The CPU.
#[derive(Debug)]
pub struct Native;

impl Backend for Native {
    fn blend(&self, out: &Tensor, source: &Tensor, kept: f64) -> Result<()> {
        /// Values a thread works on at a time.
        const PIECE: usize = 64 * 1024;
        let (old, new) = (kept as f32, (1.0 - kept) as f32);
        let source = HostValues::of(source);
        let source = source.values()?;
        write(out, |out| {
            out.par_chunks_mut(PIECE)
                .zip(source.par_chunks(PIECE))
                .for_each(|(out, source)| {
                    for (out, source) in out.iter_mut().zip(source) {
                        *out = old * *out + new * source;
                    }
                });
        })
    }

    fn clip(&self, weights: &Tensor, limit: f32) -> Result<Tensor> {
        /// Values a thread works on at a time.
        const PIECE: usize = 16 * 1024;
        let saturated: usize = write(weights, |weights| {
            let pieces = weights.par_chunks_mut(PIECE);
            pieces.map(|piece| clip(piece, limit)).sum()
        })?;
        Tensor::new(
            saturated as f32 / weights.elem_count().max(1) as f32,
            weights.device(),
        )
    }

    fn fill(&self, out: &Tensor, set: &mut dyn FnMut(&mut [f32])) -> Result<()> {
        write(out, set)
    }

    fn passes(
        &self,
        specs: &[LayerSpec],
        (output, output_grad): (&Tensor, &Tensor),
        statistics: Statistics,
    ) -> Result<Box<dyn Passes>> {
        // Apple's Accelerate has exclusive use of the processor's matrix unit: its products are faster than ours.
        if cfg!(feature = "accelerate") {
            return portable::Portable.passes(specs, (output, output_grad), statistics);
        }
        let rows = output.dim(0)?;
        Ok(if specs.iter().all(|spec| spec.is_full()) {
            Box::new(NativePasses::new(specs, rows))
        } else {
            Box::new(ConvPasses::new(specs, rows, statistics))
        })
    }

    fn turn(&self, weight: &Tensor, pair: &SingularPair) -> Result<()> {
        let (weight, right) = (HostValues::of(weight), HostValues::of(&pair.right));
        let (weight, right) = (weight.values()?, right.values()?);
        write(&pair.left, |left| spectral::turn(weight, left, right))
    }

    fn normalise(&self, out: &Tensor, weight: &Tensor, pair: &SingularPair) -> Result<()> {
        let (weight, left) = (HostValues::of(weight), HostValues::of(&pair.left));
        let (weight, left) = (weight.values()?, left.values()?);
        let norm = write(out, |out| {
            write(&pair.right, |right| {
                spectral::normalise(out, weight, left, right)
            })
        })??;
        write(&pair.value, |value| value.fill(norm))
    }

    fn normalise_backward(
        &self,
        grad: &Tensor,
        normalised: &Tensor,
        pair: &SingularPair,
    ) -> Result<()> {
        let SingularPair { left, right, value } = pair;
        let guards = [normalised, left, right, value].map(HostValues::of);
        let (normalised, left) = (guards[0].values()?, guards[1].values()?);
        let (right, value) = (guards[2].values()?, guards[3].values()?);
        write(grad, |grad| {
            spectral::backward(grad, normalised, left, right, value[0]);
        })
    }

    fn update(&self, buffer: &Tensor, grads: &Tensor, step: UpdateStep) -> Result<Tensor> {
        let grads = HostValues::of(grads);
        let grads = grads.values()?;
        let norms = write(buffer, |buffer| {
            let state = OptimizerState::new(buffer);
            match step {
                UpdateStep::Adam(rule) => update::update(state, grads, rule),
                UpdateStep::Rmsprop(rule) => update::update(state, grads, rule),
            }
        })?;
        observed(norms, grads.len())
    }
}

/// Clips values to ±`limit` and counts those at the limit.
fn clip(values: &mut [f32], limit: f32) -> usize {
    let mut count = 0;
    for value in values {
        *value = value.clamp(-limit, limit);
        count += usize::from(value.abs() >= 0.99 * limit);
    }
    count
}

/// What [`Backend::update`] returns, of `count` parameters.
fn observed(norms: Norms, count: usize) -> Result<Tensor> {
    let ratio = (norms.change / norms.value.max(f64::MIN_POSITIVE)).sqrt();
    let share = norms.saturated / count.max(1) as f64;
    let observed = [norms.grad.sqrt(), ratio, share].map(|x| x as f32);
    Tensor::new(&observed, &Device::Cpu)
}
