//! `genai-tui eval train-judge`: trains the judge of a dataset.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use clap::Args;

use super::say;
use crate::cli::Failure;
use crate::cli::doctor::ReportFormat;
use crate::cli::fit_args::FitArgs;
use crate::cli::image_output::output_failure;
use crate::cli::stdout::print;
use crate::data::{Dataset, LoadOptions};
use crate::eval::BUILT_IN_DATASET;
use crate::eval::judge::{Card, TrainOptions, judge_path, train};
use crate::files::Output;

/// Arguments of `genai-tui eval train-judge`.
#[derive(Debug, Clone, Args)]
pub struct TrainJudgeArgs {
    /// Labelled dataset to train it on: a name, or the path of a folder, an archive or a file
    #[arg(id = "judge-dataset", long = "dataset", value_name = "NAME|PATH", default_value = "digits", value_parser = crate::cli::path_arg::run())]
    dataset: String,
    #[command(flatten)]
    fit: FitArgs,
    /// Directory of the datasets, one subdirectory each [default: `GENAI_TUI_DATA_DIR`, else the cache directory]
    #[arg(id = "judge-data-dir", long = "data-dir", value_name = "DIR", value_parser = crate::cli::path_arg::path())]
    data_dir: Option<PathBuf>,
    /// Seed of the initial weights, and of the order and shifts of the images
    #[arg(
        id = "judge-seed",
        long = "seed",
        value_name = "N",
        default_value_t = 0
    )]
    seed: u64,
    /// Number of epochs
    #[arg(id = "judge-epochs", long = "epochs", value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1000))]
    epochs: u32,
    /// Write it to this file instead of the cache directory (for MNIST, the built-in judge is always used)
    #[arg(id = "judge-output", long = "output", short = 'o', value_name = "FILE", value_parser = crate::cli::path_arg::path())]
    output: Option<PathBuf>,
    /// Output format
    #[arg(id = "judge-format", long = "format", value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

/// Trains it and writes it.
pub(super) fn run(args: &TrainJudgeArgs) -> Result<(), Failure> {
    if args.output.is_none() && args.dataset == BUILT_IN_DATASET {
        return Err(Failure::Input(anyhow!(
            "the judge of {BUILT_IN_DATASET} is part of this program; to train one anyway, say where it goes with --output FILE"
        )));
    }
    let options = LoadOptions {
        data_dir: args.data_dir.clone(),
        fit: args.fit.into(),
        ..LoadOptions::default()
    };
    let dataset = crate::cli::data::load(&args.dataset, &options)?;
    let output = output(args, &dataset)?;
    let options = TrainOptions {
        epochs: args.epochs as usize,
        seed: args.seed,
    };
    let (card, bytes) = train(&dataset, options, &mut |progress| {
        say(&format!(
            "epoch {}/{}: loss {:.4}, {:.2} % accuracy on held-out images",
            progress.epoch,
            args.epochs,
            progress.loss,
            100.0 * progress.accuracy
        ));
    })?;
    output
        .write(|out| out.write_all(&bytes))
        .with_context(|| format!("`{output}`: cannot be written"))
        .map_err(Failure::Run)?;
    say(&format!("written to {output}"));
    if card.is_little_better_than_guessing() {
        say(&format!(
            "warning: it recognises {:.2} % of the held-out images, and guessing among {} classes {:.2} %: its measures say \
             little; more --epochs or more images may help",
            100.0 * card.accuracy,
            card.classes,
            100.0 / card.classes as f64
        ));
    }
    print(match args.format {
        ReportFormat::Text => text(&card),
        ReportFormat::Json => serde_json::to_string(&card).map_err(Failure::run)? + "\n",
    })
}

/// The output; checked before training.
fn output(args: &TrainJudgeArgs, dataset: &Dataset) -> Result<Output, Failure> {
    if let Some(path) = &args.output {
        return Output::named(path).map_err(output_failure);
    }
    let path = judge_path(dataset).ok_or_else(|| {
        Failure::Input(anyhow!(
            "found no cache directory on this system; expected --output FILE"
        ))
    })?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("{}: cannot be made", folder.display()))
            .map_err(Failure::Run)?;
    }
    Output::named(&path).map_err(output_failure)
}

fn text(card: &Card) -> String {
    format!(
        "judge of {}: {:.2} % accuracy on {} held-out images, {} epochs, seed {}, weights {}\n",
        card.dataset,
        100.0 * card.accuracy,
        card.held_out,
        card.epochs,
        card.seed,
        card.weights
    )
}
