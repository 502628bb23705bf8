//! A set of images as seen by measures: features and logits.

use std::sync::OnceLock;

use nalgebra::DVector;

use super::distances;
use super::{EvalError, Matrix};

/// Minimum number of images to compare: five neighbours for each, and ten parts for a score.
pub const MIN_IMAGES: usize = 10;

/// Number of neighbours within a ball.
pub const NEIGHBOURS: usize = 5;

/// Images as seen by measures. Values that several measures need are computed once and kept.
#[derive(Debug)]
pub struct Set {
    features: Matrix,
    judged: Option<Judged>,
    labels: Option<Vec<u16>>,
    /// Whether the features are those of an untrained network.
    is_random: bool,
    moments: OnceLock<Moments>,
    radii: OnceLock<Vec<f64>>,
}

/// What a judge takes images for.
#[derive(Debug)]
enum Judged {
    /// Logits, a column for each image.
    Logits(Matrix),
    /// The class of each image alone, of so many.
    Classes(Vec<usize>, usize),
}

/// Mean and covariance of features.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// `[d]`.
    pub mean: DVector<f64>,
    /// `[d, d]`, with 1/(n−1).
    pub covariance: Matrix,
}

impl Moments {
    /// Those of features, a column for each image, of which there are at least two.
    pub(super) fn of(mut features: Matrix) -> Self {
        let mean = features.column_mean();
        for mut column in features.column_iter_mut() {
            column -= &mean;
        }
        let covariance = &features * features.transpose() / (features.ncols() - 1) as f64;
        Self { mean, covariance }
    }
}

impl Set {
    /// A set of images with these features, a column for each image.
    ///
    /// # Errors
    /// When there are too few, or a number is not finite.
    pub fn new(features: Matrix) -> Result<Self, EvalError> {
        if features.ncols() < MIN_IMAGES {
            return Err(EvalError::TooFew {
                what: "images",
                found: features.ncols(),
                expected: MIN_IMAGES,
            });
        }
        finite(&features)?;
        Ok(Self {
            features,
            judged: None,
            labels: None,
            is_random: false,
            moments: OnceLock::new(),
            radii: OnceLock::new(),
        })
    }

    /// The same with logits: a column for each image, a row for each class.
    ///
    /// # Errors
    /// When a number is not finite.
    pub fn with_logits(self, logits: Matrix) -> Result<Self, EvalError> {
        finite(&logits)?;
        Ok(Self {
            judged: Some(Judged::Logits(logits)),
            ..self
        })
    }

    /// The same with the class of each image, of so many.
    #[must_use]
    pub(super) fn with_classes(self, each: Vec<usize>, count: usize) -> Self {
        Self {
            judged: Some(Judged::Classes(each, count)),
            ..self
        }
    }

    /// The same with the class that each image has, or was generated as, where that is known.
    #[must_use]
    pub fn with_labels(self, labels: Option<&[u16]>) -> Self {
        Self {
            labels: labels.map(<[u16]>::to_vec),
            ..self
        }
    }

    /// The class that each image has, or was generated as.
    #[must_use]
    pub fn labels(&self) -> Option<&[u16]> {
        self.labels.as_deref()
    }

    /// The same, whose features are those of an untrained network.
    #[must_use]
    pub(super) fn of_random(self) -> Self {
        Self {
            is_random: true,
            ..self
        }
    }

    /// Returns whether the features are those of an untrained network.
    #[must_use]
    pub fn is_random(&self) -> bool {
        self.is_random
    }

    /// Returns whether a judge took each image for some class.
    #[must_use]
    pub fn has_classes(&self) -> bool {
        self.judged.is_some()
    }

    /// Number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.features.ncols()
    }

    /// Returns whether it is empty, which never happens.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Features, `[d, n]`.
    #[must_use]
    pub fn features(&self) -> &Matrix {
        &self.features
    }

    /// Logits, `[classes, n]`, if a judge computed them.
    #[must_use]
    pub fn logits(&self) -> Option<&Matrix> {
        match &self.judged {
            Some(Judged::Logits(logits)) => Some(logits),
            _ => None,
        }
    }

    /// The softmax of the logits, `[classes, n]`.
    #[must_use]
    pub fn probabilities(&self) -> Option<Matrix> {
        let mut p = self.logits()?.clone();
        for mut column in p.column_iter_mut() {
            let largest = column.max();
            column.apply(|x| *x = (*x - largest).exp());
            let sum = column.sum();
            column.unscale_mut(sum);
        }
        Some(p)
    }

    /// The class of each image, as classified by the judge.
    #[must_use]
    pub fn classes(&self) -> Option<Vec<usize>> {
        Some(match self.judged.as_ref()? {
            Judged::Logits(logits) => logits.column_iter().map(|column| column.imax()).collect(),
            Judged::Classes(each, _) => each.clone(),
        })
    }

    /// Share of each class, as classified by the judge.
    #[must_use]
    pub fn class_shares(&self) -> Option<Vec<f64>> {
        let count = match self.judged.as_ref()? {
            Judged::Logits(logits) => logits.nrows(),
            Judged::Classes(_, count) => *count,
        };
        let mut shares = vec![0.0; count];
        for class in self.classes()? {
            shares[class] += 1.0;
        }
        // Divided once, because rounding errors of many small parts would add up.
        for share in &mut shares {
            *share /= self.len() as f64;
        }
        Some(shares)
    }

    /// Mean and covariance of the features.
    pub fn moments(&self) -> &Moments {
        self.moments
            .get_or_init(|| Moments::of(self.features.clone()))
    }

    /// For each image, the squared distance to its fifth neighbour in the set.
    pub(super) fn radii(&self) -> &[f64] {
        self.radii
            .get_or_init(|| distances::to_neighbour(&self.features, NEIGHBOURS))
    }
}

fn finite(values: &Matrix) -> Result<(), EvalError> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(place) => Err(EvalError::NotFinite {
            row: place / values.nrows(),
            feature: place % values.nrows(),
            value: values[place],
        }),
    }
}
