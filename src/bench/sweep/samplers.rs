//! What samplers find on functions whose best value is known: in as many trials, nothing trained.

use serde::Serialize;

use crate::sweep::{Domain, Known, Param, Sampler};

/// A function of places in [0, 1), whose least value is near 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Function {
    /// Branin's, of two numbers, less its least value 0.397887.
    Branin,
    /// Hartmann's of six numbers, less its least value -3.32237.
    Hartmann6,
}

/// What one sampler found.
#[derive(Debug, Clone, Serialize)]
pub struct Samples {
    /// The function.
    pub function: Function,
    /// The sampler.
    pub sampler: Sampler,
    /// Trials.
    pub trials: u64,
    /// The least value of each seed, from 0.
    pub least: Vec<f64>,
}

/// Draws so many trials of a function from each of so many seeds.
#[must_use]
pub fn samplers(function: Function, sampler: Sampler, trials: u64, seeds: u64) -> Samples {
    let params: Vec<Param> = (0..function.dimensions())
        .map(|i| Param {
            key: format!("x{i}"),
            domain: Domain::Linear(0.0, 1.0, None),
            when: None,
        })
        .collect();
    let least = |seed| {
        let mut seen: Vec<(Vec<f64>, f64)> = Vec::new();
        for number in 0..trials {
            let known: Vec<Known<'_>> = seen
                .iter()
                .map(|(places, cost)| Known {
                    places,
                    cost: *cost,
                })
                .collect();
            let (places, _) = sampler.draw((&params, seed), number, &known);
            let cost = function.at(&places);
            seen.push((places, cost));
        }
        seen.iter()
            .map(|(_, cost)| *cost)
            .fold(f64::INFINITY, f64::min)
    };
    Samples {
        function,
        sampler,
        trials,
        least: (0..seeds).map(least).collect(),
    }
}

impl Function {
    fn dimensions(self) -> usize {
        match self {
            Self::Branin => 2,
            Self::Hartmann6 => 6,
        }
    }

    fn at(self, x: &[f64]) -> f64 {
        use std::f64::consts::PI;
        match (self, x) {
            (Self::Branin, [a, b]) => {
                let (a, b) = (15.0 * a - 5.0, 15.0 * b);
                let bent = b - 5.1 / (4.0 * PI * PI) * a * a + 5.0 / PI * a - 6.0;
                bent * bent + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * a.cos() + 10.0 - 0.397_887
            }
            (Self::Hartmann6, x) => {
                let well = |(weight, (near, at)): (&f64, (&[f64; 6], &[f64; 6]))| {
                    let away = x.iter().zip(near).zip(at);
                    let away: f64 = away.map(|((x, near), at)| near * (x - at).powi(2)).sum();
                    weight * (-away).exp()
                };
                let wells = WEIGHTS.iter().zip(NEAR.iter().zip(&AT));
                3.32237 - wells.map(well).sum::<f64>()
            }
            _ => f64::INFINITY,
        }
    }
}

/// Hartmann's function: the depth of each well, how near it is felt in each direction, and where it lies.
const WEIGHTS: [f64; 4] = [1.0, 1.2, 3.0, 3.2];
const NEAR: [[f64; 6]; 4] = [
    [10.0, 3.0, 17.0, 3.5, 1.7, 8.0],
    [0.05, 10.0, 17.0, 0.1, 8.0, 14.0],
    [3.0, 3.5, 1.7, 10.0, 17.0, 8.0],
    [17.0, 8.0, 0.05, 10.0, 0.1, 14.0],
];
const AT: [[f64; 6]; 4] = [
    [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_near_0_at_their_best_places() {
        let near = |value: f64| value.abs() < 1e-3;
        assert!(near(Function::Branin.at(&[0.542_773, 0.151_667])));
        assert!(near(Function::Hartmann6.at(&[
            0.20169, 0.150_011, 0.476_874, 0.275_332, 0.311_652, 0.6573
        ])));
        assert!(Function::Branin.at(&[0.0, 0.0]) > 100.0);
    }
}
