//! Evaluation while a training runs: the measures that are cheap enough, on the same number of samples and the same
//! held-out images each time. What is needed of the real images is computed once and kept in the cache directory.
//!
//! The protocol is that of `genai-tui eval RUN --n N --against test`: as many held-out images as samples, chosen with
//! seed 0. So the numbers of a run and those of `eval` at the same n mean the same.

use std::path::PathBuf;

use super::case::Case;
use super::evaluator::{prior, real_images, some};
use super::measure::live;
use super::{EvalError, Evaluation, Judge, Set, feature_cache};
use crate::data::Dataset;
use crate::metric::MetricInfo;
use crate::metric::quality::{Quantity, live_quantities};
use crate::rng::Stream;

/// Seed of which held-out images are compared with: that of `genai-tui eval`, if it is given no other.
const SEED: u64 = 0;

/// A judge and the features of real images, ready to evaluate one sample set after another.
#[derive(Debug)]
pub struct Live {
    judge: Judge,
    real: Set,
    prior: Vec<f64>,
    floor: Evaluation,
}

impl Live {
    /// An evaluator of sets of `samples` samples. What was computed of the real images before is read from `folder`, and
    /// otherwise written there; a folder that cannot be written to only costs time.
    ///
    /// # Errors
    /// When there is no judge for this dataset, or nothing to compare with.
    pub fn open(
        dataset: &Dataset,
        samples: usize,
        folder: Option<PathBuf>,
    ) -> Result<Self, EvalError> {
        Self::with_judge(Judge::for_dataset(dataset)?, dataset, samples, folder)
    }

    /// The same with a judge that is at hand.
    ///
    /// # Errors
    /// When the judge is not for this dataset, or there is nothing to compare with.
    pub fn with_judge(
        judge: Judge,
        dataset: &Dataset,
        samples: usize,
        folder: Option<PathBuf>,
    ) -> Result<Self, EvalError> {
        judge.check(dataset)?;
        let pixels = real_images(dataset, samples, SEED)?;
        let real = feature_cache::features(&judge, &pixels, folder.clone())?;
        // Now rather than at the first evaluation.
        real.radii();
        real.moments();
        let mut stream = Stream::new(SEED, "floor");
        let pixels = some(&dataset.train.pixels, samples, &mut stream);
        let in_place_of_samples = feature_cache::features(&judge, &pixels, folder)?;
        let prior = prior(&dataset.train, judge.card().classes);
        Ok(Self {
            floor: evaluation(&real, &in_place_of_samples, &prior)?,
            judge,
            real,
            prior,
        })
    }

    /// The floor: the score of the same number of real training images.
    #[must_use]
    pub fn floor(&self) -> &Evaluation {
        &self.floor
    }

    /// Measures samples, n × 784 bytes. It computes on the rayon threads it is called on, and gives the same numbers on any
    /// number of them.
    ///
    /// # Errors
    /// When there are too few samples, or a number is not finite.
    pub fn evaluate(&self, pixels: &[u8]) -> Result<Evaluation, EvalError> {
        let samples = self.judge.judge(pixels)?;
        evaluation(&self.real, &samples, &self.prior)
    }
}

fn evaluation(real: &Set, samples: &Set, prior: &[f64]) -> Result<Evaluation, EvalError> {
    let case = Case {
        real,
        samples,
        prior: Some(prior),
        originals: None,
        seed: SEED,
    };
    Evaluation::of(&case, live())
}

/// What is measured while a training runs, for those who watch.
#[must_use]
pub fn live_metrics() -> Vec<MetricInfo> {
    live_quantities().map(Quantity::info).collect()
}
