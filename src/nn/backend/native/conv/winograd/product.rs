//! One direction: inputs become differences, these are multiplied, and products become outputs, for some images at a time.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use pulp::Simd;
use rayon::prelude::*;

use super::{Part, Winograd};
use crate::nn::backend::native::conv::after::{After, Then};
use crate::nn::backend::native::conv::maps::Maps;
use crate::nn::backend::native::conv::terms::Terms;
use crate::nn::backend::native::conv::tile::{Start, Sums, Windows, copy, tiles};
use crate::nn::backend::native::level::{WIDE, line_of};
use crate::nn::backend::native::tile::{STRIP, Task, for_rows, room, run, strips};
use crate::nn::stopwatch::{Part as Timed, time};

/// Differences of a task, about: they stay in the second-level cache, from where each group of outputs reads them, and there are enough
/// of each kind that weights which are read from memory are used often.
const VALUES: usize = 192 * 1024;
/// The least number of tasks, where there are as many images.
const TASKS: usize = 8;
/// Values behind each row of differences, so that rows do not meet in the same sets of a cache.
const GAP: usize = 16;

/// `out ← after(map of input)`.
pub fn product(map: &Winograd, input: &Maps, after: After, out: &mut Maps) {
    let products = map.parts.iter().map(Part::products).max().unwrap_or(0);
    let image = out.image();
    let images = (VALUES / (products * map.row()).max(1)).clamp(1, (out.rows / TASKS).max(1));
    let each = |(task, out): (usize, &mut [f32])| {
        run(&mut Images {
            map,
            input: &input.values()[task * images * input.image()..],
            image: (input.image(), image),
            count: out.len() / image,
            after: after.of(task * images * image, out.len()),
            out,
        });
    };
    time(Timed::Products, || {
        let tasks = out.values_mut().par_chunks_mut(images * image);
        tasks.enumerate().for_each(each);
    });
}

impl Part {
    /// Products of an image.
    fn products(&self) -> usize {
        self.inputs.iter().map(Vec::len).sum()
    }
}

impl Winograd {
    /// Values that a product is a sum over.
    fn steps(&self) -> usize {
        self.segments * self.length
    }

    /// Values of a row of differences, with what lies behind it.
    fn row(&self) -> usize {
        self.steps() + GAP
    }
}

/// Some images.
struct Images<'a, 'o> {
    map: &'a Winograd,
    input: &'a [f32],
    /// Values of an image of the input, and of one of the output.
    image: (usize, usize),
    count: usize,
    after: Then<'a>,
    out: &'o mut [f32],
}

impl Task for Images<'_, '_> {
    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, scratch: &mut Vec<f32>) {
        let (map, line) = (self.map, line_of::<S>());
        let mut sums = [[0.0; WIDE]; STRIP];
        for (part, weights) in map.parts.iter().zip(map.weights.phases()) {
            let rows = self.count * part.products();
            let scratch = room(scratch, rows * (map.row() + line));
            let (differences, products) = scratch.split_at_mut(rows * map.row());
            self.differences(simd, part, differences);
            let groups = weights.chunks_exact((part.inputs.len() * map.steps() * line).max(1));
            for (group, weights) in groups.enumerate() {
                let from = group * line;
                let columns = line.min(map.order.outputs - from);
                self.multiply(
                    simd,
                    part,
                    (differences, weights),
                    columns,
                    (&mut sums, products),
                );
                self.put(simd, part, products, (from, columns));
            }
        }
    }
}

impl Images<'_, '_> {
    /// A row for each product: kind after kind, and image after image within a kind.
    #[inline(always)]
    fn differences<S: Simd>(&self, simd: S, part: &Part, rows: &mut [f32]) {
        let map = self.map;
        let mut rows = rows.chunks_exact_mut(map.row());
        for inputs in &part.inputs {
            for image in 0..self.count {
                let from = &self.input[image * self.image.0..];
                for (inputs, row) in inputs.iter().zip(&mut rows) {
                    let pieces = row.chunks_exact_mut(map.length).take(map.segments);
                    for (n, piece) in pieces.enumerate() {
                        inputs.difference(simd, &from[n * map.line..], piece);
                    }
                }
            }
        }
    }

    /// The products of all rows with the weights of some outputs: a line for each row.
    #[inline(always)]
    fn multiply<S: Simd>(
        &self,
        simd: S,
        part: &Part,
        (differences, weights): (&[f32], &[f32]),
        columns: usize,
        (sums, products): (&mut Sums, &mut [f32]),
    ) {
        let (map, line) = (self.map, line_of::<S>());
        let (steps, row) = (map.steps(), map.row());
        let mut first = 0;
        for (inputs, lines) in part.inputs.iter().zip(weights.chunks_exact(steps * line)) {
            let count = self.count * inputs.len();
            for (at, rows) in strips(count) {
                for_rows!(rows, MR => {
                    let windows = Windows::<MR> {
                        values: differences,
                        places: std::array::from_fn(|i| (first + at + i) * row),
                        length: steps,
                        apart: 0,
                        lines,
                    };
                    tiles(simd, &windows, columns, Start::Zero, sums);
                    let products = products[(first + at) * line..].chunks_exact_mut(line);
                    for (to, sums) in products.zip(sums.iter().take(MR)) {
                        copy(simd, &mut to[..columns], &sums[..columns]);
                    }
                });
            }
            first += count;
        }
    }

    /// Adds up the products of each pixel of the output: its channels from channel `from` on.
    #[inline(always)]
    fn put<S: Simd>(
        &mut self,
        simd: S,
        part: &Part,
        products: &[f32],
        (from, columns): (usize, usize),
    ) {
        let line = line_of::<S>();
        let mut first = 0;
        // The first row of each kind, and its rows of an image.
        let kinds: Vec<(usize, usize)> = part
            .inputs
            .iter()
            .map(|inputs| {
                first += self.count * inputs.len();
                (first - self.count * inputs.len(), inputs.len())
            })
            .collect();
        let mut sums = [0.0; WIDE];
        for image in 0..self.count {
            for output in &part.outputs {
                let row = |(kind, number): (usize, usize)| {
                    let (first, rows) = kinds[kind];
                    (first + image * rows + number) * line
                };
                let [a, b, c, d] = output.products;
                let rows = Terms::Four([[row(a), row(b)], [row(c), row(d)]]);
                rows.sum(simd, products, &mut sums[..columns]);
                let place = (image * self.image.1 + output.at + from, from);
                self.after.put(simd, &sums[..columns], place, self.out);
            }
        }
    }
}
