//! The series of all metrics of a run.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::series::Series;
use crate::protocol::{Body, Event, Metrics, Stat};

/// Every metric's series, by name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct History {
    series: BTreeMap<String, Series>,
    /// Those that mean the same whatever the objective: what an evaluation measures.
    #[serde(default)]
    lasting: BTreeSet<String>,
    last_step: u64,
    /// The branch that events are on; nothing before the first.
    branch: Option<u32>,
}

impl History {
    /// Takes in what an event says of the metrics: a window of steps, an evaluation, another objective, a branch that takes
    /// back what lies behind its step. Gives the number of steps that were taken back, if any.
    pub fn follow(&mut self, event: &Event) -> Option<u64> {
        // These happen before a run, or beside it.
        if matches!(event.body, Body::Loading { .. } | Body::Viewers { .. }) {
            return None;
        }
        let is_new = self.branch.is_some_and(|branch| event.branch > branch);
        self.branch = Some(event.branch);
        let taken_back =
            (is_new && event.step < self.last_step).then(|| self.last_step - event.step);
        if taken_back.is_some() {
            self.rewind(event.step);
        }
        match &event.body {
            Body::Step(window) => self.push(window.from_step, event.step, &window.metrics),
            Body::Evaluated(quality) => {
                let stats = quality.values.iter();
                let metrics = stats.map(|(name, value)| (name.clone(), Stat::of(*value)));
                let metrics: Metrics = metrics.collect();
                self.lasting.extend(metrics.keys().cloned());
                self.push(event.step, event.step, &metrics);
            }
            Body::Applied {
                objective: Some(_), ..
            } => self.break_here(),
            _ => {}
        }
        taken_back
    }

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

    /// Breaks every line of what an objective measures: what follows was measured by another one.
    pub fn break_here(&mut self) {
        for (name, series) in &mut self.series {
            if !self.lasting.contains(name) {
                series.break_here();
            }
        }
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
        let abandoned = self.series.values().flat_map(Series::abandoned);
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
        // What an evaluation measures means the same for every objective.
        history.lasting.insert("gp".into());
        history.break_here();
        for step in [11, 12] {
            let both = [
                ("gp".into(), Stat::of(1.0)),
                ("d_loss".into(), Stat::of(0.5)),
            ];
            history.push(step, step, &Metrics::from(both));
        }
        let breaks = |name: &str| {
            let buckets = history.series(name).map(|s| s.buckets().to_vec());
            buckets.iter().flatten().filter(|b| b.breaks).count()
        };
        assert_eq!((breaks("gp"), breaks("d_loss")), (0, 1));
        history.rewind(5);
        assert_eq!(history.last_step(), 5);
        assert_eq!(history.series("gp").map(|s| s.buckets().len()), Some(0));
    }
}
