//! The gradient of a convolution's weights: the sum over all positions of the small plane's values times the window of the large
//! plane that they meet.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use pulp::Simd;
use rayon::prelude::*;

use super::maps::Maps;
use super::meetings::{Meetings, Partial};
use super::plan::Plan;
use super::terms::Terms;
use super::thin;
use super::tile::copy;
use super::transpose::transpose;
use super::winograd;
use crate::nn::backend::native::tile::{Task, room, run};
use crate::nn::layer::Link;
use crate::nn::matrix::Accumulation;
use crate::nn::stopwatch::{Part, time};

/// Columns of a window's row that a task computes, about: those of whole pixels.
const COLUMNS: usize = 512;
/// Positions of the small plane from which on a task takes only some of them: a fixed number, so that sums do not depend on the number
/// of threads.
const SHARE: usize = 4096;
/// The most shares: each takes memory of the size of the gradient.
const SHARES: usize = 4;
/// The shares of thin windows.
const THIN_SHARES: usize = 16;

/// The gradient of a link's weights.
#[derive(Debug)]
pub struct WeightGrad {
    meetings: Meetings,
    /// Where windows are thin: their plan.
    thin: Option<Plan>,
}

impl WeightGrad {
    /// The maps say where values lie.
    pub fn new(link: Link, large: &Maps, small: &Maps) -> Self {
        if winograd::is_for(link) {
            return Self {
                meetings: winograd::meetings(link, large, small),
                thin: None,
            };
        }
        let plan = Plan::gather(link, large, small);
        Self {
            meetings: Meetings::of_windows(&plan),
            thin: plan.phases.iter().all(thin::is_thin).then_some(plan),
        }
    }

    /// `out ← gradient`, or `out + gradient`, `[small channels, large channels, kernel, kernel]`. `sums` is memory to reuse.
    pub fn apply(
        &self,
        (small, large): (&Maps, &Maps),
        accumulation: Accumulation,
        sums: &mut Vec<f32>,
        out: &mut [f32],
    ) {
        let shape = match &self.thin {
            Some(_) => Shape::thin(&self.meetings, small),
            None => Shape::new(&self.meetings, small),
        };
        // A task overwrites its sums: what was there does not matter.
        let sums = room(sums, shape.shares * shape.steps() * shape.outputs);
        let each = |(task, sums): (usize, &mut [f32])| {
            let (share, task) = (task / shape.tasks(), task % shape.tasks());
            let images = shape.images(share);
            if let Some(plan) = &self.thin {
                return thin::gradient(plan, (small, large), images, sums);
            }
            let (segment, part) = (task / shape.parts, task % shape.parts);
            run(&mut Partial {
                meetings: &self.meetings,
                kind: segment / shape.segments,
                small,
                large,
                images,
                segment: segment % shape.segments,
                columns: shape.columns(part),
                sums,
            });
        };
        time(Part::Products, || {
            shape.split(sums).into_par_iter().enumerate().for_each(each);
            shape.collect(&self.meetings.taps, sums, accumulation, out);
        });
    }
}

/// How the work is divided: into shares of the images, kinds of products, segments of the windows, and parts of these.
#[derive(Debug, Clone, Copy)]
struct Shape {
    rows: usize,
    /// Channels of the small plane.
    outputs: usize,
    kinds: usize,
    /// Segments of a kind.
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
    fn new(meetings: &Meetings, small: &Maps) -> Self {
        let positions = small.shape.height * small.shape.width * small.rows;
        let part = meetings.channels * (COLUMNS / meetings.channels).max(1);
        Self {
            rows: small.rows,
            outputs: small.shape.channels,
            kinds: meetings.kinds.len(),
            segments: meetings.segments,
            length: meetings.length,
            channels: meetings.channels,
            part,
            parts: meetings.length.div_ceil(part),
            shares: (positions / SHARE).clamp(1, SHARES).min(small.rows.max(1)),
        }
    }

    /// That of thin windows: each is one segment in one part, and shares take little memory.
    fn thin(meetings: &Meetings, small: &Maps) -> Self {
        let length = meetings.segments * meetings.length;
        Self {
            segments: 1,
            length,
            part: length,
            parts: 1,
            shares: THIN_SHARES.min(small.rows.max(1)),
            ..Self::new(meetings, small)
        }
    }

    /// Segments of a share.
    fn all_segments(self) -> usize {
        self.kinds * self.segments
    }

    /// Values of all kinds that a channel of the small plane meets.
    fn steps(self) -> usize {
        self.all_segments() * self.length
    }

    /// Tasks of a share.
    fn tasks(self) -> usize {
        self.all_segments() * self.parts
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
        for _ in 0..self.shares * self.all_segments() {
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

    /// Adds up the shares, makes the gradients of taps of the products, and puts these into the order of the weights.
    fn collect(self, taps: &[Terms], sums: &[f32], accumulation: Accumulation, out: &mut [f32]) {
        let window = taps.len() * self.channels;
        let outputs = out.par_chunks_mut(window.max(1)).enumerate();
        outputs.for_each(|(output, out)| {
            run(&mut Collect {
                shape: self,
                taps,
                sums,
                output,
                accumulation,
                out,
            });
        });
    }

    /// Where the sums of one channel of the small plane lie in a share, product after product.
    fn products(self, output: usize) -> impl Iterator<Item = usize> {
        let parts = (0..self.tasks()).map(move |task| {
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

/// The gradients of the weights of one channel of the small plane.
struct Collect<'a, 'o> {
    shape: Shape,
    taps: &'a [Terms],
    sums: &'a [f32],
    output: usize,
    accumulation: Accumulation,
    out: &'o mut [f32],
}

impl Task for Collect<'_, '_> {
    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, scratch: &mut Vec<f32>) {
        let (channels, area) = (self.shape.channels, self.taps.len());
        let (steps, window) = (self.shape.steps(), channels * area);
        let scratch = room(scratch, steps + 2 * window);
        let (total, scratch) = scratch.split_at_mut(steps);
        let (by_tap, by_channel) = scratch.split_at_mut(window);
        for (share, sums) in self
            .sums
            .chunks_exact((steps * self.shape.outputs).max(1))
            .enumerate()
        {
            let products = self.shape.products(self.output);
            for (total, at) in total.chunks_exact_mut(channels.max(1)).zip(products) {
                let sums = &sums[at..][..channels];
                if share == 0 {
                    copy(simd, total, sums);
                } else {
                    add(simd, total, sums);
                }
            }
        }
        for (terms, to) in self
            .taps
            .iter()
            .zip(by_tap.chunks_exact_mut(channels.max(1)))
        {
            terms.rows(channels).sum(simd, total, to);
        }
        let size = (area, channels);
        match self.accumulation {
            Accumulation::Overwrite => transpose((by_tap, channels), (self.out, area), size),
            Accumulation::Add => {
                transpose((by_tap, channels), (by_channel, area), size);
                add(simd, self.out, by_channel);
            }
        }
    }
}

/// Adds as many values, a vector at a time.
#[inline(always)]
fn add<S: Simd>(simd: S, to: &mut [f32], from: &[f32]) {
    let ((to, rest), (from, last)) = (S::as_mut_simd_f32s(to), S::as_simd_f32s(from));
    for (to, from) in to.iter_mut().zip(from) {
        *to = simd.add_f32s(*to, *from);
    }
    if !rest.is_empty() {
        let sum = simd.add_f32s(simd.partial_load_f32s(rest), simd.partial_load_f32s(last));
        simd.partial_store_f32s(rest, sum);
    }
}
