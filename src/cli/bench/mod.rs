//! `genai-tui bench`: how fast this machine trains and draws the dashboard.

mod text;

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
use crate::bench::{conv, layers, logs, many, sweep, train, ui, watch};
use crate::config::{FlagValue, Sources, resolve};
use crate::protocol::SWITCH_OBJECTIVE;
use crate::shape::ImageSize;
use crate::sweep::{Sampler, Scheduler};

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
    /// Reading logs of other tools, a directory of many runs, and their charts
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
    /// The networks: mlp (linear layers), dcgan, sn-cnn or resnet (convolutions)
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
    /// Set any configuration key, as in `--set critic.r1=0`; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
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

/// How products are measured.
#[derive(Debug, Clone, Args)]
struct Rounds {
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
struct ConvBenchArgs {
    /// Threads; 0 means one for each physical core available
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=4096))]
    threads: u64,
    #[command(flatten)]
    rounds: Rounds,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Example:
  genai-tui bench layers --arch dcgan --image-size 64 --channels 3")]
struct LayersBenchArgs {
    #[command(flatten)]
    settings: SettingArgs,
    #[command(flatten)]
    rounds: Rounds,
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
    /// Runs of this program in a directory
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u16).range(1..=9999))]
    runs: u16,
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
            keep_to(args.avx2);
            let report = train::run(&args.plan()?).map_err(Failure::run)?;
            print(&report, args.format, text::train)?
        }
        What::Conv(ConvBenchArgs { threads, rounds }) => {
            keep_to(rounds.avx2);
            let (threads, repeats) = (*threads as usize, rounds.repeats as usize);
            let report = conv::run(threads, repeats).map_err(Failure::run)?;
            print(&report, rounds.format, text::conv)?
        }
        What::Layers(args) => {
            let LayersBenchArgs { settings, rounds } = args.as_ref();
            keep_to(rounds.avx2);
            let sources = settings.sources(std::env::vars_os());
            let config = resolve(sources).map_err(Failure::input)?.config;
            let networks = Networks::of(&config)?;
            let report = layers::run(
                networks.layers.each_ref().map(Vec::as_slice),
                config.batch_size,
                (config.threads, rounds.repeats as usize),
            );
            print(&report.map_err(Failure::run)?, rounds.format, text::layers)?
        }
        What::Ui(args) => {
            let report = ui::run(&ui::Plan {
                size: args.size,
                history: args.history,
                frames: args.frames as usize,
            })
            .map_err(Failure::run)?;
            print(&report, args.format, text::ui)?
        }
        What::Watch(args) => {
            let report = text::Watched {
                // First, so that its peak of memory is its own.
                many: many::run(args.runs.into()).map_err(Failure::run)?,
                reading: logs::run(args.steps).map_err(Failure::run)?,
                drawing: watch::run().map_err(Failure::run)?,
            };
            print(&report, args.format, text::watch)?
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
            print(&report, args.format, text::sweep)?
        }
        What::Sampler(args) => {
            let found = sweep::samplers(args.function, args.sampler, args.trials, args.seeds);
            print(&found, args.format, text::sampler)?
        }
    };
    stdout::print(text)
}

/// Keeps this process to the vectors of AVX2, where that is asked for.
fn keep_to(avx2: bool) {
    if avx2 {
        crate::nn::use_avx2();
    }
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
            set: self.set.clone(),
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
