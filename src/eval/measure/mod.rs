//! The measures of quality: one list, one file each. A new one is a file here and a line in [`MEASURES`]; the tables and the
//! JSON of `genai-tui eval` read the list.
//!
//! All numbers are f64. X is the set of real images and Y that of samples, each as features of d dimensions.

mod fid;
mod kid;
mod memorisation;
mod modes;
mod neighbourhoods;
mod score;
mod sliced;
mod two_sample;
mod unsure;

pub use super::needs::Needs;
use super::{Case, EvalError};
use crate::metric::quality::Quantity;

pub use fid::frechet_distance;
pub use kid::{Subsets, kernel_distance};
pub use neighbourhoods::{Neighbourhoods, neighbourhoods};
pub use score::{Score, classifier_score};

/// A measure: a computation, and the numbers that it gives.
#[derive(Debug)]
pub struct Measure {
    /// The numbers, in the order in which `values` gives them.
    pub quantities: &'static [Quantity],
    /// What it needs.
    pub needs: Needs,
    /// Computes the numbers.
    pub values: fn(&Case<'_>) -> Result<Measured, EvalError>,
}

/// What a measure found.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// A number for each quantity; NaN where there is none.
    pub values: Vec<f64>,
    /// What a person should know of how they came about.
    pub note: Option<String>,
}

impl From<Vec<f64>> for Measured {
    fn from(values: Vec<f64>) -> Self {
        Self { values, note: None }
    }
}

/// Every measure, in the order in which they are shown.
pub const MEASURES: &[Measure] = &[
    fid::MEASURE,
    kid::MEASURE,
    score::MEASURE,
    neighbourhoods::MEASURE,
    modes::MEASURE,
    unsure::MEASURE,
    memorisation::MEASURE,
    two_sample::MEASURE,
    sliced::MEASURE,
];

/// Those that are cheap enough to be taken while a training runs.
pub fn live() -> impl Iterator<Item = &'static Measure> {
    let is_live = |measure: &&Measure| measure.quantities.iter().all(|quantity| quantity.live);
    MEASURES.iter().filter(is_live)
}

#[cfg(test)]
mod tests;
