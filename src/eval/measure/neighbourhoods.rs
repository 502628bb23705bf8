//! Precision and recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020). They use balls around
//! each image of a set that reach to its fifth neighbour in that set:
//!
//! - precision: the share of samples that lie in the ball of some real image;
//! - recall: the share of real images that lie in the ball of some sample;
//! - density: the number of balls of real images that a sample lies in, on average, divided by 5;
//! - coverage: the share of real images in whose ball some sample lies.
//!
//! A point on the edge lies inside (≤): otherwise a point that equals its neighbours would be outside of its own ball.
//! Equal distributions have a density of 1 and a coverage of about 0.97 at equal n.

use super::{Measure, Needs};
use crate::eval::Set;
use crate::eval::distances::each;
use crate::eval::set::NEIGHBOURS;
use crate::metric::quality;

pub(super) const MEASURE: Measure = Measure {
    quantities: &[
        quality::PRECISION,
        quality::RECALL,
        quality::DENSITY,
        quality::COVERAGE,
    ],
    needs: Needs::Features,
    values: |case| {
        let found = neighbourhoods(case.real, case.samples);
        Ok(vec![found.precision, found.recall, found.density, found.coverage].into())
    },
};

/// The overlap of two sets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbourhoods {
    /// Share of samples in the ball of some real image.
    pub precision: f64,
    /// Share of real images in the ball of some sample.
    pub recall: f64,
    /// Balls of real images that a sample lies in, over 5.
    pub density: f64,
    /// Share of real images in whose ball a sample lies.
    pub coverage: f64,
}

/// The counts of one thread.
struct Count {
    /// Samples in the ball of some real image.
    inside: usize,
    /// Pairs of a sample and a ball of a real image that it lies in.
    pairs: usize,
    /// For each real image, whether it lies in the ball of some sample, and whether some sample lies in its own ball.
    reached: Vec<(bool, bool)>,
}

/// Computes the overlap of samples and real images.
#[must_use]
pub fn neighbourhoods(real: &Set, samples: &Set) -> Neighbourhoods {
    let (real_radii, sample_radii) = (real.radii(), samples.radii());
    let count = each(
        samples.features(),
        real.features(),
        || Count {
            inside: 0,
            pairs: 0,
            reached: vec![(false, false); real.len()],
        },
        |count, sample, distances| {
            let mut balls = 0;
            let all = distances.iter().zip(real_radii).zip(&mut count.reached);
            for ((distance, radius), (by_sample, by_own)) in all {
                *by_sample |= *distance <= sample_radii[sample];
                let inside = distance <= radius;
                *by_own |= inside;
                balls += usize::from(inside);
            }
            count.inside += usize::from(balls > 0);
            count.pairs += balls;
        },
        |mut one, other| {
            for (a, b) in one.reached.iter_mut().zip(&other.reached) {
                a.0 |= b.0;
                a.1 |= b.1;
            }
            one.inside += other.inside;
            one.pairs += other.pairs;
            one
        },
    );
    let (n, m) = (real.len() as f64, samples.len() as f64);
    let share = |which: fn(&(bool, bool)) -> bool| {
        count
            .reached
            .iter()
            .filter(|reached| which(reached))
            .count() as f64
            / n
    };
    Neighbourhoods {
        precision: count.inside as f64 / m,
        recall: share(|reached| reached.0),
        density: count.pairs as f64 / (NEIGHBOURS as f64 * m),
        coverage: share(|reached| reached.1),
    }
}
