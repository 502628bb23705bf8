//! `genai-tui eval`: evaluates sample quality.

mod report;
mod train_judge;
mod working;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::builder::RangedU64ValueParser;
use clap::{Args, Subcommand};

use super::Failure;
use super::doctor::ReportFormat;
use super::path_arg;
use super::stdout::print;
use super::weights_args::WeightsArgs;
use crate::assessment::{
    self, Against, AssessmentError, AssessmentOptions, FEW, Judged, Samples, Stage, assess,
};
use crate::data::{LoadOptions, npy};
use crate::eval::{Case, EvalError, Evaluation, MEASURES, MIN_IMAGES, Matrix, Set};
use report::Report;
use train_judge::TrainJudgeArgs;
use working::Working;

/// Samples by default: the number that scores are usually reported for.
const DEFAULT_N: usize = 10_000;

/// Maximum number of samples: as many as a file may have.
const MOST: u64 = 1_000_000;

/// Arguments of `genai-tui eval`.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct EvalArgs {
    #[command(subcommand)]
    command: Option<EvalCommand>,
    /// A run as for `sample` (a directory or a name; with @STEP, @latest or @best), or a file of samples: idx, npy or npz,
    /// gzipped or not
    #[arg(value_name = "RUN|FILE", value_parser = crate::cli::path_arg::run(), required_unless_present = "features")]
    samples: Option<String>,
    /// Reference images: held-out (test), training (train), or those of a file
    #[arg(long, value_name = "FILE|train|test", default_value = "test", value_parser = crate::cli::path_arg::run())]
    against: String,
    /// Number of samples, and the maximum number of real images [default: 10000, or all of a file]
    #[arg(long, short = 'n', value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(MIN_IMAGES as u64..=MOST))]
    n: Option<usize>,
    /// Seed of the latents and of all random choices: the same seed gives the same values
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Dataset whose classifier and real images to use [default: the run's dataset; for a file, mnist]
    #[arg(id = "eval-dataset", long = "dataset", value_name = "NAME|PATH", value_parser = crate::cli::path_arg::run())]
    dataset: Option<String>,
    /// Directory of the datasets, one subdirectory each [default: `GENAI_TUI_DATA_DIR`, else the cache directory]
    #[arg(id = "eval-data-dir", long = "data-dir", value_name = "DIR", value_parser = crate::cli::path_arg::path())]
    data_dir: Option<PathBuf>,
    /// Compare your own features of samples and of real images: .npy files of N×D numbers
    #[arg(
        long,
        value_names = ["SAMPLES.npy", "REAL.npy"],
        num_args = 2,
        value_parser = crate::cli::path_arg::path(),
        conflicts_with_all = ["samples", "against", "n", "eval-dataset", "eval-data-dir"]
    )]
    features: Option<Vec<PathBuf>>,
    #[command(flatten)]
    weights: WeightsArgs,
    /// Output format
    #[arg(id = "eval-format", long = "format", value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

#[derive(Debug, Clone, Subcommand)]
enum EvalCommand {
    /// Train the judge of a dataset: a small classifier whose features are compared
    ///
    /// The judge of MNIST is built in; others are kept in the cache directory. The same seed gives the same judge, bit for bit,
    /// on the same kind of processor.
    TrainJudge(TrainJudgeArgs),
}

impl From<AssessmentError> for Failure {
    fn from(error: AssessmentError) -> Self {
        if error.is_input() {
            Self::input(error)
        } else {
            Self::run(error)
        }
    }
}

impl From<EvalError> for Failure {
    fn from(error: EvalError) -> Self {
        if error.is_input() {
            Self::input(error)
        } else {
            Self::run(error)
        }
    }
}

/// Runs `genai-tui eval`.
///
/// # Errors
/// When the input is bad, no judge fits, or stdout refuses.
pub fn run(args: &EvalArgs) -> Result<(), Failure> {
    let report = match (&args.command, &args.features, &args.samples) {
        (Some(EvalCommand::TrainJudge(args)), ..) => return train_judge::run(args),
        (None, Some(files), _) => of_features(files, args.seed)?,
        (None, None, Some(samples)) => of_images(samples, args)?,
        // clap asks for one of them.
        (None, None, None) => return Err(Failure::Input(anyhow!("expected RUN or FILE"))),
    };
    print(match args.format {
        ReportFormat::Text => report.text(),
        ReportFormat::Json => report.json(),
    })
}

/// Evaluates images of a run or a file.
fn of_images(reference: &str, args: &EvalArgs) -> Result<Report, Failure> {
    let samples = Samples::find(reference)?;
    // As runs record it.
    let asked = args.dataset.as_deref();
    let asked = asked.map(|name| path_arg::of_key("dataset", name));
    let asked = asked.transpose().map_err(|e| Failure::Input(anyhow!(e)))?;
    let (name, fit) = assessment::dataset_of(&samples, asked.as_deref())?;
    let options = LoadOptions {
        data_dir: args.data_dir.clone(),
        fit,
        ..LoadOptions::default()
    };
    let dataset = super::data::load(&name, &options)?;
    let options = AssessmentOptions {
        against: match args.against.as_str() {
            "train" => Against::Train,
            "test" => Against::Test,
            path => Against::File(PathBuf::from(path)),
        },
        n: args.n,
        default_n: DEFAULT_N,
        weights: args.weights.into(),
        seed: args.seed,
    };
    let working = Working::new();
    let found = assess(&samples, &dataset, &options, &|stage| match stage {
        Stage::Few(n) => say(&format!(
            "note: of {n} samples FID is biased upwards by more than most differences; take {FEW} or more"
        )),
        stage => working.on(in_words(stage)),
    })?;
    drop(working);
    Ok(Report {
        elbo: found.elbo,
        samples: found.samples,
        against: match options.against {
            Against::File(_) => args.against.clone(),
            Against::Train => format!("training images of {}", dataset.title),
            Against::Test if dataset.test.is_none() => {
                format!(
                    "training images of {}, half of all (none are held out)",
                    dataset.title
                )
            }
            Against::Test => format!("test images of {}", dataset.title),
        },
        seed: args.seed,
        judge: Some(found.judge),
        prior: found.prior,
        class_names: found.class_names,
        found: found.found,
        floor: Some(found.floor),
    })
}

fn in_words(stage: Stage) -> String {
    match stage {
        Stage::Samples | Stage::Few(_) => "preparing samples".to_owned(),
        Stage::RealImages(n) => format!("embedding {n} real images"),
        Stage::Judging(n) => format!("embedding {n} samples"),
        Stage::Measuring {
            of,
            title,
            number,
            count,
        } => {
            let of = match of {
                Judged::Samples => "samples",
                Judged::Floor => "the floor",
            };
            measuring(title, of, number, count)
        }
        Stage::Floor => "embedding the images of the floor".to_owned(),
        Stage::Elbo => "computing the ELBO".to_owned(),
    }
}

fn measuring(title: &str, of: &str, number: usize, count: usize) -> String {
    format!("{title} of {of}, {number} of {count}")
}

/// Compares the user's own features.
fn of_features(files: &[PathBuf], seed: u64) -> Result<Report, Failure> {
    let [samples_path, real_path] = files else {
        return Err(Failure::Input(anyhow!("--features: expected two files")));
    };
    let working = Working::new();
    let read = |path: &Path| -> Result<Set, Failure> {
        working.on(format!("reading {}", path.display()));
        let (rows, columns, values) = npy::read_rows(path)?;
        Set::new(Matrix::from_vec(columns, rows, values))
            .with_context(|| path.display().to_string())
            .map_err(Failure::Input)
    };
    let (samples, real) = (read(samples_path)?, read(real_path)?);
    let case = Case {
        real: &real,
        samples: &samples,
        prior: None,
        originals: None,
        seed,
    };
    let measures = MEASURES.iter().zip(1..).map(|(measure, number)| {
        let title = measure.quantities[0].title;
        working.on(measuring(title, "the features", number, MEASURES.len()));
        measure
    });
    Ok(Report {
        samples: format!("{} rows of {}", samples.len(), samples_path.display()),
        against: real_path.display().to_string(),
        seed,
        judge: None,
        elbo: None,
        prior: Vec::new(),
        class_names: Vec::new(),
        found: Evaluation::of(&case, measures)?,
        floor: None,
    })
}

/// A line on stderr; failing to print it is not an error.
fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
