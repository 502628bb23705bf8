//! Augmentation with parameters in the device's memory. The kernels are `change` and `change_back` in `kernels.cu`.

use std::sync::Arc;

use candle_core::{DType, Device, Result, Tensor};

use super::Kernels;
use super::arguments::{Arg, THREADS, count};
use super::launch::{Memory, launch};
use super::set;
use crate::nn::backend::on_device::{DeviceAugment, Placement};
use crate::shape::ImageShape;

/// Numbers in a map of coordinates.
const MAP: usize = 6;

/// Augmentation parameters in device memory.
#[derive(Debug)]
pub struct AugmentParams {
    kernels: Arc<Kernels>,
    shape: ImageShape,
    /// The standard deviation of the noise, then each image's map of coordinates.
    params: Tensor,
    /// The seed of the noise, `[2]`.
    seed: Tensor,
}

impl AugmentParams {
    /// Parameters for `rows` images of this shape.
    pub fn new(
        kernels: &Arc<Kernels>,
        rows: usize,
        shape: ImageShape,
        device: &Device,
    ) -> Result<Self> {
        Ok(Self {
            kernels: Arc::clone(kernels),
            shape,
            params: Tensor::zeros(1 + MAP * rows, DType::F32, device)?,
            seed: Tensor::zeros(2, DType::U32, device)?,
        })
    }

    /// The shape of the images, as the kernels' last arguments.
    fn sizes(&self) -> Result<[Arg; 3]> {
        let size = |n: usize| count(n).map(Arg::Count);
        Ok([
            size(self.shape.height())?,
            size(self.shape.width())?,
            size(self.shape.channels())?,
        ])
    }
}

impl DeviceAugment for AugmentParams {
    fn upload(
        &self,
        noise: f32,
        maps: &mut dyn Iterator<Item = [f32; MAP]>,
        seed: u64,
    ) -> Result<()> {
        let params: Vec<f32> = std::iter::once(noise).chain(maps.flatten()).collect();
        set(&self.params, &params)?;
        set(&self.seed, &[seed as u32, (seed >> 32) as u32])
    }

    fn augment(&self, out: &Tensor, images: &Tensor, placement: Placement) -> Result<()> {
        let all = out.elem_count();
        let rows = all / self.shape.values();
        let (out, images) = (
            Memory::of::<f32>(out, all)?,
            Memory::of::<f32>(images, all)?,
        );
        let params = Memory::of::<f32>(&self.params, 1 + rows * MAP)?;
        let seed = Memory::of::<u32>(&self.seed, 2)?;
        let n = count(all)?;
        let moves = i32::from(placement == Placement::Moved);
        let [height, width, channels] = self.sizes()?;
        let args = [
            out.arg(),
            images.arg(),
            params.arg(),
            seed.arg(),
            Arg::Count(n),
            Arg::Int(moves),
            height,
            width,
            channels,
        ];
        let blocks = n.div_ceil(THREADS);
        let kernel = &self.kernels.change;
        launch(out.device()?, kernel, blocks, (THREADS, 1), &args)
    }

    fn backward(&self, out: &Tensor, grad: &Tensor) -> Result<()> {
        let all = out.elem_count();
        let rows = all / self.shape.values();
        let (out, grad) = (Memory::of::<f32>(out, all)?, Memory::of::<f32>(grad, all)?);
        let params = Memory::of::<f32>(&self.params, 1 + rows * MAP)?;
        let n = count(all)?;
        let [height, width, channels] = self.sizes()?;
        let args = [
            out.arg(),
            grad.arg(),
            params.arg(),
            Arg::Count(n),
            height,
            width,
            channels,
        ];
        let blocks = n.div_ceil(THREADS);
        let kernel = &self.kernels.change_back;
        launch(out.device()?, kernel, blocks, (THREADS, 1), &args)
    }
}
