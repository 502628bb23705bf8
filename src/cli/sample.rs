//! `genai-tui sample RUN`: images from a checkpoint, into a file or onto the terminal.

use std::path::Path;

use super::Failure;
use super::image_output::{ImageOutputArgs, Target, report};
use super::weights_args::WeightsArgs;
use crate::protocol::ImageGrid;
use crate::record::RUNS_DIR;
use crate::record::reference::resolve;
use crate::shape::ImageShape;

/// Default number of images, without `--count` and a terminal.
const DEFAULT_COUNT: usize = 64;

/// Draws images with a run's generator.
#[derive(Debug, Clone, clap::Args)]
pub struct SampleArgs {
    /// A run's directory, or its name under `runs/`; with `@STEP`, `@latest` or `@best` for one of its checkpoints
    #[arg(value_name = "RUN", value_parser = crate::cli::path_arg::run())]
    pub run: String,
    /// Number of images [default: 64; on a terminal, as many as fit, up to 64]
    #[arg(long, short = 'n', value_name = "N")]
    pub count: Option<usize>,
    /// Seed of the latents: the same seed generates the same images
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Which weights generate them.
    #[command(flatten)]
    pub weights: WeightsArgs,
    /// The output and its format.
    #[command(flatten)]
    pub output: ImageOutputArgs,
}

/// Runs the command. `shape_of` says what images the generator of a checkpoint directory generates, and `draw` generates
/// `count` with it, from a seed.
///
/// # Errors
/// [`Failure::Input`] when an argument is wrong or the checkpoint cannot be used; [`Failure::Run`] when writing fails.
pub fn run(
    args: &SampleArgs,
    shape_of: impl Fn(&Path) -> anyhow::Result<ImageShape>,
    draw: impl Fn(&Path, usize, u64) -> anyhow::Result<ImageGrid>,
) -> Result<(), Failure> {
    let checkpoint = resolve(&args.run, Path::new(RUNS_DIR)).map_err(Failure::input)?;
    let target = args.output.target()?;
    let unusable = |error: anyhow::Error| {
        let dir = checkpoint.dir.display();
        Failure::Input(error.context(format!("cannot generate images from `{dir}`")))
    };
    let shape = shape_of(&checkpoint.dir).map_err(unusable)?;
    let count = args.count.unwrap_or_else(|| match &target {
        Target::File(..) => DEFAULT_COUNT,
        Target::Terminal(terminal) => terminal.capacity(shape).min(DEFAULT_COUNT),
    });
    args.output.check(&target, (count, shape), "--count")?;
    let images = draw(&checkpoint.dir, count, args.seed).map_err(unusable)?;
    let how = args
        .output
        .put(&target, &images, None, (&checkpoint, args.seed))?;
    report(&format!(
        "{} of run {}, step {}, seed {}: {how}",
        if count == 1 {
            "1 image".to_owned()
        } else {
            format!("{count} images")
        },
        checkpoint.run,
        checkpoint.step,
        args.seed
    ));
    Ok(())
}

#[cfg(test)]
mod tests;
