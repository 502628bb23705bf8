//! The largest singular value of a matrix, as an estimate that follows the matrix.

use candle_core::{DType, Device, Result, Tensor};

/// An estimate of a matrix's largest singular value, with its vectors.
#[derive(Debug)]
pub(super) struct SingularPair {
    /// u, `[out]`, of length 1.
    pub left: Tensor,
    /// v, `[in]`, of length 1.
    pub right: Tensor,
    /// σ, `[1]`.
    pub value: Tensor,
}

impl SingularPair {
    /// Of a matrix `[outputs, inputs]`, zeroed.
    pub fn new((outputs, inputs): (usize, usize), device: &Device) -> Result<Self> {
        let zeros = |count: usize| Tensor::zeros(count, DType::F32, device);
        Ok(Self {
            left: zeros(outputs)?,
            right: zeros(inputs)?,
            value: zeros(1)?,
        })
    }
}
