//! The series of all metrics of a run.

use std::collections::BTreeMap;

use super::series::Series;
use crate::protocol::Metrics;

/// Every metric's series, by name.
#[derive(Debug, Clone, Default)]
pub struct History {
    series: BTreeMap<String, Series>,
    last_step: u64,
}

impl History {
    /// Adds the metrics of the steps `from..=to`.
    pub fn push(&mut self, from: u64, to: u64, metrics: &Metrics) {
        for (name, stat) in metrics {
            if let Some(series) = self.series.get_mut(name) {
                series.push(from, to, stat);
            } else {
                self.series
                    .entry(name.clone())
                    .or_default()
                    .push(from, to, stat);
            }
        }
        self.last_step = self.last_step.max(to);
    }

    /// Breaks every line: what follows was measured by another objective.
    pub fn break_here(&mut self) {
        self.series.values_mut().for_each(Series::break_here);
    }

    /// Forgets everything after `step`, which the run took back.
    pub fn rewind(&mut self, step: u64) {
        self.series.values_mut().for_each(|s| s.rewind(step));
        self.last_step = self.last_step.min(step);
    }

    /// The series of a metric, if it was ever measured.
    #[must_use]
    pub fn series(&self, metric: &str) -> Option<&Series> {
        self.series.get(metric)
    }

    /// The furthest step that the run came to, what it took back included as far as that is remembered.
    #[must_use]
    pub fn furthest_step(&self) -> u64 {
        let abandoned = self.series.values().flat_map(|s| s.abandoned());
        abandoned
            .filter_map(|stretch| stretch.last())
            .map(|bucket| bucket.to)
            .fold(self.last_step, u64::max)
    }

    /// The newest step with metrics.
    #[must_use]
    pub fn last_step(&self) -> u64 {
        self.last_step
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Stat;

    #[test]
    fn metrics_may_come_and_go() {
        let mut history = History::default();
        history.push(1, 5, &Metrics::from([("d_loss".into(), Stat::of(0.7))]));
        history.push(
            6,
            10,
            &Metrics::from([
                ("gp".into(), Stat::of(1.0)),
                ("d_loss".into(), Stat::of(0.6)),
            ]),
        );
        assert_eq!(history.series("d_loss").map(|s| s.buckets().len()), Some(2));
        assert_eq!(history.series("gp").map(|s| s.buckets().len()), Some(1));
        assert!(history.series("none").is_none());
        history.rewind(5);
        assert_eq!(history.last_step(), 5);
        assert_eq!(history.series("gp").map(|s| s.buckets().len()), Some(0));
    }
}
