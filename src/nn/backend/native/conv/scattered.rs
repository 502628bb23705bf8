//! A spread to a plane of few channels, such as an image: each pixel of the small plane gives a whole window, and windows are
//! added up where they lie.
//!
//! As products that read windows ([`super::product`]) a sum would be of one channel or three, which fill a fraction of a vector's
//! lanes. A window's values fill them: sixteen for each channel, with a kernel of 4×4.
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

/// The most channels of a plane that is spread to so.
const MOST_CHANNELS: usize = 4;

/// Such a spread, with its weights.
#[derive(Debug)]
pub struct Scattered {
    link: Link,
    weights: Whole,
}

impl Scattered {
    /// Whether it is for a link: to few channels, from more than a pixel.
    pub fn is_for(link: Link) -> bool {
        link.large.channels <= MOST_CHANNELS && !link.small.is_pixel()
    }

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
        let (image, line, first) = (out.image(), out.line(), out.at(0, 0));
        time(Part::Products, || {
            out.each_image().enumerate().for_each(|(i, out)| {
                let (bias, after) = after.of(i * image, image).without_bias();
                run(&mut Image {
                    spread: self,
                    input,
                    number: i,
                    bias,
                    after,
                    place: (first, line),
                    out,
                });
            });
        });
    }
}

/// One image.
struct Image<'a, 'o> {
    spread: &'a Scattered,
    input: &'a Maps,
    number: usize,
    bias: Option<&'a [f32]>,
    after: Then<'a>,
    /// Where the first pixel of the output lies, and values from a line to the next.
    place: (usize, usize),
    out: &'o mut [f32],
}

impl Task for Image<'_, '_> {
    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, scratch: &mut Vec<f32>) {
        let (link, weights) = (self.spread.link, &self.spread.weights);
        let window = weights.window();
        let Window {
            kernel,
            stride,
            padding,
        } = link.window;
        let (large, small) = (link.large, link.small);
        // A line with its padding, and with the pixels that windows reach beyond it.
        let width = (padding + large.width).max((small.width - 1) * stride + kernel);
        let windows = small.height * small.width * window;
        let scratch = room(scratch, windows + width * large.channels);
        let (windows, sums) = scratch.split_at_mut(windows);
        let place = |at: usize| self.input.at(at / small.width, at % small.width);
        weights.multiply(simd, self.input.of(self.number), place, windows);
        let row = kernel * large.channels;
        for y in 0..large.height {
            match self.bias {
                Some(bias) => sums
                    .chunks_exact_mut(bias.len().max(1))
                    .for_each(|pixel| pixel.copy_from_slice(bias)),
                None => sums.fill(0.0),
            }
            for i in 0..kernel {
                let from = (y + padding).checked_sub(i).filter(|at| at % stride == 0);
                let Some(from) = from.map(|at| at / stride).filter(|at| *at < small.height) else {
                    continue;
                };
                let windows = windows[from * small.width * window..].chunks_exact(window);
                for (x, window) in windows.take(small.width).enumerate() {
                    let to = &mut sums[x * stride * large.channels..][..row];
                    for (to, value) in to.iter_mut().zip(&window[i * row..][..row]) {
                        *to += value;
                    }
                }
            }
            let sums = &sums[padding * large.channels..][..large.width * large.channels];
            let (first, line) = self.place;
            let place = (first + y * line, 0);
            self.after.put(simd, sums, place, self.out);
        }
    }
}
