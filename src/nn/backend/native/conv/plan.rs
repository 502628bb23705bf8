//! How products read and write the two planes of a convolution.

use std::ops::Range;

use super::maps::Maps;
use super::pack::Order;
use super::terms::Terms;
use crate::nn::layer::Link;

/// A product of windows with weights. Positions of its output lie on a grid; from each on, it reads `segments` pieces of `length`
/// values, a line of the input apart.
#[derive(Debug)]
pub struct Phase {
    pub segments: usize,
    pub length: usize,
    /// Where the window of each position begins in an image of the input.
    pub reads: Vec<usize>,
    /// Where each position's channels begin in an image of the output.
    pub writes: Vec<usize>,
}

impl Phase {
    /// Values that each output is a sum over.
    pub fn steps(&self) -> usize {
        self.segments * self.length
    }
}

/// The images and positions from position `from` of image `first` on, without end; each image has so many positions.
#[inline]
pub fn places(positions: usize, first: usize, from: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut next = (first + from / positions, from % positions);
    std::iter::from_fn(move || {
        let now = next;
        next.1 += 1;
        if next.1 == positions {
            next = (next.0 + 1, 0);
        }
        Some(now)
    })
}

/// The products that make one direction.
#[derive(Debug)]
pub struct Plan {
    pub phases: Vec<Phase>,
    /// The weights of each phase: a tap after another, row by row of the windows.
    pub order: Order,
    /// Values of a line of the input.
    pub line: usize,
}

impl Plan {
    /// From the large plane to the small one. The maps say where their values lie.
    pub fn gather(link: Link, large: &Maps, small: &Maps) -> Self {
        let Link { window, .. } = link;
        let kernel = window.kernel;
        let area = kernel * kernel;
        let channels = link.large.channels;
        let start = |at: usize| at * window.stride + large.border - window.padding;
        let grid = || grid(0..link.small.height, 0..link.small.width);
        let line = large.line();
        Self {
            phases: vec![Phase {
                segments: kernel,
                length: kernel * channels,
                reads: grid()
                    .map(|(y, x)| start(y) * line + start(x) * channels)
                    .collect(),
                writes: grid().map(|(y, x)| small.at(y, x)).collect(),
            }],
            order: Order::of_gather(link, vec![(0..area).map(Terms::One).collect()]),
            line,
        }
    }

    /// From the small plane, of more than one pixel, to the large one.
    pub fn spread(link: Link, small: &Maps, large: &Maps) -> Self {
        let Link { window, .. } = link;
        let channels = link.small.channels;
        let line = small.line();
        let (mut phases, mut orders) = (Vec::new(), Vec::new());
        for rows in Side::phases(link, link.large.height) {
            for columns in Side::phases(link, link.large.width) {
                let taps = (0..rows.taps).flat_map(|i| {
                    (0..columns.taps).map(move |j| rows.tap(i) * window.kernel + columns.tap(j))
                });
                orders.push(taps.map(Terms::One).collect());
                let grid = || grid(0..rows.count, 0..columns.count);
                phases.push(Phase {
                    segments: rows.taps,
                    length: columns.taps * channels,
                    reads: grid()
                        .map(|(y, x)| {
                            let (y, x) = (rows.start(y, small), columns.start(x, small));
                            y * line + x * channels
                        })
                        .collect(),
                    writes: grid()
                        .map(|(y, x)| large.at(rows.at(y), columns.at(x)))
                        .collect(),
                });
            }
        }
        Self {
            phases,
            order: Order::of_spread(link, orders),
            line,
        }
    }
}

fn grid(rows: Range<usize>, columns: Range<usize>) -> impl Iterator<Item = (usize, usize)> {
    rows.flat_map(move |y| columns.clone().map(move |x| (y, x)))
}

/// One side of a phase of a spread: every `stride`th position of the large plane from `phase` on. A pixel y of the large plane meets
/// tap i of small pixel o where y = stride·o − padding + i.
#[derive(Debug, Clone, Copy)]
pub struct Side {
    stride: usize,
    phase: usize,
    /// Its positions.
    pub count: usize,
    /// The first tap that meets them; the others are a stride apart.
    first: usize,
    taps: usize,
    /// The small pixel that the first tap meets at the first position.
    pixel: usize,
}

impl Side {
    /// All phases of a side of so many pixels.
    pub fn phases(link: Link, size: usize) -> impl Iterator<Item = Self> {
        (0..link.window.stride).map(move |phase| Self::new(link, phase, size))
    }

    fn new(link: Link, phase: usize, size: usize) -> Self {
        let (stride, kernel) = (link.window.stride, link.window.kernel);
        let first = (phase + link.window.padding) % stride;
        Self {
            stride,
            phase,
            count: size.saturating_sub(phase).div_ceil(stride),
            first,
            taps: kernel.saturating_sub(first).div_ceil(stride),
            pixel: (phase + link.window.padding - first) / stride,
        }
    }

    /// The tap that is read as number `i`: from the smallest pixel on, which meets the last tap.
    pub fn tap(self, i: usize) -> usize {
        self.first + self.stride * (self.taps - 1 - i)
    }

    /// The first pixel that position `at` reads, counted from the border's edge on.
    pub fn start(self, at: usize, small: &Maps) -> usize {
        (at + self.pixel + small.border + 1).saturating_sub(self.taps)
    }

    /// Where a position lies on the large plane.
    pub fn at(self, position: usize) -> usize {
        self.stride * position + self.phase
    }
}

/// The border that the small plane needs for a spread.
pub fn border_of_small(link: Link) -> usize {
    let mut border = 0;
    if link.small.is_pixel() {
        return border;
    }
    for (large, small) in [
        (link.large.height, link.small.height),
        (link.large.width, link.small.width),
    ] {
        for side in Side::phases(link, large) {
            if side.taps == 0 || side.count == 0 {
                continue;
            }
            let before = (side.taps - 1).saturating_sub(side.pixel);
            let after = (side.count + side.pixel).saturating_sub(small);
            border = border.max(before).max(after);
        }
    }
    border
}
