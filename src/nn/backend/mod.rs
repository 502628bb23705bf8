//! Backends: the implementations of operations on each device.
//!
//! The backend of a device is chosen once ([`of`]). `native` is for the CPU: our own loops, in place. `cuda` has our
//! own kernels, compiled for the device. `portable` uses candle's operations: for any other device, for a CUDA device
//! whose kernels cannot be compiled, for operations that a backend does not implement, and as the reference in the
//! tests.

#[cfg(feature = "cuda")]
pub mod cuda;
pub(super) mod native;
pub(super) mod on_device;
pub(super) mod portable;

use std::fmt::Debug;

use candle_core::{Device, Result, Tensor};

use super::Activation;
use super::layer::{Layer, LayerSpec, Link};
use super::matrix::{Accumulation, Factor};
use super::singular::SingularPair;
use super::update::UpdateStep;
use crate::shape::ImageShape;
use on_device::{DeviceAugment, DeviceMeter, DeviceUpdate, Recorder};

/// The operations used in training. Each writes into existing tensors, which may be views.
pub(super) trait Backend: Debug + Send + Sync {
    /// Returns whether it has kernels that were compiled for the device.
    fn is_compiled(&self) -> bool {
        false
    }

    /// `out ← kept·out + (1 − kept)·source`, of the same shape.
    fn blend(&self, out: &Tensor, source: &Tensor, kept: f64) -> Result<()> {
        portable::blend(out, source, kept)
    }

    /// Clips every value of `weights` `[n]` to ±`limit` and returns the share of values at the limit (within 1 %).
    fn clip(&self, weights: &Tensor, limit: f32) -> Result<Tensor> {
        portable::clip(weights, limit)
    }

    /// Fills `out` from the host: `set` gets its values in row-major order and must set every one.
    fn fill(&self, out: &Tensor, set: &mut dyn FnMut(&mut [f32])) -> Result<()> {
        let mut values = vec![0.0; out.elem_count()];
        set(&mut values);
        self.upload(out, values)
    }

    /// Overwrites `out` with values of the host, in row-major order.
    fn upload(&self, out: &Tensor, values: Vec<f32>) -> Result<()> {
        portable::upload(out, values)
    }

    /// Rows of `out` `[m, n]` ← the rows of `images` `[all, n]`, bytes, with these `indices`, scaled from -1 (0) to 1
    /// (255). No index may be beyond the last image.
    fn gather(&self, out: &Tensor, images: &Tensor, indices: &Tensor) -> Result<()> {
        portable::gather(out, images, indices)
    }

    /// `out ← a·b`, or `out ← out + a·b`, of `[m, n]`, `[m, k]`, `[k, n]`.
    fn product(
        &self,
        out: &Tensor,
        a: Factor<'_>,
        b: Factor<'_>,
        accumulation: Accumulation,
    ) -> Result<()> {
        portable::product(out, a, b, accumulation)
    }

    /// `out ← activation(out + bias)`, with `bias` `[n]` added to every row of `out` `[m, n]`.
    fn bias_activation(&self, out: &Tensor, bias: &Tensor, activation: Activation) -> Result<()> {
        portable::bias_activation(out, bias, activation)
    }

    /// `delta ← delta ⊙ activation'(…)`, the derivative taken from the activation's output `y` of the same shape.
    fn activation_backward(
        &self,
        delta: &Tensor,
        y: &Tensor,
        activation: Activation,
    ) -> Result<()> {
        portable::activation_backward(delta, y, activation)
    }

    /// `out` `[n]` ← the sum of the rows of `of` `[m, n]`.
    fn column_sums(&self, out: &Tensor, of: &Tensor) -> Result<()> {
        portable::column_sums(out, of)
    }

    /// The first half of a power iteration: u ← W·v/‖W·v‖, with `weight` W `[out, in]`.
    fn turn(&self, weight: &Tensor, pair: &SingularPair) -> Result<()> {
        portable::spectral::turn(weight, pair)
    }

    /// The second half: σ ← ‖Wᵀ·u‖, v ← Wᵀ·u/σ; and `out` ← W/σ.
    fn normalise(&self, out: &Tensor, weight: &Tensor, pair: &SingularPair) -> Result<()> {
        portable::spectral::normalise(out, weight, pair)
    }

    /// `grad` by `normalised`, W/σ, becomes that by W, where u is a constant.
    fn normalise_backward(
        &self,
        grad: &Tensor,
        normalised: &Tensor,
        pair: &SingularPair,
    ) -> Result<()> {
        portable::spectral::backward(grad, normalised, pair)
    }

    /// Passes through a network of these layers, which write the output to the first tensor, `[rows, out]`, and whose backward
    /// passes start from the second one, of the same shape.
    fn passes(
        &self,
        specs: &[LayerSpec],
        (output, output_grad): (&Tensor, &Tensor),
        statistics: Statistics,
    ) -> Result<Box<dyn Passes>> {
        Ok(Box::new(portable::passes::TensorPasses::new(
            specs,
            (output, output_grad),
            statistics,
        )?))
    }

    /// `out` `[rows · windows, kernel² · channels]` ← the windows of the large planes in `planes` `[rows, values]`, tap after tap,
    /// the channels of each.
    fn windows(&self, out: &Tensor, planes: &Tensor, link: Link) -> Result<()> {
        portable::windows::gather(out, planes, link)
    }

    /// The transpose of [`Backend::windows`]: each value of `planes` ← the sum of those in `windows` that it was copied to.
    fn windows_back(&self, planes: &Tensor, windows: &Tensor, link: Link) -> Result<()> {
        portable::windows::scatter(planes, windows, link)
    }

    /// Takes one step with gradients `[n]` on values and two moments `[3, n]`. Returns `[3]`: the gradient's norm, the
    /// norm of the change relative to that of the values, and the share of values at the step's limit (within 1 %).
    fn update(&self, buffer: &Tensor, grads: &Tensor, step: UpdateStep) -> Result<Tensor> {
        portable::update::update(buffer, grads, step)
    }

    /// Updates that run on the device; `None` if the host has to be involved.
    fn device_update(&self, _device: &Device) -> Result<Option<Box<dyn DeviceUpdate>>> {
        Ok(None)
    }

    /// Augmentation of `rows` images of this shape with random numbers of the device; `None` if the host samples them.
    fn device_augment(
        &self,
        _rows: usize,
        _shape: ImageShape,
        _device: &Device,
    ) -> Result<Option<Box<dyn DeviceAugment>>> {
        Ok(None)
    }

    /// A meter in device memory; `None` if the host sees every value.
    fn device_meter(&self, _device: &Device) -> Result<Option<Box<dyn DeviceMeter>>> {
        Ok(None)
    }

    /// A recorder of updates; `None` if recording is not supported.
    fn recorder(&self, _device: &Device) -> Option<Box<dyn Recorder>> {
        None
    }
}

/// The means and variances that batch norms take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statistics {
    /// Those of the batch; the running ones follow.
    OfBatch,
    /// The running ones.
    Running,
}

/// Forward and backward passes through one network over a fixed number of rows. Keeps what a backward pass needs of the
/// forward pass.
pub(super) trait Passes: Debug + Send + Sync {
    /// Runs `x` `[rows, in]` through the network into `output`.
    fn forward(&mut self, network: View<'_>, x: &Tensor, output: &Tensor) -> Result<()>;

    /// Backpropagates from `output_grad`. Only computes the gradients asked for.
    fn backward(
        &mut self,
        network: View<'_>,
        x: &Tensor,
        output_grad: &Tensor,
        wanted: Gradients<'_>,
    ) -> Result<()>;

    /// Backpropagates from `output_grad` and takes a step with the gradients at once, without storing them. Returns
    /// what [`Backend::update`] returns; if this is not supported, nothing is done.
    fn backward_step(
        &mut self,
        _network: View<'_>,
        _x: &Tensor,
        _output_grad: &Tensor,
        _step: UpdateStep,
    ) -> Result<Option<Tensor>> {
        Ok(None)
    }

    /// After a forward pass of `x`, and perhaps a backward pass: the gradient of each row's output by the row, `[rows, in]`; of
    /// several outputs, of their sum weighted by `direction`, `[rows, out]`.
    fn input_grad(
        &mut self,
        network: View<'_>,
        x: &Tensor,
        direction: Option<&Tensor>,
    ) -> Result<Tensor>;

    /// Adds to the gradients of the weights the gradient of a value of which `v` is the gradient by the result of
    /// [`Passes::input_grad`].
    fn add_second_order(&mut self, network: View<'_>, v: &Tensor) -> Result<()>;
}

/// A network as seen by its passes.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    pub backend: &'static dyn Backend,
    /// Values, then both moments, `[3, n]`; only values in a frozen network.
    pub buffer: &'a Tensor,
    /// `[n]`.
    pub grads: &'a Tensor,
    /// Views of both.
    pub layers: &'a [Layer],
}

/// The gradients that a backward pass computes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Gradients<'a> {
    /// By all parameters; overwrites the previous ones.
    Parameters,
    /// By the input, into this tensor.
    Input(&'a Tensor),
    /// Both.
    Both(&'a Tensor),
}

impl<'a> Gradients<'a> {
    pub fn has_parameters(self) -> bool {
        matches!(self, Self::Parameters | Self::Both(_))
    }

    /// The tensor for the gradient by the input.
    pub fn input(self) -> Option<&'a Tensor> {
        match self {
            Self::Parameters => None,
            Self::Input(into) | Self::Both(into) => Some(into),
        }
    }
}

/// The backend of a device.
pub(super) fn of(device: &Device) -> &'static dyn Backend {
    if device.is_cpu() {
        return &native::Native;
    }
    #[cfg(feature = "cuda")]
    if let Device::Cuda(device) = device
        && let Ok(kernels) = cuda::load(device)
    {
        return kernels;
    }
    &portable::Portable
}

/// Why a CUDA device has none of our own kernels. `None` if it has, and for other devices.
pub(super) fn why_not_compiled(device: &Device) -> Option<String> {
    #[cfg(feature = "cuda")]
    if let Device::Cuda(device) = device {
        return cuda::load(device).err().map(|why| why.to_string());
    }
    let _ = device;
    None
}
