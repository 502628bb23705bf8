//! The most that the innermost loop reaches: a product whose operands stay in the first-level cache.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use std::hint::black_box;
use std::time::Instant;

use pulp::Simd;

use super::level::{line, line_of};
use super::tile::{Finish, Packed, STRIP, Task, multiply, run};

/// Steps of a tile: rows and lines take 18 KB with AVX-512, 6 KB with less.
const STEPS: usize = 64;
/// Tiles per thread.
const TILES: usize = 20_000;

/// Floating-point operations per second of a product that fits the first-level cache, on all threads of the current pool
/// together: what the processor reaches at most with the vectors in use.
#[must_use]
pub fn peak_flops() -> f64 {
    let values = vec![1.0_f32; STEPS * line()];
    let start = Instant::now();
    let threads = rayon::broadcast(|_| {
        let mut tiles = Tiles {
            rows: &values[..STEPS * STRIP],
            lines: &values,
            out: vec![0.0; STRIP * line()],
        };
        run(&mut tiles);
        black_box(tiles.out);
    })
    .len();
    let operations = 2 * STRIP * STEPS * line() * TILES * threads;
    operations as f64 / start.elapsed().as_secs_f64()
}

struct Tiles<'a> {
    rows: &'a [f32],
    lines: &'a [f32],
    out: Vec<f32>,
}

impl Task for Tiles<'_> {
    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, _: &mut Vec<f32>) {
        for _ in 0..TILES {
            let left = Packed::<STRIP>::strip(black_box(self.rows), STEPS, 0);
            let out = &mut Store(&mut self.out);
            multiply(simd, &left, self.lines, line_of::<S>(), 0, out);
        }
    }
}

struct Store<'a>(&'a mut [f32]);

impl Finish for Store<'_> {
    #[inline(always)]
    fn put<S: Simd>(&mut self, _: S, row: usize, column: usize, sums: S::f32s) {
        let at = row * line_of::<S>() + column;
        S::as_mut_simd_f32s(&mut self.0[at..at + S::F32_LANES]).0[0] = sums;
    }
}
