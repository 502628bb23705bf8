//! The verbs a training step is made of. Each writes into a tensor that already exists, which may be a view.
//!
//! On the CPU they work in place. On a CUDA device they are kernels of our own (`nn::cuda`). On any other device, and
//! where those could not be compiled, they are candle's operations followed by a copy into place.

mod cpu;
mod portable;

use candle_core::{DType, Device, Layout, Result, Storage, StorageRef, Tensor, bail};
use rayon::prelude::*;

use super::Activation;
#[cfg(feature = "cuda")]
use super::cuda;
use super::meter::Watch;

/// Whether `device` is one for which kernels of ours were compiled.
#[must_use]
pub fn are_compiled(device: &Device) -> bool {
    #[cfg(feature = "cuda")]
    return cuda::of(device).is_some();
    #[cfg(not(feature = "cuda"))]
    {
        let _ = device;
        false
    }
}

/// Why a CUDA device has no kernels of ours; nothing to say of other devices.
#[must_use]
pub fn why_not_compiled(device: &Device) -> Option<String> {
    #[cfg(feature = "cuda")]
    if let Device::Cuda(device) = device {
        return cuda::load(device).err().map(|why| why.to_string());
    }
    let _ = device;
    None
}

/// What an error says, without the trace that may follow.
#[must_use]
pub fn first_line(error: &candle_core::Error) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

/// `out ← source`, of the same shape.
///
/// # Errors
/// When the shapes differ.
pub fn copy(out: &Tensor, source: &Tensor) -> Result<()> {
    out.slice_set(&source.contiguous()?, 0, 0)
}

/// `out ← kept·out + (1 − kept)·source`, of the same shape.
///
/// # Errors
/// When the shapes differ.
pub fn blend(out: &Tensor, source: &Tensor, kept: f64) -> Result<()> {
    /// Values a thread works on at a time.
    const PIECE: usize = 64 * 1024;
    #[cfg(feature = "cuda")]
    if let Some(kernels) = cuda::of(out.device()) {
        return kernels.blend(out, source, kept as f32);
    }
    if !out.device().is_cpu() {
        return copy(out, &((out * kept)? + (source * (1.0 - kept))?)?);
    }
    let (old, new) = (kept as f32, (1.0 - kept) as f32);
    let source = Reading::of(source);
    let source = source.values()?;
    write(out, |out| {
        out.par_chunks_mut(PIECE)
            .zip(source.par_chunks(PIECE))
            .for_each(|(out, source)| {
                for (out, source) in out.iter_mut().zip(source) {
                    *out = old * *out + new * source;
                }
            });
    })
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
        return write(out, set);
    }
    let mut values = vec![0.0; out.elem_count()];
    set(&mut values);
    #[cfg(feature = "cuda")]
    if out.device().is_cuda() {
        return cuda::set(out, &values);
    }
    out.slice_set(&Tensor::from_vec(values, out.shape(), out.device())?, 0, 0)
}

/// `out ← a·b`, or `out ← out + a·b` with `accumulate`. Shapes `[m, n]`, `[m, k]`, `[k, n]`; where `true` goes with `a` or
/// `b`, it is its transpose that is multiplied.
///
/// # Errors
/// When shapes do not fit.
pub(super) fn product(
    out: &Tensor,
    a: (&Tensor, bool),
    b: (&Tensor, bool),
    accumulate: bool,
) -> Result<()> {
    #[cfg(feature = "cuda")]
    if are_compiled(out.device()) {
        return cuda::product(out, a, b, accumulate);
    }
    portable::product(out, a, b, accumulate)
}

/// `out ← activation(out + bias)`, with `bias` `[n]` added to every row of `out` `[m, n]`.
///
/// # Errors
/// When shapes do not fit.
pub(super) fn bias_activation(out: &Tensor, bias: &Tensor, activation: Activation) -> Result<()> {
    #[cfg(feature = "cuda")]
    if let Some(kernels) = cuda::of(out.device()) {
        return kernels.bias_activation(out, bias, activation);
    }
    portable::bias_activation(out, bias, activation)
}

/// `delta ← delta ⊙ activation'(…)`, the derivative taken from the activation's output `y` of the same shape.
///
/// # Errors
/// When shapes do not fit.
pub(super) fn activation_backward(
    delta: &Tensor,
    y: &Tensor,
    activation: Activation,
) -> Result<()> {
    #[cfg(feature = "cuda")]
    if let Some(kernels) = cuda::of(delta.device()) {
        return kernels.activation_backward(delta, y, activation);
    }
    portable::activation_backward(delta, y, activation)
}

/// `out` `[n]` ← the sum of the rows of `of` `[m, n]`.
///
/// # Errors
/// When shapes do not fit.
pub(super) fn column_sums(out: &Tensor, of: &Tensor) -> Result<()> {
    #[cfg(feature = "cuda")]
    if let Some(kernels) = cuda::of(out.device()) {
        return kernels.column_sums(out, of);
    }
    copy(out, &of.sum(0)?)
}

/// Rows of `out` `[m, n]` ← the rows of `images` `[all, n]`, bytes, that `indices` names, as numbers from -1 (0) to 1 (255).
///
/// # Errors
/// When shapes do not fit or an index is beyond the last image.
pub fn gather(out: &Tensor, images: &Tensor, indices: &[u32]) -> Result<()> {
    let all = images.dim(0)?;
    if let Some(index) = indices.iter().find(|i| **i as usize >= all) {
        bail!("no image {index}: there are {all}");
    }
    let indices = Tensor::new(indices, out.device())?;
    #[cfg(feature = "cuda")]
    if let Some(kernels) = cuda::of(out.device()) {
        return kernels.gather(out, images, &indices);
    }
    portable::gather(out, images, &indices)
}

/// What a change of images is told on a device with kernels of ours. Like a [`Desk`], it stays where it is.
#[derive(Debug, Clone)]
#[cfg_attr(
    not(feature = "cuda"),
    expect(dead_code, reason = "read by the kernels of `cuda` alone")
)]
pub struct Dice {
    /// The standard deviation of the noise, then six numbers for each image: its map of coordinates.
    pub(super) told: Tensor,
    /// The seed of the noise, `[2]`.
    pub(super) seed: Tensor,
}

impl Dice {
    /// That of `rows` images on a device with kernels of ours.
    pub(super) fn new(rows: usize, device: &Device) -> Result<Option<Self>> {
        if !are_compiled(device) {
            return Ok(None);
        }
        Ok(Some(Self {
            told: Tensor::zeros(1 + 6 * rows, DType::F32, device)?,
            seed: Tensor::zeros(2, DType::U32, device)?,
        }))
    }

    /// Tells what the next change is.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn throw(
        &self,
        noise: f32,
        maps: impl Iterator<Item = [f32; 6]>,
        seed: u64,
    ) -> Result<()> {
        fill(&self.told, |told| {
            let numbers = std::iter::once(noise).chain(maps.flatten());
            for (place, number) in told.iter_mut().zip(numbers) {
                *place = number;
            }
        })?;
        #[cfg(feature = "cuda")]
        return cuda::set(&self.seed, &[seed as u32, (seed >> 32) as u32]);
        #[cfg(not(feature = "cuda"))]
        {
            let _ = seed;
            Ok(())
        }
    }
}

/// `out` ← `images` `[rows, 784]`, changed as `dice` were told, on a device with kernels of ours: moved where they are to
/// move, then with noise.
pub(super) fn change(out: &Tensor, images: &Tensor, dice: &Dice, moves: bool) -> Result<()> {
    #[cfg(feature = "cuda")]
    if let Some(kernels) = cuda::of(out.device()) {
        return kernels.change(out, images, dice, moves);
    }
    let _ = (images, dice, moves);
    bail!(
        "no kernel that changes images on {:?}",
        out.device().location()
    )
}

/// `out` ← the gradient by images that were moved, from that by the moved ones, on a device with kernels of ours.
pub(super) fn change_back(out: &Tensor, grad: &Tensor, dice: &Dice) -> Result<()> {
    #[cfg(feature = "cuda")]
    if let Some(kernels) = cuda::of(out.device()) {
        return kernels.change_back(out, grad, dice);
    }
    let _ = (grad, dice);
    bail!(
        "no kernel that changes images on {:?}",
        out.device().location()
    )
}

/// What an optimizer needs of a device besides a network's buffers. It is there for as long as they are, so that a recorded
/// update finds it.
#[derive(Debug, Clone)]
#[cfg_attr(
    not(feature = "cuda"),
    expect(dead_code, reason = "read by the kernels of `cuda` alone")
)]
pub struct Desk {
    /// What an update is told: rule, decays, ε, step, root, limit.
    pub(super) control: Tensor,
    /// Sums on their way.
    pub(super) sums: Tensor,
    /// What an update tells: the gradient's norm, change over values, share of values at the limit.
    pub(super) norms: Tensor,
}

impl Desk {
    /// That of a device with kernels of ours.
    pub(super) fn new(device: &Device) -> Result<Option<Self>> {
        const SUMS: usize = 4 * 128;
        if !are_compiled(device) {
            return Ok(None);
        }
        Ok(Some(Self {
            control: Tensor::zeros(7, DType::F32, device)?,
            sums: Tensor::zeros(SUMS, DType::F64, device)?,
            norms: Tensor::zeros(3, DType::F32, device)?,
        }))
    }

    /// Tells the next update its constants.
    ///
    /// # Errors
    /// Those of the device.
    pub fn announce(&self, constants: [f32; 7]) -> Result<()> {
        fill(&self.control, |control| control.copy_from_slice(&constants))
    }
}

/// One step of an optimizer, on a device with kernels of ours: `rows` are values, first and second moments, `[n]` each.
/// Nothing is changed if the loss or a gradient is not finite, or something was lost before. Gives `[3]`: the gradient's norm,
/// the norm of the change over that of the values, the share of values at the limit.
pub(super) fn update(
    desk: &Desk,
    rows: [&Tensor; 3],
    grads: &Tensor,
    watch: Watch,
) -> Result<Tensor> {
    #[cfg(feature = "cuda")]
    if let Some(kernels) = cuda::of(grads.device()) {
        kernels.update(desk, rows, grads, watch)?;
        return Ok(desk.norms.clone());
    }
    let _ = (desk, rows, grads, watch);
    bail!("no kernel for an update on this device")
}

/// Adds values of an update to a meter's memory, each to its slot, on a device with kernels of ours.
pub(super) fn observe(meter: &Tensor, values: &[(usize, &Tensor)], norms: usize) -> Result<()> {
    #[cfg(feature = "cuda")]
    if let Some(kernels) = cuda::of(meter.device()) {
        return kernels.observe(meter, values, norms);
    }
    let _ = (values, norms);
    bail!("no meter on {:?}", meter.device().location())
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
