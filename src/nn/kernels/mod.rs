//! The verbs a training step is made of. Each writes into a tensor that already exists, which may be a view.
//!
//! On the CPU they work in place. On any other device they are candle's operations followed by a copy into place.

mod cpu;
mod portable;

use candle_core::{Layout, Result, Storage, StorageRef, Tensor, bail};

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
pub fn fill(out: &Tensor, set: impl FnOnce(&mut [f32])) -> Result<()> {
    if out.device().is_cpu() {
        write(out, set)
    } else {
        let mut values = vec![0.0; out.elem_count()];
        set(&mut values);
        out.slice_set(&Tensor::from_vec(values, out.shape(), out.device())?, 0, 0)
    }
}

/// Calls `f` with the values of a contiguous tensor on the CPU, to be changed in place.
///
/// # Errors
/// When the tensor is none.
pub(super) fn write<R>(tensor: &Tensor, f: impl FnOnce(&mut [f32]) -> R) -> Result<R> {
    let op = cpu::Write::new(f);
    tensor.inplace_op1(&op)?;
    op.result()
}

/// The values of a contiguous tensor on the CPU, locked for reading.
pub(super) struct Reading<'a> {
    storage: StorageRef<'a>,
    layout: &'a Layout,
}

impl<'a> Reading<'a> {
    pub fn of(tensor: &'a Tensor) -> Self {
        let (storage, layout) = tensor.storage_and_layout();
        Self { storage, layout }
    }

    /// The values.
    pub fn values(&self) -> Result<&[f32]> {
        match &*self.storage {
            Storage::Cpu(storage) => cpu::values(storage, self.layout, "reading"),
            _ => bail!("expected values on the CPU"),
        }
    }
}

#[cfg(test)]
mod tests;
