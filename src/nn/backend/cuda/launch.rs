//! Turns tensors into addresses, and launches kernels and products: the unsafe code behind the operations of [`super`].
//!
//! Why it is sound: every address belongs to a tensor that is borrowed until the work is in the stream, and memory is
//! freed in the same stream after that work; every length is checked against the tensor's; and no Rust reference to
//! device memory exists, so writing through an address taken from a shared tensor does not violate Rust's rules.
#![expect(
    unsafe_code,
    reason = "a kernel launch and a call of cuBLAS cannot be checked by the compiler: this file is where they are"
)]

use candle_core::cuda::cudarc::cublas::result as blas;
use candle_core::cuda::cudarc::cublas::sys::cublasOperation_t;
use candle_core::cuda::cudarc::driver::result::memcpy_htod_async;
use candle_core::cuda::cudarc::driver::{
    CudaFunction, DevicePtr, DeviceRepr, LaunchConfig, PushKernelArg, sys::CUstreamCaptureStatus,
};
use candle_core::cuda::{CudaDType, CudaError};
use candle_core::{CudaDevice, Result, Storage, StorageRef, Tensor, WithDType, bail};

use super::arguments::{Arg, Observed, Product, Windows};
use crate::nn::matrix::{Accumulation, Orientation};

const NOT_RECORDING: CUstreamCaptureStatus = CUstreamCaptureStatus::CU_STREAM_CAPTURE_STATUS_NONE;

/// Converts an error of the driver into one of candle.
pub fn failed(error: impl Into<CudaError>) -> candle_core::Error {
    candle_core::Error::Cuda(Box::new(error.into()))
}

/// Disables tracking of tensors by events on this device: see "One stream" in [`super`].
pub fn one_stream_only(device: &CudaDevice) {
    // SAFETY: the device has just been created, and all its work goes to its one stream, in order.
    unsafe { device.disable_event_tracking() }
}

/// The memory of a contiguous tensor on a CUDA device, borrowed.
pub struct Memory<'a> {
    storage: StorageRef<'a>,
    address: u64,
    len: usize,
}

impl<'a> Memory<'a> {
    /// The memory of a tensor with `len` values of type `T`; a tensor of another size is refused.
    pub fn of<T: CudaDType + WithDType>(tensor: &'a Tensor, len: usize) -> Result<Self> {
        let (storage, layout) = tensor.storage_and_layout();
        let address = match (&*storage, layout.contiguous_offsets()) {
            (Storage::Cuda(cuda), Some((from, to))) if to - from == len => {
                let slice = cuda.as_cuda_slice::<T>()?;
                if to > slice.len() {
                    bail!("a tensor that ends at {to} in memory for {}", slice.len());
                }
                let stream = cuda.device.cuda_stream();
                let (base, _no_event) = slice.device_ptr(&stream);
                base + (from * size_of::<T>()) as u64
            }
            _ => bail!(
                "expected {len} values that lie side by side on a CUDA device, found {layout:?}"
            ),
        };
        Ok(Self {
            storage,
            address,
            len,
        })
    }

    /// Its device.
    pub fn device(&self) -> Result<&CudaDevice> {
        match &*self.storage {
            Storage::Cuda(cuda) => Ok(&cuda.device),
            _ => bail!("expected memory on a CUDA device"),
        }
    }

    /// Its address, as an argument.
    pub fn arg(&self) -> Arg {
        Arg::Address(self.address)
    }

    /// Its address, for a kernel that takes several.
    pub fn address(&self) -> u64 {
        self.address
    }

    /// Overwrites it with values of the host, which are copied before this returns.
    pub fn set<T: DeviceRepr>(&self, values: &[T]) -> Result<()> {
        if values.len() != self.len {
            bail!("{} values for memory of {}", values.len(), self.len);
        }
        let stream = self.device()?.cuda_stream();
        // A recorded copy would read host memory that is gone when it is replayed.
        if stream.capture_status().map_err(failed)? != NOT_RECORDING {
            bail!("an update that is recorded must not bring values from the host");
        }
        // SAFETY: as many values as the memory holds, which is alive; the source is pageable, so the driver reads it
        // before it returns.
        unsafe { memcpy_htod_async(self.address, values, stream.cu_stream()) }.map_err(failed)
    }
}

// SAFETY: the same fields in the same order, of the same sizes, as `Observed` in `kernels.cu`.
unsafe impl DeviceRepr for Observed {}
// SAFETY: the same fields in the same order, of the same sizes, as `Link` in `kernels.cu`.
unsafe impl DeviceRepr for Windows {}

/// Launches a kernel of blocks × threads.
pub fn launch(
    device: &CudaDevice,
    function: &CudaFunction,
    blocks: u32,
    threads: (u32, u32),
    args: &[Arg],
) -> Result<()> {
    let stream = device.cuda_stream();
    let mut builder = stream.launch_builder(function);
    for arg in args {
        match arg {
            Arg::Address(address) => builder.arg(address),
            Arg::Count(count) => builder.arg(count),
            Arg::Int(int) => builder.arg(int),
            Arg::Float(float) => builder.arg(float),
            Arg::Observed(observed) => builder.arg(observed),
            Arg::Link(link) => builder.arg(link),
        };
    }
    let config = LaunchConfig {
        grid_dim: (blocks, 1, 1),
        block_dim: (threads.0, threads.1, 1),
        shared_mem_bytes: 0,
    };
    // SAFETY: the callers in this module pass each kernel the arguments of its signature, and memory of the sizes it
    // accesses.
    unsafe { builder.launch(config) }.map_err(failed)?;
    Ok(())
}

/// `out ← a·b`, or `out ← out + a·b`.
pub fn multiply(
    product: &Product,
    accumulation: Accumulation,
    out: &Memory,
    a: &Memory,
    b: &Memory,
) -> Result<()> {
    let device = out.device()?;
    let stream = device.cuda_stream();
    stream.context().bind_to_thread().map_err(failed)?;
    let op = |orientation| match orientation {
        Orientation::AsIs => cublasOperation_t::CUBLAS_OP_N,
        Orientation::Transposed => cublasOperation_t::CUBLAS_OP_T,
    };
    let alpha = 1.0_f32;
    let beta = match accumulation {
        Accumulation::Overwrite => 0.0_f32,
        Accumulation::Add => 1.0,
    };
    // SAFETY: all three are alive and have the sizes of `product`, as `operations.rs` has checked; the factors are read
    // before the call returns.
    unsafe {
        blas::sgemm(
            *device.cublas_handle().handle(),
            op(product.left),
            op(product.right),
            product.rows,
            product.columns,
            product.inner,
            &raw const alpha,
            b.address as *const f32,
            product.left_stride,
            a.address as *const f32,
            product.right_stride,
            &raw const beta,
            out.address as *mut f32,
            product.rows,
        )
    }
    .map_err(failed)
}
