//! The gradient of the weights of windows so thin that a row of one would fill a fraction of a vector's lanes: those of an image, of one
//! channel or three. Here the lanes are the channels of the small plane, and the rows of a tile are the values of a window.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use pulp::Simd;

use super::maps::Maps;
use super::plan::{Phase, Plan, places};
use super::tile::{Columns, NEAR, Start, Sums, copy, tiles};
use super::transpose::transpose;
use crate::nn::backend::native::level::{WIDE, line_of};
use crate::nn::backend::native::tile::{STRIP, Task, for_rows, room, run, strips};

/// Values of a row of a window up to which it is thin.
const MOST: usize = 12;
/// Values of a whole one.
const MOST_OF_ALL: usize = 64;
/// Values beside those of a position, so that positions do not meet in the same sets of a cache.
const GAP: usize = 16;

/// Whether the windows of a phase are thin.
pub fn is_thin(phase: &Phase) -> bool {
    phase.length <= MOST && phase.steps() <= MOST_OF_ALL
}

/// `sums ← gradient` of some images, `[small channels, values of a window]`.
pub fn gradient(
    plan: &Plan,
    (small, large): (&Maps, &Maps),
    images: (usize, usize),
    sums: &mut [f32],
) {
    for phase in &plan.phases {
        run(&mut Thin {
            plan,
            phase,
            small,
            large,
            images,
            sums,
        });
    }
}

struct Thin<'a, 'o> {
    plan: &'a Plan,
    phase: &'a Phase,
    small: &'a Maps,
    large: &'a Maps,
    images: (usize, usize),
    sums: &'o mut [f32],
}

impl Task for Thin<'_, '_> {
    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, scratch: &mut Vec<f32>) {
        let (window, outputs) = (self.phase.steps(), self.small.shape.channels);
        let (line, stride) = (line_of::<S>(), window + GAP);
        let some = NEAR / line;
        let scratch = room(scratch, window * outputs + some * (stride + line));
        let (total, rest) = scratch.split_at_mut(window * outputs);
        let (windows, lines) = rest.split_at_mut(some * stride);
        total.fill(0.0);
        let mut sums = [[0.0; WIDE]; STRIP];
        let positions = self.phase.reads.len();
        let all = (self.images.1 - self.images.0) * positions;
        for from in (0..all).step_by(some) {
            let count = some.min(all - from);
            self.windows(simd, from, windows.chunks_exact_mut(stride).take(count));
            for channel in (0..outputs).step_by(line) {
                let width = line.min(outputs - channel);
                let lines = &mut lines[..count * line];
                self.pixels(simd, from, (channel, width), lines.chunks_exact_mut(line));
                let block = Block {
                    windows,
                    stride,
                    lines,
                };
                for (at, rows) in strips(window) {
                    for_rows!(rows, MR => {
                        let total = total[at * outputs..].chunks_exact_mut(outputs);
                        let total = total.map(|row| &mut row[channel..][..width]);
                        block.add::<S, MR>(simd, at, width, &mut sums, total);
                    });
                }
            }
        }
        transpose((total, outputs), (self.sums, window), (window, outputs));
    }
}

impl Thin<'_, '_> {
    fn places(&self, from: usize) -> impl Iterator<Item = (usize, usize)> {
        places(self.phase.reads.len(), self.images.0, from)
    }

    /// Whole windows.
    #[inline(always)]
    fn windows<'w, S: Simd>(
        &self,
        simd: S,
        from: usize,
        windows: impl Iterator<Item = &'w mut [f32]>,
    ) {
        for (to, (image, position)) in windows.zip(self.places(from)) {
            let image = &self.large.of(image)[self.phase.reads[position]..];
            let rows = to.chunks_exact_mut(self.phase.length);
            for (n, to) in rows.take(self.phase.segments).enumerate() {
                copy(simd, to, &image[n * self.plan.line..][..self.phase.length]);
            }
        }
    }

    /// Some channels of pixels.
    #[inline(always)]
    fn pixels<'l, S: Simd>(
        &self,
        simd: S,
        from: usize,
        (channel, width): (usize, usize),
        lines: impl Iterator<Item = &'l mut [f32]>,
    ) {
        for (to, (image, position)) in lines.zip(self.places(from)) {
            let pixel = &self.small.of(image)[self.phase.writes[position] + channel..];
            copy(simd, &mut to[..width], &pixel[..width]);
        }
    }
}

/// Some positions, arranged.
#[derive(Clone, Copy)]
struct Block<'a> {
    /// `stride` values each.
    windows: &'a [f32],
    stride: usize,
    /// A line each.
    lines: &'a [f32],
}

impl Block<'_> {
    /// Adds to the sums of `MR` values of a window, from value `at` on.
    #[inline(always)]
    fn add<'t, S: Simd, const MR: usize>(
        self,
        simd: S,
        at: usize,
        width: usize,
        sums: &mut Sums,
        total: impl Iterator<Item = &'t mut [f32]>,
    ) {
        let mut total = total;
        let mut rows: [&mut [f32]; MR] = std::array::from_fn(|_| total.next().unwrap_or_default());
        for (sums, row) in sums.iter_mut().zip(&rows) {
            copy(simd, &mut sums[..width], row);
        }
        let columns = Columns {
            values: self.windows,
            stride: self.stride,
            at,
            lines: self.lines,
        };
        tiles::<S, MR>(simd, &columns, width, Start::Sums, sums);
        for (sums, row) in sums.iter().zip(&mut rows) {
            copy(simd, row, &sums[..width]);
        }
    }
}
