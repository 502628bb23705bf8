//! How fast the training step is: the same step as a run, on noise images held in memory, with nothing displayed and
//! nothing written.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use candle_core::Device;
use serde::Serialize;

use super::percentile;
use crate::config::RunConfig;
use crate::data::ImageSet;
use crate::metric::{Description, objectives};
use crate::nn;
use crate::nn::stopwatch::{self, Times};
use crate::protocol::{ImageGrid, Metrics};
use crate::rng::Stream;
use crate::shape::ImageShape;
use crate::train::{Learner, TrainError, select_device, thread_pool};

/// Steps before anything is timed, at most; at least two.
const WARM_UP: u64 = 20;
/// Bytes of noise, at most.
const NOISE: usize = 128 * 1024 * 1024;

/// What to measure.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Objective, batch size, device, threads, seed.
    pub config: RunConfig,
    /// Steps in a timed block.
    pub steps: u64,
    /// Timed blocks.
    pub repeats: usize,
    /// The shape of the images, which are noise.
    pub shape: ImageShape,
    /// How many of them, at most.
    pub images: usize,
}

/// What was measured. The first fields are those of the PyTorch script it is compared with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// This program and its version.
    pub framework: String,
    /// How the steps were computed: `native`, loops of our own on the CPU; `kernels`, kernels of our own on CUDA, `graph` where
    /// they were recorded and replayed; `candle` elsewhere.
    pub mode: &'static str,
    /// Where.
    pub device: String,
    /// The processor and its widest vectors.
    pub processor: String,
    /// The objective.
    pub loss: String,
    /// The networks.
    pub arch: &'static str,
    /// The images.
    pub shape: ImageShape,
    /// Real images per update of D.
    pub batch_size: usize,
    /// Median over the blocks.
    pub ms_per_step: f64,
    /// Real images shown to D.
    pub images_per_s: f64,
    /// The objective's losses, as the last step had them: `d_loss` and `g_loss`, a VAE's `loss`.
    #[serde(flatten)]
    pub losses: BTreeMap<String, f64>,
    /// Threads that train.
    pub threads: usize,
    /// Steps in a block.
    pub steps: u64,
    /// The blocks, in the order in which they ran.
    pub ms_of_blocks: Vec<f64>,
    /// 10⁹ floating-point operations of the matrix products of a step.
    pub gflop_per_step: f64,
    /// The same for each second of the whole step.
    pub gflop_per_s: f64,
    /// What the processor reaches at most: a product that fits its first-level cache, on all threads; on the CPU only.
    pub peak_gflop_per_s: Option<f64>,
    /// Where the time goes; on the CPU only, since other devices work on while the host does not wait.
    pub shares: Option<Shares>,
}

/// Shares of the time of a step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Shares {
    /// Matrix products, measured alone.
    pub products: f64,
    /// What activations and their derivatives add.
    pub activations: f64,
    /// What the optimizers add.
    pub optimizer: f64,
    /// Random numbers, batches, losses, metrics, putting values into the order that products read.
    pub rest: f64,
    /// Milliseconds of the matrix products of a step.
    pub products_ms: f64,
}

/// Measures.
///
/// # Errors
/// When the device does not exist, or fails.
pub fn run(plan: &Plan) -> Result<Report, TrainError> {
    let config = &plan.config;
    let pool = thread_pool(config.threads)?;
    let threads = pool.current_num_threads();
    let (device, info) = select_device(&config.device, threads)?;
    // As in a run, everything happens on a thread of the pool.
    pool.install(|| measure(plan, &device, info.name, threads))
}

fn measure(
    plan: &Plan,
    device: &Device,
    name: String,
    threads: usize,
) -> Result<Report, TrainError> {
    let config = &plan.config;
    let pixels = noise(plan, config.seed);
    let warm_up = plan.steps.clamp(2, WARM_UP);
    let mut run = Learner::new(config, pixels.clone(), device)?;
    let gflop_per_step = run.flop_per_step(config.batch_size) as f64 / 1e9;
    block(&mut run, warm_up)?;
    let mut linear = device
        .is_cpu()
        .then(|| Learner::new(config, pixels, device)?.linear())
        .transpose()?;
    if let Some(linear) = &mut linear {
        block(linear, warm_up)?;
    }
    let mut ms_of_blocks = Vec::new();
    let (mut parts, mut peaks) = (Vec::new(), Vec::new());
    let mut images = 0;
    let mut metrics = Metrics::new();
    // All kinds of blocks in turn: a machine that gets slower is slower for all of them.
    for _ in 0..plan.repeats.max(1) {
        stopwatch::start();
        let start = Instant::now();
        let made = block(&mut run, plan.steps);
        let whole = milliseconds(start.elapsed()) / plan.steps.max(1) as f64;
        let times = stopwatch::stop();
        (images, metrics) = made?;
        ms_of_blocks.push(whole);
        if let Some(linear) = &mut linear {
            parts.push(Parts::measure(whole, times, &mut run, linear, plan)?);
            peaks.push(nn::peak_flops() / 1e9);
        }
    }
    let ms_per_step = percentile(&mut ms_of_blocks.clone(), 0.5);
    let objective = objectives::find(&config.objective).map(Description::info);
    let is_loss = |name: &str| {
        let described = objective.as_ref().and_then(|o| o.metric(name));
        described.is_some_and(|metric| metric.role.is_loss())
    };
    let losses = metrics.iter().filter(|(name, _)| is_loss(name));
    Ok(Report {
        framework: format!("genai-tui {}", env!("CARGO_PKG_VERSION")),
        mode: run.mode(),
        device: name,
        processor: super::processor(),
        loss: config.objective.clone(),
        arch: config.arch.kind.name(),
        shape: plan.shape,
        batch_size: config.batch_size,
        ms_per_step,
        images_per_s: images as f64 / plan.steps.max(1) as f64 / ms_per_step * 1e3,
        losses: losses
            .map(|(name, stat)| (name.clone(), stat.last))
            .collect(),
        threads,
        steps: plan.steps,
        ms_of_blocks,
        gflop_per_step,
        gflop_per_s: gflop_per_step / ms_per_step * 1e3,
        peak_gflop_per_s: (!peaks.is_empty()).then(|| percentile(&mut peaks, 0.5)),
        shares: Parts::shares(&parts),
    })
}

/// Makes steps, and waits for their results. Returns the images shown, and the metrics.
fn block(run: &mut Learner, steps: u64) -> Result<(u64, Metrics), TrainError> {
    let mut images = 0;
    for step in 1..=steps.max(1) {
        images += run.step(step)?.images;
    }
    Ok((images, run.take_metrics()?))
}

/// Milliseconds of the parts of a step, in one round of blocks. Activations and most of the optimizers' work are done in the
/// last part of a product, so they are what is missing when the same steps are made without them.
#[derive(Debug, Clone, Copy)]
struct Parts {
    whole: f64,
    products: f64,
    activations: f64,
    optimizer: f64,
}

impl Parts {
    fn measure(
        whole: f64,
        times: Times,
        run: &mut Learner,
        linear: &mut Learner,
        plan: &Plan,
    ) -> Result<Self, TrainError> {
        let steps = plan.steps.max(1);
        let per_step = |time: Duration| milliseconds(time) / steps as f64;
        let (all, apart) = (per_step(times.products), per_step(times.optimizer));
        let timed = |made: &mut dyn FnMut() -> Result<(), TrainError>| {
            stopwatch::start();
            let made = (0..steps).try_for_each(|_| made());
            let products = per_step(stopwatch::stop().products);
            made.map(|()| products)
        };
        let without_activations = timed(&mut || linear.step(1).map(|_| ()))?;
        let products = timed(&mut || run.products_alone(plan.config.batch_size))?;
        // Noise may make a part look slower than the whole.
        let products = products.min(all);
        let without_activations = without_activations.clamp(products, all);
        Ok(Self {
            whole,
            products,
            activations: all - without_activations,
            optimizer: without_activations - products + apart,
        })
    }

    /// Medians over the rounds, as shares of their sum: they add up to the whole.
    fn shares(rounds: &[Self]) -> Option<Shares> {
        let median = |of: fn(&Self) -> f64| {
            let mut values: Vec<f64> = rounds.iter().map(of).collect();
            percentile(&mut values, 0.5)
        };
        let rest = median(|p| p.whole - p.products - p.activations - p.optimizer);
        let products = median(|p| p.products);
        let (activations, optimizer) = (median(|p| p.activations), median(|p| p.optimizer));
        let whole = products + activations + optimizer + rest;
        (!rounds.is_empty()).then(|| Shares {
            products: products / whole,
            activations: activations / whole,
            optimizer: optimizer / whole,
            rest: rest / whole,
            products_ms: products,
        })
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Images of uniform noise, as in the PyTorch scripts.
fn noise(plan: &Plan, seed: u64) -> ImageSet {
    let values = plan.shape.values();
    let images = plan.images.min(NOISE / values).max(1);
    let mut stream = Stream::new(seed, "bench");
    let mut pixels = vec![0; images * values];
    for eight in pixels.chunks_mut(8) {
        let bytes = stream.next_seed().to_le_bytes();
        eight.copy_from_slice(&bytes[..eight.len()]);
    }
    ImageGrid::new(plan.shape, pixels).into()
}
