//! The measures of quality, one file each. To add one, add a file here and a line in [`MEASURES`]; the tables and the
//! JSON of `genai-tui eval` use the list.
//!
//! All numbers are f64. X is the set of real images and Y the set of samples, each as features of d dimensions.

mod class_accuracy;
mod fid;
mod kid;
mod memorisation;
mod modes;
mod neighbourhoods;
mod score;
mod sliced;
mod two_sample;
mod unsure;

use super::judge::Kind;
pub use super::needs::Needs;
use super::{Case, EvalError};
use crate::metric::quality::Quantity;

pub use fid::frechet_distance;
pub use kid::{Subsets, kernel_distance};
pub use neighbourhoods::{Neighbourhoods, neighbourhoods};
pub use score::{Score, classifier_score};

/// A measure: a computation and the quantities it yields.
#[derive(Debug)]
pub struct Measure {
    /// The quantities, in the order of `values`.
    pub quantities: &'static [Quantity],
    /// The input it needs.
    pub needs: Needs,
    /// Computes the values.
    pub values: fn(&Case<'_>) -> Result<Measured, EvalError>,
}

/// The result of a measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// A value for each quantity; NaN if there is none.
    pub values: Vec<f64>,
    /// A note about how they were computed.
    pub note: Option<String>,
}

impl From<Vec<f64>> for Measured {
    fn from(values: Vec<f64>) -> Self {
        Self { values, note: None }
    }
}

/// Every measure, in display order.
pub const MEASURES: &[Measure] = &[
    fid::MEASURE,
    fid::RANDOM,
    kid::MEASURE,
    score::MEASURE,
    neighbourhoods::MEASURE,
    modes::MEASURE,
    class_accuracy::MEASURE,
    unsure::MEASURE,
    memorisation::MEASURE,
    two_sample::MEASURE,
    sliced::MEASURE,
];

impl Measure {
    /// Returns whether a judge of this kind gives what it needs of features and classes.
    #[must_use]
    pub fn is_for(&self, judge: Kind) -> bool {
        match self.needs {
            Needs::Features | Needs::Classes | Needs::Labels => judge != Kind::Random,
            Needs::Logits => judge == Kind::Trained,
            Needs::Random => judge == Kind::Random,
            Needs::Images => true,
        }
    }
}

/// The measures that are cheap enough to compute during training.
pub fn live() -> impl Iterator<Item = &'static Measure> {
    let is_live = |measure: &&Measure| measure.quantities.iter().all(|quantity| quantity.live);
    MEASURES.iter().filter(is_live)
}

#[cfg(test)]
mod tests;
