//! The work of a gradient of weights: sums over the points at which values of the two planes meet.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use pulp::Simd;

use super::maps::Maps;
use super::plan::{Plan, places};
use super::terms::Terms;
use super::tile::{Columns, Start, Sums, copy, tiles};
use crate::nn::backend::native::level::{WIDE, line_of};
use crate::nn::backend::native::tile::{STRIP, Task, for_rows, room, strips};

/// The most points that are arranged together. Then sums pass through memory; until then the lines, 96 KB of them, stay in the
/// second-level cache, from where all strips read them.
const POINTS: usize = 384;
/// Values of the small plane's channels that are arranged together, about, where these are many: as much of that cache again.
const VALUES: usize = 64 * 1024;

/// How the values of two planes meet.
#[derive(Debug)]
pub struct Meetings {
    /// The points of each kind in an image. Each kind is one matrix product.
    pub kinds: Vec<Vec<Meeting>>,
    /// What a point takes of the large plane: pieces of `length` values, a line apart.
    pub segments: usize,
    pub length: usize,
    pub line: usize,
    /// Channels of the large plane.
    pub channels: usize,
    /// The products whose sum is the gradient of each tap of the kernel; in those of a kind, the channels of the large plane are met
    /// once after another.
    pub taps: Vec<Terms>,
}

/// A point: the sum of pixels of the small plane, and the difference of pieces of the large one.
#[derive(Debug, Clone, Copy)]
pub struct Meeting {
    pub small: Terms,
    pub large: Terms,
}

impl Meetings {
    /// Each pixel of the small plane with its window.
    pub fn of_windows(plan: &Plan) -> Self {
        let phase = plan.phases.first();
        let points = phase.into_iter().flat_map(|phase| {
            let points = phase.writes.iter().zip(&phase.reads);
            points.map(|(small, large)| Meeting {
                small: Terms::One(*small),
                large: Terms::One(*large),
            })
        });
        Self {
            kinds: vec![points.collect()],
            segments: phase.map_or(0, |phase| phase.segments),
            length: phase.map_or(0, |phase| phase.length),
            line: plan.line,
            channels: plan.order.channels,
            taps: (0..plan.order.area).map(Terms::One).collect(),
        }
    }
}

/// A part of the gradient: some columns of one kind's product, over some images.
pub struct Partial<'a, 'o> {
    pub meetings: &'a Meetings,
    pub kind: usize,
    pub small: &'a Maps,
    pub large: &'a Maps,
    /// The first image, and the one after the last.
    pub images: (usize, usize),
    pub segment: usize,
    /// Values of the segment: the first one, and the one after the last.
    pub columns: (usize, usize),
    /// `[channels of the small plane, columns]`, with anything in it.
    pub sums: &'o mut [f32],
}

impl Task for Partial<'_, '_> {
    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, scratch: &mut Vec<f32>) {
        let points = self.points().len();
        let (channels, line) = (self.small.shape.channels, line_of::<S>());
        let some = (VALUES / channels.max(1)).clamp(POINTS / 4, POINTS);
        let scratch = room(scratch, some * (channels + line) + channels);
        let (values, scratch) = scratch.split_at_mut(some * channels);
        let (lines, pixel) = scratch.split_at_mut(some * line);
        let mut sums = [[0.0; WIDE]; STRIP];
        let all = (self.images.1 - self.images.0) * points;
        for from in (0..all).step_by(some) {
            let count = some.min(all - from);
            self.arrange(simd, from, count, (values, pixel));
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

/// Some points, arranged.
#[derive(Clone, Copy)]
struct Block<'a> {
    /// The small plane's: for each strip of channels, its values point after point.
    values: &'a [f32],
    /// The large plane's, a line each.
    lines: &'a [f32],
    /// Points.
    count: usize,
    /// The first column, and how many.
    column: usize,
    width: usize,
    is_first: bool,
}

impl<'a> Partial<'a, '_> {
    fn points(&self) -> &'a [Meeting] {
        &self.meetings.kinds[self.kind]
    }

    /// Arranges the channels of some points in strips, each of which a tile then reads from its beginning to its end.
    #[inline(always)]
    fn arrange<S: Simd>(
        &self,
        simd: S,
        from: usize,
        count: usize,
        (values, pixel): (&mut [f32], &mut [f32]),
    ) {
        let channels = self.small.shape.channels;
        let points = self.points();
        let places = places(points.len(), self.images.0, from);
        for (i, (image, point)) in places.take(count).enumerate() {
            let image = self.small.of(image);
            let from = match points[point].small {
                Terms::One(at) => &image[at..][..channels],
                terms => {
                    terms.sum(simd, image, pixel);
                    &*pixel
                }
            };
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
        let skip = self.segment * self.meetings.line + column;
        let points = self.points();
        let places = places(points.len(), self.images.0, from).take(count);
        for (to, (image, point)) in lines.chunks_exact_mut(line_of::<S>()).zip(places) {
            let from = &self.large.of(image)[skip..];
            points[point].large.difference(simd, from, &mut to[..width]);
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
