//! The memory of a meter. The kernel is `observe` in `kernels.cu`.

use std::sync::Arc;

use candle_core::{DType, Device, Result, Tensor, bail};

use super::Kernels;
use super::arguments::{Arg, Observed, VALUES};
use super::launch::{Memory, launch};
use crate::nn::backend::on_device::{DeviceMeter, METER_CAPACITY, STATS};

/// The values of a meter, and whether the training is lost.
const SIZE: usize = METER_CAPACITY * STATS + 1;

/// A meter in device memory.
#[derive(Debug)]
pub struct MeterMemory {
    kernels: Arc<Kernels>,
    memory: Tensor,
}

impl MeterMemory {
    pub fn new(kernels: &Arc<Kernels>, device: &Device) -> Result<Self> {
        Ok(Self {
            kernels: Arc::clone(kernels),
            memory: Tensor::zeros(SIZE, DType::F64, device)?,
        })
    }
}

impl DeviceMeter for MeterMemory {
    fn memory(&self) -> &Tensor {
        &self.memory
    }

    fn observe(&self, observed: &[(usize, &Tensor)], norms: usize) -> Result<()> {
        if observed.len() > VALUES || norms >= observed.len() {
            bail!(
                "expected at most {VALUES} metrics of an update with the gradient's norm among them, found {}, it being \
                 number {norms}",
                observed.len()
            );
        }
        let memory = Memory::of::<f64>(&self.memory, SIZE)?;
        let values = observed
            .iter()
            .map(|(_, value)| Memory::of::<f32>(value, 1))
            .collect::<Result<Vec<_>>>()?;
        let mut args = Observed {
            count: observed.len() as i32,
            norms: norms as i32,
            ..Observed::default()
        };
        for (i, ((slot, _), value)) in observed.iter().zip(&values).enumerate() {
            if *slot >= METER_CAPACITY {
                bail!("no slot {slot} in a meter of {METER_CAPACITY}");
            }
            args.slot[i] = *slot as i32;
            args.value[i] = value.address();
        }
        let args = [memory.arg(), Arg::Observed(args)];
        let kernel = &self.kernels.observe;
        launch(memory.device()?, kernel, 1, (VALUES as u32, 1), &args)
    }
}
