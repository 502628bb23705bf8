//! Batch norms on the CPU. Sums have one order, whatever the number of threads: those of each image, then image after image.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::maps::Maps;
use super::tile::{load, store};
use crate::nn::Activation;
use crate::nn::backend::native::level::dispatch;
use crate::nn::backend::native::vector;
use crate::nn::layer::Norm;

const EPSILON: f32 = Norm::EPSILON as f32;
const MOMENTUM: f32 = Norm::MOMENTUM as f32;

/// What each channel is brought to a mean of 0 and a variance of 1 by.
#[derive(Debug, Default)]
pub struct Moments {
    pub mean: Vec<f32>,
    /// 1 over the root of the variance.
    pub over_deviation: Vec<f32>,
    /// The variance.
    variance: Vec<f32>,
}

impl Moments {
    /// Those of a batch.
    pub fn of(&mut self, maps: &Maps) {
        let channels = maps.shape.channels;
        let pixels = (maps.shape.height * maps.shape.width) as f64;
        let of_images: Vec<(Vec<f32>, Vec<f32>)> = (0..maps.rows)
            .into_par_iter()
            .map(|row| {
                let mut mean = vec![0.0; channels];
                each_line(maps, row, |line| add(&mut mean, line, None));
                for mean in &mut mean {
                    *mean /= pixels as f32;
                }
                let mut squares = vec![0.0; channels];
                each_line(maps, row, |line| add(&mut squares, line, Some(&mean)));
                (mean, squares)
            })
            .collect();
        self.resize(channels);
        for channel in 0..channels {
            // Parts are joined as by Chan et al. 1979.
            let (mut mean, mut squares, mut count) = (0.0, 0.0, 0.0);
            for (of_image, squares_of_image) in &of_images {
                let off = f64::from(of_image[channel]) - mean;
                squares += f64::from(squares_of_image[channel])
                    + off * off * count * pixels / (count + pixels);
                count += pixels;
                mean += off * pixels / count;
            }
            let variance = squares / count.max(1.0);
            self.mean[channel] = mean as f32;
            self.variance[channel] = variance as f32;
        }
        self.invert();
    }

    /// The running ones.
    pub fn set(&mut self, mean: &[f32], variance: &[f32]) {
        self.resize(mean.len());
        self.mean.copy_from_slice(mean);
        self.variance.copy_from_slice(variance);
        self.invert();
    }

    fn resize(&mut self, channels: usize) {
        for values in [&mut self.mean, &mut self.variance, &mut self.over_deviation] {
            values.resize(channels, 0.0);
        }
    }

    fn invert(&mut self) {
        for (out, variance) in self.over_deviation.iter_mut().zip(&self.variance) {
            *out = 1.0 / (variance + EPSILON).sqrt();
        }
    }

    /// Moves running means towards these.
    pub fn follow_mean(&self, mean: &mut [f32]) {
        for (running, now) in mean.iter_mut().zip(&self.mean) {
            *running += MOMENTUM * (now - *running);
        }
    }

    /// Moves running variances towards these, as estimated without bias from so many values.
    pub fn follow_variance(&self, variance: &mut [f32], count: usize) {
        let unbiased = count as f32 / count.saturating_sub(1).max(1) as f32;
        for (running, now) in variance.iter_mut().zip(&self.variance) {
            *running += MOMENTUM * (unbiased * now - *running);
        }
    }
}

/// `out ← activation(scale·(x − mean)/deviation + shift + plus)`, of maps that lie alike.
pub fn normalise(
    x: &Maps,
    moments: &Moments,
    (scale, shift): (&[f32], &[f32]),
    (plus, activation): (Option<&Maps>, Activation),
    out: &mut Maps,
) {
    let factor: Vec<f32> = scale
        .iter()
        .zip(&moments.over_deviation)
        .map(|(scale, over)| scale * over)
        .collect();
    let offset: Vec<f32> = shift
        .iter()
        .zip(&moments.mean)
        .zip(&factor)
        .map(|((shift, mean), factor)| shift - mean * factor)
        .collect();
    let lines = Lines::of(x);
    out.each_image().enumerate().for_each(|(row, out)| {
        let (x, plus) = (x.of(row), plus.map(|plus| plus.of(row)));
        for at in lines.starts() {
            dispatch(Normalise {
                x: &x[at..][..lines.length],
                factor: &factor,
                offset: &offset,
                plus: plus.map(|plus| &plus[at..][..lines.length]),
                activation,
                out: &mut out[at..][..lines.length],
            });
        }
    });
}

/// The sums over all pixels of `delta`, and of `delta` times what `x` was brought to, by channel.
pub fn sums(delta: &Maps, x: &Maps, moments: &Moments) -> (Vec<f32>, Vec<f32>) {
    let channels = delta.shape.channels;
    let lines = Lines::of(delta);
    let of_images: Vec<(Vec<f32>, Vec<f32>)> = (0..delta.rows)
        .into_par_iter()
        .map(|row| {
            let (mut plain, mut weighted) = (vec![0.0; channels], vec![0.0; channels]);
            let (delta, x) = (delta.of(row), x.of(row));
            for at in lines.starts() {
                dispatch(Sums {
                    delta: &delta[at..][..lines.length],
                    x: &x[at..][..lines.length],
                    moments,
                    plain: &mut plain,
                    weighted: &mut weighted,
                });
            }
            (plain, weighted)
        })
        .collect();
    let (mut plain, mut weighted) = (vec![0.0; channels], vec![0.0; channels]);
    for (of_plain, of_weighted) in &of_images {
        add(&mut plain, of_plain, None);
        add(&mut weighted, of_weighted, None);
    }
    (plain, weighted)
}

/// Turns the gradient by the norm's result into that by `x`, in place: scale/deviation·(δ − mean δ − x̂·mean(δ·x̂)). It is kept as it
/// was where there are maps for it, which lie alike.
pub fn backward(
    (delta, kept): (&mut Maps, Option<&mut Maps>),
    x: &Maps,
    moments: &Moments,
    scale: &[f32],
    (plain, weighted): (&[f32], &[f32]),
) {
    let count = (delta.rows * delta.shape.height * delta.shape.width) as f32;
    let lines = Lines::of(delta);
    let mean = |sums: &[f32]| -> Vec<f32> { sums.iter().map(|sum| sum / count).collect() };
    let (plain, weighted) = (mean(plain), mean(weighted));
    let line = |delta: &mut [f32], x: &[f32]| {
        dispatch(Backward {
            delta,
            x,
            moments,
            scale,
            plain: &plain,
            weighted: &weighted,
        });
    };
    let images = delta.each_image().enumerate();
    match kept {
        None => images.for_each(|(row, delta)| {
            for at in lines.starts() {
                line(
                    &mut delta[at..][..lines.length],
                    &x.of(row)[at..][..lines.length],
                );
            }
        }),
        Some(kept) => images
            .zip(kept.each_image())
            .for_each(|((row, delta), kept)| {
                for at in lines.starts() {
                    let delta = &mut delta[at..][..lines.length];
                    kept[at..][..lines.length].copy_from_slice(delta);
                    line(delta, &x.of(row)[at..][..lines.length]);
                }
            }),
    }
}

/// The sum over all pixels, by channel.
pub fn channel_sums(maps: &Maps, out: &mut [f32]) {
    let of_images: Vec<Vec<f32>> = (0..maps.rows)
        .into_par_iter()
        .map(|row| {
            let mut sums = vec![0.0; maps.shape.channels];
            each_line(maps, row, |line| add(&mut sums, line, None));
            sums
        })
        .collect();
    out.fill(0.0);
    for sums in &of_images {
        add(out, sums, None);
    }
}

/// Multiplies by the derivative of the activation whose outputs are these.
pub fn derive(delta: &mut Maps, outputs: &Maps, activation: Activation) {
    if activation == Activation::Identity {
        return;
    }
    let lines = Lines::of(delta);
    delta.each_image().enumerate().for_each(|(row, delta)| {
        let y = outputs.of(row);
        for at in lines.starts() {
            dispatch(Derive {
                delta: &mut delta[at..][..lines.length],
                y: &y[at..][..lines.length],
                activation,
            });
        }
    });
}

/// Where the pixels of an image are.
#[derive(Debug, Clone, Copy)]
struct Lines {
    first: usize,
    apart: usize,
    count: usize,
    length: usize,
}

impl Lines {
    fn of(maps: &Maps) -> Self {
        Self {
            first: maps.at(0, 0),
            apart: maps.line(),
            count: maps.shape.height,
            length: maps.shape.width * maps.shape.channels,
        }
    }

    fn starts(self) -> impl Iterator<Item = usize> {
        (0..self.count).map(move |y| self.first + y * self.apart)
    }
}

/// Calls `with` with each line of an image's pixels.
fn each_line(maps: &Maps, row: usize, mut with: impl FnMut(&[f32])) {
    let (lines, image) = (Lines::of(maps), maps.of(row));
    for at in lines.starts() {
        with(&image[at..][..lines.length]);
    }
}

/// Adds each pixel of a line to sums by channel; the squares of differences from `mean`, where it is given.
fn add(sums: &mut [f32], line: &[f32], mean: Option<&[f32]>) {
    dispatch(Add { sums, line, mean });
}

struct Add<'a> {
    sums: &'a mut [f32],
    line: &'a [f32],
    mean: Option<&'a [f32]>,
}

impl WithSimd for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let channels = self.sums.len();
        by_vectors::<S, 4>(simd, channels, &mut self);
    }
}

/// Work on channels, a few vectors of them at a time.
trait ByVectors {
    /// Does it for `NV` vectors of channels, from vector `first` on: those that [`vectors`] reads.
    fn some<S: Simd, const NV: usize>(&mut self, simd: S, first: usize);
}

/// Does work on all channels, `NV` vectors at a time, and the last ones one by one.
#[inline(always)]
fn by_vectors<S: Simd, const NV: usize>(simd: S, channels: usize, work: &mut impl ByVectors) {
    let mut at = 0;
    while at + NV <= channels / S::F32_LANES {
        work.some::<S, NV>(simd, at);
        at += NV;
    }
    while at < channels.div_ceil(S::F32_LANES) {
        work.some::<S, 1>(simd, at);
        at += 1;
    }
}

impl ByVectors for Add<'_> {
    /// Sums stay in registers until the line's end.
    #[inline(always)]
    fn some<S: Simd, const NV: usize>(&mut self, simd: S, first: usize) {
        let channels = self.sums.len().max(1);
        let mut sums = vectors::<S, NV>(simd, self.sums, first);
        match self.mean {
            None => {
                for pixel in self.line.chunks_exact(channels) {
                    let x = vectors::<S, NV>(simd, pixel, first);
                    for j in 0..NV {
                        sums[j] = simd.add_f32s(sums[j], x[j]);
                    }
                }
            }
            Some(mean) => {
                let mean = vectors::<S, NV>(simd, mean, first);
                for pixel in self.line.chunks_exact(channels) {
                    let x = vectors::<S, NV>(simd, pixel, first);
                    for j in 0..NV {
                        let off = simd.sub_f32s(x[j], mean[j]);
                        sums[j] = simd.add_f32s(sums[j], simd.mul_f32s(off, off));
                    }
                }
            }
        }
        put(simd, self.sums, first, sums);
    }
}

/// `NV` vectors from vector `first` on: whole ones, or one, of which what is beyond the values is zero. No loop over slices: vectors
/// would pass through memory.
#[inline(always)]
fn vectors<S: Simd, const NV: usize>(simd: S, values: &[f32], first: usize) -> [S::f32s; NV] {
    let values = &values[first * S::F32_LANES..];
    if NV == 1 {
        return [load(simd, values); NV];
    }
    let (values, _) = S::as_simd_f32s(values);
    std::array::from_fn(|j| values[j])
}

/// Writes vectors where [`vectors`] reads them.
#[inline(always)]
fn put<S: Simd, const NV: usize>(simd: S, out: &mut [f32], first: usize, values: [S::f32s; NV]) {
    let out = &mut out[first * S::F32_LANES..];
    for (out, values) in out.chunks_mut(S::F32_LANES).zip(values) {
        store(simd, out, values);
    }
}

struct Normalise<'a> {
    x: &'a [f32],
    factor: &'a [f32],
    offset: &'a [f32],
    plus: Option<&'a [f32]>,
    activation: Activation,
    out: &'a mut [f32],
}

impl WithSimd for Normalise<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let channels = self.factor.len().max(1);
        let pixels = self.x.chunks_exact(channels);
        let pixels = pixels.zip(self.out.chunks_exact_mut(channels));
        for (pixel, (x, out)) in pixels.enumerate() {
            let plus = self.plus.map(|plus| &plus[pixel * channels..][..channels]);
            for at in (0..channels).step_by(S::F32_LANES) {
                let end = channels.min(at + S::F32_LANES);
                let value =
                    simd.mul_f32s(load(simd, &x[at..end]), load(simd, &self.factor[at..end]));
                let value = simd.add_f32s(value, load(simd, &self.offset[at..end]));
                let value = match plus {
                    Some(plus) => simd.add_f32s(value, load(simd, &plus[at..end])),
                    None => value,
                };
                store(
                    simd,
                    &mut out[at..end],
                    vector::activate(simd, value, self.activation),
                );
            }
        }
    }
}

/// x brought to a mean of 0 and a variance of 1.
#[inline(always)]
fn hat<S: Simd>(simd: S, x: S::f32s, (mean, over): (S::f32s, S::f32s)) -> S::f32s {
    simd.mul_f32s(simd.sub_f32s(x, mean), over)
}

struct Sums<'a> {
    delta: &'a [f32],
    x: &'a [f32],
    moments: &'a Moments,
    plain: &'a mut [f32],
    weighted: &'a mut [f32],
}

impl WithSimd for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let channels = self.plain.len();
        by_vectors::<S, 2>(simd, channels, &mut self);
    }
}

impl ByVectors for Sums<'_> {
    /// As those of [`Add`].
    #[inline(always)]
    fn some<S: Simd, const NV: usize>(&mut self, simd: S, first: usize) {
        let channels = self.plain.len().max(1);
        let mean = vectors::<S, NV>(simd, &self.moments.mean, first);
        let over = vectors::<S, NV>(simd, &self.moments.over_deviation, first);
        let mut plain = vectors::<S, NV>(simd, self.plain, first);
        let mut weighted = vectors::<S, NV>(simd, self.weighted, first);
        let pixels = self.delta.chunks_exact(channels);
        for (delta, x) in pixels.zip(self.x.chunks_exact(channels)) {
            let delta = vectors::<S, NV>(simd, delta, first);
            let x = vectors::<S, NV>(simd, x, first);
            for j in 0..NV {
                plain[j] = simd.add_f32s(plain[j], delta[j]);
                let by = simd.mul_f32s(delta[j], hat(simd, x[j], (mean[j], over[j])));
                weighted[j] = simd.add_f32s(weighted[j], by);
            }
        }
        put(simd, self.plain, first, plain);
        put(simd, self.weighted, first, weighted);
    }
}

struct Backward<'a> {
    delta: &'a mut [f32],
    x: &'a [f32],
    moments: &'a Moments,
    scale: &'a [f32],
    plain: &'a [f32],
    weighted: &'a [f32],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let channels = self.scale.len().max(1);
        let pixels = self.delta.chunks_exact_mut(channels);
        for (delta, x) in pixels.zip(self.x.chunks_exact(channels)) {
            for at in (0..channels).step_by(S::F32_LANES) {
                let end = channels.min(at + S::F32_LANES);
                let of = |values: &[f32]| load(simd, &values[at..end]);
                let by = (of(&self.moments.mean), of(&self.moments.over_deviation));
                let along = simd.mul_f32s(hat(simd, of(x), by), of(self.weighted));
                let rest = simd.sub_f32s(simd.sub_f32s(of(delta), of(self.plain)), along);
                let factor = simd.mul_f32s(of(self.scale), of(&self.moments.over_deviation));
                store(simd, &mut delta[at..end], simd.mul_f32s(rest, factor));
            }
        }
    }
}

struct Derive<'a> {
    delta: &'a mut [f32],
    y: &'a [f32],
    activation: Activation,
}

impl WithSimd for Derive<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let lanes = S::F32_LANES;
        for (delta, y) in self.delta.chunks_mut(lanes).zip(self.y.chunks(lanes)) {
            let value = vector::derive(simd, load(simd, delta), load(simd, y), self.activation);
            store(simd, delta, value);
        }
    }
}
