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

    /// From `first` on each `factor` times the one before, up to `budget`. The last step is not shorter than half of the others.
    #[must_use]
    pub fn geometric(first: u64, factor: u64, budget: u64) -> Self {
        let factor = factor.max(2);
        let mut rungs = Vec::new();
        let mut rung = first.max(1);
        while rung.saturating_mul(factor) <= budget.saturating_mul(2) && rung < budget {
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
