//! Augmentation with parameters in the device's memory. The kernels are `recolour`, `change` and `change_back` in `kernels.cu`.

use std::sync::Arc;

use candle_core::{DType, Device, Result, Tensor};

use super::Kernels;
use super::arguments::{Arg, THREADS, count};
use super::launch::{Memory, launch};
use super::set;
use crate::nn::backend::on_device::{DeviceAugment, Parts, TRANSFORM};
use crate::shape::ImageShape;

/// Augmentation parameters in device memory.
#[derive(Debug)]
pub struct AugmentParams {
    kernels: Arc<Kernels>,
    shape: ImageShape,
    /// The standard deviation of the noise, then the numbers of each image.
    params: Tensor,
    /// The seed of the noise, `[2]`.
    seed: Tensor,
    /// Images in their new colours, `[rows, values]`.
    coloured: Tensor,
}

/// Whether [`AugmentParams::recolour`] adds the brightness, which has no part in the backward pass.
#[derive(Debug, Clone, Copy)]
enum Direction {
    Forward,
    Backward,
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
            params: Tensor::zeros(1 + TRANSFORM * rows, DType::F32, device)?,
            seed: Tensor::zeros(2, DType::U32, device)?,
            coloured: Tensor::zeros((rows, shape.values()), DType::F32, device)?,
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

    /// `out` ← `images` in their new colours, or their gradient; may be the same memory.
    fn recolour(&self, out: &Tensor, images: &Tensor, direction: Direction) -> Result<()> {
        let all = out.elem_count();
        let rows = all / self.shape.values();
        let (out, images) = (
            Memory::of::<f32>(out, all)?,
            Memory::of::<f32>(images, all)?,
        );
        let params = Memory::of::<f32>(&self.params, 1 + rows * TRANSFORM)?;
        let shift = match direction {
            Direction::Forward => 1.0,
            Direction::Backward => 0.0,
        };
        let args = [
            out.arg(),
            images.arg(),
            params.arg(),
            Arg::Float(shift),
            Arg::Count(count(self.shape.values())?),
            Arg::Count(count(self.shape.channels())?),
        ];
        // A block for each image.
        let kernel = &self.kernels.recolour;
        launch(out.device()?, kernel, count(rows)?, (THREADS, 1), &args)
    }
}

impl DeviceAugment for AugmentParams {
    fn upload(
        &self,
        noise: f32,
        transforms: &mut dyn Iterator<Item = [f32; TRANSFORM]>,
        seed: u64,
    ) -> Result<()> {
        let params: Vec<f32> = std::iter::once(noise).chain(transforms.flatten()).collect();
        set(&self.params, &params)?;
        set(&self.seed, &[seed as u32, (seed >> 32) as u32])
    }

    fn augment(&self, out: &Tensor, images: &Tensor, parts: Parts) -> Result<()> {
        let images = if parts.colours {
            self.recolour(&self.coloured, images, Direction::Forward)?;
            &self.coloured
        } else {
            images
        };
        let all = out.elem_count();
        let rows = all / self.shape.values();
        let (out, images) = (
            Memory::of::<f32>(out, all)?,
            Memory::of::<f32>(images, all)?,
        );
        let params = Memory::of::<f32>(&self.params, 1 + rows * TRANSFORM)?;
        let seed = Memory::of::<u32>(&self.seed, 2)?;
        let n = count(all)?;
        let [height, width, channels] = self.sizes()?;
        let args = [
            out.arg(),
            images.arg(),
            params.arg(),
            seed.arg(),
            Arg::Count(n),
            Arg::Int(i32::from(parts.moves)),
            Arg::Int(i32::from(parts.cuts)),
            height,
            width,
            channels,
        ];
        let blocks = n.div_ceil(THREADS);
        let kernel = &self.kernels.change;
        launch(out.device()?, kernel, blocks, (THREADS, 1), &args)
    }

    fn backward(&self, out: &Tensor, grad: &Tensor, parts: Parts) -> Result<()> {
        let all = out.elem_count();
        let rows = all / self.shape.values();
        let (into, grad) = (Memory::of::<f32>(out, all)?, Memory::of::<f32>(grad, all)?);
        let params = Memory::of::<f32>(&self.params, 1 + rows * TRANSFORM)?;
        let n = count(all)?;
        let [height, width, channels] = self.sizes()?;
        let args = [
            into.arg(),
            grad.arg(),
            params.arg(),
            Arg::Count(n),
            Arg::Int(i32::from(parts.moves)),
            Arg::Int(i32::from(parts.cuts)),
            height,
            width,
            channels,
        ];
        let blocks = n.div_ceil(THREADS);
        let kernel = &self.kernels.change_back;
        launch(into.device()?, kernel, blocks, (THREADS, 1), &args)?;
        if parts.colours {
            self.recolour(out, out, Direction::Backward)?;
        }
        Ok(())
    }
}
