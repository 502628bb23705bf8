//! CUDA: our own kernels, compiled for the device when it is first used, and updates recorded as graphs.
//!
//! The backend of a CUDA device whose kernels can be compiled. It contains all unsafe code of the crate: [`launch`],
//! the calls of the compiler in [`compile`], and in [`graph`] the `Send` implementation of graphs.
//!
//! One stream: a device made by [`device`] does all its work on one stream, in the order of the calls. No work has to
//! wait for an event, memory is freed after the last work that reads it, and any thread may submit the next.

mod arguments;
mod augment;
mod compile;
mod graph;
mod launch;
mod meter;
mod operations;
mod update;

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::cuda::CudaDType;
use candle_core::cuda::cudarc::driver::{CudaFunction, CudaModule, DeviceRepr};
use candle_core::{CudaDevice, Device, Result, Tensor, WithDType, bail};

use crate::nn::first_line;

/// The kernels, loaded for one device.
#[derive(Debug)]
pub(super) struct Kernels {
    bias_activation: CudaFunction,
    activation_backward: CudaFunction,
    column_sums: CudaFunction,
    gather: CudaFunction,
    windows: CudaFunction,
    windows_back: CudaFunction,
    blend: CudaFunction,
    recolour: CudaFunction,
    change: CudaFunction,
    change_back: CudaFunction,
    square_sums: CudaFunction,
    update: CudaFunction,
    norms: CudaFunction,
    observe: CudaFunction,
}

/// A CUDA device with our own kernels.
#[derive(Debug)]
pub(super) struct Cuda {
    kernels: Arc<Kernels>,
}

/// The backend of a device, or why it has none. Determined once for each device and kept until the program ends.
type Loaded = std::result::Result<&'static Cuda, Arc<str>>;
static LOADED: Mutex<Vec<(candle_core::cuda::DeviceId, Loaded)>> = Mutex::new(Vec::new());

/// The CUDA device with that number.
///
/// # Errors
/// When there is none, or no driver, or a CUDA library is missing.
pub fn device(ordinal: usize) -> Result<Device> {
    let device = Device::new_cuda_with_stream(ordinal)?;
    launch::one_stream_only(device.as_cuda_device()?);
    Ok(device)
}

/// The backend of `device`, or the reason why its kernels cannot be compiled.
pub(super) fn load(device: &CudaDevice) -> Loaded {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, found)) = loaded.iter().find(|(id, _)| *id == device.id()) {
        return found.clone();
    }
    let found = Kernels::new(device)
        .map(|kernels| {
            let kernels = Arc::new(kernels);
            &*Box::leak(Box::new(Cuda { kernels }))
        })
        .map_err(|error| Arc::from(first_line(&error)));
    loaded.push((device.id(), found.clone()));
    found
}

/// Overwrites a tensor with values of the host, without waiting.
fn set<T: CudaDType + WithDType + DeviceRepr>(out: &Tensor, values: &[T]) -> Result<()> {
    launch::Memory::of::<T>(out, values.len())?.set(values)
}

impl Kernels {
    fn new(device: &CudaDevice) -> Result<Self> {
        let stream = device.cuda_stream();
        let context = stream.context();
        let capability = context.compute_capability().map_err(launch::failed)?;
        let binary = match compile::binary(capability) {
            Ok(binary) => binary,
            Err(reason) => bail!("{reason}"),
        };
        let module: Arc<CudaModule> = context.load_module(binary).map_err(launch::failed)?;
        let function = |name: &str| module.load_function(name).map_err(launch::failed);
        Ok(Self {
            bias_activation: function("bias_activation")?,
            activation_backward: function("activation_backward")?,
            column_sums: function("column_sums")?,
            gather: function("gather")?,
            windows: function("windows")?,
            windows_back: function("windows_back")?,
            blend: function("blend")?,
            recolour: function("recolour")?,
            change: function("change")?,
            change_back: function("change_back")?,
            square_sums: function("square_sums")?,
            update: function("update")?,
            norms: function("norms")?,
            observe: function("observe")?,
        })
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::device_or_skip;
