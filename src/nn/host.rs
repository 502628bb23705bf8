//! The values of tensors on the CPU, as slices.

use std::cell::RefCell;

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Storage, StorageRef, Tensor, bail};

/// Calls `f` with the values of a contiguous f32 tensor on the CPU, which it may change in place.
///
/// # Errors
/// When the tensor is on another device, not contiguous or not f32.
pub(super) fn write<R>(tensor: &Tensor, f: impl FnOnce(&mut [f32]) -> R) -> Result<R> {
    let op = Write {
        f: RefCell::new(Some(f)),
        result: RefCell::new(None),
    };
    tensor.inplace_op1(&op)?;
    match op.result.into_inner() {
        Some(result) => Ok(result),
        None => bail!("write: the values were not reached"),
    }
}

/// Like [`write`], for an optional tensor.
pub(super) fn write_some<R>(
    tensor: Option<&Tensor>,
    f: impl FnOnce(Option<&mut [f32]>) -> R,
) -> Result<R> {
    match tensor {
        Some(tensor) => write(tensor, |values| f(Some(values))),
        None => Ok(f(None)),
    }
}

/// The values of a contiguous f32 tensor on the CPU, locked for reading.
pub(super) struct HostValues<'a> {
    storage: StorageRef<'a>,
    layout: &'a Layout,
}

impl<'a> HostValues<'a> {
    pub fn of(tensor: &'a Tensor) -> Self {
        let (storage, layout) = tensor.storage_and_layout();
        Self { storage, layout }
    }

    /// The values.
    ///
    /// # Errors
    /// When the tensor is on another device, not contiguous or not f32.
    pub fn values(&self) -> Result<&[f32]> {
        match (&*self.storage, self.layout.contiguous_offsets()) {
            (Storage::Cpu(CpuStorage::F32(all)), Some((from, to))) if to <= all.len() => {
                Ok(&all[from..to])
            }
            _ => bail!("expected contiguous f32 values on the CPU"),
        }
    }
}

/// candle gives access to the memory of a shared tensor only to in-place operations: this one runs a closure.
struct Write<F, R> {
    f: RefCell<Option<F>>,
    result: RefCell<Option<R>>,
}

impl<R, F: FnOnce(&mut [f32]) -> R> InplaceOp1 for Write<F, R> {
    fn name(&self) -> &'static str {
        "write"
    }

    fn cpu_fwd(&self, out: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let out = match (out, layout.contiguous_offsets()) {
            (CpuStorage::F32(all), Some((from, to))) if to <= all.len() => &mut all[from..to],
            _ => bail!("write: expected contiguous f32 values"),
        };
        if let Some(f) = self.f.borrow_mut().take() {
            *self.result.borrow_mut() = Some(f(out));
        }
        Ok(())
    }
}
