//! The three products of a layer, each with its follow-up operation done while the sums are still in registers.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use pulp::Simd;
use rayon::prelude::*;

use super::panels::{Lines, Panels};
use super::tile::{Finish, LINE, STRIP, Strips, in_strips, multiply, strips};
use super::update::{self, Norms, OptimizerState, Rule};
use super::vector;
use crate::nn::Activation;
use crate::nn::matrix::Accumulation;
use crate::nn::stopwatch::{Part, time};

/// Features, or rows of a weight gradient, per task: a fixed number, small enough to keep many threads busy.
const TASK: usize = 24;
/// The same for [`Way::Down`], where a task reads a few columns of every row: whole cache lines.
const DOWN_TASK: usize = 48;

/// The direction of a batch through the weights `[outputs, inputs]`.
#[derive(Debug, Clone, Copy)]
pub enum Way {
    /// From inputs to outputs.
    Up,
    /// From outputs to inputs: the weights transposed.
    Down,
}

/// The operation after a product.
#[derive(Debug, Clone, Copy)]
pub enum After<'a> {
    /// Nothing.
    Nothing,
    /// Add the bias and apply the activation.
    Activate(&'a [f32], Activation),
    /// Multiply by the derivative of the activation that gave these outputs.
    Derive(&'a Panels, Activation),
}

/// `out ← after(x·Wᵀ)`, or `after(x·W)` for [`Way::Down`], for weights with `inputs` inputs.
pub fn through(
    weights: &[f32],
    inputs: usize,
    way: Way,
    x: &Panels,
    after: After,
    out: &mut Panels,
) {
    let outputs: Vec<&[f32]> = match after {
        After::Derive(y, _) => y.blocks().map(|(_, block)| block).collect(),
        _ => Vec::new(),
    };
    let size = match way {
        Way::Up => TASK,
        Way::Down => DOWN_TASK,
    };
    let each = |(task, out): (usize, Vec<&mut [f32]>)| {
        let count = out.first().map_or(0, |lines| lines.len() / LINE);
        let from = task * size;
        let mut work = Through {
            weights,
            inputs,
            way,
            x,
            after,
            outputs: &outputs,
            from,
            count,
            out,
        };
        in_strips(count, &mut work);
    };
    time(Part::Products, || {
        out.split(size).into_par_iter().enumerate().for_each(each);
    });
}

struct Through<'a, 'o> {
    weights: &'a [f32],
    inputs: usize,
    way: Way,
    x: &'a Panels,
    after: After<'a>,
    /// The blocks of the outputs for the derivative.
    outputs: &'a [&'a [f32]],
    from: usize,
    count: usize,
    out: Vec<&'o mut [f32]>,
}

impl Strips for Through<'_, '_> {
    /// For [`Way::Down`], packs the columns of all strips at once: with a row stride of a power of two, the cache does
    /// not keep lines until the next strip.
    #[inline(always)]
    fn begin(&mut self, packed: &mut Vec<f32>) {
        const ROWS: usize = 16;
        let Way::Down = self.way else { return };
        let (rows, from, count) = (self.x.width, self.from, self.count);
        packed.resize(rows * count, 0.0);
        let rest_at = count / STRIP * STRIP;
        let (full, rest) = packed.split_at_mut(rest_at * rows);
        // A few rows at a time, for all strips: they stay in the cache, and writes are contiguous.
        for (i, some) in self.weights.chunks(ROWS * self.inputs).enumerate() {
            for (j, strip) in full.chunks_exact_mut(rows * STRIP).enumerate() {
                let (slots, _) = strip[i * ROWS * STRIP..].as_chunks_mut::<STRIP>();
                for (slot, row) in slots.iter_mut().zip(some.chunks_exact(self.inputs)) {
                    slot.copy_from_slice(&row[from + j * STRIP..][..STRIP]);
                }
            }
            for (at, width) in strips(count - rest_at) {
                let slots = rest[at * rows + i * ROWS * width..].chunks_exact_mut(width);
                for (slot, row) in slots.zip(some.chunks_exact(self.inputs)) {
                    slot.copy_from_slice(&row[from + rest_at + at..][..width]);
                }
            }
        }
    }

    #[inline(always)]
    fn strip<S: Simd, const MR: usize>(&mut self, simd: S, at: usize, packed: &mut Vec<f32>) {
        let steps = self.x.width;
        let packed = match self.way {
            Way::Up => {
                packed.resize(steps * MR, 0.0);
                let rows: [&[f32]; MR] =
                    std::array::from_fn(|i| &self.weights[(self.from + at + i) * steps..][..steps]);
                let (slots, _) = packed.as_chunks_mut::<MR>();
                for (k, slot) in slots.iter_mut().enumerate() {
                    *slot = std::array::from_fn(|i| rows[i][k]);
                }
                packed.as_slice()
            }
            Way::Down => &packed[at * steps..][..steps * MR],
        };
        for (i, ((rows, block), out)) in self.x.blocks().zip(&mut self.out).enumerate() {
            match self.after {
                After::Nothing => {
                    multiply::<S, MR>(simd, packed, block, rows, at, &mut Store { out });
                }
                After::Activate(bias, activation) => {
                    let bias = &bias[self.from..];
                    let finish = &mut Activate {
                        bias,
                        activation,
                        out,
                    };
                    multiply::<S, MR>(simd, packed, block, rows, at, finish);
                }
                After::Derive(_, activation) => {
                    let y = &self.outputs[i][self.from * LINE..];
                    let finish = &mut Derive { y, activation, out };
                    multiply::<S, MR>(simd, packed, block, rows, at, finish);
                }
            }
        }
    }
}

/// The vector that begins at `column` of line `row`.
#[inline(always)]
fn at<S: Simd>(lines: &[f32], row: usize, column: usize) -> S::f32s {
    S::as_simd_f32s(&lines[row * LINE + column..][..S::F32_LANES]).0[0]
}

#[inline(always)]
fn put<S: Simd>(lines: &mut [f32], row: usize, column: usize, values: S::f32s) {
    S::as_mut_simd_f32s(&mut lines[row * LINE + column..][..S::F32_LANES]).0[0] = values;
}

struct Store<'a> {
    out: &'a mut [f32],
}

impl Finish for Store<'_> {
    #[inline(always)]
    fn put<S: Simd>(&mut self, _: S, row: usize, column: usize, sums: S::f32s) {
        put::<S>(self.out, row, column, sums);
    }
}

struct Activate<'a> {
    bias: &'a [f32],
    activation: Activation,
    out: &'a mut [f32],
}

impl Finish for Activate<'_> {
    #[inline(always)]
    fn put<S: Simd>(&mut self, simd: S, row: usize, column: usize, sums: S::f32s) {
        let x = simd.add_f32s(sums, simd.splat_f32s(self.bias[row]));
        let y = vector::activate(simd, x, self.activation);
        put::<S>(self.out, row, column, y);
    }
}

struct Derive<'a> {
    y: &'a [f32],
    activation: Activation,
    out: &'a mut [f32],
}

impl Finish for Derive<'_> {
    #[inline(always)]
    fn put<S: Simd>(&mut self, simd: S, row: usize, column: usize, sums: S::f32s) {
        let y = at::<S>(self.y, row, column);
        let delta = vector::derive(simd, sums, y, self.activation);
        put::<S>(self.out, row, column, delta);
    }
}

/// `out ← deltaᵀ·x`, the gradient of weights `[outputs, inputs]`, or `out + deltaᵀ·x`.
pub fn weight_grad(delta: &Panels, x: &Lines, accumulation: Accumulation, out: &mut [f32]) {
    let each = |(task, out): (usize, &mut [f32])| {
        let count = out.len() / x.width;
        let mut work = WeightGrad {
            delta,
            x,
            from: task * TASK,
            take: Write { accumulation, out },
        };
        in_strips(count, &mut work);
    };
    time(Part::Products, || {
        out.par_chunks_mut((TASK * x.width).max(1))
            .enumerate()
            .for_each(each);
    });
}

/// Takes one step with the gradient `deltaᵀ·x`, a few rows at a time, without writing the gradient to memory.
pub fn weight_update(delta: &Panels, x: &Lines, state: OptimizerState, rule: impl Rule) -> Norms {
    let each = |(task, state): (usize, OptimizerState)| {
        let count = state.values.len() / x.width;
        let mut work = WeightGrad {
            delta,
            x,
            from: task * TASK,
            take: Update {
                state,
                rule,
                norms: Norms::default(),
                grads: Vec::new(),
            },
        };
        in_strips(count, &mut work);
        work.take.norms
    };
    let partial: Vec<Norms> = time(Part::Products, || {
        state
            .par_chunks((TASK * x.width).max(1))
            .enumerate()
            .map(each)
            .collect()
    });
    // In order, so that the sum does not depend on how tasks were distributed.
    partial.into_iter().fold(Norms::default(), Norms::plus)
}

/// Consumes a few rows of a weight gradient at a time.
trait Take {
    /// Memory for `rows` rows starting at row `at`, and whether to overwrite or add to its content.
    fn memory(&mut self, at: usize, rows: usize, width: usize) -> (&mut [f32], Accumulation);
    /// Called when the rows are complete.
    fn taken<S: Simd>(&mut self, simd: S, at: usize, rows: usize, width: usize);
}

/// Keeps the rows.
struct Write<'a> {
    accumulation: Accumulation,
    out: &'a mut [f32],
}

impl Take for Write<'_> {
    #[inline(always)]
    fn memory(&mut self, at: usize, rows: usize, width: usize) -> (&mut [f32], Accumulation) {
        (
            &mut self.out[at * width..][..rows * width],
            self.accumulation,
        )
    }

    #[inline(always)]
    fn taken<S: Simd>(&mut self, _: S, _: usize, _: usize, _: usize) {}
}

/// Applies the optimizer at once, while the rows are in the cache.
struct Update<'a, R> {
    state: OptimizerState<'a>,
    rule: R,
    norms: Norms,
    grads: Vec<f32>,
}

impl<R: Rule> Take for Update<'_, R> {
    #[inline(always)]
    fn memory(&mut self, _: usize, rows: usize, width: usize) -> (&mut [f32], Accumulation) {
        self.grads.resize(rows * width, 0.0);
        (&mut self.grads, Accumulation::Overwrite)
    }

    #[inline(always)]
    fn taken<S: Simd>(&mut self, simd: S, at: usize, rows: usize, width: usize) {
        let mut state = self.state.part(at * width..(at + rows) * width);
        let norms = update::chunk(simd, &mut state, &self.grads, self.rule);
        self.norms = self.norms.plus(norms);
    }
}

struct WeightGrad<'a, T> {
    delta: &'a Panels,
    x: &'a Lines,
    from: usize,
    take: T,
}

impl<T: Take> Strips for WeightGrad<'_, T> {
    #[inline(always)]
    fn strip<S: Simd, const MR: usize>(&mut self, simd: S, at: usize, packed: &mut Vec<f32>) {
        packed.resize(self.delta.rows * MR, 0.0);
        let (mut slots, _) = packed.as_chunks_mut::<MR>();
        for (rows, block) in self.delta.blocks() {
            let lines: [&[f32]; MR] =
                std::array::from_fn(|i| &block[(self.from + at + i) * LINE..][..rows]);
            let (now, later) = slots.split_at_mut(rows);
            for (r, slot) in now.iter_mut().enumerate() {
                *slot = std::array::from_fn(|i| lines[i][r]);
            }
            slots = later;
        }
        let width = self.x.width;
        let (out, accumulation) = self.take.memory(at, MR, width);
        for (i, (features, panel)) in self.x.panels().enumerate() {
            let finish = &mut Gradient {
                width,
                from: i * LINE,
                accumulation,
                out,
            };
            multiply::<S, MR>(simd, packed, panel, features, 0, finish);
        }
        self.take.taken(simd, at, MR, width);
    }
}

struct Gradient<'a> {
    width: usize,
    /// The first feature of the panel.
    from: usize,
    accumulation: Accumulation,
    out: &'a mut [f32],
}

impl Finish for Gradient<'_> {
    #[inline(always)]
    fn put<S: Simd>(&mut self, simd: S, row: usize, column: usize, sums: S::f32s) {
        let column = self.from + column;
        let count = S::F32_LANES.min(self.width - column);
        let out = &mut self.out[row * self.width + column..][..count];
        let sums = if self.accumulation == Accumulation::Add {
            simd.add_f32s(simd.partial_load_f32s(out), sums)
        } else {
            sums
        };
        match S::as_mut_simd_f32s(out).0.first_mut() {
            Some(whole) => *whole = sums,
            None => simd.partial_store_f32s(out, sums),
        }
    }
}
