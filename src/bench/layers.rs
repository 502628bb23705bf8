//! How fast the products of each layer of a run's networks are: where the time of a step goes.

use serde::Serialize;

use super::percentile;
use crate::nn::layer_speed::{Layer, Seconds};
use crate::nn::{LayerSpec, peak_flops, summary};
use crate::train::{TrainError, thread_pool};

/// What was measured: medians.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The processor and its widest vectors.
    pub processor: String,
    /// Threads.
    pub threads: usize,
    /// Images of a batch.
    pub rows: usize,
    /// A product that fits the first-level cache, in 10⁹ floating-point operations per second.
    pub peak_gflop_per_s: f64,
    /// The generator's layers and then the discriminator's.
    pub layers: Vec<LayerTimes>,
}

/// The products of one layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerTimes {
    /// The network.
    pub network: &'static str,
    /// The layer, as in `PyTorch`.
    pub map: String,
    /// 10⁹ floating-point operations of each product.
    pub gflop: f64,
    /// Seconds of the forward pass, of the gradient of the weights, and of that of the input.
    pub seconds: [f64; 3],
}

impl LayerTimes {
    /// 10⁹ floating-point operations per second of each product.
    #[must_use]
    pub fn rates(&self) -> [f64; 3] {
        self.seconds.map(|seconds| self.gflop / seconds)
    }
}

/// Measures all layers in turn, `repeats` times, with batches of `rows` images.
///
/// # Errors
/// When the threads cannot be started.
pub fn run(
    [generator, discriminator]: [&[LayerSpec]; 2],
    rows: usize,
    (threads, repeats): (usize, usize),
) -> Result<Report, TrainError> {
    let pool = thread_pool(threads)?;
    let of = |network: &'static str, specs: &[LayerSpec]| {
        let specs = specs.iter().zip(summary::layers(specs));
        let layers = specs.map(|(spec, summary)| (network, *spec, summary.map));
        layers.collect::<Vec<_>>()
    };
    let mut all = of("generator", generator);
    all.extend(of("discriminator", discriminator));
    let threads = pool.current_num_threads();
    pool.install(|| {
        let mut layers: Vec<Layer> = all
            .iter()
            .map(|(_, spec, _)| Layer::new(spec.map, rows))
            .collect();
        let mut rounds: Vec<Vec<Seconds>> = vec![Vec::new(); layers.len()];
        let mut peaks = Vec::new();
        for round in 0..=repeats {
            for (layer, rounds) in layers.iter_mut().zip(&mut rounds) {
                let seconds = layer.time();
                // In the first round memory is touched for the first time.
                if round > 0 {
                    rounds.push(seconds);
                }
            }
            if round > 0 {
                peaks.push(peak_flops() / 1e9);
            }
        }
        let median = |rounds: &[Seconds], product: usize| {
            let mut seconds: Vec<f64> = rounds.iter().map(|round| round[product]).collect();
            percentile(&mut seconds, 0.5)
        };
        Ok(Report {
            processor: super::processor(),
            threads,
            rows,
            peak_gflop_per_s: percentile(&mut peaks, 0.5),
            layers: all
                .into_iter()
                .zip(&rounds)
                .map(|((network, spec, map), rounds)| LayerTimes {
                    network,
                    map,
                    gflop: 2e-9 * (spec.products() * rows as u64) as f64,
                    seconds: [0, 1, 2].map(|product| median(rounds, product)),
                })
                .collect(),
        })
    })
}
