//! A gather to a plane of one pixel of few channels, which is a linear layer from a whole plane to a few values: the discriminator's
//! last layer.
//!
//! As products that read windows ([`super::product`]) a sum would fill one lane of a vector. Here the values of a window fill them all,
//! and are added up at the end.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use pulp::Simd;
use rayon::prelude::*;

use super::after::{After, Then};
use super::maps::Maps;
use super::plan::{Phase, Plan};
use super::tile::load;
use super::transpose::transpose;
use crate::nn::backend::native::level::WIDE;
use crate::nn::backend::native::tile::{Task, run};
use crate::nn::layer::Link;
use crate::nn::stopwatch::{Part, time};

/// The most channels of such a pixel.
const MOST_CHANNELS: usize = 4;
/// Images that a task works on.
const IMAGES: usize = 8;

/// The weights of such a gather: those of an output after another, in the order of a window's values.
#[derive(Debug, Default)]
pub struct ToPixel(Vec<f32>);

impl ToPixel {
    /// Whether it is for a link.
    pub fn is_for(link: Link) -> bool {
        link.small.is_pixel() && link.small.channels <= MOST_CHANNELS
    }

    /// Takes weights `[small channels, large channels, kernel, kernel]`.
    pub fn pack(&mut self, plan: &Plan, weights: &[f32]) {
        let (channels, area) = (plan.order.channels, plan.order.area);
        self.0.resize(weights.len(), 0.0);
        let windows = self.0.chunks_exact_mut((channels * area).max(1));
        for (to, from) in windows.zip(weights.chunks_exact((channels * area).max(1))) {
            transpose((from, area), (to, channels), (channels, area));
        }
    }

    /// `out ← after(windows of input · weights)`.
    pub fn apply(&self, plan: &Plan, input: &Maps, after: After, out: &mut Maps) {
        let image = out.image();
        time(Part::Products, || {
            let tasks = out.values_mut().par_chunks_mut((IMAGES * image).max(1));
            tasks.enumerate().for_each(|(task, out)| {
                for phase in &plan.phases {
                    run(&mut Images {
                        weights: &self.0,
                        phase,
                        line: plan.line,
                        input,
                        first: task * IMAGES,
                        after: after.of(task * IMAGES * image, out.len()),
                        image,
                        out,
                    });
                }
            });
        });
    }
}

/// Some images.
struct Images<'a, 'o> {
    weights: &'a [f32],
    phase: &'a Phase,
    /// Values of a line of the input.
    line: usize,
    input: &'a Maps,
    /// The first one.
    first: usize,
    after: Then<'a>,
    /// Values of an image of the output.
    image: usize,
    out: &'o mut [f32],
}

impl Task for Images<'_, '_> {
    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, _: &mut Vec<f32>) {
        let outputs = self.weights.chunks_exact(self.phase.steps().max(1));
        let places = self.phase.reads.iter().zip(&self.phase.writes);
        for image in 0..self.out.len() / self.image.max(1) {
            for (read, write) in places.clone() {
                let window = &self.input.of(self.first + image)[*read..];
                let mut sums = [0.0; MOST_CHANNELS];
                for (sum, weights) in sums.iter_mut().zip(outputs.clone()) {
                    *sum = self.sum(simd, window, weights);
                }
                let place = (image * self.image + write, 0);
                let sums = &sums[..outputs.len().min(MOST_CHANNELS)];
                self.after.put(simd, sums, place, self.out);
            }
        }
    }
}

impl Images<'_, '_> {
    /// The sum over a window. Its order is that of [`WIDE`] lanes, whatever the width of vectors.
    #[inline(always)]
    fn sum<S: Simd>(&self, simd: S, window: &[f32], weights: &[f32]) -> f32 {
        let lanes = match S::F32_LANES {
            16 => self.lanes::<S, 4>(simd, window, weights),
            8 => self.lanes::<S, 8>(simd, window, weights),
            4 => self.lanes::<S, 16>(simd, window, weights),
            _ => self.lanes::<S, WIDE>(simd, window, weights),
        };
        lanes.iter().sum()
    }

    // Loops over indices: an array that is moved passes through memory on its way.
    #[expect(
        clippy::needless_range_loop,
        clippy::manual_memcpy,
        reason = "see above"
    )]
    #[inline(always)]
    fn lanes<S: Simd, const NV: usize>(
        &self,
        simd: S,
        window: &[f32],
        weights: &[f32],
    ) -> [f32; WIDE] {
        let length = self.phase.length;
        let mut sums = [simd.splat_f32s(0.0); NV];
        for (i, weights) in weights.chunks_exact(length.max(1)).enumerate() {
            let (x, last) = window[i * self.line..][..length].as_chunks::<WIDE>();
            let (w, rest) = weights.as_chunks::<WIDE>();
            for (x, w) in x.iter().zip(w) {
                let ((x, _), (w, _)) = (S::as_simd_f32s(x), S::as_simd_f32s(w));
                for j in 0..NV {
                    sums[j] = simd.mul_add_e_f32s(x[j], w[j], sums[j]);
                }
            }
            for j in 0..last.len().div_ceil(S::F32_LANES) {
                let from = j * S::F32_LANES;
                let (x, w) = (load(simd, &last[from..]), load(simd, &rest[from..]));
                sums[j] = simd.mul_add_e_f32s(x, w, sums[j]);
            }
        }
        let mut lanes = [0.0; WIDE];
        let (vectors, _) = S::as_mut_simd_f32s(&mut lanes);
        for j in 0..NV {
            vectors[j] = sums[j];
        }
        lanes
    }
}
