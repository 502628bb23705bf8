//! Rungs: how far a trial is trained before it is decided whether it goes on.

/// The rungs of a sweep, in units of its budget, rising; the last is the whole budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rungs(Vec<u64>);

impl Rungs {
    /// The whole budget alone.
    #[must_use]
    pub fn whole(budget: u64) -> Self {
        Self(vec![budget])
    }

    /// From `first` on each `factor` times the one before, up to `budget`. The last step is not shorter than half of the others, but for
    /// the only one.
    #[must_use]
    pub fn geometric(first: u64, factor: u64, budget: u64) -> Self {
        let factor = factor.max(2);
        let mut rungs = Vec::new();
        let mut rung = first.max(1);
        let is_far = |rung: u64| rung.saturating_mul(factor) <= budget.saturating_mul(2);
        while rung < budget && (rungs.is_empty() || is_far(rung)) {
            rungs.push(rung);
            rung = rung.saturating_mul(factor);
        }
        rungs.push(budget);
        Self(rungs)
    }

    /// So many rungs, each `factor` times the one before, the last at `budget`.
    #[must_use]
    pub fn down_from(budget: u64, factor: u64, count: u32) -> Self {
        let factor = factor.max(2);
        let each = (0..count).rev();
        let mut rungs: Vec<u64> = each
            .map(|power| (budget / factor.saturating_pow(power)).max(1))
            .collect();
        rungs.dedup();
        Self(rungs)
    }

    /// The highest rung below this one that is a shorter way in `steps`: a long step may be beyond several.
    pub(super) fn shorter(&self, rung: usize, steps: impl Fn(u64) -> u64) -> u64 {
        let end = steps(self.at(rung));
        let before = (0..rung).rev().map(|rung| steps(self.at(rung)));
        before.into_iter().find(|steps| *steps < end).unwrap_or(0)
    }

    /// How many there are; at least one.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The number of the last one.
    #[must_use]
    pub fn last(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    /// Where a rung is; beyond the last one where the last is.
    #[must_use]
    pub fn at(&self, rung: usize) -> u64 {
        let found = self.0.get(rung).or(self.0.last());
        found.copied().unwrap_or_default()
    }

    /// All of them.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = u64> {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rung_that_is_asked_for_is_one() {
        let rungs = |first, factor, budget| Rungs::geometric(first, factor, budget).0;
        assert_eq!(rungs(1, 100, 9), [1, 9]);
        assert_eq!(rungs(1, 10, 9), [1, 9]);
        assert_eq!(rungs(100, 3, 900), [100, 300, 900]);
        assert_eq!(rungs(100, 3, 1000), [100, 300, 1000]);
        assert_eq!(rungs(900, 3, 900), [900]);
    }

    #[test]
    fn rungs_of_images_within_one_step_go_back_to_one_that_is_shorter() {
        let rungs = Rungs(vec![3, 11, 33, 100]);
        let steps = |images: u64| images.div_ceil(16);
        let shorter: Vec<u64> = (0..4).map(|rung| rungs.shorter(rung, steps)).collect();
        assert_eq!(shorter, [0, 0, 1, 3]);
    }
}
