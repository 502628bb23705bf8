//! Samplers: how the values of a trial are drawn. Each is a function of the sweep's seed, the number of the trial and, for one that
//! learns, of what is known of others: a sweep with one worker repeats itself.

mod grid;
mod halton;
mod tpe;

use serde::{Deserialize, Serialize};

use super::param::Param;
use crate::rng::Stream;

/// How the values of trials are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Sampler {
    /// Every combination of the values that domains have, one after another.
    Grid,
    /// Independently of each other.
    #[default]
    Random,
    /// Spread evenly: a Halton sequence, shifted by the seed.
    Halton,
    /// Where good trials are more likely than others (tree-structured Parzen estimator: Bergstra et al. 2011).
    Tpe,
}

/// What is known of a trial, for a sampler that learns.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Its places.
    pub places: &'a [f64],
    /// Smaller is better.
    pub cost: f64,
}

impl Sampler {
    /// How many different trials it has, if that is not as many as one likes.
    #[must_use]
    pub fn count(self, params: &[Param]) -> Option<u64> {
        (self == Self::Grid).then(|| grid::count(params))
    }

    /// Returns whether it depends on what is known of other trials.
    #[must_use]
    pub fn learns(self) -> bool {
        self == Self::Tpe
    }

    /// The places of the trial of this number in a sweep of this seed, and the values there, in the order of the parameters.
    #[must_use]
    pub fn draw(
        self,
        (params, seed): (&[Param], u64),
        number: u64,
        known: &[Known<'_>],
    ) -> (Vec<f64>, Vec<String>) {
        let mut stream = Stream::new(seed, &format!("trial {number}"));
        let places = match self {
            Self::Grid => return grid::draw(params, number),
            Self::Random => uniform(params.len(), &mut stream),
            Self::Halton => halton::places(params.len(), number, seed),
            Self::Tpe => {
                let categories: Vec<_> = params.iter().map(|p| p.domain.categories()).collect();
                tpe::places(&categories, known, &mut stream)
            }
        };
        let values = params.iter().zip(&places);
        let values = values
            .map(|(param, place)| param.domain.at(*place))
            .collect();
        (places, values)
    }
}

fn uniform(count: usize, stream: &mut Stream) -> Vec<f64> {
    (0..count).map(|_| f64::from(stream.uniform())).collect()
}
