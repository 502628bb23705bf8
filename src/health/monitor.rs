//! All alarms of a run, and which of them an objective has.

use serde::{Deserialize, Serialize};

use super::alarm_seen::AlarmSeen;
use super::d_collapse::DiscriminatorCollapse;
use super::diversity::LostDiversity;
use super::non_finite::NonFinite;
use super::quality::WorseQuality;
use crate::metric::{Description, HealthLimits, ObjectiveInfo, objectives};
use crate::protocol::{Metrics, Quality};

/// The alarms of a run. The same observations give the same alarms, wherever and however often the state is saved in
/// between.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Monitor {
    non_finite: NonFinite,
    /// Only where the objective declares when the discriminator's loss is failing.
    d_collapse: Option<DiscriminatorCollapse>,
    diversity: LostDiversity,
    #[serde(default)]
    quality: WorseQuality,
}

impl Monitor {
    /// The alarms of a run that starts with the objective of this registry name.
    #[must_use]
    pub fn new(objective: &str) -> Self {
        let objective = objectives::find(objective).map(Description::info);
        Self::of(objective.as_ref())
    }

    /// The alarms of a run that measures this.
    #[must_use]
    pub fn of(objective: Option<&ObjectiveInfo>) -> Self {
        Self {
            non_finite: NonFinite::default(),
            d_collapse: objective.and_then(DiscriminatorCollapse::of),
            diversity: LostDiversity::default(),
            quality: WorseQuality::default(),
        }
    }

    /// Takes the metrics of a window of `steps` steps (one or more).
    pub fn observe_step(
        &mut self,
        metrics: &Metrics,
        steps: u64,
        limits: &HealthLimits,
    ) -> Vec<AlarmSeen> {
        self.observe_some(metrics, |_| true, steps, limits)
    }

    /// The same of those of the metrics that `is_judged`.
    pub fn observe_some(
        &mut self,
        metrics: &Metrics,
        is_judged: impl Fn(&str) -> bool,
        steps: u64,
        limits: &HealthLimits,
    ) -> Vec<AlarmSeen> {
        self.diversity.pass(steps);
        let d_collapse = self
            .d_collapse
            .as_mut()
            .and_then(|alarm| alarm.observe(metrics, steps, limits));
        self.non_finite
            .observe(metrics, is_judged)
            .into_iter()
            .chain(d_collapse)
            .collect()
    }

    /// Takes the diversity of the samples of the fixed latents.
    pub fn observe_samples(&mut self, diversity: f64, limits: &HealthLimits) -> Option<AlarmSeen> {
        self.diversity.observe(diversity, limits)
    }

    /// Takes the results of one evaluation.
    pub fn observe_quality(&mut self, quality: &Quality) -> Vec<AlarmSeen> {
        self.quality.observe(quality)
    }

    /// What is measured is described anew. The alarms go on, but those of losses whose description has changed.
    pub fn describe(&mut self, objective: &ObjectiveInfo) {
        let described = DiscriminatorCollapse::of(objective);
        let is_same = match (&self.d_collapse, &described) {
            (Some(known), Some(described)) => known.is_about_the_same(described),
            (known, described) => known.is_some() == described.is_some(),
        };
        if !is_same {
            self.d_collapse = described;
        }
    }

    /// Resets the alarms that depend on losses, after a switch to `objective`. What was seen of samples stays, because
    /// the generator is the same.
    pub fn reset(&mut self, objective: &str) {
        *self = Self {
            diversity: std::mem::take(&mut self.diversity),
            quality: std::mem::take(&mut self.quality),
            ..Self::new(objective)
        };
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;
    use crate::protocol::{Level, Recorded, Stat};

    fn loss(value: f64) -> Metrics {
        Metrics::from([("d_loss".to_owned(), Stat::of(value))])
    }

    #[test]
    fn a_low_loss_is_an_alarm_for_gan_only() {
        for (objective, alarms) in [("gan", 1), ("wgan", 0), ("wgan-gp", 0), ("lsgan", 0)] {
            let mut monitor = Monitor::new(objective);
            let seen: usize = (0..50)
                .map(|_| {
                    monitor
                        .observe_step(&loss(0.0), 10, &HealthLimits::default())
                        .len()
                })
                .sum();
            assert_eq!(seen, alarms, "{objective}");
        }
    }

    #[test]
    fn one_observation_can_fire_several_alarms() {
        let mut monitor = Monitor::new("gan");
        let _ = monitor.observe_step(&loss(0.0), 99, &HealthLimits::default());
        let mut metrics = loss(0.0);
        metrics.insert("g_loss".to_owned(), Stat::of(f64::NAN));
        let names: Vec<_> = monitor
            .observe_step(&metrics, 1, &HealthLimits::default())
            .into_iter()
            .map(|a| a.name)
            .collect();
        assert_eq!(names, ["non_finite", "d_collapse"]);
    }

    #[test]
    fn a_switch_forgets_losses_and_remembers_samples() {
        let mut monitor = Monitor::new("gan");
        assert_eq!(monitor.observe_samples(0.9, &HealthLimits::default()), None);
        let _ = monitor.observe_step(&loss(0.0), 500, &HealthLimits::default());
        monitor.reset("wgan");
        assert!(
            monitor
                .observe_step(&loss(0.0), 500, &HealthLimits::default())
                .is_empty()
        );
        assert!(
            monitor
                .observe_samples(0.1, &HealthLimits::default())
                .is_some()
        );
        monitor.reset("gan");
        assert_eq!(
            monitor
                .observe_step(&loss(0.0), 500, &HealthLimits::default())
                .len(),
            1
        );
    }

    #[test]
    fn a_restored_monitor_continues() {
        let mut monitor = Monitor::new("gan");
        let _ = monitor.observe_step(&loss(f64::NAN), 50, &HealthLimits::default());
        assert!(
            monitor
                .observe_samples(0.9, &HealthLimits::default())
                .is_none()
                && monitor
                    .observe_samples(0.5, &HealthLimits::default())
                    .is_some()
        );
        for _ in 0..30 {
            let saved = serde_json::to_string(&monitor).unwrap();
            let mut back: Monitor = serde_json::from_str(&saved).unwrap();
            assert_eq!(back, monitor);
            assert_eq!(
                back.observe_step(&loss(0.05), 10, &HealthLimits::default()),
                monitor.observe_step(&loss(0.05), 10, &HealthLimits::default())
            );
            assert_eq!(back.observe_samples(0.5, &HealthLimits::default()), None);
        }
    }

    #[test]
    fn an_alarm_becomes_an_event() {
        let seen = AlarmSeen {
            name: "d_collapse",
            level: Level::Warn,
            text: "t".to_owned(),
            advice: "a",
        };
        let expected = Recorded::Alarm {
            alarm: "d_collapse".to_owned(),
            level: Level::Warn,
            text: "t; a".to_owned(),
        };
        assert_eq!(Recorded::from(seen), expected);
    }
}
