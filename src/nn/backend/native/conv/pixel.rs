//! A spread from a plane of one pixel, which is a linear layer to a whole plane: the generator's first layer.
//!
//! Each weight is used once for an image, so that it matters how weights are read: here one after another, for many images at a time.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use pulp::Simd;
use rayon::prelude::*;

use super::after::{After, Then};
use super::maps::Maps;
use super::whole::Whole;
use crate::nn::backend::native::tile::{Task, room, run};
use crate::nn::layer::{Link, Window};
use crate::nn::stopwatch::{Part, time};

/// Such a spread, with its weights.
#[derive(Debug)]
pub struct FromPixel {
    link: Link,
    weights: Whole,
}

impl FromPixel {
    /// That of a link.
    pub fn new(link: Link) -> Self {
        Self {
            link,
            weights: Whole::new(link),
        }
    }

    /// Takes weights `[small channels, large channels, kernel, kernel]`.
    pub fn pack(&mut self, weights: &[f32]) {
        self.weights.pack(weights);
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
        let window = self.spread.weights.window();
        let images = self.out.len() / self.image.max(1);
        let channels = link.large.channels;
        let scratch = room(scratch, images * window + channels);
        let (windows, nothing) = scratch.split_at_mut(images * window);
        nothing.fill(0.0);
        let Window {
            kernel, padding, ..
        } = link.window;
        let (image, pixel) = (self.input.image(), self.input.at(0, 0));
        let place = |at: usize| (self.first + at) * image + pixel;
        self.spread
            .weights
            .multiply(simd, self.input.values(), place, windows);
        for (i, window) in windows.chunks_exact(window).enumerate() {
            for y in 0..link.large.height {
                let (first, line) = self.place;
                let at = i * self.image + first + y * line;
                for x in 0..link.large.width {
                    let (row, column) = (y + padding, x + padding);
                    let pixel = if row < kernel && column < kernel {
                        &window[(row * kernel + column) * channels..][..channels]
                    } else {
                        &*nothing
                    };
                    self.after
                        .put(simd, pixel, (at + x * channels, 0), self.out);
                }
            }
        }
    }
}
