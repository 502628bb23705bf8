//! Products of windows with weights.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use pulp::Simd;
use rayon::prelude::*;

use super::after::{After, Then};
use super::maps::Maps;
use super::pack::Packed;
use super::plan::{Phase, Plan};
use super::tile::{Start, Sums, Windows, copy, tiles};
use crate::nn::backend::native::level::{WIDE, line_of};
use crate::nn::backend::native::tile::{STRIP, Task, for_rows, run, strips};
use crate::nn::stopwatch::{Part, time};

/// Positions that a task works on, about: enough that weights which are read from memory are used often.
const POSITIONS: usize = 256;
/// The least number of tasks, where there are as many images.
const TASKS: usize = 8;
/// Bytes of weights that all positions of a task meet before the next.
const NEAR: usize = 256 * 1024;

/// `out ← after(windows of input · weights)`.
pub fn product(plan: &Plan, weights: &Packed, input: &Maps, after: After, out: &mut Maps) {
    let positions: usize = plan.phases.iter().map(|phase| phase.writes.len()).sum();
    let most = (out.rows / TASKS).max(1);
    let images = POSITIONS.div_ceil(positions.max(1)).min(most);
    let image = out.image();
    let each = |(i, out): (usize, &mut [f32])| {
        run(&mut Products {
            plan,
            weights,
            input: &input.values()[i * images * input.image()..],
            images: (input.image(), image, out.len() / image),
            after: after.of(i * images * image, out.len()),
            out,
        });
    };
    time(Part::Products, || {
        let tasks = out.values_mut().par_chunks_mut(images * image);
        tasks.enumerate().for_each(each);
    });
}

struct Products<'a, 'o> {
    plan: &'a Plan,
    weights: &'a Packed,
    input: &'a [f32],
    /// Values of an image of the input and of one of the output, and the number of images.
    images: (usize, usize, usize),
    after: Then<'a>,
    out: &'o mut [f32],
}

impl Task for Products<'_, '_> {
    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, _: &mut Vec<f32>) {
        let plan = self.plan;
        let mut sums = [[0.0; WIDE]; STRIP];
        for (phase, weights) in plan.phases.iter().zip(self.weights.phases()) {
            let line = line_of::<S>();
            let groups = weights.chunks_exact((phase.steps() * line).max(1));
            for (group, lines) in groups.enumerate() {
                self.group(simd, phase, (group * line, lines), &mut sums);
            }
        }
    }
}

/// Some segments of windows, with the weights that they meet.
#[derive(Clone, Copy)]
struct Block<'a> {
    /// The first segment, and how many.
    segments: (usize, usize),
    lines: &'a [f32],
    is_first: bool,
    is_last: bool,
}

impl Products<'_, '_> {
    /// The outputs of one line, from output `from` on.
    #[inline(always)]
    fn group<S: Simd>(
        &mut self,
        simd: S,
        phase: &Phase,
        (from, lines): (usize, &[f32]),
        sums: &mut Sums,
    ) {
        let bytes = size_of::<f32>() * phase.length * line_of::<S>();
        let some = (NEAR / bytes.max(1)).max(1);
        let size = phase.length * line_of::<S>();
        for first in (0..phase.segments).step_by(some) {
            let count = some.min(phase.segments - first);
            let block = Block {
                segments: (first, count),
                lines: &lines[first * size..][..count * size],
                is_first: first == 0,
                is_last: first + count == phase.segments,
            };
            self.positions(simd, phase, from, block, sums);
        }
    }

    #[inline(always)]
    fn positions<S: Simd>(
        &mut self,
        simd: S,
        phase: &Phase,
        from: usize,
        block: Block,
        sums: &mut Sums,
    ) {
        let (input, output, images) = self.images;
        let positions = phase.writes.len();
        let (mut image, mut next) = (0, 0);
        for (_, rows) in strips(positions * images) {
            for_rows!(rows, MR => {
                let mut places = [(0, 0); MR];
                for place in &mut places {
                    *place = (
                        image * input + phase.reads[next],
                        image * output + phase.writes[next],
                    );
                    next += 1;
                    if next == positions {
                        (image, next) = (image + 1, 0);
                    }
                }
                self.strip::<S, MR>(simd, phase, (from, block), places, sums);
            });
        }
    }

    #[inline(always)]
    fn strip<S: Simd, const MR: usize>(
        &mut self,
        simd: S,
        phase: &Phase,
        (from, block): (usize, Block),
        places: [(usize, usize); MR],
        sums: &mut Sums,
    ) {
        let columns = (self.plan.order.outputs - from).min(line_of::<S>());
        let start = if block.is_first {
            Start::Zero
        } else {
            for (sums, (_, at)) in sums.iter_mut().zip(places) {
                copy(
                    simd,
                    &mut sums[..columns],
                    &self.out[at + from..][..columns],
                );
            }
            Start::Sums
        };
        let skip = block.segments.0 * self.plan.line;
        let windows = Windows::<MR> {
            values: self.input,
            places: places.map(|(at, _)| at + skip),
            length: phase.length,
            apart: self.plan.line,
            lines: block.lines,
        };
        tiles(simd, &windows, columns, start, sums);
        for (sums, (_, at)) in sums.iter().zip(places) {
            if block.is_last {
                let place = (at + from, from);
                self.after.put(simd, &sums[..columns], place, self.out);
            } else {
                copy(
                    simd,
                    &mut self.out[at + from..][..columns],
                    &sums[..columns],
                );
            }
        }
    }
}
