//! The kernels in candle's own operations: for devices without kernels of ours, and the reference in the tests.

use candle_core::{DType, Result, Tensor};

use super::copy;

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
