//! The importance of parameters in a sweep that people look at: fitted anew only where what trials reached has changed, because forests
//! take seconds where there are hundreds of trials.

use super::importance::{Importance, Point, importance};

/// What was fitted last.
#[derive(Debug, Default)]
pub(super) struct Fitted {
    /// Of each rung, what was known there.
    points: Vec<Vec<Point>>,
    /// The importance of each parameter, and the rung of which it is.
    found: Option<(Importance, usize)>,
}

impl Fitted {
    /// The importance of each of `count` parameters, at the highest rung at which there are enough trials, and that rung.
    pub fn of(&mut self, points: Vec<Vec<Point>>, count: usize) -> (Importance, usize) {
        match &self.found {
            Some(found) if points == self.points => found.clone(),
            _ => {
                let found = fit(&points, count);
                self.points = points;
                self.found.insert(found).clone()
            }
        }
    }
}

fn fit(points: &[Vec<Point>], count: usize) -> (Importance, usize) {
    let rungs = points.iter().enumerate().skip(1).rev();
    let fitted = rungs.map(|(rung, points)| (importance(points, count), rung));
    let mut enough = fitted.filter(|(found, _)| matches!(found, Importance::Shares(_)));
    let first = || points.first().map_or(&[][..], Vec::as_slice);
    enough
        .next()
        .unwrap_or_else(|| (importance(first(), count), 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_rung_with_enough_trials_counts() {
        let rung = |count: u8| -> Vec<Point> {
            let points = (0..count).map(|n| (vec![f64::from(n) / 32.0], f64::from(n)));
            points.collect()
        };
        let at = |counts: [u8; 3]| fit(&counts.map(rung), 1);
        let is_fitted = |found: &Importance| matches!(found, Importance::Shares(_));
        for (counts, rung) in [([30, 20, 3], 1), ([30, 20, 14], 2), ([30, 3, 1], 0)] {
            let (found, at) = at(counts);
            assert!(is_fitted(&found) && at == rung, "{counts:?}: {at}");
        }
        let (found, rung) = at([3, 2, 1]);
        assert!(matches!(found, Importance::TooFew { found: 3, .. }) && rung == 0);
    }
}
