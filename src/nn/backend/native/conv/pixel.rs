//! A spread from a plane of one pixel, which is a linear layer to a whole plane: the generator's first layer.
//!
//! Each weight is used once for an image, so that it matters how weights are read: here as they lie, a channel of the pixel after
//! another. What they give lies channel after channel, too, and is put into the order of planes when it is done.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use pulp::Simd;
use rayon::prelude::*;

use super::after::{After, Then};
use super::maps::Maps;
use super::tile::{Windows, copy, tiles};
use crate::nn::backend::native::level::{WIDE, line, line_of};
use crate::nn::backend::native::tile::{Task, for_rows, run, strips};
use crate::nn::layer::{Link, Window};
use crate::nn::stopwatch::{Part, time};

/// The weights of such a spread.
#[derive(Debug)]
pub struct FromPixel {
    link: Link,
    /// In groups of as many values of the window as a line is long; within a group a line for each channel of the pixel.
    lines: Vec<f32>,
}

impl FromPixel {
    /// Of a link that it is for.
    pub fn new(link: Link) -> Option<Self> {
        let is_pixel = (link.small.height, link.small.width) == (1, 1);
        is_pixel.then_some(Self {
            link,
            lines: Vec::new(),
        })
    }

    /// Values of the window.
    fn window(&self) -> usize {
        self.link.window.kernel * self.link.window.kernel * self.link.large.channels
    }

    /// Arranges weights `[small channels, large channels, kernel, kernel]`.
    pub fn pack(&mut self, weights: &[f32]) {
        let (line, window) = (line(), self.window());
        let channels = self.link.small.channels;
        self.lines
            .resize(window.div_ceil(line) * channels * line, 0.0);
        let groups = self.lines.par_chunks_mut((channels * line).max(1));
        groups.enumerate().for_each(|(group, lines)| {
            let from = group * line;
            let count = line.min(window - from);
            let weights = weights.chunks_exact(window);
            for (to, weights) in lines.chunks_exact_mut(line).zip(weights) {
                to[..count].copy_from_slice(&weights[from..][..count]);
            }
        });
    }

    /// `out ← after(spread of input)`.
    pub fn apply(&self, input: &Maps, after: After, out: &mut Maps) {
        let (image, place) = (out.image(), (out.at(0, 0), out.line()));
        // All weights are read for each task: as few as there are threads. Sums are the same in any task.
        let images = input.rows.div_ceil(rayon::current_num_threads()).max(1);
        time(Part::Products, || {
            let tasks = out.values_mut().par_chunks_mut((images * image).max(1));
            tasks.enumerate().for_each(|(task, out)| {
                run(&mut Images {
                    spread: self,
                    input,
                    first: task * images,
                    after: after.of(task * images * image, out.len()),
                    image,
                    place,
                    out,
                });
            });
        });
    }
}

/// Some images.
struct Images<'a, 'o> {
    spread: &'a FromPixel,
    input: &'a Maps,
    /// The first one.
    first: usize,
    after: Then<'a>,
    /// Values of an image of the output.
    image: usize,
    /// Where its first pixel lies, and values from a line to the next.
    place: (usize, usize),
    out: &'o mut [f32],
}

impl Task for Images<'_, '_> {
    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, scratch: &mut Vec<f32>) {
        let link = self.spread.link;
        let (window, line) = (self.spread.window(), line_of::<S>());
        let images = self.out.len() / self.image.max(1);
        let row = link.large.width * link.large.channels;
        let memory = images * window + row;
        if scratch.len() < memory {
            scratch.resize(memory, 0.0);
        }
        let (windows, row) = scratch[..memory].split_at_mut(images * window);
        let groups = self.spread.lines.chunks_exact(link.small.channels * line);
        for (group, lines) in groups.enumerate() {
            let columns = (group * line, line.min(window - group * line));
            for (at, rows) in strips(images) {
                let windows = &mut windows[at * window..][..rows * window];
                for_rows!(rows, MR => self.strip::<S, MR>(simd, at, lines, columns, windows));
            }
        }
        for (i, window) in windows.chunks_exact(window).enumerate() {
            for y in 0..link.large.height {
                self.row(window, y, row);
                let (first, line) = self.place;
                let at = i * self.image + first + y * line;
                for (x, pixel) in row.chunks_exact(link.large.channels).enumerate() {
                    let place = (at + x * link.large.channels, 0);
                    self.after.put(simd, pixel, place, self.out);
                }
            }
        }
    }
}

impl Images<'_, '_> {
    #[inline(always)]
    fn strip<S: Simd, const MR: usize>(
        &self,
        simd: S,
        at: usize,
        lines: &[f32],
        (from, columns): (usize, usize),
        windows: &mut [f32],
    ) {
        let image = self.input.image();
        let pixel = self.input.at(0, 0);
        let rows = Windows::<MR> {
            values: self.input.values(),
            places: std::array::from_fn(|i| (self.first + at + i) * image + pixel),
            length: self.spread.link.small.channels,
            apart: 0,
            lines,
        };
        let mut sums = [[0.0; WIDE]; MR];
        tiles(simd, &rows, columns, &mut sums);
        let windows = windows.chunks_exact_mut(windows.len() / MR);
        for (window, sums) in windows.zip(&sums) {
            copy(simd, &mut window[from..][..columns], &sums[..columns]);
        }
    }

    /// A row of pixels, whose values lie channel after channel in the window.
    #[inline(always)]
    fn row(&self, window: &[f32], y: usize, row: &mut [f32]) {
        let link = self.spread.link;
        let Window {
            kernel, padding, ..
        } = link.window;
        let channels = link.large.channels;
        for (x, pixel) in row.chunks_exact_mut(channels).enumerate() {
            let (i, j) = (y + padding, x + padding);
            if i < kernel && j < kernel {
                let values = window[i * kernel + j..].iter().step_by(kernel * kernel);
                for (to, value) in pixel.iter_mut().zip(values) {
                    *to = *value;
                }
            } else {
                pixel.fill(0.0);
            }
        }
    }
}
