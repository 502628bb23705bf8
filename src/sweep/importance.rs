//! How much of what trials reached is due to each parameter.
//!
//! Functional ANOVA of a random forest (Hutter, Hoos and Leyton-Brown 2014): trees are fitted to where the values of the trials
//! lie on their scales; of the variance of the forest over the whole space, a parameter's share is that of the forest's mean
//! over all others. It is fitted to the ranks of the trials, not to their values, so that a few that diverged do not decide it.
//!
//! Its limits: it is the effect of each parameter by itself, so that shares need not add up to 1, and what two do only together is
//! nobody's; where trials stopped early, the best were trained longer, so that only one rung is compared; and a sampler that
//! learns looks where it is good, so that the rest of the space is known badly. How large shares are by chance is measured with
//! shuffled ranks.

use crate::rng::Stream;

/// Trials that there must be, for each parameter and at all.
const FOR_EACH: usize = 4;
const AT_LEAST: usize = 12;
/// Trials that are looked at, the newest ones: more would make it slow, and hardly better.
const MOST: usize = 400;
/// Trees of a forest.
const TREES: u64 = 32;
/// Forests of shuffled ranks.
const SHUFFLES: u64 = 8;
/// Places of a parameter at which its effect is taken, and places of the space at which the whole is.
const GRID: usize = 32;
const ANYWHERE: usize = 256;
/// How deep trees are, and how many trials a leaf has at least.
const DEPTH: u32 = 8;
const LEAF: usize = 3;

/// How much of what trials reached is due to each parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Importance {
    /// There are too few trials with a value: so many, of as many as it takes.
    TooFew {
        /// How many there are.
        found: usize,
        /// How many it takes.
        needed: usize,
    },
    /// The share of each parameter, in their order.
    Shares(Vec<Share>),
}

/// The share of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// From 0 to 1.
    pub share: f64,
    /// The largest one that shuffled ranks gave it: what is no larger may be chance.
    pub chance: f64,
}

impl Share {
    /// Whether it is larger than chance made it.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.share > self.chance
    }
}

/// A trial: where its values lie, from 0 to 1, and what it costs; the smaller, the better.
pub type Point = (Vec<f64>, f64);

/// The importance of each of `count` parameters for these trials, oldest first.
#[must_use]
pub fn importance(points: &[Point], count: usize) -> Importance {
    let needed = AT_LEAST.max(FOR_EACH * count);
    let known: Vec<&Point> = points.iter().filter(|point| !point.1.is_nan()).collect();
    if known.len() < needed || count == 0 {
        return Importance::TooFew {
            found: known.len(),
            needed,
        };
    }
    let known = &known[known.len().saturating_sub(MOST)..];
    let places: Vec<&[f64]> = known.iter().map(|(places, _)| places.as_slice()).collect();
    let costs: Vec<f64> = known.iter().map(|(_, cost)| *cost).collect();
    let mut ranks = ranks(&costs);
    let mut stream = Stream::new(0, "importance");
    let (due, all) = forest(&places, &ranks, count, &mut stream);
    let mut chance = vec![0.0_f64; count];
    for _ in 0..SHUFFLES {
        stream.shuffle(&mut ranks);
        let (shuffled, _) = forest(&places, &ranks, count, &mut stream);
        for (most, due) in chance.iter_mut().zip(shuffled) {
            *most = most.max(due);
        }
    }
    let share = |due: f64| {
        if all > 1e-12 {
            (due / all).min(1.0)
        } else {
            0.0
        }
    };
    let shares = due.into_iter().zip(chance).map(|(due, chance)| Share {
        share: share(due),
        chance: share(chance),
    });
    Importance::Shares(shares.collect())
}

/// The places of numbers in their order, equal ones at the same.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut at = 0;
    for equal in order.chunk_by(|a, b| values[*a].total_cmp(&values[*b]).is_eq()) {
        let middle = at as f64 + (equal.len() - 1) as f64 / 2.0;
        for index in equal {
            ranks[*index] = middle;
        }
        at += equal.len();
    }
    ranks
}

/// The variance of a forest that is due to each parameter, and all of it.
fn forest(places: &[&[f64]], values: &[f64], count: usize, stream: &mut Stream) -> (Vec<f64>, f64) {
    let mut marginals = vec![[0.0; GRID]; count];
    let anywhere: Vec<Vec<f64>> = (0..ANYWHERE)
        .map(|_| (0..count).map(|_| f64::from(stream.uniform())).collect())
        .collect();
    let mut predicted = vec![0.0; ANYWHERE];
    for _ in 0..TREES {
        let drawn: Vec<usize> = (0..values.len())
            .map(|_| stream.below(values.len()))
            .collect();
        let mut tree = Tree {
            places,
            values,
            leaves: Vec::new(),
        };
        tree.grow(drawn, vec![(0.0, 1.0); count], 0, stream);
        for (parameter, marginal) in marginals.iter_mut().enumerate() {
            add_marginal(&tree.leaves, parameter, marginal);
        }
        for (place, sum) in anywhere.iter().zip(&mut predicted) {
            let is_here = |(area, _): &&Leaf| {
                let mut ends = area.iter().zip(place);
                ends.all(|((low, high), at)| low <= at && at < high)
            };
            *sum += tree.leaves.iter().find(is_here).map_or(0.0, |leaf| leaf.1);
        }
    }
    let trees = TREES as f64;
    let due = marginals.iter().map(|m| variance(m) / (trees * trees));
    (due.collect(), variance(&predicted) / (trees * trees))
}

fn variance(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares = values.iter().map(|value| (value - mean).powi(2));
    squares.sum::<f64>() / values.len() as f64
}

/// A box of the space, by its ends in each parameter, and the value there.
type Leaf = (Vec<(f64, f64)>, f64);

struct Tree<'a> {
    places: &'a [&'a [f64]],
    values: &'a [f64],
    leaves: Vec<Leaf>,
}

impl Tree<'_> {
    fn grow(&mut self, here: Vec<usize>, area: Vec<(f64, f64)>, depth: u32, stream: &mut Stream) {
        let split = (depth < DEPTH && here.len() >= 2 * LEAF)
            .then(|| self.best_split(&here, area.len(), stream))
            .flatten();
        let Some((parameter, at)) = split else {
            let sum: f64 = here.iter().map(|index| self.values[*index]).sum();
            self.leaves.push((area, sum / here.len().max(1) as f64));
            return;
        };
        let (mut left, mut right) = (area.clone(), area);
        left[parameter].1 = at;
        right[parameter].0 = at;
        let is_left = |index: &usize| self.places[*index][parameter] < at;
        let (below, above) = here.into_iter().partition(is_left);
        self.grow(below, left, depth + 1, stream);
        self.grow(above, right, depth + 1, stream);
    }

    /// The parameter and the place that tell small values from large ones best, among two thirds of the parameters.
    fn best_split(
        &self,
        here: &[usize],
        count: usize,
        stream: &mut Stream,
    ) -> Option<(usize, f64)> {
        let mut parameters: Vec<usize> = (0..count).collect();
        stream.shuffle(&mut parameters);
        parameters.truncate((count * 2).div_ceil(3));
        let all: f64 = here.iter().map(|index| self.values[*index]).sum();
        let of = here.len() as f64;
        let mut best: Option<(f64, usize, f64)> = None;
        for parameter in parameters {
            let mut sorted: Vec<(f64, f64)> = here
                .iter()
                .map(|index| (self.places[*index][parameter], self.values[*index]))
                .collect();
            sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut sum = 0.0;
            for (below, pair) in (1..).zip(sorted.windows(2)) {
                sum += pair[0].1;
                if pair[0].0 >= pair[1].0 || below < LEAF || sorted.len() - below < LEAF {
                    continue;
                }
                // The larger the sum of the squares of both means is, the smaller is what is left.
                let rest = all - sum;
                let gain = sum * sum / below as f64 + rest * rest / (of - below as f64);
                if best.is_none_or(|(most, ..)| gain > most) {
                    best = Some((gain, parameter, f64::midpoint(pair[0].0, pair[1].0)));
                }
            }
        }
        let (gain, parameter, at) = best?;
        (gain > all * all / of * (1.0 + 1e-12)).then_some((parameter, at))
    }
}

/// Adds the mean of a tree over all other parameters, at places of one.
fn add_marginal(leaves: &[Leaf], parameter: usize, marginal: &mut [f64; GRID]) {
    for (area, value) in leaves {
        let others = area.iter().enumerate().filter(|(at, _)| *at != parameter);
        let share: f64 = others.map(|(_, (low, high))| high - low).product();
        let (low, high) = area[parameter];
        for (number, sum) in marginal.iter_mut().enumerate() {
            let at = (number as f64 + 0.5) / GRID as f64;
            if low <= at && at < high {
                *sum += share * value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(count: usize, cost: impl Fn(&[f64], f64) -> f64) -> Vec<Point> {
        let mut stream = Stream::new(7, "points");
        (0..count)
            .map(|_| {
                let places: Vec<f64> = (0..3).map(|_| f64::from(stream.uniform())).collect();
                let noise = f64::from(stream.normal());
                let cost = cost(&places, noise);
                (places, cost)
            })
            .collect()
    }

    fn shares_of(points: &[Point]) -> Vec<Share> {
        match importance(points, 3) {
            Importance::Shares(shares) => shares,
            few @ Importance::TooFew { .. } => unreachable!("{few:?}"),
        }
    }

    #[test]
    fn the_parameter_that_decides_has_the_largest_share_and_one_that_does_nothing_is_chance() {
        let found = shares_of(&points(80, |x, noise| {
            (x[0] - 0.3).powi(2) * 20.0 + x[1] * 6.0 + noise * 0.1
        }));
        assert!(found[0].share > 0.5 && found[0].is_clear(), "{found:?}");
        assert!(found[1].is_clear(), "{found:?}");
        assert!(found[0].share > found[1].share, "{found:?}");
        assert!(found[1].share > found[2].share, "{found:?}");
        assert!(!found[2].is_clear(), "{found:?}");
        // One trial in ten that diverged changes little.
        let mut diverged = points(80, |x, _| x[0]);
        diverged
            .iter_mut()
            .step_by(10)
            .for_each(|point| point.1 = f64::INFINITY);
        let found = shares_of(&diverged);
        assert!(found[0].share > 0.4 && found[0].is_clear(), "{found:?}");
    }

    #[test]
    fn few_trials_say_nothing_and_equal_ones_have_no_shares() {
        assert_eq!(
            importance(&points(11, |x, _| x[0]), 3),
            Importance::TooFew {
                found: 11,
                needed: 12
            }
        );
        for share in shares_of(&points(40, |_, _| 1.0)) {
            assert!(share.share.abs() < 1e-12 && !share.is_clear());
        }
    }

    #[test]
    fn noise_alone_is_hardly_ever_taken_for_importance() {
        let found = shares_of(&points(60, |_, noise| noise));
        assert!(
            found.iter().filter(|share| share.is_clear()).count() <= 1,
            "{found:?}"
        );
    }
}
