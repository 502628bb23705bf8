//! The Halton sequence (Halton 1960), each dimension shifted by a number of the seed (Cranley and Patterson 1976), so that two
//! sweeps are not the same.

use super::uniform;
use crate::rng::Stream;

pub(super) fn places(dimensions: usize, number: u64, seed: u64) -> Vec<f64> {
    let shifts = uniform(dimensions, &mut Stream::new(seed, "halton"));
    let bases = primes(dimensions);
    let shifted = |(base, shift): (u64, f64)| (inverse(number + 1, base) + shift).fract();
    bases.into_iter().zip(shifts).map(shifted).collect()
}

/// The digits of a number in a base, mirrored at the point.
fn inverse(mut number: u64, base: u64) -> f64 {
    let (mut value, mut weight) = (0.0, 1.0);
    while number > 0 {
        weight /= base as f64;
        value += weight * (number % base) as f64;
        number /= base;
    }
    value
}

fn primes(count: usize) -> Vec<u64> {
    let mut found: Vec<u64> = Vec::new();
    let mut candidate = 2;
    while found.len() < count {
        if found.iter().all(|prime| candidate % prime != 0) {
            found.push(candidate);
        }
        candidate += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_mirrored() {
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(near(inverse(1, 2), 0.5) && near(inverse(6, 2), 0.375));
        assert!(near(inverse(5, 3), 2.0 / 3.0 + 1.0 / 9.0));
        assert_eq!(primes(5), [2, 3, 5, 7, 11]);
    }
}
