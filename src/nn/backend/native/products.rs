//! The three products of a layer, each with its follow-up operation done while the sums are still in registers.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use pulp::Simd;
use rayon::prelude::*;

use super::level::{line, line_of};
use super::panels::{Lines, Panels};
use super::tile::{Finish, Left, Packed, Rows, STRIP, Task, for_rows, multiply, run, strips};
use super::update::{self, Norms, OptimizerState, Rule};
use super::vector;
use crate::nn::Activation;
use crate::nn::matrix::Accumulation;
use crate::nn::stopwatch::{Part, time};

/// Features, or rows of a weight gradient, per task: a fixed number, small enough to keep many threads busy, and a
/// multiple of [`STRIP`]. The rows of a task (98 KB of 1,024 values) and the lines that are multiplied by all of them are
/// in the second-level cache together.
const TASK: usize = 24;
/// The same for [`Way::Down`], where a task reads a few columns of every row: whole cache lines.
const DOWN_TASK: usize = 48;
/// Bytes of inputs that the gradients of all rows of a task are computed for before the next: a quarter of the
/// second-level cache of a common processor, which all its strips read them from.
const NEAR: usize = 128 * 1024;

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
    let line = line();
    let each = |(task, out): (usize, Vec<&mut [f32]>)| {
        let count = out.first().map_or(0, |lines| lines.len() / line);
        run(&mut Through {
            weights,
            inputs,
            way,
            x,
            after,
            outputs: &outputs,
            from: task * size,
            count,
            out,
        });
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

impl Task for Through<'_, '_> {
    /// Block after block: one that all strips read in turn stays in the cache, also when all blocks together do not.
    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, packed: &mut Vec<f32>) {
        if let Way::Down = self.way {
            self.pack(packed);
        }
        let x = self.x;
        for (i, (rows, block)) in x.blocks().enumerate() {
            for (at, count) in strips(self.count) {
                for_rows!(count, MR => {
                    match self.way {
                        Way::Up => {
                            let left = self.rows::<MR>(at);
                            self.strip(simd, &left, block, rows, i, at);
                        }
                        Way::Down => {
                            let left = Packed::<MR>::strip(packed, x.width, at);
                            self.strip(simd, &left, block, rows, i, at);
                        }
                    }
                });
            }
        }
    }
}

impl<'a> Through<'a, '_> {
    /// The weights of `MR` outputs.
    #[inline(always)]
    fn rows<const MR: usize>(&self, at: usize) -> Rows<'a, MR> {
        let (weights, steps) = (self.weights, self.x.width);
        Rows(std::array::from_fn(|i| {
            &weights[(self.from + at + i) * steps..][..steps]
        }))
    }

    /// Packs the columns of all strips: with a row stride of a power of two, the cache would not keep lines until the next
    /// strip.
    #[inline(always)]
    fn pack(&self, packed: &mut Vec<f32>) {
        const ROWS: usize = 16;
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
    fn strip<S: Simd, const MR: usize>(
        &mut self,
        simd: S,
        left: &impl Left<MR>,
        block: &[f32],
        rows: usize,
        index: usize,
        at: usize,
    ) {
        let out = &mut *self.out[index];
        match self.after {
            After::Nothing => multiply(simd, left, block, rows, at, &mut Store { out }),
            After::Activate(bias, activation) => {
                let bias = &bias[self.from..];
                let finish = &mut Activate {
                    bias,
                    activation,
                    out,
                };
                multiply(simd, left, block, rows, at, finish);
            }
            After::Derive(_, activation) => {
                let y = &self.outputs[index][self.from * line_of::<S>()..];
                let finish = &mut Derive { y, activation, out };
                multiply(simd, left, block, rows, at, finish);
            }
        }
    }
}

/// The vector that begins at `column` of line `row`.
#[inline(always)]
fn at<S: Simd>(lines: &[f32], row: usize, column: usize) -> S::f32s {
    S::as_simd_f32s(&lines[row * line_of::<S>() + column..][..S::F32_LANES]).0[0]
}

#[inline(always)]
fn put<S: Simd>(lines: &mut [f32], row: usize, column: usize, values: S::f32s) {
    S::as_mut_simd_f32s(&mut lines[row * line_of::<S>() + column..][..S::F32_LANES]).0[0] = values;
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
        run(&mut WeightGrad {
            delta,
            x,
            from: task * TASK,
            count: out.len() / x.width,
            take: Write { accumulation, out },
        });
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
        let mut work = WeightGrad {
            delta,
            x,
            from: task * TASK,
            count: state.values.len() / x.width,
            take: Update {
                state,
                rule,
                norms: Norms::default(),
                grads: Vec::new(),
            },
        };
        run(&mut work);
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
    /// Memory for all rows, `count` values, and whether to overwrite or add to its content.
    fn memory(&mut self, count: usize) -> (&mut [f32], Accumulation);
    /// Called when `rows` rows from row `at` are complete.
    fn taken<S: Simd>(&mut self, simd: S, at: usize, rows: usize, width: usize);
}

/// Keeps the rows.
struct Write<'a> {
    accumulation: Accumulation,
    out: &'a mut [f32],
}

impl Take for Write<'_> {
    #[inline(always)]
    fn memory(&mut self, _: usize) -> (&mut [f32], Accumulation) {
        (self.out, self.accumulation)
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
    fn memory(&mut self, count: usize) -> (&mut [f32], Accumulation) {
        self.grads.resize(count, 0.0);
        (&mut self.grads, Accumulation::Overwrite)
    }

    #[inline(always)]
    fn taken<S: Simd>(&mut self, simd: S, at: usize, rows: usize, width: usize) {
        let range = at * width..(at + rows) * width;
        let mut state = self.state.part(range.clone());
        let norms = update::chunk(simd, &mut state, &self.grads[range], self.rule);
        self.norms = self.norms.plus(norms);
    }
}

struct WeightGrad<'a, T> {
    delta: &'a Panels,
    x: &'a Lines,
    from: usize,
    count: usize,
    take: T,
}

impl<T: Take> Task for WeightGrad<'_, T> {
    /// As many inputs at a time as stay in the cache, strip after strip; the optimizer takes each strip when it is complete.
    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, packed: &mut Vec<f32>) {
        let (steps, width, count) = (self.delta.rows, self.x.width, self.count);
        packed.resize(steps * count, 0.0);
        for (at, rows) in strips(count) {
            for_rows!(rows, MR => self.pack::<S, MR>(at, &mut packed[at * steps..]));
        }
        let panels: Vec<(usize, &[f32])> = self.x.panels().collect();
        let line = line_of::<S>();
        let some = (NEAR / (size_of::<f32>() * line * steps.max(1))).max(1);
        let mut groups = panels.chunks(some).enumerate().peekable();
        while let Some((group, panels)) = groups.next() {
            for (at, rows) in strips(count) {
                let (out, accumulation) = self.take.memory(count * width);
                for_rows!(rows, MR => {
                    let left = Packed::<MR>::strip(packed, steps, at);
                    for (i, (features, panel)) in panels.iter().enumerate() {
                        let from = (group * some + i) * line;
                        let finish = &mut Gradient { width, from, accumulation, out };
                        multiply(simd, &left, panel, *features, at, finish);
                    }
                });
                if groups.peek().is_none() {
                    self.take.taken(simd, at, rows, width);
                }
            }
        }
    }
}

impl<T> WeightGrad<'_, T> {
    /// Packs the gradients of `MR` outputs, a step for each row of the batch.
    #[inline(always)]
    fn pack<S: Simd, const MR: usize>(&self, at: usize, packed: &mut [f32]) {
        let line = line_of::<S>();
        let (mut slots, _) = packed.as_chunks_mut::<MR>();
        for (rows, block) in self.delta.blocks() {
            let lines: [&[f32]; MR] =
                std::array::from_fn(|i| &block[(self.from + at + i) * line..][..rows]);
            let (now, later) = slots.split_at_mut(rows);
            for (r, slot) in now.iter_mut().enumerate() {
                *slot = std::array::from_fn(|i| lines[i][r]);
            }
            slots = later;
        }
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
