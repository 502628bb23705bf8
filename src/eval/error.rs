//! Everything that can be wrong with an evaluation. Each message can be shown to users as it is.

use std::path::PathBuf;

use super::BUILT_IN_DATASET;
use crate::data::{Dataset, find};
use crate::shape::ImageShape;

/// Why samples cannot be evaluated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// No judge has been trained for this dataset.
    #[error(
        "found no judge for the dataset \"{dataset}\"; {}{flags}`",
        how_to_train(dataset).trim_end_matches('`')
    )]
    NoJudge {
        /// The dataset.
        dataset: String,
        /// What brings its images to the shape that they have: ` --image-size 16 --channels 3`, or nothing.
        flags: String,
    },
    /// The judge is for other images.
    #[error(
        "the judge was trained for other images than those of \"{dataset}\" (for \"{judge}\"), and its features would mean \
         nothing; {}",
        how_to_train(dataset)
    )]
    WrongJudge {
        /// The dataset that the judge was trained for.
        judge: String,
        /// The dataset to be judged.
        dataset: String,
    },
    /// Samples of another shape than the dataset's images.
    #[error("found images of {found}, expected the shape of the dataset's images, {expected}")]
    OtherShape {
        /// The shape of the samples.
        found: ImageShape,
        /// The shape of the dataset's images.
        expected: ImageShape,
    },
    /// A judge's file is damaged or of another version.
    #[error("{}: cannot be used as a judge: {reason}", path.display())]
    Judge {
        /// The file.
        path: PathBuf,
        /// The cause.
        reason: String,
    },
    /// No judge can be trained for this dataset.
    #[error("no judge can be trained for \"{dataset}\": {reason}")]
    Unfit {
        /// The dataset.
        dataset: String,
        /// The cause.
        reason: &'static str,
    },
    /// Too few images to compare.
    #[error("found {found} {what}, expected at least {expected}")]
    TooFew {
        /// `samples`, `real images`.
        what: &'static str,
        /// Number found.
        found: usize,
        /// Number needed.
        expected: usize,
    },
    /// The dimensions of features differ.
    #[error("found {samples} features a sample, and {real} a real image; expected as many")]
    Dimensions {
        /// Dimensions of the samples.
        samples: usize,
        /// Dimensions of the real images.
        real: usize,
    },
    /// A feature is NaN or infinite.
    #[error("feature {feature} of row {row} is {value}, expected a finite number")]
    NotFinite {
        /// Index of the row.
        row: usize,
        /// Index of the feature.
        feature: usize,
        /// The value.
        value: f64,
    },
    /// The decomposition of a matrix did not converge.
    #[error("the covariance of the features has no eigenvalues that could be found")]
    Eigenvalues,
    /// An error of candle.
    #[error("the judge could not look at the images: {0}")]
    Tensor(#[from] candle_core::Error),
}

impl EvalError {
    pub(super) fn no_judge(dataset: &Dataset) -> Self {
        let shape = dataset.train.shape();
        let as_published = find(&dataset.name).is_some_and(|entry| entry.shape == shape);
        let flags = format!(
            " --image-size {} --channels {}",
            shape.size(),
            shape.channels()
        );
        Self::NoJudge {
            dataset: dataset.name.clone(),
            flags: if as_published { String::new() } else { flags },
        }
    }

    /// Returns whether the input is at fault (exit code 2).
    #[must_use]
    pub fn is_input(&self) -> bool {
        !matches!(self, Self::Eigenvalues | Self::Tensor(_))
    }
}

fn how_to_train(dataset: &str) -> String {
    if dataset == BUILT_IN_DATASET {
        "the one of this program is for the MNIST files as they were published".to_owned()
    } else {
        format!(
            "train one with `genai-tui eval train-judge --dataset {}`",
            crate::text::shell_word(dataset)
        )
    }
}
