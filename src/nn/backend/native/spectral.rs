//! Spectral normalisation on the CPU. Sums have one order, whatever the number of threads.

use rayon::prelude::*;

/// Columns that a task sums up.
const COLUMNS: usize = 64;
/// Sums that are made side by side.
const LANES: usize = 16;

/// u ← W·v/‖W·v‖ of `weight` `[u, v]`.
pub fn turn(weight: &[f32], left: &mut [f32], right: &[f32]) {
    left.par_iter_mut()
        .zip(weight.par_chunks(right.len()))
        .for_each(|(u, row)| *u = dot(row, right));
    divide(left, length(left));
}

/// v ← Wᵀ·u/σ with σ = ‖Wᵀ·u‖, which is returned, and `out` ← W/σ.
pub fn normalise(out: &mut [f32], weight: &[f32], left: &[f32], right: &mut [f32]) -> f32 {
    let inputs = right.len();
    right
        .par_chunks_mut(COLUMNS)
        .enumerate()
        .for_each(|(i, sums)| {
            sums.fill(0.0);
            for (row, u) in weight.chunks_exact(inputs).zip(left) {
                for (sum, w) in sums.iter_mut().zip(&row[i * COLUMNS..]) {
                    *sum += w * u;
                }
            }
        });
    let norm = length(right);
    divide(right, norm);
    out.par_chunks_mut(inputs)
        .zip(weight.par_chunks(inputs))
        .for_each(|(out, row)| {
            for (out, w) in out.iter_mut().zip(row) {
                *out = w / norm;
            }
        });
    norm
}

/// Turns the gradient by the normalised matrix into that by the matrix itself.
pub fn backward(grad: &mut [f32], normalised: &[f32], left: &[f32], right: &[f32], norm: f32) {
    let inputs = right.len();
    let of_rows: Vec<f32> = grad
        .par_chunks(inputs)
        .zip(normalised.par_chunks(inputs))
        .map(|(grad, row)| dot(grad, row))
        .collect();
    let along: f32 = of_rows.iter().sum();
    grad.par_chunks_mut(inputs).zip(left).for_each(|(grad, u)| {
        let u = along * u;
        for (grad, v) in grad.iter_mut().zip(right) {
            *grad = (*grad - u * v) / norm;
        }
    });
}

fn divide(values: &mut [f32], by: f32) {
    for value in values {
        *value /= by;
    }
}

/// The length of a vector; of a zero vector, one that can be divided by.
fn length(of: &[f32]) -> f32 {
    dot(of, of).sqrt().max(1e-12)
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    let (a, b) = (a.chunks(LANES), b.chunks(LANES));
    for (a, b) in a.zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}
