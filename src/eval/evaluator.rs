//! Evaluates sample sets with a judge and real images whose features are known.

use super::by_class::{OfClass, by_class};
use super::case::{Case, Originals};
use super::measure::Measure;
use super::{EvalError, Judge, Set};
use crate::data::{Dataset, ImageSet};
use crate::metric::quality::Quantity;
use crate::rng::Stream;
use crate::shape::ImageShape;

/// The images that samples are compared with.
#[derive(Debug, Clone)]
pub enum Against {
    /// Training images.
    Train,
    /// Held-out images.
    Test,
    /// Other images.
    Images(ImageSet),
}

/// A judge and the real images. Creating one costs as much as judging the real images; it can then evaluate any number
/// of sample sets, from any thread.
///
/// It computes on the rayon threads it is called on: in a pool of one low-priority thread, it uses at most one core and
/// yields to training. Its results do not depend on the number of threads.
#[derive(Debug)]
pub struct Evaluator {
    judge: Judge,
    real: Set,
    prior: Vec<f64>,
    /// Those that stand for samples in the floor.
    training: ImageSet,
    /// In random order, because the order of MNIST is not random.
    held_out: ImageSet,
    /// The same in two halves: those that stand for samples in the floor of memorisation, and those to compare with. `None` if
    /// none of them were really held out.
    halves: Option<[ImageSet; 2]>,
    /// Whether `real` is a prefix of `held_out`.
    is_held_out: bool,
    most: usize,
    seed: u64,
}

/// The results of an evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Number of samples.
    pub samples: usize,
    /// Number of real images they were compared with.
    pub real: usize,
    /// The values, in the order of [`super::MEASURES`]; NaN if there is none.
    pub values: Vec<(&'static Quantity, f64)>,
    /// Notes about how they were computed.
    pub notes: Vec<String>,
    /// Share of each class among the samples, as classified by the judge; empty without a judge.
    pub classes: Vec<f64>,
    /// What the samples of each class are like, where their classes are known; by an [`Evaluator`] only.
    pub by_class: Vec<OfClass>,
}

impl Evaluation {
    /// The value with that name, if there is one.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<f64> {
        let found = self.values.iter().find(|(q, _)| q.name == name);
        found.map(|(_, value)| *value).filter(|v| v.is_finite())
    }

    /// Computes the measures whose needs the case satisfies.
    ///
    /// # Errors
    /// When features of samples and of real images have different dimensions, or a measure fails.
    pub fn of<'m>(
        case: &Case<'_>,
        measures: impl IntoIterator<Item = &'m Measure>,
    ) -> Result<Self, EvalError> {
        let (samples, real) = (case.samples.features(), case.real.features());
        if samples.nrows() != real.nrows() {
            return Err(EvalError::Dimensions {
                samples: samples.nrows(),
                real: real.nrows(),
            });
        }
        let (mut values, mut notes) = (Vec::new(), Vec::new());
        for measure in measures {
            if case.has(measure.needs) {
                let found = (measure.values)(case)?;
                // Infinity can neither be compared nor plotted.
                let numbers = found.values.into_iter();
                let numbers = numbers.map(|v| if v.is_finite() { v } else { f64::NAN });
                values.extend(measure.quantities.iter().zip(numbers));
                notes.extend(found.note);
            }
        }
        Ok(Self {
            samples: samples.ncols(),
            real: real.ncols(),
            values,
            notes,
            classes: case.samples.class_shares().unwrap_or_default(),
            by_class: Vec::new(),
        })
    }
}

impl Evaluator {
    /// Compares with up to `most` images of `against`, chosen with `seed`. The judge must be the one of this dataset.
    ///
    /// # Errors
    /// When the judge refuses, or there is nothing to compare with.
    pub fn new(
        judge: Judge,
        dataset: &Dataset,
        against: &Against,
        most: usize,
        seed: u64,
    ) -> Result<Self, EvalError> {
        judge.check(dataset)?;
        let mut stream = Stream::new(seed, "real images");
        let Sides {
            training,
            compared: held_out,
        } = Sides::of(dataset, usize::MAX, &mut stream);
        let real = match against {
            Against::Test => judge.judge(&held_out.part(0..most))?,
            Against::Train => judge.judge(&some(&training, most, &mut stream))?,
            Against::Images(images) => {
                same_shape(images, training.shape())?;
                judge.judge(&some(images, most, &mut stream))?
            }
        };
        let half = held_out.len() / 2;
        let halves = || [held_out.part(0..half), held_out.part(half..usize::MAX)];
        Ok(Self {
            real,
            prior: prior(&dataset.train, judge.classes()),
            halves: dataset.test.is_some().then(halves),
            training,
            held_out,
            is_held_out: matches!(against, Against::Test),
            judge,
            most,
            seed,
        })
    }

    /// The judge.
    #[must_use]
    pub fn judge(&self) -> &Judge {
        &self.judge
    }

    /// Share of each class in the training images.
    #[must_use]
    pub fn prior(&self) -> &[f64] {
        &self.prior
    }

    /// Measures samples.
    ///
    /// # Errors
    /// When there are too few of them, they have another shape than the judge looks at, or a number is not finite.
    pub fn evaluate<'m>(
        &self,
        images: &ImageSet,
        measures: impl IntoIterator<Item = &'m Measure>,
    ) -> Result<Evaluation, EvalError> {
        same_shape(images, self.training.shape())?;
        let samples = self.judge.judge(images)?;
        self.measure(&self.real, &samples, images, measures)
    }

    /// The floor: the score of `n` real training images in place of samples, compared with held-out images. For
    /// memorisation, held-out images take the place of samples, because training images would be copies of themselves.
    ///
    /// # Errors
    /// As [`Evaluator::evaluate`].
    pub fn floor<'m>(
        &self,
        n: usize,
        measures: impl IntoIterator<Item = &'m Measure>,
    ) -> Result<Evaluation, EvalError> {
        let mut stream = Stream::new(self.seed, "floor");
        let samples_of = some(&self.training, n, &mut stream);
        let samples = self.judge.judge(&samples_of)?;
        let probes = self
            .halves
            .as_ref()
            .map_or(&samples_of, |halves| &halves[0])
            .part(0..n);
        if self.is_held_out {
            return self.measure(&self.real, &samples, &probes, measures);
        }
        let real = self.judge.judge(&self.held_out.part(0..self.most))?;
        self.measure(&real, &samples, &probes, measures)
    }

    fn measure<'m>(
        &self,
        real: &Set,
        samples: &Set,
        probes: &ImageSet,
        measures: impl IntoIterator<Item = &'m Measure>,
    ) -> Result<Evaluation, EvalError> {
        let case = Case {
            real,
            samples,
            prior: Some(&self.prior),
            originals: self.halves.as_ref().map(|halves| Originals {
                probes,
                training: &self.training,
                held_out: &halves[1],
            }),
            seed: self.seed,
        };
        Ok(Evaluation {
            by_class: by_class(samples, real, self.judge.classes())?,
            ..Evaluation::of(&case, measures)?
        })
    }
}

/// Samples are of the shape of what they imitate.
pub(super) fn same_shape(samples: &ImageSet, expected: ImageShape) -> Result<(), EvalError> {
    let found = samples.shape();
    if found == expected {
        Ok(())
    } else {
        Err(EvalError::OtherShape { found, expected })
    }
}

/// The images of a dataset on the two sides of a comparison.
pub(super) struct Sides {
    /// Those that can stand for samples.
    pub training: ImageSet,
    /// Those that samples are compared with, in random order.
    pub compared: ImageSet,
}

impl Sides {
    /// Training images and held-out ones; of a dataset that has none of these, the two halves of its training images. No more
    /// than `most` images of a side are copied: a dataset may be larger than memory.
    pub fn of(dataset: &Dataset, most: usize, stream: &mut Stream) -> Self {
        if let Some(held_out) = &dataset.test {
            return Self {
                training: dataset.train.clone(),
                compared: some(held_out, most, stream),
            };
        }
        let mut order: Vec<u32> = (0..dataset.train.len() as u32).collect();
        stream.shuffle(&mut order);
        let (compared, training) = order.split_at(order.len() / 2);
        let select = |half: &[u32]| dataset.train.select(&half[..half.len().min(most)]);
        Self {
            training: select(training),
            compared: select(compared),
        }
    }
}

/// `n` different images of `images`, or all there are, in random order.
#[must_use]
pub fn some(images: &ImageSet, n: usize, stream: &mut Stream) -> ImageSet {
    let mut order: Vec<u32> = (0..images.len() as u32).collect();
    stream.shuffle(&mut order);
    order.truncate(n);
    images.select(&order)
}

/// Share of each class among labelled images.
pub(super) fn prior(images: &ImageSet, classes: usize) -> Vec<f64> {
    let labels = images.labels().unwrap_or_default();
    let mut shares = vec![0.0; classes];
    for &label in labels {
        if let Some(share) = shares.get_mut(usize::from(label)) {
            *share += 1.0 / labels.len() as f64;
        }
    }
    shares
}
