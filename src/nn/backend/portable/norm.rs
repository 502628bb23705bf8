//! Batch norms with candle's operations, on `[pixels, channels]`.

use candle_core::{Result, Tensor};

use super::copy;
use crate::nn::backend::Statistics;
use crate::nn::layer::Norm;

/// What was made of a batch.
#[derive(Debug)]
pub struct Normed {
    /// With a mean of 0 and a variance of 1.
    hat: Tensor,
    /// 1 over the root of the variance, `[1, channels]`.
    over_deviation: Tensor,
    is_of_batch: bool,
}

/// `x` ← scale·(x − mean)/deviation. The running moments follow those of the batch.
pub fn forward(x: &Tensor, norm: &Norm, statistics: Statistics) -> Result<Normed> {
    let is_of_batch = statistics == Statistics::OfBatch;
    let (mean, variance) = if is_of_batch {
        let count = x.dim(0)? as f64;
        let mean = x.mean_keepdim(0)?;
        let variance = x.broadcast_sub(&mean)?.sqr()?.mean_keepdim(0)?;
        let unbiased = (&variance * (count / (count - 1.0).max(1.0)))?;
        for (running, now) in [(&norm.mean, &mean), (&norm.variance, &unbiased)] {
            let now = now.flatten_all()?;
            copy(
                running,
                &((running * (1.0 - Norm::MOMENTUM))? + (now * Norm::MOMENTUM)?)?,
            )?;
        }
        (mean, variance)
    } else {
        (norm.mean.unsqueeze(0)?, norm.variance.unsqueeze(0)?)
    };
    let over_deviation = (variance + Norm::EPSILON)?.sqrt()?.recip()?;
    let hat = x.broadcast_sub(&mean)?.broadcast_mul(&over_deviation)?;
    copy(x, &hat.broadcast_mul(&norm.scale)?)?;
    Ok(Normed {
        hat,
        over_deviation,
        is_of_batch,
    })
}

/// The gradient by the result becomes that by what was normed: scale/deviation·(δ − mean δ − x̂·mean(δ·x̂)).
pub fn backward(delta: &Tensor, norm: &Norm, normed: &Normed, has_parameters: bool) -> Result<()> {
    let along = (delta * &normed.hat)?;
    if has_parameters {
        copy(&norm.scale_grad, &along.sum(0)?)?;
    }
    let rest = if normed.is_of_batch {
        let weighted = normed.hat.broadcast_mul(&along.mean_keepdim(0)?)?;
        (delta.broadcast_sub(&delta.mean_keepdim(0)?)? - weighted)?
    } else {
        delta.clone()
    };
    let factor = normed.over_deviation.broadcast_mul(&norm.scale)?;
    copy(delta, &rest.broadcast_mul(&factor)?)
}
