//! The windows of planes as rows of a matrix, and back.

use candle_core::{Result, Tensor};

use super::copy;
use crate::nn::layer::Link;

/// See [`crate::nn::backend::Backend::windows`].
pub fn gather(out: &Tensor, planes: &Tensor, link: Link) -> Result<()> {
    let rows = planes.dim(0)?;
    let (large, padding) = (link.large, link.window.padding);
    let padded = planes
        .reshape((rows, large.height, large.width, large.channels))?
        .pad_with_zeros(1, padding, padding)?
        .pad_with_zeros(2, padding, padding)?
        .flatten(1, 2)?;
    let windows = padded.index_select(&pixels(link, planes)?, 1)?;
    copy(out, &windows.reshape(out.shape())?)
}

/// See [`crate::nn::backend::Backend::windows_back`].
pub fn scatter(planes: &Tensor, windows: &Tensor, link: Link) -> Result<()> {
    let rows = planes.dim(0)?;
    let (large, padding) = (link.large, link.window.padding);
    let (height, width) = (large.height + 2 * padding, large.width + 2 * padding);
    let pixels = pixels(link, planes)?;
    let windows = windows.reshape((rows, pixels.elem_count(), large.channels))?;
    let padded = Tensor::zeros(
        (rows, height * width, large.channels),
        planes.dtype(),
        planes.device(),
    )?
    .index_add(&pixels, &windows, 1)?
    .reshape((rows, height, width, large.channels))?
    .narrow(1, padding, large.height)?
    .narrow(2, padding, large.width)?;
    copy(planes, &padded.contiguous()?.reshape(planes.shape())?)
}

/// The pixels of a plane with its padding that each window covers, window after window.
fn pixels(link: Link, on: &Tensor) -> Result<Tensor> {
    let window = link.window;
    let width = link.large.width + 2 * window.padding;
    let mut all = Vec::new();
    for y in 0..link.small.height {
        for x in 0..link.small.width {
            for i in 0..window.kernel {
                for j in 0..window.kernel {
                    let (y, x) = (y * window.stride + i, x * window.stride + j);
                    all.push((y * width + x) as u32);
                }
            }
        }
    }
    Tensor::new(all, on.device())
}
