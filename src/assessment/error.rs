//! Why samples cannot be assessed.

use std::path::PathBuf;

use crate::config::ConfigError;
use crate::data::DataError;
use crate::eval::EvalError;
use crate::files::Kind;
use crate::record::reference::ReferenceError;
use crate::train::TrainError;

/// Why samples cannot be assessed.
#[derive(Debug, thiserror::Error)]
pub enum AssessmentError {
    /// There is no such run or checkpoint.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// There is neither a file nor a run of this name, which looks like that of a file.
    #[error("{}: there is no such file", path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
        /// Why it is not a run.
        source: ReferenceError,
    },
    /// Something that is neither a run nor a file.
    #[error("`{}` is {found}: expected a run, or a file of samples", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What is there.
        found: Kind,
    },
    /// The configuration of the run cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The run was trained on another dataset.
    #[error(
        "--dataset {asked}: the run was trained on {trained_on}, and the judge of another dataset would judge it wrongly"
    )]
    OtherDataset {
        /// The dataset that was asked for.
        asked: String,
        /// The dataset of the run.
        trained_on: String,
    },
    /// A file has fewer images than were asked for.
    #[error("--n {n}: {} has {found} images", path.display())]
    TooFew {
        /// The file.
        path: PathBuf,
        /// How many were asked for.
        n: usize,
        /// How many it has.
        found: usize,
    },
    /// The checkpoint cannot be used.
    #[error("cannot generate images from `{}`", checkpoint.display())]
    Checkpoint {
        /// Its directory.
        checkpoint: PathBuf,
        /// Why not.
        source: TrainError,
    },
    /// A file of images cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The evaluation failed.
    #[error(transparent)]
    Eval(#[from] EvalError),
}

impl AssessmentError {
    /// Returns whether it is an input error (exit code 2), not a failure (exit code 1).
    #[must_use]
    pub fn is_input(&self) -> bool {
        match self {
            Self::Data(error) => error.is_input(),
            Self::Eval(error) => error.is_input(),
            _ => true,
        }
    }
}
