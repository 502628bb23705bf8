//! Spectral normalisation by candle's operations.

use candle_core::{Result, Tensor};

use super::copy;
use crate::nn::singular::SingularPair;

/// See [`crate::nn::backend::Backend::turn`].
pub fn turn(weight: &Tensor, pair: &SingularPair) -> Result<()> {
    let turned = weight.matmul(&pair.right.unsqueeze(1)?)?.squeeze(1)?;
    copy(&pair.left, &turned.broadcast_div(&length(&turned)?)?)
}

/// See [`crate::nn::backend::Backend::normalise`].
pub fn normalise(out: &Tensor, weight: &Tensor, pair: &SingularPair) -> Result<()> {
    let seen = pair.left.unsqueeze(0)?.matmul(weight)?.squeeze(0)?;
    let norm = length(&seen)?;
    copy(&pair.right, &seen.broadcast_div(&norm)?)?;
    copy(&pair.value, &norm)?;
    copy(out, &weight.broadcast_div(&norm)?)
}

/// See [`crate::nn::backend::Backend::normalise_backward`].
pub fn backward(grad: &Tensor, normalised: &Tensor, pair: &SingularPair) -> Result<()> {
    let along = (grad * normalised)?.sum_all()?.reshape(1)?;
    let left = pair.left.broadcast_mul(&along)?.unsqueeze(1)?;
    let outer = left.broadcast_mul(&pair.right.unsqueeze(0)?)?;
    copy(grad, &(grad - outer)?.broadcast_div(&pair.value)?)
}

/// The length of a vector, `[1]`; of a zero vector, one that can be divided by.
fn length(of: &Tensor) -> Result<Tensor> {
    of.sqr()?.sum_all()?.sqrt()?.maximum(1e-12)?.reshape(1)
}
