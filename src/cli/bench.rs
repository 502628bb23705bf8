//! `genai-tui bench`: how fast this machine trains and draws the dashboard.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueHint};
use serde::Serialize;
use toml::Value;

use super::doctor::ReportFormat;
use super::model::Networks;
use super::path_arg;
use super::stdout;
use super::value_flags::takes;
use super::{Failure, SettingArgs};
use crate::bench::{conv, layers, logs, sweep, train, ui, watch};
use crate::config::{FlagValue, Sources, resolve};
use crate::protocol::SWITCH_OBJECTIVE;
use crate::shape::ImageSize;
use crate::sweep::{Sampler, Scheduler};
use crate::text::number::thousands;

/// Number of noise images, as in MNIST.
const IMAGES: usize = 60_000;

/// What to measure.
#[derive(Debug, Clone, Args)]
pub struct BenchArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Subcommand)]
enum What {
    /// The training step, without disk or dashboard, on noise images in memory
    Train(Box<TrainBenchArgs>),
    /// One convolution: its three products beside those of a linear layer
    Conv(ConvBenchArgs),
    /// The three products of each convolution of a run's networks
    Layers(Box<LayersBenchArgs>),
    /// The dashboard: time and bytes per frame on a long history
    Ui(UiBenchArgs),
    /// Reading logs of other tools, and drawing many of them
    Watch(WatchBenchArgs),
    /// What workers of a sweep spend on claiming and deciding, with simulated training
    Sweep(SweepBenchArgs),
    /// What a sampler of sweeps finds on a function whose least value is near 0
    Sampler(SamplerBenchArgs),
}

#[derive(Debug, Clone, Args)]
struct TrainBenchArgs {
    /// Objective to train
    #[arg(long, visible_alias = SWITCH_OBJECTIVE, value_name = "NAME", value_parser = objective())]
    objective: Option<Value>,
    /// Real images per update of the discriminator
    #[arg(long, value_name = "N", value_parser = takes("batch_size"), allow_negative_numbers = true)]
    batch_size: Option<Value>,
    /// The networks: mlp (linear layers), dcgan or sn-cnn (convolutions)
    #[arg(long, value_name = "NAME", value_parser = takes("arch.kind"))]
    arch: Option<Value>,
    /// Side of the images in pixels, or their height and width as in 48x64
    #[arg(long, value_name = "N", default_value = "28")]
    image_size: ImageSize,
    /// Channels of the images: 1 (grey) or 3 (colour)
    #[arg(long, value_name = "N", default_value_t = 1)]
    channels: usize,
    /// Width of the narrowest hidden layer of each network
    #[arg(long, value_name = "N", value_parser = takes("arch.width"), allow_negative_numbers = true)]
    arch_width: Option<Value>,
    /// Device to train on: auto, cpu, cuda, cuda:N or metal
    #[arg(long, value_name = "DEVICE", value_parser = takes("device"))]
    device: Option<Value>,
    /// Training threads; 0 means one for each physical core available
    #[arg(long, value_name = "N", value_parser = takes("threads"), allow_negative_numbers = true)]
    threads: Option<Value>,
    /// Random seed
    #[arg(long, value_name = "N", value_parser = takes("seed"), allow_negative_numbers = true)]
    seed: Option<Value>,
    /// Use no wider vectors than AVX2's, to measure what processors without AVX-512 do
    #[arg(long)]
    avx2: bool,
    /// Steps per timed block
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    steps: u64,
    /// Number of timed blocks; the median is reported
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    repeats: u64,
    /// Output format
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

#[derive(Debug, Clone, Args)]
struct ConvBenchArgs {
    /// Threads; 0 means one for each physical core available
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=4096))]
    threads: u64,
    /// Use no wider vectors than AVX2's, to measure what processors without AVX-512 do
    #[arg(long)]
    avx2: bool,
    /// Number of rounds; medians are reported
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    repeats: u64,
    /// Output format
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Example:
  genai-tui bench layers --arch dcgan --image-size 64 --channels 3")]
struct LayersBenchArgs {
    #[command(flatten)]
    settings: SettingArgs,
    /// Use no wider vectors than AVX2's, to measure what processors without AVX-512 do
    #[arg(long)]
    avx2: bool,
    /// Number of rounds; medians are reported
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    repeats: u64,
    /// Output format
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

#[derive(Debug, Clone, Args)]
struct UiBenchArgs {
    /// Screen size
    #[arg(long, value_name = "COLSxROWS", default_value = "120x40", value_parser = size)]
    size: (u16, u16),
    /// Steps in the history
    #[arg(long, value_name = "STEPS", default_value_t = 1_000_000)]
    history: u64,
    /// Frames to draw
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    frames: u64,
    /// Output format
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

#[derive(Debug, Clone, Args)]
struct WatchBenchArgs {
    /// Steps of each of the 20 metrics in a log
    #[arg(long, value_name = "N", default_value_t = 50_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    steps: u64,
    /// Output format
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

#[derive(Debug, Clone, Args)]
struct SweepBenchArgs {
    /// Number of trials
    #[arg(id = "bench_trials", long = "trials", value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    trials: u64,
    /// Number of workers
    #[arg(id = "bench_workers", long = "workers", value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..))]
    workers: u16,
    /// Which trials go on
    #[arg(id = "bench_scheduler", long = "scheduler", value_enum, default_value_t = Scheduler::Asha)]
    scheduler: Scheduler,
    /// How trials are drawn
    #[arg(id = "bench_sampler", long = "sampler", value_enum, default_value_t)]
    sampler: Sampler,
    /// The manners of the file system
    #[arg(id = "bench_disk", long = "disk", value_enum, default_value_t = sweep::Manners::Local)]
    disk: sweep::Manners,
    /// A folder on the disk to use [default: that of temporary files]
    #[arg(id = "bench_folder", long = "folder", value_name = "DIR", value_parser = path_arg::path(), value_hint = ValueHint::DirPath)]
    folder: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

#[derive(Debug, Clone, Args)]
struct SamplerBenchArgs {
    /// The sampler
    #[arg(id = "bench_of", value_name = "SAMPLER", value_enum)]
    sampler: Sampler,
    /// The function
    #[arg(id = "bench_function", long = "function", value_enum, default_value_t = sweep::Function::Branin)]
    function: sweep::Function,
    /// Trials of a seed
    #[arg(id = "bench_draws", long = "trials", value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    trials: u64,
    /// Number of seeds
    #[arg(id = "bench_seeds", long = "seeds", value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    seeds: u64,
    /// Output format
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

/// Measures and prints the result.
///
/// # Errors
/// When there is no such device, or standard output refuses.
pub fn run(args: &BenchArgs) -> Result<(), Failure> {
    let text = match &args.what {
        What::Train(args) => {
            if args.avx2 {
                crate::nn::use_avx2();
            }
            let report = train::run(&args.plan()?).map_err(Failure::run)?;
            print(&report, args.format, train_text)?
        }
        What::Conv(args) => {
            if args.avx2 {
                crate::nn::use_avx2();
            }
            let (threads, repeats) = (args.threads as usize, args.repeats as usize);
            let report = conv::run(threads, repeats).map_err(Failure::run)?;
            print(&report, args.format, conv_text)?
        }
        What::Layers(args) => {
            if args.avx2 {
                crate::nn::use_avx2();
            }
            let sources = args.settings.sources(std::env::vars_os());
            let config = resolve(sources).map_err(Failure::input)?.config;
            let networks = Networks::of(&config)?;
            let report = layers::run(
                [&networks.generator, &networks.discriminator],
                config.batch_size,
                (config.threads, args.repeats as usize),
            );
            print(&report.map_err(Failure::run)?, args.format, layers_text)?
        }
        What::Ui(args) => {
            let report = ui::run(&ui::Plan {
                size: args.size,
                history: args.history,
                frames: args.frames as usize,
            })
            .map_err(Failure::run)?;
            print(&report, args.format, ui_text)?
        }
        What::Watch(args) => {
            let report = WatchReport {
                reading: logs::run(args.steps).map_err(Failure::run)?,
                drawing: watch::run().map_err(Failure::run)?,
            };
            print(&report, args.format, watch_text)?
        }
        What::Sweep(args) => {
            let report = sweep::run(&sweep::Plan {
                trials: args.trials,
                workers: args.workers.into(),
                scheduler: args.scheduler,
                sampler: args.sampler,
                manners: args.disk,
                folder: args.folder.clone().unwrap_or_else(std::env::temp_dir),
            })?;
            print(&report, args.format, sweep_text)?
        }
        What::Sampler(args) => {
            let found = sweep::samplers(args.function, args.sampler, args.trials, args.seeds);
            print(&found, args.format, sampler_text)?
        }
    };
    stdout::print(text)
}

fn print<R: Serialize>(
    report: &R,
    format: ReportFormat,
    text: impl Fn(&R) -> String,
) -> Result<String, Failure> {
    match format {
        ReportFormat::Text => Ok(text(report)),
        // One line, as the PyTorch script prints it.
        ReportFormat::Json => serde_json::to_string(report)
            .map(|line| line + "\n")
            .map_err(Failure::run),
    }
}

impl TrainBenchArgs {
    fn plan(&self) -> Result<train::Plan, Failure> {
        let flags = [
            ("--objective", "objective", &self.objective),
            ("--batch-size", "batch_size", &self.batch_size),
            ("--arch", "arch.kind", &self.arch),
            ("--arch-width", "arch.width", &self.arch_width),
            ("--device", "device", &self.device),
            ("--threads", "threads", &self.threads),
            ("--seed", "seed", &self.seed),
        ];
        let flags = flags.into_iter().filter_map(|(flag, key, value)| {
            let value = value.clone()?;
            Some(FlagValue { flag, key, value })
        });
        // Neither files nor the environment: a benchmark depends only on its command line.
        let config = resolve(Sources {
            flags: flags.collect(),
            ..Sources::default()
        })
        .map_err(Failure::input)?
        .config;
        let shape = self.image_size.with_channels(self.channels);
        Ok(train::Plan {
            config,
            shape: shape.map_err(Failure::input)?,
            steps: self.steps,
            repeats: self.repeats as usize,
            images: IMAGES,
        })
    }
}

fn objective() -> impl TypedValueParser<Value = Value> {
    PossibleValuesParser::new(crate::metric::objectives::names()).map(Value::String)
}

fn size(text: &str) -> Result<(u16, u16), String> {
    let side = |text: &str| text.parse().ok().filter(|n| (1..=1000).contains(n));
    text.split_once('x')
        .and_then(|(columns, rows)| Some((side(columns)?, side(rows)?)))
        .ok_or_else(|| {
            format!("expected columns and rows from 1 to 1000, as in 120x40; found `{text}`")
        })
}

fn train_text(report: &train::Report) -> String {
    let mut text = format!(
        "{}, {}, {} for images of {}, batch {}, {} ({}) with {} thread{}\n{}\n\n\
         {:>10.3} ms per step, median of {} blocks of {} steps\n\
         {:>10.0} images per second\n\
         {:>10.1} GFLOP/s in matrix products, of which a step needs {:.3} GFLOP\n",
        report.framework,
        report.loss,
        report.arch,
        report.shape,
        report.batch_size,
        report.device,
        report.mode,
        report.threads,
        if report.threads == 1 { "" } else { "s" },
        report.processor,
        report.ms_per_step,
        report.ms_of_blocks.len(),
        report.steps,
        report.images_per_s,
        report.gflop_per_s,
        report.gflop_per_step,
    );
    if let Some(peak) = report.peak_gflop_per_s {
        let _ = writeln!(
            text,
            "{peak:>10.1} GFLOP/s is the peak, of a product that fits the cache: the step has {:.0} % of it",
            report.gflop_per_s / peak * 100.0
        );
    }
    if let Some(shares) = &report.shares {
        let lines = [
            ("matrix products", shares.products),
            ("activations", shares.activations),
            ("optimizers", shares.optimizer),
            ("the rest", shares.rest),
        ];
        text.push('\n');
        for (name, share) in lines {
            let _ = writeln!(text, "{:>10.1} % {name}", share * 100.0);
        }
        let _ = writeln!(
            text,
            "\n{:>10.3} ms per step in matrix products alone: the whole step takes {:.2} times as long",
            shares.products_ms,
            1.0 / shares.products
        );
        if let Some(peak) = report.peak_gflop_per_s {
            let reached = report.gflop_per_step / shares.products_ms * 1e3;
            let _ = writeln!(
                text,
                "{reached:>10.1} GFLOP/s in them, {:.0} % of the peak",
                reached / peak * 100.0
            );
        }
    }
    let losses: Vec<String> = report
        .losses
        .iter()
        .map(|(name, loss)| format!("{name} {loss:.4}"))
        .collect();
    let _ = writeln!(text, "\n{}", losses.join(", "));
    text
}

fn conv_text(report: &conv::Report) -> String {
    let mut text = format!(
        "{} with {} thread{}: {:.0} GFLOP/s is the peak, of a product that fits the cache\n\n{:>10} {:>10} {:>10} {:>10}   GFLOP/s\n",
        report.processor,
        report.threads,
        if report.threads == 1 { "" } else { "s" },
        report.peak_gflop_per_s,
        "forward",
        "weights",
        "input",
        "together",
    );
    for (rates, of) in [
        (
            &report.convolution,
            "a convolution: 16,384 windows of 1,024 values, 128 channels",
        ),
        (
            &report.linear,
            "a linear layer: 64 rows of 1,024 values, 512 outputs",
        ),
    ] {
        let _ = writeln!(
            text,
            "{:>10.0} {:>10.0} {:>10.0} {:>10.0}   {of}",
            rates.forward,
            rates.weights,
            rates.input,
            rates.together(),
        );
    }
    let share = |of: fn(&conv::Rates) -> f64| of(&report.convolution) / of(&report.linear) * 100.0;
    let _ = writeln!(
        text,
        "{:>8.0} % {:>8.0} % {:>8.0} % {:>8.0} %   of the linear layer's rate",
        share(|rates| rates.forward),
        share(|rates| rates.weights),
        share(|rates| rates.input),
        share(conv::Rates::together),
    );
    text
}

fn layers_text(report: &layers::Report) -> String {
    let mut text = format!(
        "{} with {} thread{}, batches of {}: {:.0} GFLOP/s is the peak, of a product that fits the cache\n",
        report.processor,
        report.threads,
        if report.threads == 1 { "" } else { "s" },
        report.rows,
        report.peak_gflop_per_s,
    );
    let mut network = "";
    for layer in &report.layers {
        if network != layer.network {
            network = layer.network;
            let _ = writeln!(
                text,
                "\n{network:<44} {:>8}  {:>17}  {:>17}  {:>17}",
                "GFLOP", "forward", "weights", "input"
            );
        }
        let _ = write!(text, "{:<44} {:>8.3}", layer.map, layer.gflop);
        for (seconds, rate) in layer.seconds.iter().zip(layer.rates()) {
            let _ = write!(text, "  {:>7.3} ms {rate:>5.0}/s", seconds * 1e3);
        }
        text.push('\n');
    }
    text
}

fn ui_text(report: &ui::Report) -> String {
    format!(
        "dashboard of {}\u{d7}{}, {} steps of history, {} frames with new data\n{}\n\n\
         {:>10.3} ms per frame, median; {:.3} ms at the 99th percentile\n\
         {:>10.0} bytes per frame, median; {:.0} at the 99th percentile\n\
         {:>10.1} s to take in the history\n",
        report.columns,
        report.rows,
        report.history,
        report.frames,
        report.processor,
        report.ms_p50,
        report.ms_p99,
        report.bytes_p50,
        report.bytes_p99,
        report.history_s,
    )
}

/// What `bench watch` measures.
#[derive(Serialize)]
struct WatchReport {
    #[serde(flatten)]
    reading: logs::Report,
    drawing: watch::Report,
}

fn watch_text(report: &WatchReport) -> String {
    let mut text = logs_text(&report.reading);
    let drawing = &report.drawing;
    let _ = writeln!(
        text,
        "\na frame of {}x{} with {} runs selected, median and 99th of 100:",
        drawing.columns, drawing.rows, drawing.runs
    );
    for frames in &drawing.frames {
        let _ = writeln!(
            text,
            "{:>10.2} ms {:>7.2} ms {}",
            frames.ms_p50, frames.ms_p99, frames.way
        );
    }
    text
}

fn logs_text(report: &logs::Report) -> String {
    let mut text = format!("{}\n\n", report.processor);
    for (name, reading) in [
        ("TensorBoard's event file", report.tensorboard),
        ("a .wandb file", report.wandb),
    ] {
        let values = thousands(reading.values);
        let _ = writeln!(
            text,
            "{:>10.3} s to read {name} of {values} values, {:.0} MB, of which {:.1} MB are kept",
            reading.seconds, reading.megabytes, reading.kept_megabytes
        );
    }
    text
}

fn sweep_text(report: &sweep::Report) -> String {
    format!(
        "{} trials by {} workers, {} disk; training is simulated, {:.0} s of it in all; the shortest takes about 10 s\n{}\n\n\
         {:>10} trainings, {} of them made twice; {} claims left\n\
         {:>10.2} % of the time of workers is claiming and deciding\n\
         {:>10.1} ms between two trainings on average; {:.1} ms at most\n\
         {:>10.0} s from beginning to end; workers had nothing to do for {:.1} % of it\n",
        thousands(report.trials),
        report.workers,
        match report.manners {
            sweep::Manners::Local => "local",
            sweep::Manners::Nfs => "NFS-like",
        },
        report.training,
        report.processor,
        thousands(report.jobs),
        report.made_twice,
        report.claims_left,
        report.percent,
        report.deciding * 1000.0 / report.jobs.max(1) as f64,
        report.longest_ms,
        report.lasted,
        100.0 * report.waiting / (report.lasted * report.workers as f64).max(1e-9),
    )
}

fn sampler_text(found: &sweep::Samples) -> String {
    let mut sorted = found.least.clone();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let last = sorted.len().saturating_sub(1) as f64;
        sorted
            .get((last * share).round() as usize)
            .copied()
            .unwrap_or_default()
    };
    format!(
        "the least of {} trials, median of {} seeds: {:.4} ({:.4} to {:.4} for the middle half)\n",
        found.trials,
        sorted.len(),
        at(0.5),
        at(0.25),
        at(0.75),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_columns_and_rows() {
        assert_eq!(size("80x24"), Ok((80, 24)));
        for wrong in ["80", "80x", "0x24", "80x24x1", "80x9999", "axb"] {
            let error = size(wrong).err().unwrap_or_default();
            assert!(error.contains(wrong) && error.contains("120x40"), "{error}");
        }
    }
}
