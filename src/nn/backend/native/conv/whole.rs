//! Products that give whole windows: each pixel of the small plane all values of the window that it meets.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use pulp::Simd;
use rayon::prelude::*;

use super::tile::{Start, Sums, Windows, copy, store, tiles};
use super::transpose::transpose;
use crate::nn::backend::native::level::{WIDE, line, line_of};
use crate::nn::backend::native::tile::{STRIP, for_rows, strips};
use crate::nn::layer::Link;

/// Channels of the small plane that a task packs the weights of.
const CHANNELS: usize = 8;

/// Channels up to which a product is so small that the call of a tile would take longer.
const FEW: usize = 4;

/// The weights of such products.
#[derive(Debug)]
pub struct Whole {
    /// Channels of a pixel of the small plane, and of one of the large plane.
    channels: (usize, usize),
    /// Values of a window, which lie pixel after pixel.
    window: usize,
    /// In groups of as many values of a window as a line is long; within a group a line for each channel of a pixel.
    lines: Vec<f32>,
}

impl Whole {
    /// Those of a link.
    pub fn new(link: Link) -> Self {
        let [small, large, kernel, _] = link.weight();
        Self {
            channels: (small, large),
            window: large * kernel * kernel,
            lines: Vec::new(),
        }
    }

    /// Values of a window.
    pub fn window(&self) -> usize {
        self.window
    }

    /// Takes weights `[small channels, large channels, kernel, kernel]`.
    pub fn pack(&mut self, weights: &[f32]) {
        let (line, window, (small, large)) = (line(), self.window, self.channels);
        self.lines.resize(window.div_ceil(line) * small * line, 0.0);
        // What each task fills of each group.
        let mut tasks: Vec<Vec<&mut [f32]>> = Vec::new();
        tasks.resize_with(small.div_ceil(CHANNELS), Vec::new);
        for group in self.lines.chunks_exact_mut((small * line).max(1)) {
            for (task, lines) in tasks.iter_mut().zip(group.chunks_mut(CHANNELS * line)) {
                task.push(lines);
            }
        }
        let weights = weights.par_chunks((CHANNELS * window).max(1));
        let memory = || vec![0.0; window];
        tasks.into_par_iter().zip(weights).for_each_init(
            memory,
            |by_pixel, (mut groups, weights)| {
                let area = window / large.max(1);
                for (i, weights) in weights.chunks_exact(window.max(1)).enumerate() {
                    transpose((weights, area), (by_pixel, large), (large, area));
                    for (lines, values) in groups.iter_mut().zip(by_pixel.chunks(line)) {
                        lines[i * line..][..values.len()].copy_from_slice(values);
                    }
                }
            },
        );
    }

    /// The windows, one after another, of as many pixels; `place` says where the channels of each begin in `values`.
    #[inline(always)]
    pub fn multiply<S: Simd>(
        &self,
        simd: S,
        values: &[f32],
        place: impl Fn(usize) -> usize,
        windows: &mut [f32],
    ) {
        let (channels, window, line) = (self.channels.0, self.window, line_of::<S>());
        if channels <= FEW {
            return self.multiply_few(simd, values, place, windows);
        }
        let mut sums = [[0.0; WIDE]; STRIP];
        let groups = self.lines.chunks_exact((channels * line).max(1));
        for (group, lines) in groups.enumerate() {
            let columns = (group * line, line.min(window - group * line));
            for (at, rows) in strips(windows.len() / window) {
                for_rows!(rows, MR => {
                    let rows = Windows::<MR> {
                        values,
                        places: std::array::from_fn(|i| place(at + i)),
                        length: channels,
                        apart: 0,
                        lines,
                    };
                    let windows = windows[at * window..].chunks_exact_mut(window);
                    put(simd, &rows, columns, &mut sums, windows);
                });
            }
        }
    }

    /// [`Whole::multiply`] for pixels of few channels.
    #[inline(always)]
    fn multiply_few<S: Simd>(
        &self,
        simd: S,
        values: &[f32],
        place: impl Fn(usize) -> usize,
        windows: &mut [f32],
    ) {
        let (channels, line) = (self.channels.0, line_of::<S>());
        for (i, window) in windows.chunks_exact_mut(self.window).enumerate() {
            let pixel = &values[place(i)..][..channels];
            let groups = self.lines.chunks_exact(channels * line);
            for (to, lines) in window.chunks_mut(line).zip(groups) {
                for (j, to) in to.chunks_mut(S::F32_LANES).enumerate() {
                    let mut sum = simd.splat_f32s(0.0);
                    for (value, line) in pixel.iter().zip(lines.chunks_exact(line)) {
                        let weights = S::as_simd_f32s(line).0[j];
                        sum = simd.mul_add_e_f32s(simd.splat_f32s(*value), weights, sum);
                    }
                    store(simd, to, sum);
                }
            }
        }
    }
}

/// Writes some columns, from column `from` on, of the windows of a few pixels.
#[inline(always)]
fn put<'w, S: Simd, const MR: usize>(
    simd: S,
    rows: &Windows<'_, MR>,
    (from, columns): (usize, usize),
    sums: &mut Sums,
    windows: impl Iterator<Item = &'w mut [f32]>,
) {
    tiles(simd, rows, columns, Start::Zero, sums);
    for (window, sums) in windows.take(MR).zip(sums) {
        copy(simd, &mut window[from..][..columns], &sums[..columns]);
    }
}
