//! Sample quality of a checkpoint or a file, outside of any run.

mod error;
mod samples;

use std::path::PathBuf;

pub use error::AssessmentError;
pub use samples::{Samples, Taken};

use crate::data::{self, Dataset};
use crate::eval::BUILT_IN_DATASET;
use crate::eval::judge::Card;
use crate::eval::judge::Kind;
use crate::eval::{self, Evaluation, Evaluator, Judge, MEASURES, Measure};
use crate::shape::Fit;
use crate::train::{Elbo, Weights};

/// Samples below which FID's bias is larger than most differences.
pub const FEW: usize = 2000;

/// The reference images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Against {
    /// Held-out images of the dataset.
    Test,
    /// Its training images.
    Train,
    /// The images of a file.
    File(PathBuf),
}

/// How to assess samples.
#[derive(Debug, Clone)]
pub struct AssessmentOptions {
    /// What to compare with.
    pub against: Against,
    /// How many samples, where that is given.
    pub n: Option<usize>,
    /// How many otherwise, or as many as a file has if that is less.
    pub default_n: usize,
    /// Which weights of a checkpoint generate them.
    pub weights: Weights,
    /// Seed of the latents and of every random choice.
    pub seed: u64,
}

/// The current stage, for progress output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Samples are being generated or read.
    Samples,
    /// This many samples are too few for a nearly unbiased FID. Reported once.
    Few(usize),
    /// The judge embeds this many real images.
    RealImages(usize),
    /// The judge embeds this many samples.
    Judging(usize),
    /// A measure is computed.
    Measuring {
        /// The samples, or the floor.
        of: Judged,
        /// The title of the measure.
        title: &'static str,
        /// From 1.
        number: usize,
        /// How many there are.
        count: usize,
    },
    /// The judge embeds the images of the floor.
    Floor,
    /// The ELBO is computed.
    Elbo,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// The samples.
    Samples,
    /// Real images in place of samples.
    Floor,
}

/// What was measured, and all that it depends on.
#[derive(Debug)]
pub struct Assessment {
    /// What was measured, in words.
    pub samples: String,
    /// The classifier whose features were compared.
    pub judge: Card,
    /// Share of each class in the data.
    pub prior: Vec<f64>,
    /// The names of the classes; empty where they have none.
    pub class_names: Vec<String>,
    /// The samples' values.
    pub found: Evaluation,
    /// What as many real images score in place of samples.
    pub floor: Evaluation,
    /// Of a VAE.
    pub elbo: Option<Elbo>,
}

/// The dataset whose judge and real images `samples` are compared with, and what is made of its images: the one `asked` for, else
/// the one they were trained on, else that of the built-in judge.
///
/// # Errors
/// When the run was trained on another dataset than the one asked for.
pub fn dataset_of(
    samples: &Samples,
    asked: Option<&str>,
) -> Result<(String, Fit), AssessmentError> {
    let (trained_on, fit) = samples.dataset()?.unzip();
    let name = match (asked, trained_on) {
        (Some(asked), Some(trained_on)) if asked != trained_on => {
            return Err(AssessmentError::OtherDataset {
                asked: asked.to_owned(),
                trained_on,
            });
        }
        (Some(asked), _) => asked.to_owned(),
        (None, Some(trained_on)) => trained_on,
        (None, None) => BUILT_IN_DATASET.to_owned(),
    };
    Ok((name, fit.unwrap_or_default()))
}

/// Compares `samples` with the real images of `dataset`. Each stage is reported when it begins.
///
/// # Errors
/// When the samples cannot be generated or read, there are too few, or no judge fits.
pub fn assess(
    samples: &Samples,
    dataset: &Dataset,
    options: &AssessmentOptions,
    report: &dyn Fn(Stage),
) -> Result<Assessment, AssessmentError> {
    let judge = Judge::for_dataset(dataset)?;
    let kind = judge.card().kind;
    report(Stage::Samples);
    let Taken { images, words } =
        samples.take(options.n, options.default_n, options.weights, options.seed)?;
    let n = images.len();
    if n < FEW {
        report(Stage::Few(n));
    }
    let against = match &options.against {
        Against::Train => eval::Against::Train,
        Against::Test => eval::Against::Test,
        Against::File(path) => eval::Against::Images(data::read_images(path)?),
    };
    report(Stage::RealImages(n));
    let evaluator = Evaluator::new(judge, dataset, &against, n, options.seed)?;
    report(Stage::Judging(n));
    let found = evaluator.evaluate(&images, measures(kind, Judged::Samples, report))?;
    report(Stage::Floor);
    let floor = evaluator.floor(n, measures(kind, Judged::Floor, report))?;
    report(Stage::Elbo);
    let elbo = samples.elbo(dataset, options.seed)?;
    Ok(Assessment {
        samples: words,
        judge: evaluator.judge().card().clone(),
        prior: evaluator.prior().to_vec(),
        class_names: dataset.classes.clone(),
        found,
        floor,
        elbo,
    })
}

/// The measures; each is reported when its turn comes.
fn measures(
    judge: Kind,
    of: Judged,
    report: &dyn Fn(Stage),
) -> impl Iterator<Item = &'static Measure> {
    let measures = MEASURES.iter().filter(move |measure| measure.is_for(judge));
    let count = measures.clone().count();
    measures.zip(1..).map(move |(measure, number)| {
        report(Stage::Measuring {
            of,
            title: measure.quantities[0].title,
            number,
            count,
        });
        measure
    })
}
