//! Modes: the number of classes that make up at least 1 % of the samples, as classified by the judge, or, of more than 100
//! classes, that have a sample at all (as `PacGAN` counts those of Stacked MNIST); and the
//! divergence of the samples' class shares from the data's, KL(samples ‖ data), in nats. There is no divergence if
//! samples belong to a class that the data lacks.

use super::score::divergence;
use super::{Measure, Needs};
use crate::metric::quality;

/// Minimum share of the samples for a class to count as present.
const THERE: f64 = 0.01;
/// Of more classes than this one sample is enough.
const FEW: usize = 100;

pub(super) const MEASURE: Measure = Measure {
    quantities: &[quality::MODES, quality::MODES_KL],
    needs: Needs::Classes,
    values: |case| {
        let shares = case.samples.class_shares().unwrap_or_default();
        let prior = case.prior.unwrap_or_default();
        Ok(vec![
            modes(&shares) as f64,
            divergence(shares.iter(), prior.iter()),
        ]
        .into())
    },
};

/// Number of classes that are present.
fn modes(shares: &[f64]) -> usize {
    let is_there = |share: &&f64| {
        if shares.len() > FEW {
            **share > 0.0
        } else {
            **share >= THERE
        }
    };
    shares.iter().filter(is_there).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_counts_from_one_percent_on() {
        assert_eq!(modes(&[0.5, 0.01, 0.0099, 0.4801, 0.0]), 3);
    }

    #[test]
    fn of_many_classes_one_sample_is_enough() {
        let mut shares = vec![0.0; 1000];
        shares[7] = 1e-4;
        shares[8] = 0.9999;
        assert_eq!(modes(&shares), 2);
    }

    #[test]
    fn the_divergence_compares_shares() {
        let kl = |p: &[f64], q: &[f64]| divergence(p.iter(), q.iter());
        let expected = 0.5 * 2.0_f64.ln() + 0.5 * (2.0_f64 / 3.0).ln();
        assert!((kl(&[0.5, 0.5], &[0.25, 0.75]) - expected).abs() < 1e-12);
        assert!((kl(&[1.0, 0.0], &[0.5, 0.5]) - 2.0_f64.ln()).abs() < 1e-12);
        assert!(kl(&[0.5, 0.5], &[1.0, 0.0]).is_infinite());
    }
}
