//! The kernels in candle's own operations: for devices without kernels of ours, and the reference in the tests.

use candle_core::{DType, Result, Tensor};

use super::{Activation, copy};

/// See [`super::product`].
pub(super) fn product(
    out: &Tensor,
    a: (&Tensor, bool),
    b: (&Tensor, bool),
    accumulate: bool,
) -> Result<()> {
    let side = |(t, turned): (&Tensor, bool)| if turned { t.t() } else { Ok(t.clone()) };
    let value = side(a)?.contiguous()?.matmul(&side(b)?.contiguous()?)?;
    copy(out, &if accumulate { (out + value)? } else { value })
}

/// See [`super::gather`].
pub(super) fn gather(out: &Tensor, images: &Tensor, indices: &Tensor) -> Result<()> {
    let bytes = images.index_select(indices, 0)?.to_dtype(DType::F32)?;
    copy(out, &((bytes / 127.5)? - 1.0)?)
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

/// See [`super::bias_activation`].
pub(super) fn bias_activation(out: &Tensor, bias: &Tensor, activation: Activation) -> Result<()> {
    copy(out, &activate(&out.broadcast_add(bias)?, activation)?)
}

/// See [`super::activation_backward`].
pub(super) fn activation_backward(
    delta: &Tensor,
    y: &Tensor,
    activation: Activation,
) -> Result<()> {
    copy(delta, &(delta * derivative(y, activation)?)?)
}

/// See [`super::clip`].
pub(super) fn clip(weights: &Tensor, limit: f32) -> Result<Tensor> {
    let clipped = weights.clamp(-limit, limit)?;
    copy(weights, &clipped)?;
    clipped
        .abs()?
        .ge(0.99 * f64::from(limit))?
        .to_dtype(DType::F32)?
        .mean_all()
}
