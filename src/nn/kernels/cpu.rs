//! The CPU forms of the kernels: in place, on slices.

use std::cell::{Cell, RefCell};

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, bail};
use rayon::prelude::*;

/// Values below which a pass is not worth splitting between threads.
const SERIAL: usize = 16 * 1024;

/// The whole of a contiguous f32 view.
pub(super) fn values<'a>(
    storage: &'a CpuStorage,
    layout: &Layout,
    what: &str,
) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(all), Some((from, to))) if to <= all.len() => Ok(&all[from..to]),
        _ => bail!("{what}: expected contiguous f32 values"),
    }
}

/// The whole of a contiguous f32 view, to be written.
fn values_mut<'a>(
    storage: &'a mut CpuStorage,
    layout: &Layout,
    what: &str,
) -> Result<&'a mut [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(all), Some((from, to))) if to <= all.len() => Ok(&mut all[from..to]),
        _ => bail!("{what}: expected contiguous f32 values"),
    }
}

/// See [`super::clip`].
pub(super) struct Clip {
    limit: f32,
    saturated: Cell<usize>,
}

impl Clip {
    pub fn new(limit: f32) -> Self {
        Self {
            limit,
            saturated: Cell::new(0),
        }
    }

    pub fn saturated(&self) -> usize {
        self.saturated.get()
    }
}

impl InplaceOp1 for Clip {
    fn name(&self) -> &'static str {
        "clip"
    }

    fn cpu_fwd(&self, weights: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let limit = self.limit;
        let saturated = values_mut(weights, layout, "clip")?
            .par_chunks_mut(SERIAL)
            .map(|chunk| {
                let mut count = 0;
                for w in chunk {
                    *w = w.clamp(-limit, limit);
                    count += usize::from(w.abs() >= 0.99 * limit);
                }
                count
            })
            .sum();
        self.saturated.set(saturated);
        Ok(())
    }
}

/// See [`super::write`].
pub(super) struct Write<F, R> {
    f: RefCell<Option<F>>,
    result: RefCell<Option<R>>,
}

impl<R, F: FnOnce(&mut [f32]) -> R> Write<F, R> {
    pub fn new(f: F) -> Self {
        Self {
            f: RefCell::new(Some(f)),
            result: RefCell::new(None),
        }
    }

    pub fn result(self) -> Result<R> {
        match self.result.into_inner() {
            Some(result) => Ok(result),
            None => bail!("write: the values were not reached"),
        }
    }
}

impl<R, F: FnOnce(&mut [f32]) -> R> InplaceOp1 for Write<F, R> {
    fn name(&self) -> &'static str {
        "write"
    }

    fn cpu_fwd(&self, out: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let out = values_mut(out, layout, "write")?;
        if let Some(f) = self.f.borrow_mut().take() {
            *self.result.borrow_mut() = Some(f(out));
        }
        Ok(())
    }
}
