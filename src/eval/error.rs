//! Everything that can be wrong with an evaluation. Each message can be shown as it is.

use std::path::PathBuf;

use super::BUILT_IN_DATASET;

/// Why samples cannot be evaluated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// No judge was ever trained for this dataset.
    #[error(
        "found no judge for the dataset \"{dataset}\"; {}",
        how_to_train(dataset)
    )]
    NoJudge {
        /// The dataset.
        dataset: String,
    },
    /// A judge of something else.
    #[error(
        "the judge was trained for other images than those of \"{dataset}\" (for \"{judge}\"), and its features would mean \
         nothing; {}",
        how_to_train(dataset)
    )]
    WrongJudge {
        /// What the judge was trained for.
        judge: String,
        /// What it was asked to judge.
        dataset: String,
    },
    /// A judge's file is damaged or of another version.
    #[error("{}: cannot be used as a judge: {reason}", path.display())]
    Judge {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// No judge can be trained for this dataset.
    #[error("no judge can be trained for \"{dataset}\": {reason}")]
    Unfit {
        /// The dataset.
        dataset: String,
        /// Why not.
        reason: &'static str,
    },
    /// Too few to compare.
    #[error("found {found} {what}, expected at least {expected}")]
    TooFew {
        /// `samples`, `real images`.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are needed.
        expected: usize,
    },
    /// Features of another space.
    #[error("found {samples} features a sample, and {real} a real image; expected as many")]
    Dimensions {
        /// Dimensions of the samples.
        samples: usize,
        /// Dimensions of the real images.
        real: usize,
    },
    /// NaN or infinity.
    #[error("feature {feature} of row {row} is {value}, expected a finite number")]
    NotFinite {
        /// Which row, from 0.
        row: usize,
        /// Which feature, from 0.
        feature: usize,
        /// What it is.
        value: f64,
    },
    /// Nothing was held out.
    #[error("the dataset \"{dataset}\" has no held-out images to compare with")]
    NothingHeldOut {
        /// The dataset.
        dataset: String,
    },
    /// The decomposition of a matrix did not converge.
    #[error("the covariance of the features has no eigenvalues that could be found")]
    Eigenvalues,
    /// candle refused.
    #[error("the judge could not look at the images: {0}")]
    Tensor(#[from] candle_core::Error),
}

impl EvalError {
    pub(super) fn no_judge(dataset: &str) -> Self {
        Self::NoJudge {
            dataset: dataset.to_owned(),
        }
    }

    /// Whether what was given is at fault (exit code 2).
    #[must_use]
    pub fn is_input(&self) -> bool {
        !matches!(self, Self::Eigenvalues | Self::Tensor(_))
    }
}

fn how_to_train(dataset: &str) -> String {
    if dataset == BUILT_IN_DATASET {
        "the one of this program is for the MNIST files as they were published".to_owned()
    } else if crate::data::find(dataset).is_some() {
        format!("train one with `genai-tui eval train-judge --dataset {dataset}`")
    } else {
        let names: Vec<_> = crate::data::REGISTRY
            .iter()
            .map(|entry| entry.name)
            .collect();
        format!(
            "judges are trained for {} (`genai-tui eval train-judge --dataset NAME`)",
            names.join(", ")
        )
    }
}
