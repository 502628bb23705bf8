//! Arguments of kernels and BLAS other than tensors.

use candle_core::{Result, bail};

use crate::nn::Activation;
use crate::nn::layer::Link;
use crate::nn::matrix::Orientation;

/// Threads per block of a kernel that computes one value per thread.
pub const THREADS: u32 = 256;
/// Maximum number of metrics of one update: `VALUES` of `kernels.cu`.
pub const VALUES: usize = 16;

/// An argument of a kernel.
#[derive(Debug, Clone, Copy)]
pub enum Arg {
    /// The address of memory.
    Address(u64),
    /// `unsigned`.
    Count(u32),
    /// `int`.
    Int(i32),
    /// `float`.
    Float(f32),
    /// `Observed`.
    Observed(Observed),
    /// `Link`.
    Link(Windows),
}

/// `Link` of `kernels.cu`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Windows {
    pub height: u32,
    pub width: u32,
    pub channels: u32,
    pub rows: u32,
    pub columns: u32,
    pub kernel: u32,
    pub stride: u32,
    pub padding: u32,
}

impl From<Link> for Windows {
    fn from(link: Link) -> Self {
        Self {
            height: link.large.height as u32,
            width: link.large.width as u32,
            channels: link.large.channels as u32,
            rows: link.small.height as u32,
            columns: link.small.width as u32,
            kernel: link.window.kernel as u32,
            stride: link.window.stride as u32,
            padding: link.window.padding as u32,
        }
    }
}

/// `Observed` of `kernels.cu`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct Observed {
    pub value: [u64; VALUES],
    pub slot: [i32; VALUES],
    pub count: i32,
    pub norms: i32,
}

/// A product of row-major matrices in BLAS's column-major terms: a row-major matrix read by columns is its transpose,
/// so outᵀ = bᵀ·aᵀ and the factors swap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Product {
    pub left: Orientation,
    pub right: Orientation,
    pub rows: i32,
    pub columns: i32,
    pub inner: i32,
    pub left_stride: i32,
    pub right_stride: i32,
}

impl Product {
    /// `[m, n] ← [m, k]·[k, n]`, where `a` and `b` may be stored transposed.
    pub fn new((m, n, k): (usize, usize, usize), a: Orientation, b: Orientation) -> Self {
        let [m, n, k] = [m, n, k].map(|x| x as i32);
        let stride = |orientation, as_is, transposed| match orientation {
            Orientation::AsIs => as_is,
            Orientation::Transposed => transposed,
        };
        Self {
            left: b,
            right: a,
            rows: n,
            columns: m,
            inner: k,
            left_stride: stride(b, n, k),
            right_stride: stride(a, k, m),
        }
    }
}

/// The number and slope of an activation in `kernels.cu`.
pub fn kind(activation: Activation) -> [Arg; 2] {
    let (kind, slope) = match activation {
        Activation::Identity => (0, 1.0),
        Activation::Relu => (1, 0.0),
        Activation::LeakyRelu(slope) => (2, slope),
        Activation::Tanh => (3, 0.0),
    };
    [Arg::Int(kind), Arg::Float(slope)]
}

/// A count as a kernel argument, which has 32 bits.
pub fn count(n: usize) -> Result<u32> {
    match u32::try_from(n) {
        Ok(n) => Ok(n),
        Err(_) => bail!("expected at most {} values, found {n}", u32::MAX),
    }
}
