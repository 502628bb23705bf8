//! Evaluation: the quality of samples in numbers.
//!
//! A frozen [`Judge`], a small classifier of the dataset's images, turns images into features and logits (a [`Set`]).
//! The [`MEASURES`] compare those of samples with those of real images. An [`Evaluator`] holds a judge and the set of
//! real images, and evaluates any number of sample sets. The same measure with real images in place of samples is the
//! *floor*, the reference for judging a value.
//!
//! Samples are bytes, as in idx files: 0 for -1, 255 for 1, rounded. So a sample set gives the same values from memory
//! and from its file, and real images, which are bytes, have no advantage.

mod by_class;
mod case;
mod distances;
mod error;
mod evaluator;
mod feature_cache;
pub mod judge;
mod live;
pub mod measure;
mod needs;
mod set;

pub use by_class::OfClass;
pub use case::{Case, Originals};
pub use error::EvalError;
pub use evaluator::{Against, Evaluation, Evaluator, some};
pub use feature_cache::features_folder;
pub use judge::{Judge, check_judged};
pub use live::{Live, live_metrics};
pub use measure::{MEASURES, Measure, Measured};
pub use set::{MIN_IMAGES, Moments, NEIGHBOURS, Set};

/// The dataset of the built-in judge, which is the same everywhere, so that values can be compared.
pub const BUILT_IN_DATASET: &str = "mnist";

/// A matrix with a column for each image.
pub type Matrix = nalgebra::DMatrix<f64>;

#[cfg(test)]
mod tests;
