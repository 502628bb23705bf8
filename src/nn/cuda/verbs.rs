//! The verbs of [`crate::nn::kernels`] on a CUDA device: which kernel, with which arguments, over how many threads.

use candle_core::{Result, Tensor, bail};

use super::Kernels;
use super::launch::{Arg, Memory, launch, multiply};
use crate::nn::Activation;
use crate::nn::kernels::{Desk, Dice};
use crate::nn::meter::{SLOTS, STATS, Watch};

/// Threads of a kernel that does one value each.
const THREADS: u32 = 256;
/// Those in capitals in `kernels.cu`.
const COLUMNS: u32 = 32;
const SLICES: u32 = 16;
pub const SUM_BLOCKS: u32 = 128;
const SUM_THREADS: u32 = 256;
const VALUES: usize = 16;
const PIXELS: usize = 28 * 28;
const MAP: usize = 6;

/// `Observed` of `kernels.cu`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen {
    value: [u64; VALUES],
    slot: [i32; VALUES],
    count: i32,
    norms: i32,
}

/// A product of row-major matrices as BLAS, which reads by columns, is told of it: out and b·a change places, for a
/// row-major matrix read by columns is its transpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Product {
    pub left_turned: bool,
    pub right_turned: bool,
    pub rows: i32,
    pub columns: i32,
    pub inner: i32,
    pub left_stride: i32,
    pub right_stride: i32,
}

impl Product {
    /// `[m, n] ← [m, k]·[k, n]`, where `a` and `b` may lie in memory as their transposes.
    pub fn new((m, n, k): (usize, usize, usize), a_turned: bool, b_turned: bool) -> Self {
        let [m, n, k] = [m, n, k].map(|x| x as i32);
        Self {
            left_turned: b_turned,
            right_turned: a_turned,
            rows: n,
            columns: m,
            inner: k,
            left_stride: if b_turned { k } else { n },
            right_stride: if a_turned { m } else { k },
        }
    }
}

/// The number and slope of an activation in `kernels.cu`.
fn kind(activation: Activation) -> [Arg; 2] {
    let (kind, slope) = match activation {
        Activation::Identity => (0, 1.0),
        Activation::Relu => (1, 0.0),
        Activation::LeakyRelu(slope) => (2, slope),
        Activation::Tanh => (3, 0.0),
    };
    [Arg::Int(kind), Arg::Float(slope)]
}

/// A count for a kernel, which takes 32 bits.
fn count(n: usize) -> Result<u32> {
    match u32::try_from(n) {
        Ok(n) => Ok(n),
        Err(_) => bail!("expected at most {} values, found {n}", u32::MAX),
    }
}

/// See [`crate::nn::kernels::product`].
pub fn product(
    out: &Tensor,
    a: (&Tensor, bool),
    b: (&Tensor, bool),
    accumulate: bool,
) -> Result<()> {
    let (m, n) = out.dims2()?;
    let shape = |(t, turned): (&Tensor, bool)| {
        let (rows, columns) = t.dims2()?;
        Ok::<_, candle_core::Error>(if turned {
            (columns, rows)
        } else {
            (rows, columns)
        })
    };
    let (left, right) = (shape(a)?, shape(b)?);
    let k = left.1;
    if left != (m, k) || right != (k, n) {
        bail!("a product of {left:?} and {right:?} for {:?}", (m, n));
    }
    let (a_memory, b_memory) = (
        Memory::of::<f32>(a.0, m * k)?,
        Memory::of::<f32>(b.0, k * n)?,
    );
    let product = Product::new((m, n, k), a.1, b.1);
    let out = Memory::of::<f32>(out, m * n)?;
    multiply(&product, accumulate, &out, &a_memory, &b_memory)
}

impl Kernels {
    /// See [`crate::nn::kernels::bias_activation`].
    pub fn bias_activation(
        &self,
        out: &Tensor,
        bias: &Tensor,
        activation: Activation,
    ) -> Result<()> {
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
            &self.bias_activation,
            blocks,
            (THREADS, 1),
            &args,
        )
    }

    /// See [`crate::nn::kernels::activation_backward`].
    pub fn activation_backward(
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
            &self.activation_backward,
            blocks,
            (THREADS, 1),
            &args,
        )
    }

    /// See [`crate::nn::kernels::column_sums`].
    pub fn column_sums(&self, out: &Tensor, of: &Tensor) -> Result<()> {
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
            &self.column_sums,
            blocks,
            (COLUMNS, SLICES),
            &args,
        )
    }

    /// See [`crate::nn::kernels::gather`]. No index may be beyond the last image.
    pub fn gather(&self, out: &Tensor, images: &Tensor, indices: &Tensor) -> Result<()> {
        let (rows, width) = out.dims2()?;
        let n = count(rows * width)?;
        let out = Memory::of::<f32>(out, rows * width)?;
        let images = Memory::of::<u8>(images, images.elem_count())?;
        let indices = Memory::of::<u32>(indices, rows)?;
        let sizes = [Arg::Count(n), Arg::Count(width as u32)];
        let args = [out.arg(), images.arg(), indices.arg(), sizes[0], sizes[1]];
        let blocks = n.div_ceil(THREADS);
        launch(out.device()?, &self.gather, blocks, (THREADS, 1), &args)
    }

    /// See [`crate::nn::kernels::blend`].
    pub fn blend(&self, out: &Tensor, source: &Tensor, kept: f32) -> Result<()> {
        let n = out.elem_count();
        let (out, source) = (Memory::of::<f32>(out, n)?, Memory::of::<f32>(source, n)?);
        let n = count(n)?;
        let args = [out.arg(), source.arg(), Arg::Count(n), Arg::Float(kept)];
        let blocks = n.div_ceil(THREADS);
        launch(out.device()?, &self.blend, blocks, (THREADS, 1), &args)
    }

    /// See [`crate::nn::kernels::change`].
    pub fn change(&self, out: &Tensor, images: &Tensor, dice: &Dice, moves: bool) -> Result<()> {
        let rows = out.elem_count() / PIXELS;
        let (out, images) = (
            Memory::of::<f32>(out, rows * PIXELS)?,
            Memory::of::<f32>(images, rows * PIXELS)?,
        );
        let told = Memory::of::<f32>(&dice.told, 1 + rows * MAP)?;
        let seed = Memory::of::<u32>(&dice.seed, 2)?;
        let n = count(rows * PIXELS)?;
        let sizes = [Arg::Count(n), Arg::Int(moves.into())];
        let args = [
            out.arg(),
            images.arg(),
            told.arg(),
            seed.arg(),
            sizes[0],
            sizes[1],
        ];
        let blocks = n.div_ceil(THREADS);
        launch(out.device()?, &self.change, blocks, (THREADS, 1), &args)
    }

    /// See [`crate::nn::kernels::change_back`].
    pub fn change_back(&self, out: &Tensor, grad: &Tensor, dice: &Dice) -> Result<()> {
        let rows = out.elem_count() / PIXELS;
        let (out, grad) = (
            Memory::of::<f32>(out, rows * PIXELS)?,
            Memory::of::<f32>(grad, rows * PIXELS)?,
        );
        let told = Memory::of::<f32>(&dice.told, 1 + rows * MAP)?;
        let n = count(rows * PIXELS)?;
        let args = [out.arg(), grad.arg(), told.arg(), Arg::Count(n)];
        let blocks = n.div_ceil(THREADS);
        launch(
            out.device()?,
            &self.change_back,
            blocks,
            (THREADS, 1),
            &args,
        )
    }

    /// See [`crate::nn::kernels::update`].
    pub fn update(
        &self,
        desk: &Desk,
        rows: [&Tensor; 3],
        grads: &Tensor,
        watch: Watch,
    ) -> Result<()> {
        let n = grads.elem_count();
        let grads = Memory::of::<f32>(grads, n)?;
        let [values, first, second] = [
            Memory::of::<f32>(rows[0], n)?,
            Memory::of::<f32>(rows[1], n)?,
            Memory::of::<f32>(rows[2], n)?,
        ];
        let sums = Memory::of::<f64>(&desk.sums, 4 * SUM_BLOCKS as usize)?;
        let control = Memory::of::<f32>(&desk.control, desk.control.elem_count())?;
        let norms = Memory::of::<f32>(&desk.norms, 3)?;
        let loss = Memory::of::<f32>(watch.loss, 1)?;
        let meter = Memory::of::<f64>(watch.meter, SLOTS * STATS + 1)?;
        let device = grads.device()?;
        let n = Arg::Count(count(n)?);
        let many = (SUM_BLOCKS, (SUM_THREADS, 1));
        let args = [sums.arg(), grads.arg(), n];
        launch(device, &self.square_sums, many.0, many.1, &args)?;
        let args = [
            values.arg(),
            first.arg(),
            second.arg(),
            grads.arg(),
            n,
            sums.arg(),
            control.arg(),
            loss.arg(),
            meter.arg(),
        ];
        launch(device, &self.update, many.0, many.1, &args)?;
        let args = [norms.arg(), sums.arg(), n];
        launch(device, &self.norms, 1, many.1, &args)
    }

    /// See [`crate::nn::kernels::observe`].
    pub fn observe(&self, meter: &Tensor, seen: &[(usize, &Tensor)], norms: usize) -> Result<()> {
        if seen.len() > VALUES || norms >= seen.len() {
            bail!(
                "expected at most {VALUES} metrics of an update with the gradient's norm among them, found {}, it being \
                 number {norms}",
                seen.len()
            );
        }
        let meter = Memory::of::<f64>(meter, SLOTS * STATS + 1)?;
        let values = seen
            .iter()
            .map(|(_, value)| Memory::of::<f32>(value, 1))
            .collect::<Result<Vec<_>>>()?;
        let mut args = Seen {
            count: seen.len() as i32,
            norms: norms as i32,
            ..Seen::default()
        };
        for (i, ((slot, _), value)) in seen.iter().zip(&values).enumerate() {
            if *slot >= SLOTS {
                bail!("no slot {slot} in a meter of {SLOTS}");
            }
            args.slot[i] = *slot as i32;
            args.value[i] = value.address();
        }
        let args = [meter.arg(), Arg::Seen(args)];
        launch(meter.device()?, &self.observe, 1, (VALUES as u32, 1), &args)
    }
}
