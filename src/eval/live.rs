//! Evaluation during training: the measures that are cheap enough, with the same number of samples and the same
//! held-out images each time. Data about the real images is computed once and kept in the cache directory.
//!
//! The protocol is that of `genai-tui eval RUN --n N --against test`: as many held-out images as samples, chosen with
//! seed 0. So values of a run are comparable with those of `eval` at the same n.

use std::path::PathBuf;

use super::case::Case;
use super::evaluator::{Sides, prior, same_shape, some};
use super::judge::Kind;
use super::measure::{Measure, Needs, live};
use super::{EvalError, Evaluation, Judge, Set, feature_cache};
use crate::data::{Dataset, ImageSet};
use crate::metric::MetricInfo;
use crate::metric::quality::Quantity;
use crate::rng::Stream;
use crate::shape::ImageShape;

/// Seed for choosing held-out images: the default of `genai-tui eval`.
const SEED: u64 = 0;

/// A judge and the features of real images, ready to evaluate any number of sample sets.
#[derive(Debug)]
pub struct Live {
    judge: Judge,
    shape: ImageShape,
    real: Set,
    prior: Vec<f64>,
    floor: Evaluation,
}

impl Live {
    /// An evaluator for sets of `samples` samples. Data about the real images is read from `folder` if it is there, and
    /// otherwise computed and written; an unwritable folder only costs time.
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

    /// The same with a given judge.
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
        let Sides { training, compared } =
            Sides::of(dataset, samples, &mut Stream::new(SEED, "real images"));
        let real = feature_cache::features(&judge, &compared, folder.clone())?;
        // Now rather than in the first evaluation.
        real.radii();
        real.moments();
        let mut stream = Stream::new(SEED, "floor");
        let images = some(&training, samples, &mut stream);
        let in_place_of_samples = feature_cache::features(&judge, &images, folder)?;
        let prior = prior(&dataset.train, judge.classes());
        Ok(Self {
            floor: evaluation(&real, &in_place_of_samples, &prior)?,
            judge,
            shape: dataset.train.shape(),
            real,
            prior,
        })
    }

    /// The floor: the score of the same number of real training images.
    #[must_use]
    pub fn floor(&self) -> &Evaluation {
        &self.floor
    }

    /// Measures samples. It computes on the rayon threads it is called on; results do not depend on their number.
    ///
    /// # Errors
    /// When there are too few samples, they have another shape than the judge looks at, or a number is not finite.
    pub fn evaluate(&self, images: &ImageSet) -> Result<Evaluation, EvalError> {
        same_shape(images, self.shape)?;
        let samples = self.judge.judge(images)?;
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

/// Descriptions of the metrics measured during training by a judge of this kind, of a conditional generator or not.
#[must_use]
pub fn live_metrics(judge: Kind, is_conditional: bool) -> Vec<MetricInfo> {
    let is_measured = |measure: &&Measure| {
        measure.is_for(judge) && (is_conditional || measure.needs != Needs::Labels)
    };
    let measures = live().filter(is_measured);
    let quantities = measures.flat_map(|measure| measure.quantities);
    quantities.map(Quantity::info).collect()
}
