//! The tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kégl 2011): the best tenth of what is known makes a density of
//! good places, the rest one of others, and of some candidates from the good one the place is taken where the ratio of the two is
//! largest. Densities are of all parameters at once (Falkner, Klein and Hutter 2018).
//!
//! The way is Optuna's, with more candidates; `scripts/compare-tpe.py` compares the two.

use super::{Known, uniform};
use crate::rng::Stream;

/// Trials that are drawn at random before there is something to learn from.
const STARTUP: usize = 10;

/// The share of known trials that count as good, and their largest number.
const GOOD: f64 = 0.1;
const MOST_GOOD: usize = 25;

/// Candidates of which the best is taken.
const CANDIDATES: usize = 64;

/// The newest trials that count in full; the older ones less and less.
const FULL: usize = 25;

pub(super) fn places(
    categories: &[Option<usize>],
    known: &[Known<'_>],
    stream: &mut Stream,
) -> Vec<f64> {
    // By their age, the oldest first.
    let mut order: Vec<(usize, &Known<'_>)> = known
        .iter()
        .filter(|known| !known.cost.is_nan())
        .enumerate()
        .collect();
    if order.len() < STARTUP {
        return uniform(categories.len(), stream);
    }
    order.sort_by(|a, b| a.1.cost.total_cmp(&b.1.cost).then(a.0.cmp(&b.0)));
    let count = ((order.len() as f64 * GOOD).ceil() as usize).clamp(1, MOST_GOOD);
    let mut others = order.split_off(count.min(order.len()));
    let mut good = order;
    for set in [&mut good, &mut others] {
        set.sort_by_key(|(age, _)| *age);
    }
    let (good, others) = (
        Parzen::of(categories, &good),
        Parzen::of(categories, &others),
    );
    let mut best: Option<(f64, Vec<f64>)> = None;
    for _ in 0..CANDIDATES {
        let place = good.draw(stream);
        let ratio = good.ln_density(&place) - others.ln_density(&place);
        if best.as_ref().is_none_or(|(most, _)| ratio > *most) {
            best = Some((ratio, place));
        }
    }
    best.map_or_else(Vec::new, |(_, place)| place)
}

/// What each of so many trials counts, the oldest first.
fn weights(count: usize) -> impl Iterator<Item = f64> {
    let old = count.saturating_sub(FULL);
    (0..count).map(move |age| {
        if age >= old {
            1.0
        } else {
            let least = 1.0 / count as f64;
            least + (1.0 - least) * age as f64 / (old.max(2) - 1) as f64
        }
    })
}

/// A mixture of distributions, one around each known trial, and a wide one that stands for knowing nothing. In each, parameters are
/// independent of each other; in the mixture they are not.
struct Parzen {
    /// What each counts, in all 1.
    shares: Vec<f64>,
    /// Of each parameter, the distribution around each trial.
    around: Vec<Vec<Around>>,
}

/// A distribution of one parameter.
enum Around {
    /// A number: a normal distribution that is cut to [0, 1), and how much of it lies there.
    Number {
        centre: f64,
        width: f64,
        inside: f64,
    },
    /// One of so many values, of which one is more likely.
    Category {
        count: usize,
        favourite: Option<usize>,
        rest: f64,
    },
}

impl Parzen {
    fn of(categories: &[Option<usize>], known: &[(usize, &Known<'_>)]) -> Self {
        let mut shares: Vec<f64> = weights(known.len()).chain([1.0]).collect();
        let all: f64 = shares.iter().sum();
        for share in &mut shares {
            *share /= all;
        }
        let of = |(i, categories): (usize, &Option<usize>)| {
            let places = known.iter().map(|(_, known)| known.places.get(i));
            let places: Vec<f64> = places.map(|place| place.copied().unwrap_or(0.5)).collect();
            match categories {
                Some(count) => categories_around(&places, *count),
                None => numbers_around(&places),
            }
        };
        Self {
            shares,
            around: categories.iter().enumerate().map(of).collect(),
        }
    }

    fn draw(&self, stream: &mut Stream) -> Vec<f64> {
        let mut at = f64::from(stream.uniform());
        let chosen = self.shares.iter().position(|share| {
            at -= share;
            at < 0.0
        });
        let chosen = chosen.unwrap_or(self.shares.len().saturating_sub(1));
        let each = self.around.iter().map(|around| around.get(chosen));
        each.map(|around| around.map_or(0.5, |around| around.draw(stream)))
            .collect()
    }

    /// The logarithm of the density, less a number that is the same everywhere.
    fn ln_density(&self, places: &[f64]) -> f64 {
        let of_each: Vec<f64> = self
            .shares
            .iter()
            .enumerate()
            .map(|(i, share)| {
                let each = self.around.iter().zip(places);
                let each =
                    each.filter_map(|(around, place)| Some(around.get(i)?.ln_density(*place)));
                share.ln() + each.sum::<f64>()
            })
            .collect();
        let most = of_each.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        most + of_each
            .iter()
            .map(|one| (one - most).exp())
            .sum::<f64>()
            .ln()
    }
}

/// Around each place, as wide as the distance to the farther of its neighbours, but not so narrow that many of them see nothing else.
fn numbers_around(places: &[f64]) -> Vec<Around> {
    let mut sorted = places.to_vec();
    sorted.sort_by(f64::total_cmp);
    let least = 1.0 / (2.0 + places.len() as f64).min(100.0);
    let around = |centre: f64, width: f64| Around::Number {
        centre,
        width,
        inside: (below((1.0 - centre) / width) - below(-centre / width)).max(f64::MIN_POSITIVE),
    };
    let each = places.iter().map(|centre| {
        let before = sorted.partition_point(|place| place < centre);
        let below = before.checked_sub(1).and_then(|i| sorted.get(i));
        let above = sorted.get(before + 1);
        let width = match (below, above) {
            (Some(below), Some(above)) => (centre - below).max(above - centre),
            (Some(below), None) => centre - below,
            (None, Some(above)) => above - centre,
            // The ends of the range are neighbours of one that is alone.
            (None, None) => centre.max(1.0 - centre),
        };
        around(*centre, width.clamp(least, 1.0))
    });
    each.chain([around(0.5, 1.0)]).collect()
}

fn categories_around(places: &[f64], count: usize) -> Vec<Around> {
    let rest = 1.0 / (places.len() as f64 + 1.0);
    let each = places.iter().map(|place| Some(index(*place, count)));
    each.chain([None])
        .map(|favourite| Around::Category {
            count,
            favourite,
            rest,
        })
        .collect()
}

/// The number of the value at a place.
fn index(place: f64, count: usize) -> usize {
    ((place * count as f64) as usize).min(count.saturating_sub(1))
}

impl Around {
    fn draw(&self, stream: &mut Stream) -> f64 {
        match *self {
            Self::Number { centre, width, .. } => {
                // At least a third of each is inside.
                for _ in 0..100 {
                    let place = centre + width * f64::from(stream.normal());
                    if (0.0..1.0).contains(&place) {
                        return place;
                    }
                }
                centre.clamp(0.0, 1.0 - f64::EPSILON)
            }
            Self::Category {
                count,
                favourite,
                rest,
            } => {
                let all = rest * count as f64;
                let drawn = match favourite {
                    Some(favourite) if f64::from(stream.uniform()) * (all + 1.0) < 1.0 => favourite,
                    _ => stream.below(count),
                };
                (drawn as f64 + 0.5) / count.max(1) as f64
            }
        }
    }

    fn ln_density(&self, place: f64) -> f64 {
        match *self {
            Self::Number {
                centre,
                width,
                inside,
            } => {
                let away = (place - centre) / width;
                -0.5 * away * away - (width * inside).ln()
            }
            Self::Category {
                count,
                favourite,
                rest,
            } => {
                let all = rest * count as f64 + f64::from(favourite.is_some());
                let is_it = favourite == Some(index(place, count));
                ((rest + f64::from(is_it)) / all).ln()
            }
        }
    }
}

/// How much of the standard normal distribution lies below a number, to seven digits (Abramowitz and Stegun, 7.1.26).
fn below(x: f64) -> f64 {
    let z = x.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let series = [
        1.061_405_429,
        -1.453_152_027,
        1.421_413_741,
        -0.284_496_736,
        0.254_829_592,
    ];
    let sum = series.iter().fold(0.0, |sum, term| (sum + term) * t);
    let tail = 0.5 * sum * (-z * z).exp();
    if x > 0.0 { 1.0 - tail } else { tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_distributions_are_cut_to_the_range() {
        for (x, share) in [
            (0.0, 0.5),
            (1.0, 0.841_344_7),
            (-1.96, 0.024_997_9),
            (9.0, 1.0),
        ] {
            assert!((below(x) - share).abs() < 1e-6, "{x}");
        }
        // Its density, with the factor that was left out, has an area of 1.
        let places = [[0.02], [0.1], [0.9]];
        let known: Vec<Known<'_>> = places
            .iter()
            .map(|places| Known { places, cost: 0.0 })
            .collect();
        let known: Vec<_> = known.iter().enumerate().collect();
        let parzen = Parzen::of(&[None], &known);
        let steps = 10_000;
        let sum: f64 = (0..steps)
            .map(|i| {
                parzen
                    .ln_density(&[(f64::from(i) + 0.5) / f64::from(steps)])
                    .exp()
            })
            .sum();
        let area = sum / f64::from(steps) / (2.0 * std::f64::consts::PI).sqrt();
        assert!((area - 1.0).abs() < 1e-3, "{area}");
        let parzen = Parzen::of(&[Some(3)], &known);
        let sum: f64 = [0.1, 0.5, 0.9]
            .iter()
            .map(|at| parzen.ln_density(&[*at]).exp())
            .sum();
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
    }

    #[test]
    fn old_trials_count_less() {
        let of = |count| weights(count).collect::<Vec<_>>();
        assert_eq!(of(3), [1.0; 3]);
        let many = of(45);
        assert!((many[0] - 1.0 / 45.0).abs() < 1e-12);
        assert!(many[19..].iter().all(|weight| (weight - 1.0).abs() < 1e-12));
        assert!(many.windows(2).all(|pair| pair[0] <= pair[1]));
    }
}
