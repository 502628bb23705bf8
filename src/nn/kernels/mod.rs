//! The verbs a training step is made of. Each writes into a tensor that already exists, which may be a view.
//!
//! On the CPU they work in place. On any other device they are candle's operations followed by a copy into place.

mod cpu;
mod portable;

use candle_core::{Result, Tensor};

use super::Activation;

/// Whether the in-place CPU kernels serve this tensor. With MKL or Accelerate built in, the products are theirs.
fn is_native(tensor: &Tensor) -> bool {
    tensor.device().is_cpu() && cfg!(not(any(feature = "mkl", feature = "accelerate")))
}

/// `out ← a·b`, or `out ← out + a·b` with `accumulate`. Shapes `[m, n]`, `[m, k]`, `[k, n]`; any strides for `a` and `b`.
///
/// # Errors
/// When the shapes do not fit or `out` shares its storage with an operand.
pub fn product(out: &Tensor, a: &Tensor, b: &Tensor, accumulate: bool) -> Result<()> {
    if is_native(out) {
        out.inplace_op3(a, b, &cpu::Product { accumulate })
    } else {
        portable::product(out, a, b, accumulate)
    }
}

/// `out ← activation(out + bias)`, with `bias` `[n]` added to every row of `out` `[m, n]`.
///
/// # Errors
/// When the shapes do not fit.
pub fn bias_activation(out: &Tensor, bias: &Tensor, activation: Activation) -> Result<()> {
    if out.device().is_cpu() {
        out.inplace_op2(bias, &cpu::BiasActivation { activation })
    } else {
        portable::bias_activation(out, bias, activation)
    }
}

/// `delta ← delta ⊙ activation'(…)`, the derivative taken from the activation's output `y` of the same shape.
///
/// # Errors
/// When the shapes do not fit.
pub fn activation_backward(delta: &Tensor, y: &Tensor, activation: Activation) -> Result<()> {
    if activation == Activation::Identity {
        Ok(())
    } else if delta.device().is_cpu() {
        delta.inplace_op2(y, &cpu::ActivationBackward { activation })
    } else {
        portable::activation_backward(delta, y, activation)
    }
}

/// `out ← Σ rows of a`: shapes `[n]` and `[m, n]`.
///
/// # Errors
/// When the shapes do not fit.
pub fn column_sums(out: &Tensor, a: &Tensor) -> Result<()> {
    if out.device().is_cpu() {
        out.inplace_op2(a, &cpu::ColumnSums)
    } else {
        out.slice_set(&a.sum(0)?, 0, 0)
    }
}

/// `out ← source`, of the same shape.
///
/// # Errors
/// When the shapes differ.
pub fn copy(out: &Tensor, source: &Tensor) -> Result<()> {
    out.slice_set(&source.contiguous()?, 0, 0)
}

/// Clips every value of `weights` `[n]` to ±`limit` and returns the share of values that lie at the limit (within 1 %).
///
/// # Errors
/// Those of the device.
pub fn clip(weights: &Tensor, limit: f32) -> Result<Tensor> {
    if weights.device().is_cpu() {
        let op = cpu::Clip::new(limit);
        weights.inplace_op1(&op)?;
        Tensor::new(
            op.saturated() as f32 / weights.elem_count().max(1) as f32,
            weights.device(),
        )
    } else {
        portable::clip(weights, limit)
    }
}

/// Fills `out` from the host: `write` gets its values in row-major order and must set every one.
///
/// # Errors
/// Those of the device.
pub fn fill(out: &Tensor, write: impl FnOnce(&mut [f32])) -> Result<()> {
    if out.device().is_cpu() {
        out.inplace_op1(&cpu::Fill::new(write))
    } else {
        let mut values = vec![0.0; out.elem_count()];
        write(&mut values);
        out.slice_set(&Tensor::from_vec(values, out.shape(), out.device())?, 0, 0)
    }
}

#[cfg(test)]
mod tests;
