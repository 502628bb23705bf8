//! Products that give whole windows: each pixel of the small plane all values of the window that it meets.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use pulp::Simd;
use rayon::prelude::*;

use super::tile::{Start, Sums, Windows, copy, tiles};
use crate::nn::backend::native::level::{WIDE, line, line_of};
use crate::nn::backend::native::tile::{STRIP, for_rows, strips};
use crate::nn::layer::Link;

/// The weights of such products.
#[derive(Debug)]
pub struct Whole {
    /// Channels of a pixel.
    channels: usize,
    /// Values of a window.
    window: usize,
    /// In groups of as many values of a window as a line is long; within a group a line for each channel of a pixel.
    lines: Vec<f32>,
}

impl Whole {
    /// Those of a link.
    pub fn new(link: Link) -> Self {
        let [channels, large, kernel, _] = link.weight();
        Self {
            channels,
            window: large * kernel * kernel,
            lines: Vec::new(),
        }
    }

    /// Values of a window.
    pub fn window(&self) -> usize {
        self.window
    }

    /// Arranges weights `[small channels, large channels, kernel, kernel]`; `order` says which of a channel's weights gives a
    /// value of the window.
    pub fn pack(&mut self, weights: &[f32], order: impl Fn(usize) -> usize + Sync) {
        let (line, window) = (line(), self.window);
        let group = self.channels * line;
        self.lines.resize(window.div_ceil(line) * group, 0.0);
        let groups = self.lines.par_chunks_mut(group.max(1));
        groups.enumerate().for_each(|(group, lines)| {
            let from = group * line;
            let count = line.min(window - from);
            let weights = weights.chunks_exact(window);
            for (to, weights) in lines.chunks_exact_mut(line).zip(weights) {
                for (to, value) in to[..count].iter_mut().zip(from..) {
                    *to = weights[order(value)];
                }
            }
        });
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
        let (window, line) = (self.window, line_of::<S>());
        let mut sums = [[0.0; WIDE]; STRIP];
        let groups = self.lines.chunks_exact(self.channels * line);
        for (group, lines) in groups.enumerate() {
            let columns = (group * line, line.min(window - group * line));
            for (at, rows) in strips(windows.len() / window) {
                for_rows!(rows, MR => {
                    let rows = Windows::<MR> {
                        values,
                        places: std::array::from_fn(|i| place(at + i)),
                        length: self.channels,
                        apart: 0,
                        lines,
                    };
                    let windows = windows[at * window..].chunks_exact_mut(window);
                    put(simd, &rows, columns, &mut sums, windows);
                });
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
