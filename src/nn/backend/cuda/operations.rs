//! The operations of [`Backend`] on a CUDA device: kernels, their arguments and their numbers of threads.

use candle_core::{Device, Result, Tensor, bail};

use super::arguments::{Arg, Product, THREADS, count, kind};
use super::augment::AugmentParams;
use super::graph::Graphs;
use super::launch::{Memory, launch, multiply};
use super::meter::MeterMemory;
use super::update::UpdateConstants;
use super::{Cuda, set};
use crate::nn::Activation;
use crate::nn::backend::Backend;
use crate::nn::backend::on_device::{DeviceAugment, DeviceMeter, DeviceUpdate, Recorder};
use crate::nn::layer::Link;
use crate::nn::matrix::{Accumulation, Factor, Orientation};
use crate::shape::ImageShape;

/// The constants in capitals in `kernels.cu`.
const COLUMNS: u32 = 32;
const SLICES: u32 = 16;

impl Backend for Cuda {
    fn is_compiled(&self) -> bool {
        true
    }

    fn upload(&self, out: &Tensor, values: Vec<f32>) -> Result<()> {
        set(out, &values)
    }

    fn product(
        &self,
        out: &Tensor,
        a: Factor<'_>,
        b: Factor<'_>,
        accumulation: Accumulation,
    ) -> Result<()> {
        let (m, n) = out.dims2()?;
        let shape = |factor: Factor<'_>| {
            let (rows, columns) = factor.matrix.dims2()?;
            Ok::<_, candle_core::Error>(match factor.orientation {
                Orientation::AsIs => (rows, columns),
                Orientation::Transposed => (columns, rows),
            })
        };
        let (left, right) = (shape(a)?, shape(b)?);
        let k = left.1;
        if left != (m, k) || right != (k, n) {
            bail!("a product of {left:?} and {right:?} for {:?}", (m, n));
        }
        let (a_memory, b_memory) = (
            Memory::of::<f32>(a.matrix, m * k)?,
            Memory::of::<f32>(b.matrix, k * n)?,
        );
        let product = Product::new((m, n, k), a.orientation, b.orientation);
        let out = Memory::of::<f32>(out, m * n)?;
        multiply(&product, accumulation, &out, &a_memory, &b_memory)
    }

    fn bias_activation(&self, out: &Tensor, bias: &Tensor, activation: Activation) -> Result<()> {
        let (rows, columns) = out.dims2()?;
        let n = count(rows * columns)?;
        let out = Memory::of::<f32>(out, rows * columns)?;
        let bias = Memory::of::<f32>(bias, columns)?;
        let [kind, slope] = kind(activation);
        let sizes = [Arg::Count(n), Arg::Count(columns as u32)];
        let args = [out.arg(), bias.arg(), sizes[0], sizes[1], kind, slope];
        let blocks = n.div_ceil(THREADS);
        launch(
            out.device()?,
            &self.kernels.bias_activation,
            blocks,
            (THREADS, 1),
            &args,
        )
    }

    fn activation_backward(
        &self,
        delta: &Tensor,
        y: &Tensor,
        activation: Activation,
    ) -> Result<()> {
        if activation == Activation::Identity {
            return Ok(());
        }
        let n = delta.elem_count();
        let (delta, y) = (Memory::of::<f32>(delta, n)?, Memory::of::<f32>(y, n)?);
        let n = count(n)?;
        let [kind, slope] = kind(activation);
        let args = [delta.arg(), y.arg(), Arg::Count(n), kind, slope];
        let blocks = n.div_ceil(THREADS);
        launch(
            delta.device()?,
            &self.kernels.activation_backward,
            blocks,
            (THREADS, 1),
            &args,
        )
    }

    fn column_sums(&self, out: &Tensor, of: &Tensor) -> Result<()> {
        let (rows, columns) = of.dims2()?;
        let (out, of) = (
            Memory::of::<f32>(out, columns)?,
            Memory::of::<f32>(of, rows * columns)?,
        );
        count(rows * columns)?;
        let sizes = [Arg::Count(rows as u32), Arg::Count(columns as u32)];
        let args = [out.arg(), of.arg(), sizes[0], sizes[1]];
        let blocks = (columns as u32).div_ceil(COLUMNS);
        launch(
            out.device()?,
            &self.kernels.column_sums,
            blocks,
            (COLUMNS, SLICES),
            &args,
        )
    }

    fn gather(&self, out: &Tensor, images: &Tensor, indices: &Tensor) -> Result<()> {
        let (rows, width) = out.dims2()?;
        let n = count(rows * width)?;
        let out = Memory::of::<f32>(out, rows * width)?;
        let images = Memory::of::<u8>(images, images.elem_count())?;
        let indices = Memory::of::<u32>(indices, rows)?;
        let sizes = [Arg::Count(n), Arg::Count(width as u32)];
        let args = [out.arg(), images.arg(), indices.arg(), sizes[0], sizes[1]];
        let blocks = n.div_ceil(THREADS);
        launch(
            out.device()?,
            &self.kernels.gather,
            blocks,
            (THREADS, 1),
            &args,
        )
    }

    fn windows(&self, out: &Tensor, planes: &Tensor, link: Link) -> Result<()> {
        let n = out.elem_count();
        let planes = Memory::of::<f32>(planes, planes.elem_count())?;
        let out = Memory::of::<f32>(out, n)?;
        let n = count(n)?;
        let args = [
            out.arg(),
            planes.arg(),
            Arg::Count(n),
            Arg::Link(link.into()),
        ];
        launch(
            out.device()?,
            &self.kernels.windows,
            n.div_ceil(THREADS),
            (THREADS, 1),
            &args,
        )
    }

    fn windows_back(&self, planes: &Tensor, windows: &Tensor, link: Link) -> Result<()> {
        let n = planes.elem_count();
        count(windows.elem_count())?;
        let windows = Memory::of::<f32>(windows, windows.elem_count())?;
        let planes = Memory::of::<f32>(planes, n)?;
        let n = count(n)?;
        let args = [
            planes.arg(),
            windows.arg(),
            Arg::Count(n),
            Arg::Link(link.into()),
        ];
        launch(
            planes.device()?,
            &self.kernels.windows_back,
            n.div_ceil(THREADS),
            (THREADS, 1),
            &args,
        )
    }

    fn blend(&self, out: &Tensor, source: &Tensor, kept: f64) -> Result<()> {
        let n = out.elem_count();
        let (out, source) = (Memory::of::<f32>(out, n)?, Memory::of::<f32>(source, n)?);
        let n = count(n)?;
        let args = [
            out.arg(),
            source.arg(),
            Arg::Count(n),
            Arg::Float(kept as f32),
        ];
        let blocks = n.div_ceil(THREADS);
        launch(
            out.device()?,
            &self.kernels.blend,
            blocks,
            (THREADS, 1),
            &args,
        )
    }

    fn device_update(&self, device: &Device) -> Result<Option<Box<dyn DeviceUpdate>>> {
        Ok(Some(Box::new(UpdateConstants::new(&self.kernels, device)?)))
    }

    fn device_augment(
        &self,
        rows: usize,
        shape: ImageShape,
        device: &Device,
    ) -> Result<Option<Box<dyn DeviceAugment>>> {
        let kernels = &self.kernels;
        let params = AugmentParams::new(kernels, rows, shape, device)?;
        Ok(Some(Box::new(params)))
    }

    fn device_meter(&self, device: &Device) -> Result<Option<Box<dyn DeviceMeter>>> {
        Ok(Some(Box::new(MeterMemory::new(&self.kernels, device)?)))
    }

    fn recorder(&self, device: &Device) -> Option<Box<dyn Recorder>> {
        let device = device.as_cuda_device().ok()?;
        Some(Box::new(Graphs::new(device)))
    }
}
