//! `genai-tui latent RUN`: explores a generator's latent space.

mod walks;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::builder::RangedU64ValueParser;
use clap::{Args, Subcommand};

use super::Failure;
use super::image_output::{ImageOutputArgs, report};
use super::weights_args::WeightsArgs;
use crate::config::{self, Sources};
use crate::data::{Dataset, LoadOptions};
use crate::protocol::ImageGrid;
use crate::record::reference::resolve;
use crate::record::{CONFIG, RUNS_DIR};
use crate::train::Explorer;

/// Arguments of `genai-tui latent`.
#[derive(Debug, Clone, Args)]
pub struct LatentArgs {
    /// A run's directory, or its name under `runs/`; with `@STEP`, `@latest` or `@best` for one of its checkpoints
    #[arg(value_name = "RUN", value_parser = crate::cli::path_arg::run())]
    run: String,
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    shared: Shared,
}

/// The arguments of all subcommands.
#[derive(Debug, Clone, Args)]
struct Shared {
    /// Seed of the first latent: that of the first image of `sample --seed N`
    #[arg(
        id = "latent-seed",
        long = "seed",
        value_name = "N",
        default_value_t = 0,
        global = true
    )]
    seed: u64,
    /// Class of the images of a conditional run, by name or number [default: the first]
    #[arg(long, value_name = "NAME|INDEX", global = true)]
    class: Option<String>,
    /// Directory of the datasets, one subdirectory each [default: `GENAI_TUI_DATA_DIR`, else the cache directory]
    #[arg(
        id = "latent-data-dir",
        long = "data-dir",
        value_name = "DIR",
        value_parser = crate::cli::path_arg::path(),
        global = true
    )]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    weights: WeightsArgs,
    #[command(flatten)]
    output: ImageOutputArgs,
}

/// Views of a latent space.
#[derive(Debug, Clone, Subcommand)]
enum What {
    /// Interpolate between two latents, along the sphere, and between two classes of a conditional run (default)
    Walk {
        /// Seed of the last latent [default: 1, or with --to-class that of the first]
        #[arg(long, value_name = "N")]
        to: Option<u64>,
        /// Class of the last image, by name or number [default: that of the first]
        #[arg(long, value_name = "NAME|INDEX")]
        to_class: Option<String>,
        /// Number of images, including both ends
        #[arg(long, short = 'n', value_name = "N", default_value_t = 16, value_parser = count(2, 1000))]
        count: usize,
    },
    /// Vary one dimension of the latent and hold the others: one row per dimension
    Dimension {
        /// Dimension, from 0
        #[arg(value_name = "INDEX", default_value = "0")]
        index: Vec<usize>,
        /// Range on either side of 0, in standard deviations
        #[arg(long, value_name = "F", default_value_t = 3.0)]
        reach: f64,
        /// Images per row
        #[arg(long, short = 'n', value_name = "N", default_value_t = 11, value_parser = count(2, 1000))]
        count: usize,
    },
    /// Show samples with their nearest training images: does the generator generalise or memorise?
    Neighbours {
        /// Number of samples, one row each
        #[arg(long, short = 'n', value_name = "N", default_value_t = 6, value_parser = count(1, 1000))]
        count: usize,
        /// Number of training images for each
        #[arg(long, short = 'k', value_name = "N", default_value_t = 7, value_parser = count(1, 100))]
        nearest: usize,
    },
    /// Show held-out images next to their VAE reconstructions
    Reconstruct {
        /// Number of images
        #[arg(long, short = 'n', value_name = "N", default_value_t = 32, value_parser = count(1, 10_000))]
        count: usize,
    },
    /// Show the plane of a two-dimensional latent space
    Map {
        /// Images per side
        #[arg(long, short = 'n', value_name = "N", default_value_t = 15, value_parser = count(2, 200))]
        side: usize,
        /// Range on either side of 0, in standard deviations
        #[arg(long, value_name = "F", default_value_t = 2.5)]
        reach: f64,
    },
}

fn count(min: u64, max: u64) -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::<usize>::new().range(min..=max)
}

/// What a subcommand shows.
struct View {
    images: ImageGrid,
    /// Images per row.
    columns: usize,
    /// A description.
    words: String,
    /// More lines of description.
    lines: Vec<String>,
}

/// Runs `genai-tui latent`.
///
/// # Errors
/// [`Failure::Input`] when an argument is wrong, the checkpoint cannot be used or has no such view; [`Failure::Run`] when
/// writing fails.
pub fn run(args: &LatentArgs) -> Result<(), Failure> {
    let checkpoint = resolve(&args.run, Path::new(RUNS_DIR)).map_err(Failure::input)?;
    let shared = &args.shared;
    let target = shared.output.target()?;
    let explorer = Explorer::open(&checkpoint.dir, shared.weights.into())
        .with_context(|| format!("cannot generate images from `{}`", checkpoint.dir.display()))
        .map_err(Failure::Input)?;
    let what = args.what.clone().unwrap_or(What::Walk {
        to: None,
        to_class: None,
        count: 16,
    });
    let data = || load(&explorer, &checkpoint.run_dir, shared.data_dir.as_ref());
    let view = walks::look(
        &explorer,
        &what,
        (shared.seed, shared.class.as_deref()),
        data,
    )?;
    let images = (view.images.count(), view.images.shape());
    shared.output.check(&target, images, "images")?;
    let from = (&checkpoint, shared.seed);
    let how = shared
        .output
        .put(&target, &view.images, Some(view.columns), from)?;
    report(&format!(
        "{} of run {}, step {}: {how}",
        view.words, checkpoint.run, checkpoint.step
    ));
    for line in view.lines {
        report(&line);
    }
    Ok(())
}

/// The dataset that the generator was trained on.
fn load(
    explorer: &Explorer,
    run_dir: &Path,
    data_dir: Option<&PathBuf>,
) -> Result<Dataset, Failure> {
    let recorded = config::resolve(Sources::file(run_dir.join(CONFIG))).map_err(Failure::input)?;
    let options = LoadOptions {
        data_dir: data_dir.cloned(),
        fit: recorded.config.images,
        ..LoadOptions::default()
    };
    let name = explorer.dataset();
    let dataset = super::data::load(name, &options)?;
    let (found, expected) = (dataset.train.shape(), explorer.shape());
    if found == expected {
        return Ok(dataset);
    }
    Err(Failure::Input(anyhow!(
        "dataset {name}: found images of {found}, expected the shape that the run was trained on, {expected}"
    )))
}
