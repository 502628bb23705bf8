//! Which metrics the charts show.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::App;
use crate::health::{Signal, Situation, signals};
use crate::metric::{DIVERSITY, MetricInfo};
use crate::protocol::{Declaration, Stat};

impl App {
    /// The steps on the horizontal axis of the charts.
    #[must_use]
    pub fn shown_steps(&self) -> RangeInclusive<u64> {
        self.view.steps(self.history.reached())
    }

    /// The metrics of the screen of charts, in their order: those of the objective, then what evaluations measure.
    #[must_use]
    pub fn metrics(&self) -> Vec<&MetricInfo> {
        let wanted = self.view.filter.to_lowercase();
        let info = self.run.info.iter();
        let info = info.filter(|_| self.run.unjudged.is_none() || self.run.quality.is_some());
        // Metrics without a panel are not drawn.
        let judged = info.flat_map(|info| info.measures.iter().filter(|m| !m.panel.is_empty()));
        let declared = self.run.objective.iter().flat_map(|o| &o.metrics);
        let declared = declared.filter(|metric| self.is_shown(metric));
        let all = declared.chain(judged);
        all.filter(|metric| {
            [&metric.name, &metric.title, &metric.panel]
                .iter()
                .any(|text| text.to_lowercase().contains(&wanted))
        })
        .collect()
    }

    /// Returns whether a metric is shown: one that only some settings ask for, once it was measured.
    #[must_use]
    pub fn is_shown(&self, metric: &MetricInfo) -> bool {
        !metric.is_optional || self.history.series(&metric.name).is_some()
    }

    /// The newest value of a metric, a learning rate in effect among them.
    #[must_use]
    pub fn newest(&self, metric: &str) -> Option<&Stat> {
        let rate = self.rates.in_effect(metric);
        rate.or_else(|| self.run.latest.get(metric))
    }

    /// The newest value of a metric as a number: the mean of the newest window of steps, or of a log its last value, as lists
    /// of runs have it.
    #[must_use]
    pub fn newest_value(&self, metric: &str) -> Option<f64> {
        let newest = self.newest(metric)?;
        Some(if self.run.is_log() {
            newest.last
        } else {
            newest.mean
        })
    }

    /// How many charts there are.
    #[must_use]
    pub fn panels(&self) -> usize {
        let metrics = self.metrics().into_iter();
        let names: BTreeSet<&str> = metrics.map(|m| m.panel.as_str()).collect();
        names.len()
    }

    /// How the training is going, signal by signal.
    #[must_use]
    pub fn signals(&self) -> Vec<Signal> {
        let info = self.run.info.as_ref();
        let nothing = Declaration::default();
        let declared = self.run.declared.as_deref().unwrap_or(&nothing);
        let mut found = signals(&Situation {
            objective: self.run.objective.as_deref(),
            limits: info.map(|info| info.health).unwrap_or_default(),
            history: &self.history,
            latest: &self.run.latest,
            step: self.run.at.step,
            epoch: self.run.at.epoch,
            is_lost: self.run.lost.is_some(),
            has_ended: self.run.has_ended(),
            program: self.run.is_program().then_some(declared),
        });
        if self.run.is_program() {
            // Without images of the data there is nothing to compare with, and it is no signal.
            let is_missing = |signal: &Signal| {
                signal.value.is_none() && signal.metric.as_deref() == Some(DIVERSITY)
            };
            found.retain(|signal| !is_missing(signal));
        }
        found
    }
}
