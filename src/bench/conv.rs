//! How fast the products of one convolution are, beside those of a linear layer.

use serde::Serialize;

use super::percentile;
use crate::nn::layer_speed::{CONVOLUTION, LINEAR, Layer, Linear, Seconds};
use crate::nn::peak_flops;
use crate::train::{TrainError, thread_pool};

/// Products of the linear layer for each of the convolution, which takes so much longer.
const LINEAR_TURNS: usize = 32;

/// What was measured: medians, in 10⁹ floating-point operations per second.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The processor and its widest vectors.
    pub processor: String,
    /// Threads.
    pub threads: usize,
    /// A product that fits the first-level cache.
    pub peak_gflop_per_s: f64,
    /// 16,384 windows of 1,024 values, 128 channels.
    pub convolution: Rates,
    /// A batch of 64, 1,024 inputs, 512 outputs.
    pub linear: Rates,
}

/// The rates of a layer's three products.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rates {
    /// The forward pass.
    pub forward: f64,
    /// The gradient of the weights.
    pub weights: f64,
    /// The gradient of the input.
    pub input: f64,
}

impl Rates {
    /// From the times of each product.
    fn of(rounds: &[Seconds], flop: f64) -> Self {
        let rate = |product: usize| {
            let mut seconds: Vec<f64> = rounds.iter().map(|round| round[product]).collect();
            flop / percentile(&mut seconds, 0.5) / 1e9
        };
        Self {
            forward: rate(0),
            weights: rate(1),
            input: rate(2),
        }
    }

    /// All three, one after another.
    #[must_use]
    pub fn together(&self) -> f64 {
        3.0 / (1.0 / self.forward + 1.0 / self.weights + 1.0 / self.input)
    }
}

/// Measures both layers in turn, `repeats` times.
///
/// # Errors
/// When the threads cannot be started.
pub fn run(threads: usize, repeats: usize) -> Result<Report, TrainError> {
    let pool = thread_pool(threads)?;
    let threads = pool.current_num_threads();
    pool.install(|| {
        let (mut convolution, mut linear) = (Layer::convolution(), Linear::new());
        let (mut of_convolution, mut of_linear, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
        convolution.time();
        linear.time();
        for _ in 0..repeats.max(1) {
            of_convolution.push(convolution.time());
            of_linear.extend((0..LINEAR_TURNS).map(|_| linear.time()));
            peaks.push(peak_flops() / 1e9);
        }
        Ok(Report {
            processor: super::processor(),
            threads,
            peak_gflop_per_s: percentile(&mut peaks, 0.5),
            convolution: Rates::of(&of_convolution, CONVOLUTION),
            linear: Rates::of(&of_linear, LINEAR),
        })
    })
}
