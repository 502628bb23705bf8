//! The parameters of one network, in one buffer.
//!
//! Row 0 of the buffer holds the values, rows 1 and 2 what the optimizer remembers of them (for Adam the first and second
//! moments). Layers see views of row 0. So an update is one pass over memory, a snapshot is one copy, and nothing that
//! belongs to a network can be forgotten when it is saved.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{CpuStorage, DType, Device, Result, Storage, Tensor, bail};
use rayon::prelude::*;

use super::kernels::{self, Desk, Reading};
use super::meter::Watch;
use super::native::update::{Norms, Rule, Slots, update};

/// Rows of the buffer: values, and two optimizer moments.
pub const SLOTS: usize = 3;

/// Values a thread copies at a time.
const COPY: usize = 256 * 1024;

/// One named parameter.
#[derive(Debug, Clone)]
struct Entry {
    name: String,
    shape: Vec<usize>,
    offset: usize,
}

/// All parameters of a network with their gradients and optimizer moments. A clone is another name for the same.
#[derive(Debug, Clone)]
pub struct Params {
    entries: Vec<Entry>,
    /// [`SLOTS`, n].
    buffer: Tensor,
    /// `[n]`.
    grads: Tensor,
    /// Where a device with kernels of ours is told of an update.
    desk: Option<Desk>,
}

impl Params {
    /// Zeroed parameters of the given names and shapes.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn new(shapes: &[(String, Vec<usize>)], device: &Device) -> Result<Self> {
        let params = Self::frozen(shapes, device)?;
        let count = params.count();
        Ok(Self {
            buffer: Tensor::zeros((SLOTS, count), DType::F32, device)?,
            grads: Tensor::zeros(count, DType::F32, device)?,
            desk: Desk::new(device)?,
            ..params
        })
    }

    /// The same with values alone, for a network that draws and never learns: a quarter of the memory. Where gradients would
    /// be, its values are.
    ///
    /// # Errors
    /// When the device has no room.
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
            desk: None,
        })
    }

    /// Number of parameters, n.
    #[must_use]
    pub fn count(&self) -> usize {
        self.grads.elem_count()
    }

    /// The whole buffer, [`SLOTS`, n].
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

    /// Forgets what the optimizer remembers.
    ///
    /// # Errors
    /// Those of the device.
    pub fn zero_moments(&self) -> Result<()> {
        for slot in 1..SLOTS {
            let row = self.row(slot)?;
            kernels::copy(&row, &row.zeros_like()?)?;
        }
        Ok(())
    }

    /// Copies the buffer to the host: `SLOTS` × n values, in place of what is in `out`.
    ///
    /// # Errors
    /// Those of the device.
    pub fn copy_to_host(&self, out: &mut Vec<f32>) -> Result<()> {
        let (storage, layout) = self.buffer.storage_and_layout();
        let Storage::Cpu(CpuStorage::F32(values)) = &*storage else {
            drop(storage);
            *out = self.buffer.flatten_all()?.to_vec1()?;
            return Ok(());
        };
        let Some((from, to)) = layout.contiguous_offsets() else {
            bail!("expected a contiguous buffer");
        };
        let values = &values[from..to];
        out.resize(values.len(), 0.0);
        out.par_chunks_mut(COPY)
            .zip(values.par_chunks(COPY))
            .for_each(|(out, values)| out.copy_from_slice(values));
        Ok(())
    }

    /// Puts back what [`Params::copy_to_host`] gave.
    ///
    /// # Errors
    /// When the number of values differs.
    pub fn set_from_host(&self, values: &[f32]) -> Result<()> {
        if values.len() != SLOTS * self.count() {
            bail!(
                "expected {} × {} values, found {}",
                SLOTS,
                self.count(),
                values.len()
            );
        }
        let source = Tensor::from_slice(values, self.buffer.shape(), self.buffer.device())?;
        kernels::copy(&self.buffer, &source)
    }

    /// Takes one step by `rule` with the gradients, on the CPU.
    ///
    /// # Errors
    /// On any other device.
    pub fn update(&self, rule: impl Rule) -> Result<Norms> {
        let grads = Reading::of(&self.grads);
        let grads = grads.values()?;
        kernels::write(&self.buffer, |buffer| {
            update(Slots::new(buffer), grads, rule)
        })
    }

    /// Where a device with kernels of ours is told of the next update; none elsewhere.
    #[must_use]
    pub fn desk(&self) -> Option<&Desk> {
        self.desk.as_ref()
    }

    /// Takes one step with the gradients, as `desk` was told, unless something is lost. Gives what
    /// [`crate::optim::Update::step`] gives; it stays on the device.
    ///
    /// # Errors
    /// Those of the device.
    pub fn device_update(&self, desk: &Desk, watch: Watch) -> Result<Tensor> {
        let rows = [self.row(0)?, self.row(1)?, self.row(2)?];
        kernels::update(desk, rows.each_ref(), &self.grads, watch)
    }

    /// Names and shapes, in the order of the buffer.
    pub fn shapes(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.entries
            .iter()
            .map(|e| (e.name.as_str(), e.shape.as_slice()))
    }

    /// Reads values from a safetensors file that holds exactly these names and shapes.
    ///
    /// # Errors
    /// When the file cannot be read, or a tensor is missing or of another shape.
    pub fn load_values(&self, path: &Path) -> Result<()> {
        let tensors: HashMap<String, Tensor> =
            candle_core::safetensors::load(path, self.buffer.device())?;
        for (index, entry) in self.entries.iter().enumerate() {
            let Some(found) = tensors.get(&entry.name) else {
                bail!("no tensor `{}`", entry.name);
            };
            if found.dims() != entry.shape.as_slice() {
                bail!(
                    "tensor `{}` has shape {:?}, expected {:?}",
                    entry.name,
                    found.dims(),
                    entry.shape
                );
            }
            kernels::copy(&self.value(index)?, &found.to_dtype(DType::F32)?)?;
        }
        Ok(())
    }
}
