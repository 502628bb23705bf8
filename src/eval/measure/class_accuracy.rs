//! Class accuracy: the share of samples whose likeliest class, by the judge, is the one that they were generated as. The floor is that
//! of real images: the judge's own accuracy on them.

use super::{Measure, Needs};
use crate::metric::quality;

pub(super) const MEASURE: Measure = Measure {
    quantities: &[quality::CLASS_ACCURACY],
    needs: Needs::Labels,
    values: |case| {
        let labels = case.samples.labels().unwrap_or_default();
        let found = case.samples.classes().unwrap_or_default();
        let pairs = found.iter().zip(labels);
        let right = pairs.filter(|(found, label)| **found == usize::from(**label));
        Ok(vec![right.count() as f64 / labels.len().max(1) as f64].into())
    },
};
