//! `genai-tui sample RUN`: images from a checkpoint, into a file or onto the terminal.

mod png_dir;

use std::path::{Path, PathBuf};

use super::Failure;
use super::image_output::{ImageOutputArgs, MAX_IN_FILE, Target, report};
use super::weights_args::WeightsArgs;
use crate::picture::provenance;
use crate::record::RUNS_DIR;
use crate::record::reference::{Checkpoint, resolve};
use crate::shape::ImageShape;
use crate::train::{Generated, OfClass};

/// Default number of images in a folder: what published measures are computed of.
const DEFAULT_IN_FOLDER: usize = 50_000;

/// Default number of images, without `--count` and a terminal.
const DEFAULT_COUNT: usize = 64;

/// Draws images with a run's generator.
#[derive(Debug, Clone, clap::Args)]
pub struct SampleArgs {
    /// A run's directory, or its name under `runs/`; with `@STEP`, `@latest` or `@best` for one of its checkpoints
    #[arg(value_name = "RUN", value_parser = crate::cli::path_arg::run())]
    pub run: String,
    /// Number of images [default: 64; on a terminal, as many as fit, up to 64; in a folder 50,000]
    #[arg(long, short = 'n', value_name = "N")]
    pub count: Option<usize>,
    /// Seed of the latents: the same seed generates the same images
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Only images of this class of a conditional run, by name or number [default: one class after another, a column each; in a
    /// folder as often as in the data]
    #[arg(long, value_name = "NAME|INDEX")]
    pub class: Option<String>,
    /// Which weights generate them.
    #[command(flatten)]
    pub weights: WeightsArgs,
    /// The output and its format.
    #[command(flatten)]
    pub output: ImageOutputArgs,
    /// Write one PNG file for each image into this folder, for programs that compute published measures
    #[arg(
        long,
        value_name = "DIR",
        value_parser = crate::cli::path_arg::path(),
        value_hint = clap::ValueHint::DirPath,
        conflicts_with_all = ["output", "columns"]
    )]
    pub png_dir: Option<PathBuf>,
}

/// Runs the command. `shape_of` says what images the generator of a checkpoint directory generates, and `draw` generates
/// so many of these classes with it, from a seed.
///
/// # Errors
/// [`Failure::Input`] when an argument is wrong or the checkpoint cannot be used; [`Failure::Run`] when writing fails.
pub fn run(
    args: &SampleArgs,
    shape_of: impl Fn(&Path) -> anyhow::Result<ImageShape>,
    draw: impl Fn(&Path, (usize, OfClass<'_>), u64) -> anyhow::Result<Generated>,
) -> Result<(), Failure> {
    let checkpoint = resolve(&args.run, Path::new(RUNS_DIR)).map_err(Failure::input)?;
    let unusable = |error: anyhow::Error| {
        let dir = checkpoint.dir.display();
        Failure::Input(error.context(format!("cannot generate images from `{dir}`")))
    };
    if let Some(folder) = &args.png_dir {
        return into_folder(args, folder, &checkpoint, |count| {
            let of = args
                .class
                .as_deref()
                .map_or(OfClass::AsInData, OfClass::Only);
            draw(&checkpoint.dir, (count, of), args.seed).map_err(unusable)
        });
    }
    let target = args.output.target()?;
    let shape = shape_of(&checkpoint.dir).map_err(unusable)?;
    let count = args.count.unwrap_or_else(|| match &target {
        Target::File(..) => DEFAULT_COUNT,
        Target::Terminal(terminal) => terminal.capacity(shape).min(DEFAULT_COUNT),
    });
    args.output.check(&target, (count, shape), "--count")?;
    let of = args.class.as_deref().map_or(OfClass::InTurn, OfClass::Only);
    let found = draw(&checkpoint.dir, (count, of), args.seed).map_err(unusable)?;
    let by_column = of == OfClass::InTurn && found.labels.is_some();
    let columns = by_column.then_some(found.classes.len());
    let from = (&checkpoint, args.seed);
    let how = args.output.put(&target, &found.images, columns, from)?;
    report(&format!("{}: {how}", words(count, &checkpoint, args.seed)));
    if by_column {
        report(&format!("columns: {}", found.classes.join(", ")));
    }
    Ok(())
}

/// Writes a file for each image, and says how they are measured elsewhere.
fn into_folder(
    args: &SampleArgs,
    folder: &Path,
    checkpoint: &Checkpoint,
    draw: impl Fn(usize) -> Result<Generated, Failure>,
) -> Result<(), Failure> {
    png_dir::check(folder)?;
    let count = args.count.unwrap_or(DEFAULT_IN_FOLDER);
    let (most, most_bytes) = MAX_IN_FILE;
    if count == 0 || count > most {
        return Err(Failure::Input(anyhow::anyhow!(
            "--count: expected 1 to {most} images in a folder, found {count}"
        )));
    }
    let notes = if args.output.no_metadata {
        Vec::new()
    } else {
        provenance(&checkpoint.run, checkpoint.step, Some(args.seed))
    };
    let found = draw(count)?;
    let images = &found.images;
    if images.pixels().len() > most_bytes {
        return Err(Failure::Input(anyhow::anyhow!(
            "--count: expected images of at most {most_bytes} bytes in all, found {}",
            images.pixels().len()
        )));
    }
    png_dir::write(folder, &found, &notes)?;
    let words = words(count, checkpoint, args.seed);
    report(&format!("{words}: written to {}", folder.display()));
    report("published measures, where REAL is a folder of as many real images in the same size:");
    for line in png_dir::how_to_measure(folder) {
        report(&format!("  {line}"));
    }
    Ok(())
}

fn words(count: usize, checkpoint: &Checkpoint, seed: u64) -> String {
    let images = if count == 1 {
        "1 image".to_owned()
    } else {
        format!("{count} images")
    };
    let (run, step) = (&checkpoint.run, checkpoint.step);
    format!("{images} of run {run}, step {step}, seed {seed}")
}

#[cfg(test)]
mod tests;
