//! Training with candle's own operations: for devices without our own kernels, and as the reference in the tests.

mod maps;
mod norm;
pub mod passes;
pub mod spectral;
pub mod update;
pub mod windows;

use candle_core::{DType, Result, Tensor};

use super::{Accumulation, Activation, Backend, Factor};

/// candle's operations on any device.
#[derive(Debug)]
pub struct Portable;

impl Backend for Portable {}

/// `out ← source`, of the same shape.
pub fn copy(out: &Tensor, source: &Tensor) -> Result<()> {
    out.slice_set(&source.contiguous()?, 0, 0)
}

/// See [`Backend::upload`].
pub fn upload(out: &Tensor, values: Vec<f32>) -> Result<()> {
    out.slice_set(&Tensor::from_vec(values, out.shape(), out.device())?, 0, 0)
}

/// See [`Backend::blend`].
pub fn blend(out: &Tensor, source: &Tensor, kept: f64) -> Result<()> {
    copy(out, &((out * kept)? + (source * (1.0 - kept))?)?)
}

/// See [`Backend::product`].
pub fn product(
    out: &Tensor,
    a: Factor<'_>,
    b: Factor<'_>,
    accumulation: Accumulation,
) -> Result<()> {
    let value = a.view()?.contiguous()?.matmul(&b.view()?.contiguous()?)?;
    match accumulation {
        Accumulation::Overwrite => copy(out, &value),
        Accumulation::Add => copy(out, &(out + value)?),
    }
}

/// See [`Backend::gather`].
pub fn gather(out: &Tensor, images: &Tensor, indices: &Tensor) -> Result<()> {
    let bytes = images.index_select(indices, 0)?.to_dtype(DType::F32)?;
    copy(out, &((bytes / 127.5)? - 1.0)?)
}

/// See [`Backend::column_sums`].
pub fn column_sums(out: &Tensor, of: &Tensor) -> Result<()> {
    copy(out, &of.sum(0)?)
}

/// The activation of every value of `x`.
fn activate(x: &Tensor, activation: Activation) -> Result<Tensor> {
    match activation {
        Activation::Identity => Ok(x.clone()),
        Activation::Relu => x.relu(),
        Activation::LeakyRelu(slope) => candle_nn::ops::leaky_relu(x, f64::from(slope)),
        Activation::Tanh => x.tanh(),
    }
}

/// The derivative at every output `y`.
fn derivative(y: &Tensor, activation: Activation) -> Result<Tensor> {
    match activation {
        Activation::Identity => y.ones_like(),
        Activation::Relu => y.gt(0.0)?.to_dtype(DType::F32),
        Activation::LeakyRelu(slope) => {
            let slope = f64::from(slope);
            y.gt(0.0)?.to_dtype(DType::F32)?.affine(1.0 - slope, slope)
        }
        Activation::Tanh => y.sqr()?.affine(-1.0, 1.0),
    }
}

/// See [`Backend::bias_activation`].
pub fn bias_activation(out: &Tensor, bias: &Tensor, activation: Activation) -> Result<()> {
    copy(out, &activate(&out.broadcast_add(bias)?, activation)?)
}

/// See [`Backend::activation_backward`].
pub fn activation_backward(delta: &Tensor, y: &Tensor, activation: Activation) -> Result<()> {
    copy(delta, &(delta * derivative(y, activation)?)?)
}

/// See [`Backend::clip`].
pub fn clip(weights: &Tensor, limit: f32) -> Result<Tensor> {
    let clipped = weights.clamp(-limit, limit)?;
    copy(weights, &clipped)?;
    clipped
        .abs()?
        .ge(0.99 * f64::from(limit))?
        .to_dtype(DType::F32)?
        .mean_all()
}
