//! Operations on single tensors, carried out by the backend of their device. Each writes into an existing tensor, which
//! may be a view.

use candle_core::{Device, Result, Tensor, bail};

use super::backend;

/// Returns whether `device` has our own kernels.
#[must_use]
pub fn are_compiled(device: &Device) -> bool {
    backend::of(device).is_compiled()
}

/// Why a CUDA device has none of our own kernels. `None` if it has, and for other devices.
#[must_use]
pub fn why_not_compiled(device: &Device) -> Option<String> {
    backend::why_not_compiled(device)
}

/// `out ← source`, of the same shape.
///
/// # Errors
/// When the shapes differ.
pub fn copy(out: &Tensor, source: &Tensor) -> Result<()> {
    backend::portable::copy(out, source)
}

/// `out ← kept·out + (1 − kept)·source`, of the same shape.
///
/// # Errors
/// When the shapes differ.
pub fn blend(out: &Tensor, source: &Tensor, kept: f64) -> Result<()> {
    backend::of(out.device()).blend(out, source, kept)
}

/// Clips every value of `weights` `[n]` to ±`limit` and returns the share of values at the limit (within 1 %).
///
/// # Errors
/// Those of the device.
pub fn clip(weights: &Tensor, limit: f32) -> Result<Tensor> {
    backend::of(weights.device()).clip(weights, limit)
}

/// Fills `out` from the host: `set` gets its values in row-major order and must set every one.
///
/// # Errors
/// Those of the device.
pub fn fill(out: &Tensor, set: impl FnOnce(&mut [f32])) -> Result<()> {
    let mut set = Some(set);
    backend::of(out.device()).fill(out, &mut |values| {
        if let Some(set) = set.take() {
            set(values);
        }
    })
}

/// Rows of `out` `[m, n]` ← the rows of `images` `[all, n]`, bytes, with these `indices`, scaled from -1 (0) to 1
/// (255).
///
/// # Errors
/// When shapes do not fit or an index is beyond the last image.
pub fn gather(out: &Tensor, images: &Tensor, indices: &[u32]) -> Result<()> {
    let all = images.dim(0)?;
    if let Some(index) = indices.iter().find(|i| **i as usize >= all) {
        bail!("no image {index}: there are {all}");
    }
    let indices = Tensor::new(indices, out.device())?;
    backend::of(out.device()).gather(out, images, &indices)
}

#[cfg(test)]
mod tests;
