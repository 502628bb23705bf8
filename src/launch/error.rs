//! Why the training of a run failed.

use crate::config::ConfigError;
use crate::data::DataError;
use crate::record::RecordError;
use crate::session::EngineError;
use crate::shape::ImageShape;
use crate::train::TrainError;

/// Why the training of a run failed.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// The dataset is unavailable.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The images are not those that the run has learned from.
    #[error(
        "dataset {name} has changed since the run learned from it: found {differs}; going on would be another run. Put the \
         file back, name where it is now with --dataset, or begin a run on the new images with --fork"
    )]
    OtherData {
        /// The dataset.
        name: String,
        /// What was found, and what was expected.
        differs: String,
    },
    /// The images are of another shape than the networks that the run continues with.
    #[error(
        "dataset {name}: found images of {found}, and the networks of run `{run}` are for images of {expected}: expected the \
         same shape; start a new run on these images"
    )]
    OtherShape {
        /// The dataset.
        name: String,
        /// The shape of its images.
        found: ImageShape,
        /// The run whose networks it continues with.
        run: String,
        /// The shape of the images that these are for.
        expected: ImageShape,
    },
    /// The images are of another number of classes than the networks that the run continues with.
    #[error(
        "dataset {name}: found {found} classes, and the networks of run `{run}` are for {expected}: expected as many; start a new \
         run on these images"
    )]
    OtherClasses {
        /// The dataset.
        name: String,
        /// The number of its classes.
        found: usize,
        /// The run whose networks it continues with.
        run: String,
        /// The number of classes that these are for.
        expected: usize,
    },
    /// The trainer failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The configuration cannot be written down.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The run directory cannot be used.
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl EngineError for TrainingError {
    fn is_input(&self) -> bool {
        match self {
            Self::Data(error) => error.is_input(),
            Self::OtherData { .. }
            | Self::OtherShape { .. }
            | Self::OtherClasses { .. }
            | Self::Config(_) => true,
            Self::Train(error) => {
                matches!(error, TrainError::Setting(_) | TrainError::Device { .. })
            }
            Self::Record(error) => error.is_input(),
        }
    }
}
