//! Convolutions with fewer multiplications: Winograd's minimal filtering F(2×2, 2×2) (Lavin & Gray, "Fast Algorithms for
//! Convolutional Neural Networks", 2016), for kernels of twice their stride, such as 4×4 with a stride of 2.
//!
//! With a stride of s, a kernel of 2s × 2s is s² kernels of 2×2, each of which meets every s-th pixel. Four neighbouring outputs of
//! one of these take nine products with its weights instead of sixteen ([`points`]): of differences of inputs, with sums of taps. All
//! products of a kind, one for each pair of lines and of columns, share their weights and are one matrix product. Only
//! sums and differences are taken besides, so that results are about as exact as those of the plain sums.

mod points;
mod product;

use points::Points;

use super::after::After;
use super::maps::Maps;
use super::meetings::{Meeting, Meetings};
use super::pack::{Order, Packed};
use super::plan::Side;
use super::terms::Terms;
use crate::nn::layer::Link;

/// The least number of channels on either side: with fewer, sums and differences take longer than the products that they save.
const LEAST_CHANNELS: usize = 16;

/// Whether it is for a link.
pub fn is_for(link: Link) -> bool {
    let (small, window) = (link.small, link.window);
    window.kernel == 2 * window.stride
        && small.height > 1
        && small.width > 1
        && small.channels.min(link.large.channels) >= LEAST_CHANNELS
}

/// The products of one direction, with their weights.
#[derive(Debug)]
pub struct Winograd {
    parts: Vec<Part>,
    /// What a product takes of the input: pieces, a line apart.
    segments: usize,
    length: usize,
    line: usize,
    order: Order,
    weights: Packed,
}

/// Products with the same weights.
#[derive(Debug)]
struct Part {
    /// For each product of each kind in an image: the inputs whose difference it takes.
    inputs: Vec<Vec<Terms>>,
    outputs: Vec<Output>,
}

/// A pixel of the output.
#[derive(Debug)]
struct Output {
    /// Where it begins in an image.
    at: usize,
    /// The products that it is the sum of: the kind of each, and its number among those of an image.
    products: [(usize, usize); 4],
}

impl Part {
    /// `input` and `output` say where pixels begin.
    fn new(
        points: Points,
        (height, width): (usize, usize),
        input: impl Fn(usize, usize) -> usize,
        output: impl Fn(usize, usize) -> usize,
    ) -> Self {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (y, x)));
        Self {
            inputs: (0..Points::KINDS)
                .map(|kind| points.inputs(kind, &input))
                .collect(),
            outputs: pixels
                .map(|(y, x)| Output {
                    at: output(y, x),
                    products: points.products(y, x),
                })
                .collect(),
        }
    }
}

impl Winograd {
    /// From the large plane to the small one. The maps say where their values lie.
    pub fn gather(link: Link, large: &Maps, small: &Maps) -> Self {
        let stride = link.window.stride;
        let size = (link.small.height, link.small.width);
        let points = Points::new(size.0, size.1);
        let part = Part::new(points, size, corners(link, large), |y, x| small.at(y, x));
        let order = (0..Points::KINDS).flat_map(|kind| {
            (0..stride * stride).map(move |phase| {
                let at = |i, j| tap(link, (i, phase / stride), (j, phase % stride));
                Points::taps(kind, at)
            })
        });
        Self {
            parts: vec![part],
            segments: stride,
            length: stride * link.large.channels,
            line: large.line(),
            order: Order::of_gather(link, vec![order.collect()]),
            weights: Packed::default(),
        }
    }

    /// From the small plane to the large one.
    pub fn spread(link: Link, small: &Maps, large: &Maps) -> Self {
        let (channels, line) = (link.small.channels, small.line());
        let (mut parts, mut orders) = (Vec::new(), Vec::new());
        for rows in Side::phases(link, link.large.height) {
            for columns in Side::phases(link, link.large.width) {
                let size = (rows.count, columns.count);
                parts.push(Part::new(
                    Points::new(size.0, size.1),
                    size,
                    |y, x| rows.start(y, small) * line + columns.start(x, small) * channels,
                    |y, x| large.at(rows.at(y), columns.at(x)),
                ));
                let at = |i, j| rows.tap(i) * link.window.kernel + columns.tap(j);
                orders.push(
                    (0..Points::KINDS)
                        .map(|kind| Points::taps(kind, at))
                        .collect(),
                );
            }
        }
        Self {
            parts,
            segments: 1,
            length: channels,
            line,
            order: Order::of_spread(link, orders),
            weights: Packed::default(),
        }
    }

    /// Takes these weights.
    pub fn pack(&mut self, weights: &[f32]) {
        self.weights.pack(&self.order, weights);
    }

    /// `out ← after(map of input)`.
    pub fn apply(&self, input: &Maps, after: After, out: &mut Maps) {
        product::product(self, input, after, out);
    }
}

/// The gradient of the weights: each kind's products are sums over those of the gather, of the inputs' differences times the sums of
/// the gradients at the outputs.
pub fn meetings(link: Link, large: &Maps, small: &Maps) -> Meetings {
    let (kernel, stride) = (link.window.kernel, link.window.stride);
    let points = Points::new(link.small.height, link.small.width);
    let kinds = (0..Points::KINDS).map(|kind| {
        let inputs = points.inputs(kind, corners(link, large));
        let outputs = points.outputs(kind, |y, x| small.at(y, x));
        let meetings = outputs.into_iter().zip(inputs);
        meetings
            .map(|(small, large)| Meeting { small, large })
            .collect()
    });
    let taps = (0..kernel * kernel).map(|tap| {
        let (y, x) = (tap / kernel, tap % kernel);
        let phase = y % stride * stride + x % stride;
        Points::of_tap(y / stride, x / stride, |kind| {
            kind * stride * stride + phase
        })
    });
    Meetings {
        kinds: kinds.collect(),
        segments: stride,
        length: stride * link.large.channels,
        line: large.line(),
        channels: link.large.channels,
        taps: taps.collect(),
    }
}

/// Where the windows of a gather begin in an image of the large plane, and the pixels a stride behind the last ones.
fn corners(link: Link, large: &Maps) -> impl Fn(usize, usize) -> usize {
    let (window, line, border) = (link.window, large.line(), large.border);
    move |y, x| {
        let start = |at: usize| at * window.stride + border - window.padding;
        start(y) * line + start(x) * link.large.channels
    }
}

/// Tap i of each phase along a side of the kernel: of row and column.
fn tap(link: Link, row: (usize, usize), column: (usize, usize)) -> usize {
    let at = |(i, phase): (usize, usize)| i * link.window.stride + phase;
    at(row) * link.window.kernel + at(column)
}
