//! The linear maps of layers, from tensor to tensor: convolutions as products with matrices of windows.

use candle_core::{DType, Result, Tensor};

use super::copy;
use crate::nn::backend::Backend;
use crate::nn::layer::{Layer, Link, Map};
use crate::nn::matrix::{Accumulation, Factor};

/// `out` `[rows, out]` ← the map of `input` `[rows, in]`.
pub fn up(backend: &dyn Backend, layer: &Layer, input: &Tensor, out: &Tensor) -> Result<()> {
    match layer.spec.map {
        Map::Linear { .. } => backend.product(
            out,
            Factor::as_is(input),
            Factor::transposed(&layer.weight),
            Accumulation::Overwrite,
        ),
        Map::Convolution(link) => gather(backend, layer, link, input, out),
        Map::Transposed(link) => spread(backend, layer, link, input, out),
    }
}

/// `below` `[rows, in]` ← the map's transpose of `delta` `[rows, out]`.
pub fn down(backend: &dyn Backend, layer: &Layer, delta: &Tensor, below: &Tensor) -> Result<()> {
    match layer.spec.map {
        Map::Linear { .. } => backend.product(
            below,
            Factor::as_is(delta),
            Factor::as_is(&layer.weight),
            Accumulation::Overwrite,
        ),
        Map::Convolution(link) => spread(backend, layer, link, delta, below),
        Map::Transposed(link) => gather(backend, layer, link, delta, below),
    }
}

/// The gradient of the weights from what the layer reads and the gradient at the output of its map.
pub fn weight_grad(
    backend: &dyn Backend,
    layer: &Layer,
    (input, delta): (&Tensor, &Tensor),
    accumulation: Accumulation,
) -> Result<()> {
    let (link, small, large) = match layer.spec.map {
        Map::Linear { .. } => {
            let (delta, input) = (Factor::transposed(delta), Factor::as_is(input));
            return backend.product(&layer.weight_grad, delta, input, accumulation);
        }
        Map::Convolution(link) => (link, delta, input),
        Map::Transposed(link) => (link, input, delta),
    };
    let windows = windows(backend, large, link)?;
    let small = pixels(small, link.small.channels)?;
    let [outputs, channels, kernel, _] = link.weight();
    let area = kernel * kernel;
    let grad = Tensor::zeros((outputs, area * channels), DType::F32, large.device())?;
    let (small, windows) = (Factor::transposed(&small), Factor::as_is(&windows));
    backend.product(&grad, small, windows, Accumulation::Overwrite)?;
    let grad = grad
        .reshape((outputs, area, channels))?
        .transpose(1, 2)?
        .contiguous()?
        .reshape(layer.weight_grad.shape())?;
    match accumulation {
        Accumulation::Overwrite => copy(&layer.weight_grad, &grad),
        Accumulation::Add => copy(&layer.weight_grad, &(&layer.weight_grad + grad)?),
    }
}

/// From the large plane to the small one.
fn gather(
    backend: &dyn Backend,
    layer: &Layer,
    link: Link,
    large: &Tensor,
    small: &Tensor,
) -> Result<()> {
    let (windows, weights) = (windows(backend, large, link)?, matrix(layer, link)?);
    let (windows, weights) = (Factor::as_is(&windows), Factor::transposed(&weights));
    let small = pixels(small, link.small.channels)?;
    backend.product(&small, windows, weights, Accumulation::Overwrite)
}

/// From the small plane to the large one.
fn spread(
    backend: &dyn Backend,
    layer: &Layer,
    link: Link,
    small: &Tensor,
    large: &Tensor,
) -> Result<()> {
    let weights = matrix(layer, link)?;
    let small = pixels(small, link.small.channels)?;
    let windows = Tensor::zeros((small.dim(0)?, weights.dim(1)?), DType::F32, small.device())?;
    let (small, weights) = (Factor::as_is(&small), Factor::as_is(&weights));
    backend.product(&windows, small, weights, Accumulation::Overwrite)?;
    backend.windows_back(large, &windows, link)
}

/// The windows of planes, `[rows · windows, kernel² · channels]`.
fn windows(backend: &dyn Backend, planes: &Tensor, link: Link) -> Result<Tensor> {
    let rows = planes.dim(0)? * link.small.height * link.small.width;
    let columns = link.window.kernel * link.window.kernel * link.large.channels;
    let windows = Tensor::zeros((rows, columns), DType::F32, planes.device())?;
    backend.windows(&windows, planes, link)?;
    Ok(windows)
}

/// The weights in the order of windows, `[small channels, kernel² · large channels]`.
fn matrix(layer: &Layer, link: Link) -> Result<Tensor> {
    let [outputs, channels, kernel, _] = link.weight();
    let area = kernel * kernel;
    layer
        .weight
        .reshape((outputs, channels, area))?
        .transpose(1, 2)?
        .contiguous()?
        .reshape((outputs, area * channels))
}

/// A row for each pixel: a view.
pub fn pixels(planes: &Tensor, channels: usize) -> Result<Tensor> {
    planes.reshape((planes.elem_count() / channels.max(1), channels))
}
