//! The order of weights in which products read them.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use pulp::Simd;
use rayon::prelude::*;

use super::terms::Terms;
use super::transpose::transpose;
use crate::nn::backend::native::level::line;
use crate::nn::backend::native::tile::{Task, room, run};
use crate::nn::layer::Link;

/// Lanes that are packed together: a cache line.
const LANES: usize = 16;
/// Channels of the input that a task packs.
const CHANNELS: usize = 16;

/// Which weights products read, and in what order.
#[derive(Debug)]
pub struct Order {
    /// Channels of the input.
    pub channels: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// Taps of the kernel.
    pub area: usize,
    /// Values between the weights of two outputs, and of two channels of the input.
    strides: (usize, usize),
    /// Of each phase: what the channels of the input meet, once after another. Each is a tap of the kernel (row·kernel + column), or
    /// a sum of some.
    phases: Vec<Vec<Terms>>,
}

impl Order {
    /// That of products from the large plane to the small one.
    pub fn of_gather(link: Link, phases: Vec<Vec<Terms>>) -> Self {
        let [_, channels, kernel, _] = link.weight();
        let area = kernel * kernel;
        Self {
            channels,
            outputs: link.small.channels,
            area,
            strides: (channels * area, area),
            phases,
        }
    }

    /// That of products from the small plane to the large one.
    pub fn of_spread(link: Link, phases: Vec<Vec<Terms>>) -> Self {
        let [channels, outputs, kernel, _] = link.weight();
        let area = kernel * kernel;
        Self {
            channels,
            outputs,
            area,
            strides: (area, outputs * area),
            phases,
        }
    }

    /// Where the weights of an output and a channel of the input lie.
    fn place(&self, output: usize, channel: usize) -> usize {
        output * self.strides.0 + channel * self.strides.1
    }
}

/// Weights in the order of each phase: in groups of as many outputs as a line is long; within a group, step after step, each a line.
#[derive(Debug, Default)]
pub struct Packed(Vec<Vec<f32>>);

impl Packed {
    /// Packs weights, in the memory of those that were packed before.
    pub fn pack(&mut self, order: &Order, weights: &[f32]) {
        let line = line();
        let groups = order.outputs.div_ceil(line);
        let blocks = order.channels.div_ceil(CHANNELS);
        self.0.resize_with(order.phases.len(), Vec::new);
        let mut tasks: Vec<Vec<Lines>> = Vec::new();
        tasks.resize_with(groups * blocks, Vec::new);
        for (packed, phase) in self.0.iter_mut().zip(&order.phases) {
            let each = order.channels * line;
            packed.resize(groups * phase.len() * each, 0.0);
            for (i, lines) in packed.chunks_exact_mut(each.max(1)).enumerate() {
                let (group, taps) = (i / phase.len(), phase[i % phase.len()]);
                let tasks = tasks[group * blocks..].iter_mut();
                for (task, lines) in tasks.zip(lines.chunks_mut(CHANNELS * line)) {
                    task.push(Lines { taps, lines });
                }
            }
        }
        let tasks = tasks.into_par_iter().enumerate();
        tasks.for_each(|(i, all)| {
            let (output, channel) = (i / blocks * line, i % blocks * CHANNELS);
            run(&mut Block {
                order,
                weights: &weights[order.place(output, channel)..],
                outputs: line.min(order.outputs - output),
                all,
            });
        });
    }

    /// Those of each phase.
    pub fn phases(&self) -> impl Iterator<Item = &[f32]> {
        self.0.iter().map(Vec::as_slice)
    }
}

/// What some channels of the input meet at once: a line for each.
struct Lines<'a> {
    taps: Terms,
    lines: &'a mut [f32],
}

/// Some channels and some outputs. The weights of a channel are read once, for all phases.
struct Block<'a> {
    order: &'a Order,
    /// From the first channel and the first output on.
    weights: &'a [f32],
    outputs: usize,
    all: Vec<Lines<'a>>,
}

impl Task for Block<'_> {
    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, scratch: &mut Vec<f32>) {
        let (line, area) = (line(), self.order.area);
        let width = self.outputs.next_multiple_of(LANES);
        let of_channel = room(scratch, area * width);
        // Lanes without an output stay zero.
        of_channel.fill(0.0);
        let (apart, by_channel) = self.order.strides;
        let channels = self.all.first().map_or(0, |all| all.lines.len() / line);
        for channel in 0..channels {
            let from = (&self.weights[channel * by_channel..], apart);
            transpose(from, (&mut *of_channel, width), (self.outputs, area));
            for Lines { taps, lines } in &mut self.all {
                let lanes = &mut lines[channel * line..][..width];
                taps.rows(width).sum(simd, of_channel, lanes);
            }
        }
    }
}
