//! The order of weights in which products read them.

use rayon::prelude::*;

use super::plan::{Phase, Plan};
use crate::nn::backend::native::level::line;

/// Lanes that are packed together: a cache line.
const LANES: usize = 16;

/// Weights for the phases of a plan: in groups of as many outputs as a line is long; within a group, step after step, each a line.
#[derive(Debug, Default)]
pub struct Packed(Vec<Vec<f32>>);

impl Packed {
    /// Packs weights, in the memory of those that were packed before.
    pub fn pack(&mut self, plan: &Plan, weights: &[f32]) {
        self.0.resize_with(plan.phases.len(), Vec::new);
        for (packed, phase) in self.0.iter_mut().zip(&plan.phases) {
            pack(packed, plan, phase, weights);
        }
    }

    /// Those of each phase.
    pub fn phases(&self) -> impl Iterator<Item = &[f32]> {
        self.0.iter().map(Vec::as_slice)
    }
}

fn pack(packed: &mut Vec<f32>, plan: &Plan, phase: &Phase, weights: &[f32]) {
    let (line, steps) = (line(), phase.steps());
    let (by_output, by_channel) = plan.strides;
    packed.resize(plan.outputs.div_ceil(line) * steps * line, 0.0);
    let groups = packed.par_chunks_mut((steps * line).max(1)).enumerate();
    groups.for_each(|(group, lines)| {
        for lane in (0..line).step_by(LANES) {
            let first = group * line + lane;
            let count = plan.outputs.saturating_sub(first).min(LANES);
            for (tap, lines) in phase
                .taps
                .iter()
                .zip(lines.chunks_mut(phase.channels * line))
            {
                for (channel, line) in lines.chunks_exact_mut(line).enumerate() {
                    let from = &weights
                        [(first * by_output + channel * by_channel + tap).min(weights.len())..];
                    let to = &mut line[lane..][..LANES];
                    if count == LANES {
                        let some: [f32; LANES] = std::array::from_fn(|i| from[i * by_output]);
                        to.copy_from_slice(&some);
                    } else {
                        for (i, to) in to[..count].iter_mut().enumerate() {
                            *to = from[i * by_output];
                        }
                    }
                }
            }
        }
    });
}
