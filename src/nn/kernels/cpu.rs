//! The CPU forms of the kernels. Results do not depend on the number of threads: every sum has one fixed order.
#![expect(
    unsafe_code,
    reason = "the gemm crate takes raw pointers; the only unsafe call of the program is here"
)]

use std::cell::{Cell, RefCell};

use candle_core::{CpuStorage, InplaceOp1, InplaceOp2, InplaceOp3, Layout, Result, bail};
use gemm::Parallelism;
use rayon::prelude::*;

use crate::nn::Activation;

/// Values below which a pass is not worth splitting between threads.
const SERIAL: usize = 16 * 1024;

/// The whole of a contiguous f32 view.
fn values<'a>(storage: &'a CpuStorage, layout: &Layout, what: &str) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(all), Some((from, to))) if to <= all.len() => Ok(&all[from..to]),
        _ => bail!("{what}: expected contiguous f32 values"),
    }
}

/// The whole of a contiguous f32 view, to be written.
fn values_mut<'a>(
    storage: &'a mut CpuStorage,
    layout: &Layout,
    what: &str,
) -> Result<&'a mut [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(all), Some((from, to))) if to <= all.len() => Ok(&mut all[from..to]),
        _ => bail!("{what}: expected contiguous f32 values"),
    }
}

/// A matrix as `gemm` wants it: where it begins, and its strides.
struct Matrix {
    offset: usize,
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
}

impl Matrix {
    /// Reads a layout; refuses one that reaches outside `len` values.
    fn new(layout: &Layout, len: usize) -> Result<Self> {
        let (&[rows, cols], &[row_stride, col_stride]) = (layout.dims(), layout.stride()) else {
            bail!(
                "product: expected matrices, found shape {:?}",
                layout.shape()
            );
        };
        let offset = layout.start_offset();
        let last =
            offset + rows.saturating_sub(1) * row_stride + cols.saturating_sub(1) * col_stride;
        if rows > 0 && cols > 0 && last >= len {
            bail!("product: a view reaches to {last} in a buffer of {len}");
        }
        Ok(Self {
            offset,
            rows,
            cols,
            row_stride,
            col_stride,
        })
    }
}

/// See [`super::product`].
pub(super) struct Product {
    pub accumulate: bool,
}

impl InplaceOp3 for Product {
    fn name(&self) -> &'static str {
        "product"
    }

    fn cpu_fwd(
        &self,
        out: &mut CpuStorage,
        out_l: &Layout,
        a: &CpuStorage,
        a_l: &Layout,
        b: &CpuStorage,
        b_l: &Layout,
    ) -> Result<()> {
        let (CpuStorage::F32(out), CpuStorage::F32(a), CpuStorage::F32(b)) = (out, a, b) else {
            bail!("product: expected f32 values");
        };
        let (o, l, r) = (
            Matrix::new(out_l, out.len())?,
            Matrix::new(a_l, a.len())?,
            Matrix::new(b_l, b.len())?,
        );
        if o.rows != l.rows || l.cols != r.rows || r.cols != o.cols {
            bail!(
                "product: [{}, {}] does not fit [{}, {}]·[{}, {}]",
                o.rows,
                o.cols,
                l.rows,
                l.cols,
                r.rows,
                r.cols
            );
        }
        // SAFETY: `Matrix::new` has checked that every element of each view lies inside its buffer, the shapes fit, and
        // `out` is borrowed mutably, so it does not overlap `a` or `b`.
        unsafe {
            gemm::gemm(
                o.rows,
                o.cols,
                l.cols,
                out.as_mut_ptr().add(o.offset),
                o.col_stride as isize,
                o.row_stride as isize,
                self.accumulate,
                a.as_ptr().add(l.offset),
                l.col_stride as isize,
                l.row_stride as isize,
                b.as_ptr().add(r.offset),
                r.col_stride as isize,
                r.row_stride as isize,
                1.0_f32,
                1.0_f32,
                false,
                false,
                false,
                Parallelism::Rayon(0),
            );
        }
        Ok(())
    }
}

/// Calls `f` on each row of `n` values, in parallel where there is enough to do.
fn for_rows(values: &mut [f32], n: usize, f: impl Fn(usize, &mut [f32]) + Sync + Send) {
    if values.len() < SERIAL {
        values
            .chunks_mut(n)
            .enumerate()
            .for_each(|(i, row)| f(i, row));
    } else {
        let rows = SERIAL.div_ceil(n.max(1)).div_ceil(2);
        values
            .par_chunks_mut(rows * n)
            .enumerate()
            .for_each(|(block, chunk)| {
                chunk
                    .chunks_mut(n)
                    .enumerate()
                    .for_each(|(i, row)| f(block * rows + i, row));
            });
    }
}

/// See [`super::bias_activation`].
pub(super) struct BiasActivation {
    pub activation: Activation,
}

impl InplaceOp2 for BiasActivation {
    fn name(&self) -> &'static str {
        "bias_activation"
    }

    fn cpu_fwd(
        &self,
        out: &mut CpuStorage,
        out_l: &Layout,
        bias: &CpuStorage,
        bias_l: &Layout,
    ) -> Result<()> {
        let bias = values(bias, bias_l, "bias")?;
        let out = values_mut(out, out_l, "bias_activation")?;
        if bias.is_empty() || out.len() % bias.len() != 0 {
            bail!(
                "bias_activation: {} values do not divide into rows of {}",
                out.len(),
                bias.len()
            );
        }
        // One loop per activation, so that each is compiled for itself.
        macro_rules! rows {
            ($activation:expr) => {
                for_rows(out, bias.len(), |_, row| {
                    for (y, b) in row.iter_mut().zip(bias) {
                        *y = $activation.apply(*y + b);
                    }
                })
            };
        }
        match self.activation {
            Activation::Identity => rows!(Activation::Identity),
            Activation::Relu => rows!(Activation::Relu),
            Activation::LeakyRelu(slope) => rows!(Activation::LeakyRelu(slope)),
            Activation::Tanh => rows!(Activation::Tanh),
        }
        Ok(())
    }
}

/// See [`super::activation_backward`].
pub(super) struct ActivationBackward {
    pub activation: Activation,
}

impl InplaceOp2 for ActivationBackward {
    fn name(&self) -> &'static str {
        "activation_backward"
    }

    fn cpu_fwd(
        &self,
        delta: &mut CpuStorage,
        delta_l: &Layout,
        y: &CpuStorage,
        y_l: &Layout,
    ) -> Result<()> {
        let y = values(y, y_l, "activation_backward")?;
        let delta = values_mut(delta, delta_l, "activation_backward")?;
        if y.len() != delta.len() {
            bail!(
                "activation_backward: {} deltas for {} outputs",
                delta.len(),
                y.len()
            );
        }
        let block = SERIAL / 2;
        macro_rules! blocks {
            ($activation:expr) => {
                for_rows(delta, block, |i, row| {
                    for (d, y) in row.iter_mut().zip(&y[i * block..]) {
                        *d *= $activation.derivative(*y);
                    }
                })
            };
        }
        match self.activation {
            Activation::Identity => {}
            Activation::Relu => blocks!(Activation::Relu),
            Activation::LeakyRelu(slope) => blocks!(Activation::LeakyRelu(slope)),
            Activation::Tanh => blocks!(Activation::Tanh),
        }
        Ok(())
    }
}

/// See [`super::column_sums`].
pub(super) struct ColumnSums;

impl InplaceOp2 for ColumnSums {
    fn name(&self) -> &'static str {
        "column_sums"
    }

    fn cpu_fwd(
        &self,
        out: &mut CpuStorage,
        out_l: &Layout,
        a: &CpuStorage,
        a_l: &Layout,
    ) -> Result<()> {
        let a = values(a, a_l, "column_sums")?;
        let out = values_mut(out, out_l, "column_sums")?;
        let n = out.len();
        if n == 0 || a.len() % n != 0 {
            bail!(
                "column_sums: {} values do not divide into rows of {n}",
                a.len()
            );
        }
        // Row after row: the order of each column's sum is that of the rows.
        out.fill(0.0);
        for row in a.chunks_exact(n) {
            for (sum, value) in out.iter_mut().zip(row) {
                *sum += value;
            }
        }
        Ok(())
    }
}

/// See [`super::clip`].
pub(super) struct Clip {
    limit: f32,
    saturated: Cell<usize>,
}

impl Clip {
    pub fn new(limit: f32) -> Self {
        Self {
            limit,
            saturated: Cell::new(0),
        }
    }

    pub fn saturated(&self) -> usize {
        self.saturated.get()
    }
}

impl InplaceOp1 for Clip {
    fn name(&self) -> &'static str {
        "clip"
    }

    fn cpu_fwd(&self, weights: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let limit = self.limit;
        let saturated = values_mut(weights, layout, "clip")?
            .par_chunks_mut(SERIAL)
            .map(|chunk| {
                let mut count = 0;
                for w in chunk {
                    *w = w.clamp(-limit, limit);
                    count += usize::from(w.abs() >= 0.99 * limit);
                }
                count
            })
            .sum();
        self.saturated.set(saturated);
        Ok(())
    }
}

/// See [`super::fill`].
pub(super) struct Fill<F> {
    write: RefCell<Option<F>>,
}

impl<F: FnOnce(&mut [f32])> Fill<F> {
    pub fn new(write: F) -> Self {
        Self {
            write: RefCell::new(Some(write)),
        }
    }
}

impl<F: FnOnce(&mut [f32])> InplaceOp1 for Fill<F> {
    fn name(&self) -> &'static str {
        "fill"
    }

    fn cpu_fwd(&self, out: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let out = values_mut(out, layout, "fill")?;
        if let Some(write) = self.write.borrow_mut().take() {
            write(out);
        }
        Ok(())
    }
}
