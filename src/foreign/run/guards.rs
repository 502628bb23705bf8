//! What measured values are held against: limits of health, and conditions.

use std::collections::BTreeSet;

use crate::config::RunConfig;
use crate::health::{AlarmSeen, Monitor};
use crate::metric::{DIVERSITY, HealthLimits, ObjectiveInfo, Role};
use crate::protocol::{Metrics, Quality, Triggered};
use crate::rules::{Rule, Watch};

/// Alarms and conditions of a run.
#[derive(Debug)]
pub(super) struct Guards {
    watch: Watch,
    monitor: Monitor,
    limits: HealthLimits,
    /// Losses and metrics with a role: what others are is not known, and a best value so far may begin with infinity.
    judged: BTreeSet<String>,
}

impl Guards {
    /// Those that the configuration asks for.
    pub fn new(config: &RunConfig) -> Self {
        let failing = config.fail_if.iter().cloned().map(Rule::failing);
        Self {
            watch: Watch::new(failing.chain(config.rules.iter().cloned())),
            monitor: Monitor::of(None),
            limits: config.health,
            judged: BTreeSet::new(),
        }
    }

    /// Conditions as they stand.
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// What is measured is this from here on.
    pub fn describe(&mut self, objective: &ObjectiveInfo) {
        self.monitor.describe(objective);
        let judged = objective.metrics.iter();
        self.judged = judged
            .filter(|metric| metric.role != Role::Other || metric.is_on_main_chart())
            .map(|metric| metric.name.clone())
            .collect();
    }

    /// Alarms of metrics over so many steps.
    pub fn alarms(&mut self, metrics: &Metrics, steps: u64) -> Vec<AlarmSeen> {
        let is_judged = |name: &str| self.judged.contains(name);
        self.monitor
            .observe_some(metrics, is_judged, steps, &self.limits)
    }

    /// Conditions that metrics over these steps meet.
    pub fn conditions(&mut self, from: u64, to: u64, metrics: &Metrics) -> Vec<Triggered> {
        self.watch.observe_windows(from, to, metrics)
    }

    /// The variety of samples was measured.
    pub fn see_diversity(
        &mut self,
        step: u64,
        diversity: f64,
    ) -> (Option<AlarmSeen>, Vec<Triggered>) {
        let alarm = self.monitor.observe_samples(diversity, &self.limits);
        (alarm, self.see_values(step, &[(DIVERSITY, diversity)]))
    }

    /// Alarms of an evaluation.
    pub fn see_quality(&mut self, quality: &Quality) -> Vec<AlarmSeen> {
        self.monitor.observe_quality(quality)
    }

    /// Conditions that values of one step meet.
    pub fn see_values(&mut self, step: u64, values: &[(&str, f64)]) -> Vec<Triggered> {
        self.watch.observe(step, values)
    }
}
