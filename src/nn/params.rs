//! The parameters of one network, in one buffer.
//!
//! Row 0 of the buffer holds the values, rows 1 and 2 the optimizer's state (for Adam the first and second moments).
//! View see views of row 0. So an update is one pass over memory, a snapshot is one copy, and saving a network cannot
//! miss anything that belongs to it.

use std::path::Path;

use candle_core::{CpuStorage, DType, Device, Result, Storage, Tensor, bail};
use rayon::prelude::*;

use super::backend::on_device::{DeviceUpdate, NonFiniteCheck};
use super::backend::{self, Backend};
use super::kernels;
use super::update::UpdateStep;
use super::weights_file::{self, LoadError};

/// Rows of the buffer: values, and two optimizer moments.
pub const STATE_TENSORS: usize = 3;

/// Values copied by a thread at a time.
const COPY: usize = 256 * 1024;

/// One named parameter.
#[derive(Debug, Clone)]
struct Entry {
    name: String,
    shape: Vec<usize>,
    offset: usize,
}

/// All parameters of a network with their gradients and optimizer moments.
#[derive(Debug)]
pub struct Params {
    entries: Vec<Entry>,
    /// [`STATE_TENSORS`, n].
    buffer: Tensor,
    /// `[n]`.
    grads: Tensor,
    backend: &'static dyn Backend,
    /// Present on a device that runs updates without the host.
    on_device: Option<Box<dyn DeviceUpdate>>,
}

impl Params {
    /// Zeroed parameters of the given names and shapes.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn new(shapes: &[(String, Vec<usize>)], device: &Device) -> Result<Self> {
        let params = Self::frozen(shapes, device)?;
        let count = params.count();
        Ok(Self {
            buffer: Tensor::zeros((STATE_TENSORS, count), DType::F32, device)?,
            grads: Tensor::zeros(count, DType::F32, device)?,
            on_device: params.backend.device_update(device)?,
            ..params
        })
    }

    /// The same with values only, for a network that generates and never learns: a quarter of the memory. The values
    /// also stand in for the gradients.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn frozen(shapes: &[(String, Vec<usize>)], device: &Device) -> Result<Self> {
        let mut offset = 0;
        let mut entries = Vec::with_capacity(shapes.len());
        for (name, shape) in shapes {
            entries.push(Entry {
                name: name.clone(),
                shape: shape.clone(),
                offset,
            });
            offset += shape.iter().product::<usize>();
        }
        let buffer = Tensor::zeros((1, offset), DType::F32, device)?;
        Ok(Self {
            entries,
            grads: buffer.flatten_all()?,
            buffer,
            backend: backend::of(device),
            on_device: None,
        })
    }

    /// Number of parameters, n.
    #[must_use]
    pub fn count(&self) -> usize {
        self.grads.elem_count()
    }

    /// The whole buffer, [`STATE_TENSORS`, n].
    #[must_use]
    pub fn buffer(&self) -> &Tensor {
        &self.buffer
    }

    /// All gradients, `[n]`.
    #[must_use]
    pub fn grads(&self) -> &Tensor {
        &self.grads
    }

    /// Row `slot` of the buffer as a view, `[n]`.
    ///
    /// # Errors
    /// When there is no such row.
    pub fn row(&self, slot: usize) -> Result<Tensor> {
        self.buffer
            .flatten_all()?
            .narrow(0, slot * self.count(), self.count())
    }

    fn view(&self, of: &Tensor, index: usize) -> Result<Tensor> {
        let Some(entry) = self.entries.get(index) else {
            bail!("no parameter {index}: there are {}", self.entries.len());
        };
        of.narrow(0, entry.offset, entry.shape.iter().product())?
            .reshape(entry.shape.as_slice())
    }

    /// The values of parameter `index` as a view.
    ///
    /// # Errors
    /// When there is no such parameter.
    pub fn value(&self, index: usize) -> Result<Tensor> {
        self.view(&self.row(0)?, index)
    }

    /// The gradient of parameter `index` as a view.
    ///
    /// # Errors
    /// When there is no such parameter.
    pub fn grad(&self, index: usize) -> Result<Tensor> {
        self.view(&self.grads, index)
    }

    /// Zeroes both moments.
    ///
    /// # Errors
    /// Those of the device.
    pub fn zero_moments(&mut self) -> Result<()> {
        for slot in 1..STATE_TENSORS {
            let row = self.row(slot)?;
            kernels::copy(&row, &row.zeros_like()?)?;
        }
        Ok(())
    }

    /// Number of values that [`Params::copy_to_host`] copies.
    #[must_use]
    pub fn host_count(&self) -> usize {
        STATE_TENSORS * self.count()
    }

    /// Copies the buffer to the host: `STATE_TENSORS` × n values.
    ///
    /// # Errors
    /// Those of the device, and when the number of values differs.
    pub fn copy_to_host(&self, out: &mut [f32]) -> Result<()> {
        copy_to_host(&self.buffer, out)
    }

    /// Copies the values alone to the host, without the moments.
    ///
    /// # Errors
    /// Those of the device, and when the number of values differs.
    pub fn copy_values_to_host(&self, out: &mut [f32]) -> Result<()> {
        copy_to_host(&self.row(0)?, out)
    }

    /// Restores what [`Params::copy_to_host`] copied.
    ///
    /// # Errors
    /// When the number of values differs.
    pub fn set_from_host(&mut self, values: &[f32]) -> Result<()> {
        if values.len() != self.host_count() {
            bail!(
                "expected {} × {} values, found {}",
                STATE_TENSORS,
                self.count(),
                values.len()
            );
        }
        let source = Tensor::from_slice(values, self.buffer.shape(), self.buffer.device())?;
        kernels::copy(&self.buffer, &source)
    }

    /// Overwrites the values, in the order of the buffer.
    ///
    /// # Errors
    /// When the number of values differs.
    pub fn set_values(&mut self, values: &[f32]) -> Result<()> {
        let row = self.row(0)?;
        if values.len() != row.elem_count() {
            bail!(
                "expected {} values, found {}",
                row.elem_count(),
                values.len()
            );
        }
        kernels::fill(&row, |row| row.copy_from_slice(values))
    }

    /// Clips every value to ±`limit`.
    ///
    /// # Errors
    /// Those of the device.
    pub fn clip(&mut self, limit: f32) -> Result<()> {
        self.backend.clip(&self.row(0)?, limit).map(|_| ())
    }

    /// values ← `kept`·values + (1 − `kept`)·`other`'s values, of the same shapes.
    ///
    /// # Errors
    /// When the shapes differ.
    pub fn blend(&mut self, other: &Self, kept: f64) -> Result<()> {
        self.backend.blend(&self.row(0)?, &other.row(0)?, kept)
    }

    /// Uploads the constants of the next step, without waiting, if the device runs updates without the host.
    ///
    /// # Errors
    /// Those of the device.
    pub fn announce(&self, step: UpdateStep) -> Result<()> {
        match &self.on_device {
            Some(device) => device.announce(step),
            None => Ok(()),
        }
    }

    /// Takes one step with the gradients. Returns `[3]`: the gradient's norm, the norm of the change relative to that
    /// of the values, and the share of values at the step's limit (within 1 %). A device that runs updates without the
    /// host takes the announced step, unless the loss of `check` or a gradient is not finite, or the training was lost
    /// before.
    ///
    /// # Errors
    /// Those of the device.
    pub fn update(&mut self, step: UpdateStep, check: Option<NonFiniteCheck>) -> Result<Tensor> {
        match (&self.on_device, check) {
            (Some(device), Some(check)) => device.step(&self.buffer, &self.grads, check),
            _ => self.backend.update(&self.buffer, &self.grads, step),
        }
    }

    pub(super) fn backend(&self) -> &'static dyn Backend {
        self.backend
    }

    /// Names and shapes, in the order of the buffer.
    pub fn shapes(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.entries
            .iter()
            .map(|e| (e.name.as_str(), e.shape.as_slice()))
    }

    /// Reads values from a safetensors file with exactly these names and shapes.
    ///
    /// # Errors
    /// When the file cannot be read, or a tensor is missing or of another shape.
    pub fn load_values(&mut self, path: &Path) -> std::result::Result<(), LoadError> {
        let tensors = weights_file::read(path, self.shapes(), self.buffer.device())?;
        for (index, tensor) in tensors.iter().enumerate() {
            kernels::copy(&self.value(index)?, tensor)?;
        }
        Ok(())
    }
}

/// Copies the values of a contiguous tensor to the host.
fn copy_to_host(tensor: &Tensor, out: &mut [f32]) -> Result<()> {
    let (count, room) = (tensor.elem_count(), out.len());
    if count != room {
        bail!("expected room for {count} values, found {room}");
    }
    let (storage, layout) = tensor.storage_and_layout();
    let Storage::Cpu(CpuStorage::F32(values)) = &*storage else {
        drop(storage);
        out.copy_from_slice(&tensor.flatten_all()?.to_vec1()?);
        return Ok(());
    };
    let Some((from, to)) = layout.contiguous_offsets() else {
        bail!("expected a contiguous tensor");
    };
    out.par_chunks_mut(COPY)
        .zip(values[from..to].par_chunks(COPY))
        .for_each(|(out, values)| out.copy_from_slice(values));
    Ok(())
}
