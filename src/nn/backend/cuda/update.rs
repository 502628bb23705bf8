//! Updates with their constants in device memory: a recorded update stays right while learning rate and bias
//! corrections change. The kernels are `square_sums`, `update` and `norms` in `kernels.cu`.

use std::sync::Arc;

use candle_core::{DType, Device, Result, Tensor};

use super::Kernels;
use super::arguments::{Arg, count};
use super::launch::{Memory, launch};
use super::set;
use crate::nn::backend::on_device::{DeviceUpdate, METER_CAPACITY, NonFiniteCheck, STATS};
use crate::nn::update::{AdamStep, RmspropStep, UpdateStep};

/// The constants in capitals in `kernels.cu`.
const SUM_BLOCKS: u32 = 128;
const SUM_THREADS: u32 = 256;

/// Device memory for an update of one network, in addition to the network's buffers.
#[derive(Debug)]
pub struct UpdateConstants {
    kernels: Arc<Kernels>,
    /// The constants: rule, decays, ε, step, root, limit.
    constants: Tensor,
    /// Partial sums.
    sums: Tensor,
    /// Results: the gradient's norm, the change relative to the values, the share of values at the limit.
    norms: Tensor,
}

impl UpdateConstants {
    pub fn new(kernels: &Arc<Kernels>, device: &Device) -> Result<Self> {
        Ok(Self {
            kernels: Arc::clone(kernels),
            constants: Tensor::zeros(7, DType::F32, device)?,
            sums: Tensor::zeros(4 * SUM_BLOCKS as usize, DType::F64, device)?,
            norms: Tensor::zeros(3, DType::F32, device)?,
        })
    }
}

impl DeviceUpdate for UpdateConstants {
    fn announce(&self, step: UpdateStep) -> Result<()> {
        set(&self.constants, &numbers(step))
    }

    fn step(&self, buffer: &Tensor, grads: &Tensor, check: NonFiniteCheck<'_>) -> Result<Tensor> {
        let n = grads.elem_count();
        let buffer = buffer.flatten_all()?;
        let rows = [0, 1, 2].map(|row| buffer.narrow(0, row * n, n));
        let [values, first, second] = rows;
        let (values, first, second) = (values?, first?, second?);
        let grads = Memory::of::<f32>(grads, n)?;
        let [values, first, second] = [
            Memory::of::<f32>(&values, n)?,
            Memory::of::<f32>(&first, n)?,
            Memory::of::<f32>(&second, n)?,
        ];
        let sums = Memory::of::<f64>(&self.sums, 4 * SUM_BLOCKS as usize)?;
        let constants = Memory::of::<f32>(&self.constants, self.constants.elem_count())?;
        let norms = Memory::of::<f32>(&self.norms, 3)?;
        let loss = Memory::of::<f32>(check.loss, 1)?;
        let meter = Memory::of::<f64>(check.meter, METER_CAPACITY * STATS + 1)?;
        let device = grads.device()?;
        let n = Arg::Count(count(n)?);
        let many = (SUM_BLOCKS, (SUM_THREADS, 1));
        let args = [sums.arg(), grads.arg(), n];
        launch(device, &self.kernels.square_sums, many.0, many.1, &args)?;
        let args = [
            values.arg(),
            first.arg(),
            second.arg(),
            grads.arg(),
            n,
            sums.arg(),
            constants.arg(),
            loss.arg(),
            meter.arg(),
        ];
        launch(device, &self.kernels.update, many.0, many.1, &args)?;
        let args = [norms.arg(), sums.arg(), n];
        launch(device, &self.kernels.norms, 1, many.1, &args)?;
        Ok(self.norms.clone())
    }
}

/// Rule, decay of the first moment, of the second, ε, step, root, limit: in the order of `kernels.cu`.
fn numbers(step: UpdateStep) -> [f32; 7] {
    const ADAM: f32 = 0.0;
    const RMSPROP: f32 = 1.0;
    match step {
        UpdateStep::Adam(AdamStep {
            beta1,
            beta2,
            eps,
            step,
            root,
            limit,
        }) => [ADAM, beta1, beta2, eps, step, root, limit],
        UpdateStep::Rmsprop(RmspropStep {
            alpha,
            eps,
            lr,
            limit,
        }) => [RMSPROP, 0.0, alpha, eps, lr, 1.0, limit],
    }
}
