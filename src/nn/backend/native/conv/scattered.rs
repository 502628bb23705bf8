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
use super::tile::{Windows, copy, tiles};
use crate::nn::backend::native::level::{WIDE, line, line_of};
use crate::nn::backend::native::tile::{Task, for_rows, run, strips};
use crate::nn::layer::{Link, Window};
use crate::nn::stopwatch::{Part, time};

/// The most channels of a plane that is spread to so.
const MOST_CHANNELS: usize = 4;

/// The weights of such a spread.
#[derive(Debug)]
pub struct Scattered {
    link: Link,
    /// In groups of as many values of a window as a line is long; within a group a line for each channel of the small plane. A window's
    /// values lie pixel after pixel.
    lines: Vec<f32>,
}

impl Scattered {
    /// Of a link that it is for: to few channels, from more than a pixel.
    pub fn new(link: Link) -> Option<Self> {
        let is_pixel = (link.small.height, link.small.width) == (1, 1);
        (link.large.channels <= MOST_CHANNELS && !is_pixel).then_some(Self {
            link,
            lines: Vec::new(),
        })
    }

    /// Values of a window.
    fn window(&self) -> usize {
        self.link.window.kernel * self.link.window.kernel * self.link.large.channels
    }

    /// Arranges weights `[small channels, large channels, kernel, kernel]`.
    pub fn pack(&mut self, weights: &[f32]) {
        let (line, window) = (line(), self.window());
        let (small, large) = (self.link.small.channels, self.link.large.channels);
        let area = self.link.window.kernel * self.link.window.kernel;
        self.lines.resize(window.div_ceil(line) * small * line, 0.0);
        for (from, weights) in weights.chunks_exact(window.max(1)).enumerate() {
            for (channel, weights) in weights.chunks_exact(area).enumerate() {
                for (tap, weight) in weights.iter().enumerate() {
                    let value = tap * large + channel;
                    let (group, lane) = (value / line, value % line);
                    self.lines[(group * small + from) * line + lane] = *weight;
                }
            }
        }
    }

    /// `out ← after(spread of input)`.
    pub fn apply(&self, input: &Maps, after: After, out: &mut Maps) {
        let (image, line, first) = (out.image(), out.line(), out.at(0, 0));
        time(Part::Products, || {
            out.each_image().enumerate().for_each(|(i, out)| {
                let (bias, after) = after.of(i * image, image).without_bias();
                run(&mut Image {
                    spread: self,
                    input: input.of(i),
                    pixels: |y, x| input.at(y, x),
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
struct Image<'a, 'o, F> {
    spread: &'a Scattered,
    input: &'a [f32],
    /// Where a pixel's channels begin in it.
    pixels: F,
    bias: Option<&'a [f32]>,
    after: Then<'a>,
    /// Where the first pixel of the output lies, and values from a line to the next.
    place: (usize, usize),
    out: &'o mut [f32],
}

impl<F: Fn(usize, usize) -> usize> Task for Image<'_, '_, F> {
    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, scratch: &mut Vec<f32>) {
        let (link, window) = (self.spread.link, self.spread.window());
        let Window {
            kernel,
            stride,
            padding,
        } = link.window;
        let (large, small) = (link.large, link.small);
        // A line with its padding, and with the pixels that windows reach beyond it.
        let width = (padding + large.width).max((small.width - 1) * stride + kernel);
        let windows = small.height * small.width * window;
        let all = windows + width * large.channels;
        if scratch.len() < all {
            scratch.resize(all, 0.0);
        }
        let (windows, rest) = scratch.split_at_mut(windows);
        self.windows(simd, windows);
        let sums = &mut rest[..width * large.channels];
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

impl<F: Fn(usize, usize) -> usize> Image<'_, '_, F> {
    /// The window that each pixel of the small plane gives.
    #[inline(always)]
    fn windows<S: Simd>(&self, simd: S, windows: &mut [f32]) {
        let (small, window) = (self.spread.link.small, self.spread.window());
        let line = line_of::<S>();
        let groups = self.spread.lines.chunks_exact(small.channels * line);
        for (group, lines) in groups.enumerate() {
            let from = group * line;
            let columns = (window - from).min(line);
            for (at, rows) in strips(small.height * small.width) {
                for_rows!(rows, MR => {
                    let windows = &mut windows[at * window..][..MR * window];
                    self.strip::<S, MR>(simd, at, lines, (from, columns), windows);
                });
            }
        }
    }

    #[inline(always)]
    fn strip<S: Simd, const MR: usize>(
        &self,
        simd: S,
        at: usize,
        lines: &[f32],
        (from, columns): (usize, usize),
        windows: &mut [f32],
    ) {
        let small = self.spread.link.small;
        let rows = Windows::<MR> {
            values: self.input,
            places: std::array::from_fn(|i| {
                (self.pixels)((at + i) / small.width, (at + i) % small.width)
            }),
            length: small.channels,
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
}
