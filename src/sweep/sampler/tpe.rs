//! The tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kégl 2011): the best quarter of what is known makes a
//! density of good places, the rest one of others, and of some candidates from the good one the place is taken where
//! the ratio of the two is largest. Parameters are independent of each other.

use super::{Known, uniform};
use crate::rng::Stream;

/// Trials that are drawn at random before there is something to learn from.
const STARTUP: usize = 10;

/// The share of known trials that count as good, and their largest number.
const GOOD: f64 = 0.25;
const MOST_GOOD: usize = 25;

/// Candidates of which the best is taken.
const CANDIDATES: usize = 24;

pub(super) fn places(
    categories: &[Option<usize>],
    known: &[Known<'_>],
    stream: &mut Stream,
) -> Vec<f64> {
    let mut finite: Vec<Known<'_>> = known.to_vec();
    finite.retain(|known| !known.cost.is_nan());
    if finite.len() < STARTUP {
        return uniform(categories.len(), stream);
    }
    finite.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    let count = ((finite.len() as f64 * GOOD).ceil() as usize).clamp(1, MOST_GOOD);
    let (good, others) = finite.split_at(count.min(finite.len()));
    let of = |set: &[Known<'_>], i: usize| -> Vec<f64> {
        let places = set.iter().filter_map(|known| known.places.get(i));
        places.copied().collect()
    };
    let each = categories.iter().enumerate();
    each.map(|(i, categories)| {
        let (good, others) = (of(good, i), of(others, i));
        match categories {
            Some(count) => category(*count, &good, &others, stream),
            None => number(&good, &others, stream),
        }
    })
    .collect()
}

fn category(count: usize, good: &[f64], others: &[f64], stream: &mut Stream) -> f64 {
    // One of each besides, so that none is impossible.
    let shares = |places: &[f64]| -> Vec<f64> {
        let mut shares = vec![1.0; count];
        for place in places {
            let index = ((place * count as f64) as usize).min(count.saturating_sub(1));
            if let Some(share) = shares.get_mut(index) {
                *share += 1.0;
            }
        }
        let all: f64 = shares.iter().sum();
        shares.into_iter().map(|share| share / all).collect()
    };
    let (good, others) = (shares(good), shares(others));
    let mut best = (f64::NEG_INFINITY, 0);
    for _ in 0..CANDIDATES {
        let mut at = f64::from(stream.uniform());
        let drawn = good.iter().position(|share| {
            at -= share;
            at < 0.0
        });
        let drawn = drawn.unwrap_or(count.saturating_sub(1));
        let ratio = good.get(drawn).zip(others.get(drawn));
        let ratio = ratio.map_or(0.0, |(good, others)| good / others);
        if ratio > best.0 {
            best = (ratio, drawn);
        }
    }
    (best.1 as f64 + 0.5) / count.max(1) as f64
}

fn number(good: &[f64], others: &[f64], stream: &mut Stream) -> f64 {
    let (good, others) = (Parzen::of(good), Parzen::of(others));
    let mut best = (f64::NEG_INFINITY, 0.5);
    for _ in 0..CANDIDATES {
        let place = good.draw(stream);
        let ratio = good.density(place).ln() - others.density(place).ln();
        if ratio > best.0 {
            best = (ratio, place);
        }
    }
    best.1
}

/// A mixture of normal distributions on [0, 1), one around each place and a wide one over all.
struct Parzen(Vec<(f64, f64)>);

impl Parzen {
    /// Each is as wide as the distance to the farther of its neighbours, but not so narrow that many of them see nothing else.
    fn of(places: &[f64]) -> Self {
        let mut centres = places.to_vec();
        centres.sort_by(f64::total_cmp);
        let least = 1.0 / (2.0 + centres.len() as f64).min(100.0);
        let widths = (0..centres.len()).map(|i| {
            let here = centres[i];
            let below = i.checked_sub(1).map_or(0.0, |i| centres[i]);
            let above = centres.get(i + 1).copied().unwrap_or(1.0);
            (here, (here - below).max(above - here).clamp(least, 1.0))
        });
        // The last one stands for knowing nothing.
        Self(widths.chain([(0.5, 1.0)]).collect())
    }

    fn draw(&self, stream: &mut Stream) -> f64 {
        let chosen = self.0.get(stream.below(self.0.len()));
        let (centre, width) = chosen.copied().unwrap_or((0.5, 1.0));
        // Most are inside at once.
        for _ in 0..100 {
            let place = centre + width * f64::from(stream.normal());
            if (0.0..1.0).contains(&place) {
                return place;
            }
        }
        centre.clamp(0.0, 1.0 - f64::EPSILON)
    }

    fn density(&self, place: f64) -> f64 {
        let each = self.0.iter().map(|(centre, width)| {
            let away = (place - centre) / width;
            (-0.5 * away * away).exp() / width
        });
        each.sum::<f64>() / self.0.len().max(1) as f64
    }
}
