//! The order of weights in which products read them.

use rayon::prelude::*;

use super::plan::Plan;
use super::transpose::transpose;
use crate::nn::backend::native::level::line;

/// Lanes that are packed together: a cache line.
const LANES: usize = 16;
/// Channels of the input that a task packs.
const CHANNELS: usize = 16;

/// Weights for the phases of a plan: in groups of as many outputs as a line is long; within a group, step after step, each a line.
#[derive(Debug, Default)]
pub struct Packed(Vec<Vec<f32>>);

impl Packed {
    /// Packs weights, in the memory of those that were packed before.
    pub fn pack(&mut self, plan: &Plan, weights: &[f32]) {
        let line = line();
        let groups = plan.outputs.div_ceil(line);
        let blocks = plan.channels.div_ceil(CHANNELS);
        self.0.resize_with(plan.phases.len(), Vec::new);
        let mut tasks: Vec<Vec<Lines>> = Vec::new();
        tasks.resize_with(groups * blocks, Vec::new);
        for (packed, phase) in self.0.iter_mut().zip(&plan.phases) {
            packed.resize(groups * phase.steps() * line, 0.0);
            let taps = phase.taps.len();
            let of_taps = packed.chunks_exact_mut((plan.channels * line).max(1));
            for (i, lines) in of_taps.enumerate() {
                let (group, tap) = (i / taps, phase.taps[i % taps]);
                let tasks = tasks[group * blocks..].iter_mut();
                for (task, lines) in tasks.zip(lines.chunks_mut(CHANNELS * line)) {
                    task.push(Lines { tap, lines });
                }
            }
        }
        let tasks = tasks.into_par_iter().enumerate();
        tasks.for_each(|(i, taps)| {
            let (output, channel) = (i / blocks * line, i % blocks * CHANNELS);
            pack(plan, &weights[plan.place(output, channel)..], output, taps);
        });
    }

    /// Those of each phase.
    pub fn phases(&self) -> impl Iterator<Item = &[f32]> {
        self.0.iter().map(Vec::as_slice)
    }
}

/// What some channels of the input meet with one tap: a line for each.
struct Lines<'a> {
    tap: usize,
    lines: &'a mut [f32],
}

/// Fills the lines of some channels with the weights of the outputs from `output` on: those of a channel are read once, for all taps of
/// all phases.
fn pack(plan: &Plan, weights: &[f32], output: usize, mut taps: Vec<Lines>) {
    let line = line();
    let count = line.min(plan.outputs - output);
    let width = count.next_multiple_of(LANES);
    let mut of_channel = vec![0.0; plan.area * width];
    let (apart, by_channel) = plan.strides;
    let channels = taps.first().map_or(0, |taps| taps.lines.len() / line);
    for channel in 0..channels {
        let from = (&weights[channel * by_channel..], apart);
        transpose(from, (&mut of_channel, width), (count, plan.area));
        for Lines { tap, lines } in &mut taps {
            let lanes = &mut lines[channel * line..][..width];
            lanes.copy_from_slice(&of_channel[*tap * width..][..width]);
        }
    }
}
