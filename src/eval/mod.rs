//! Evaluation: how good samples are, in numbers.
//!
//! A frozen [`Judge`], a small classifier of the dataset's images, turns images into features and logits (a [`Set`]). The
//! [`MEASURES`] compare those of samples with those of real images. An [`Evaluator`] holds a judge and the real images' set,
//! and measures one sample set after another; the same for real images in place of samples is the *floor*, without which a
//! number says little.
//!
//! Samples are bytes, as they lie in idx files: 0 for -1, 255 for 1, rounded. So a sample set gives the same numbers from
//! memory as from its file, and real images, which are bytes, are treated no better.

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

pub use case::{Case, Originals};
pub use error::EvalError;
pub use evaluator::{Against, Evaluation, Evaluator, some};
pub use feature_cache::features_folder;
pub use judge::{Judge, check_judge_of, check_judged};
pub use live::{Live, live_metrics};
pub use measure::{MEASURES, Measure, Measured};
pub use set::{MIN_IMAGES, Moments, NEIGHBOURS, Set};

/// The dataset whose judge is part of this program: the same everywhere, so that numbers can be compared.
pub const BUILT_IN_DATASET: &str = "mnist";

/// Numbers of many images: a column for each.
pub type Matrix = nalgebra::DMatrix<f64>;

#[cfg(test)]
mod tests;
