//! The gradient of a convolution's weights: the sum over all positions of the small plane's values times the window of the large
//! plane that they meet.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use pulp::Simd;
use rayon::prelude::*;

use super::maps::Maps;
use super::plan::{Phase, Plan};
use super::thin;
use super::tile::{Columns, Start, Sums, copy, tiles};
use super::transpose::transpose;
use crate::nn::backend::native::level::{WIDE, line_of};
use crate::nn::backend::native::tile::{STRIP, Task, for_rows, room, run, strips};
use crate::nn::matrix::Accumulation;
use crate::nn::stopwatch::{Part, time};

/// The most positions that are arranged together. Then sums pass through memory; until then the lines, 96 KB of them, stay in the
/// second-level cache, from where all strips read them.
const POSITIONS: usize = 384;
/// Values of the small plane's channels that are arranged together, about, where these are many: as much of that cache again.
const VALUES: usize = 64 * 1024;
/// Columns of a window's row that a task computes, about: those of whole pixels.
const COLUMNS: usize = 512;
/// Positions from which on a task takes only some of them: a fixed number, so that sums do not depend on the number of threads.
const SHARE: usize = 4096;
/// The most shares: each takes memory of the size of the gradient.
const SHARES: usize = 4;
/// The shares of thin windows.
const THIN_SHARES: usize = 16;

/// `out ← gradient`, or `out + gradient`, `[small channels, large channels, kernel, kernel]`. `plan` is the link's gather; `sums` is
/// memory to reuse.
pub fn weight_grad(
    plan: &Plan,
    small: &Maps,
    large: &Maps,
    accumulation: Accumulation,
    sums: &mut Vec<f32>,
    out: &mut [f32],
) {
    let [phase] = plan.phases.as_slice() else {
        return;
    };
    let is_thin = thin::is_thin(phase);
    let shape = if is_thin {
        Shape::thin(plan, phase, small)
    } else {
        Shape::new(plan, phase, small)
    };
    // A task overwrites its sums: what was there does not matter.
    let all = shape.shares * phase.steps() * shape.outputs;
    let sums = room(sums, all);
    let each = |(task, sums): (usize, &mut [f32])| {
        let (share, task) = (task / shape.tasks(), task % shape.tasks());
        if is_thin {
            let between = (small, large);
            return thin::gradient((plan, phase), between, shape.images(share), sums);
        }
        let (segment, part) = (task / shape.parts, task % shape.parts);
        let columns = shape.columns(part);
        run(&mut Gradient {
            plan,
            phase,
            small,
            large,
            images: shape.images(share),
            segment,
            columns,
            sums: &mut sums[..shape.outputs * (columns.1 - columns.0)],
        });
    };
    time(Part::Products, || {
        shape.split(sums).into_par_iter().enumerate().for_each(each);
        shape.collect(sums, accumulation, out);
    });
}

/// How the work is divided: into shares of the images, segments of the windows, and parts of these.
#[derive(Debug, Clone, Copy)]
struct Shape {
    rows: usize,
    /// Channels of the small plane.
    outputs: usize,
    segments: usize,
    /// Values of a segment.
    length: usize,
    channels: usize,
    /// Columns of a part.
    part: usize,
    parts: usize,
    shares: usize,
}

impl Shape {
    fn new(plan: &Plan, phase: &Phase, small: &Maps) -> Self {
        let positions = phase.reads.len() * small.rows;
        let part = plan.channels * (COLUMNS / plan.channels).max(1);
        Self {
            rows: small.rows,
            outputs: small.shape.channels,
            segments: phase.segments,
            length: phase.length,
            channels: plan.channels,
            part,
            parts: phase.length.div_ceil(part),
            shares: (positions / SHARE).clamp(1, SHARES).min(small.rows.max(1)),
        }
    }

    /// That of thin windows: each is one segment in one part, and shares take little memory.
    fn thin(plan: &Plan, phase: &Phase, small: &Maps) -> Self {
        let length = phase.steps();
        Self {
            segments: 1,
            length,
            part: length,
            parts: 1,
            shares: THIN_SHARES.min(small.rows.max(1)),
            ..Self::new(plan, phase, small)
        }
    }

    /// Tasks of a share.
    fn tasks(self) -> usize {
        self.segments * self.parts
    }

    /// The first column of a part, and the one after its last.
    fn columns(self, part: usize) -> (usize, usize) {
        (part * self.part, ((part + 1) * self.part).min(self.length))
    }

    /// The first image of a share, and the one after its last.
    fn images(self, share: usize) -> (usize, usize) {
        let at = |share: usize| share * self.rows / self.shares;
        (at(share), at(share + 1))
    }

    /// The sums of each task.
    fn split(self, mut sums: &mut [f32]) -> Vec<&mut [f32]> {
        let mut tasks = Vec::with_capacity(self.shares * self.tasks());
        for _ in 0..self.shares * self.segments {
            for part in 0..self.parts {
                let (from, to) = self.columns(part);
                let (now, later) =
                    std::mem::take(&mut sums).split_at_mut(self.outputs * (to - from));
                tasks.push(now);
                sums = later;
            }
        }
        tasks
    }

    /// Adds up the shares, and puts the result into the order of the weights.
    fn collect(self, sums: &[f32], accumulation: Accumulation, out: &mut [f32]) {
        let steps = self.segments * self.length;
        let (channels, area) = (self.channels.max(1), steps / self.channels.max(1));
        let memory = || (vec![0.0; steps], Vec::new());
        out.par_chunks_mut(steps.max(1)).enumerate().for_each_init(
            memory,
            |(total, added), (output, out)| {
                total.fill(0.0);
                for share in sums.chunks_exact(steps * self.outputs) {
                    let of_taps = total.chunks_exact_mut(channels);
                    for (total, at) in of_taps.zip(self.taps(output)) {
                        for (total, value) in total.iter_mut().zip(&share[at..]) {
                            *total += value;
                        }
                    }
                }
                let size = (area, channels);
                match accumulation {
                    Accumulation::Overwrite => transpose((total, channels), (out, area), size),
                    Accumulation::Add => {
                        let added = room(added, steps);
                        transpose((total, channels), (added, area), size);
                        for (out, added) in out.iter_mut().zip(added) {
                            *out += *added;
                        }
                    }
                }
            },
        );
    }

    /// Where the sums of one channel of the small plane lie in a share, tap after tap.
    fn taps(self, output: usize) -> impl Iterator<Item = usize> {
        let parts = (0..self.segments * self.parts).map(move |task| {
            let (from, to) = self.columns(task % self.parts);
            (task / self.parts * self.length + from, to - from)
        });
        parts.flat_map(move |(before, width)| {
            let first = before * self.outputs + output * width;
            (0..width)
                .step_by(self.channels.max(1))
                .map(move |at| first + at)
        })
    }
}

struct Gradient<'a, 'o> {
    plan: &'a Plan,
    phase: &'a Phase,
    small: &'a Maps,
    large: &'a Maps,
    images: (usize, usize),
    segment: usize,
    columns: (usize, usize),
    /// `[outputs, columns]`.
    sums: &'o mut [f32],
}

impl Task for Gradient<'_, '_> {
    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, scratch: &mut Vec<f32>) {
        let positions = self.phase.reads.len();
        let (channels, line) = (self.small.shape.channels, line_of::<S>());
        let some = (VALUES / channels.max(1)).clamp(POSITIONS / 4, POSITIONS);
        let scratch = room(scratch, some * (channels + line));
        let (values, lines) = scratch.split_at_mut(some * channels);
        let mut sums = [[0.0; WIDE]; STRIP];
        let all = (self.images.1 - self.images.0) * positions;
        for from in (0..all).step_by(some) {
            let count = some.min(all - from);
            self.arrange(from, count, values);
            let mut column = self.columns.0;
            while column < self.columns.1 {
                let width = line.min(self.columns.1 - column);
                self.arrange_lines(simd, from, count, column, width, lines);
                let block = Block {
                    values,
                    lines: &lines[..count * line],
                    count,
                    column: column - self.columns.0,
                    width,
                    is_first: from == 0,
                };
                for (at, rows) in strips(channels) {
                    for_rows!(rows, MR => self.strip::<S, MR>(simd, block, at, &mut sums));
                }
                column += width;
            }
        }
    }
}

/// Some positions, arranged.
#[derive(Clone, Copy)]
struct Block<'a> {
    /// The small plane's: for each strip of channels, its values position after position.
    values: &'a [f32],
    /// The large plane's, a line each.
    lines: &'a [f32],
    /// Positions.
    count: usize,
    /// The first column, and how many.
    column: usize,
    width: usize,
    is_first: bool,
}

impl Gradient<'_, '_> {
    /// Arranges the channels of some positions in strips, each of which a tile then reads from its beginning to its end.
    #[inline(always)]
    fn arrange(&self, from: usize, count: usize, values: &mut [f32]) {
        let channels = self.small.shape.channels;
        let places = self.phase.places(self.images.0, from);
        for (i, (image, position)) in places.take(count).enumerate() {
            let from = &self.small.of(image)[self.phase.writes[position]..][..channels];
            for (at, rows) in strips(channels) {
                for_rows!(rows, MR => {
                    let to = &mut values[at * count + i * MR..][..MR];
                    to.copy_from_slice(&from[at..][..MR]);
                });
            }
        }
    }

    #[inline(always)]
    fn arrange_lines<S: Simd>(
        &self,
        simd: S,
        from: usize,
        count: usize,
        column: usize,
        width: usize,
        lines: &mut [f32],
    ) {
        let skip = self.segment * self.plan.line + column;
        let places = self.phase.places(self.images.0, from).take(count);
        for (to, (image, position)) in lines.chunks_exact_mut(line_of::<S>()).zip(places) {
            let from = &self.large.of(image)[self.phase.reads[position] + skip..][..width];
            copy(simd, &mut to[..width], from);
        }
    }

    #[inline(always)]
    fn strip<S: Simd, const MR: usize>(
        &mut self,
        simd: S,
        block: Block,
        at: usize,
        sums: &mut Sums,
    ) {
        let all = self.columns.1 - self.columns.0;
        let width = block.width;
        let rows = |i: usize| (at + i) * all + block.column;
        let start = if block.is_first {
            Start::Zero
        } else {
            for (i, sums) in sums.iter_mut().take(MR).enumerate() {
                copy(simd, &mut sums[..width], &self.sums[rows(i)..][..width]);
            }
            Start::Sums
        };
        let columns = Columns {
            values: &block.values[at * block.count..][..block.count * MR],
            stride: MR,
            at: 0,
            lines: block.lines,
        };
        tiles::<S, MR>(simd, &columns, width, start, sums);
        for (i, sums) in sums.iter().take(MR).enumerate() {
            copy(simd, &mut self.sums[rows(i)..][..width], &sums[..width]);
        }
    }
}
