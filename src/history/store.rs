//! The series of all metrics of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::clock::{Clock, Moment};
use super::ruler::{Ruler, Unit};
use super::series::{CAPACITY, Series};
use crate::metric::DIVERSITY;
use crate::protocol::{Body, Event, Live, Metrics, Recorded, Stat};

/// Buckets of all series together: thousands of metrics have fewer each, so that they take no more memory than hundreds.
const BUCKETS: usize = 1 << 18;
/// Buckets of a series, however many metrics there are.
const FEWEST: usize = 32;

/// The current and the furthest step of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The newest step with metrics.
    pub last: u64,
    /// The furthest step that it reached; higher than the newest after a rewind.
    pub furthest: u64,
}

impl Reached {
    /// The same, leaving out what a rewind took back.
    #[must_use]
    pub fn kept(self) -> Self {
        Self {
            furthest: self.last,
            ..self
        }
    }
}

/// The series of every metric, by name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct History {
    series: BTreeMap<String, Series>,
    /// Metrics that mean the same whatever the objective: those that evaluations measure.
    #[serde(default)]
    lasting: BTreeSet<String>,
    last_step: u64,
    #[serde(default)]
    clock: Clock,
    /// The branch of the events; `None` before the first.
    branch: Option<u32>,
}

impl History {
    /// Takes what an event says about the metrics: a window of steps, an evaluation, another objective, or a branch
    /// that takes back the steps after its start. Returns how many steps were taken back, if any.
    pub fn follow(&mut self, event: &Event) -> Option<u64> {
        // These events come before a run or from outside it.
        if matches!(
            event.body,
            Body::Live(Live::Loading { .. } | Live::Viewers { .. })
        ) {
            return None;
        }
        let is_new = self.branch.is_some_and(|branch| event.branch > branch);
        self.branch = Some(event.branch);
        let taken_back =
            (is_new && event.step < self.last_step).then(|| self.last_step - event.step);
        if taken_back.is_some() {
            self.rewind(event.step);
        }
        if let Some(samples) = event.body.samples()
            && samples.diversity.is_finite()
        {
            self.observe(DIVERSITY, event.step, samples.diversity);
        }
        match &event.body {
            Body::Recorded(Recorded::Step(window)) => {
                self.push(window.from_step, event.step, &window.metrics);
                self.clock.push(Moment {
                    step: event.step,
                    images: event.images as f64,
                    elapsed: event.elapsed,
                });
            }
            Body::Recorded(Recorded::Evaluated(quality)) => {
                let stats = quality.values.iter();
                let metrics = stats.map(|(name, value)| (name.clone(), Stat::of(*value)));
                let metrics: Metrics = metrics.collect();
                self.lasting.extend(metrics.keys().cloned());
                self.push(event.step, event.step, &metrics);
            }
            Body::Recorded(Recorded::Applied {
                objective: Some(_), ..
            }) => self.break_here(),
            _ => {}
        }
        taken_back
    }

    /// Adds the metrics of the steps `from..=to`.
    pub fn push(&mut self, from: u64, to: u64, metrics: &Metrics) {
        for (name, stat) in metrics {
            self.add_window(name, from, to, stat);
        }
        self.last_step = self.last_step.max(to);
    }

    /// Adds one value of one metric, whose line ends where this begins: the quick way for logs of single values. A step
    /// at or before the newest one of the metric takes back what the metric has from there on.
    pub fn add(&mut self, metric: &str, step: u64, value: f64) {
        self.add_window(metric, step, step, &Stat::of(value));
    }

    /// Adds the window of steps `from..=to` of one metric, as [`History::push`] does for several.
    pub fn add_window(&mut self, metric: &str, from: u64, to: u64, stat: &Stat) {
        let room = (BUCKETS / self.series.len().max(1)).clamp(FEWEST, CAPACITY);
        if let Some(series) = self.series.get_mut(metric) {
            series.push_within(room, (from, to), stat);
        } else {
            let series = self.series.entry(metric.to_owned()).or_default();
            series.push_within(room, (from, to), stat);
        }
        self.last_step = self.last_step.max(to);
    }

    /// Takes the end of a step, in order: one that is not beyond the newest is left out.
    pub fn pass(&mut self, moment: Moment) {
        if moment.step > self.clock.newest().step || self.clock.is_empty() {
            self.clock.push(moment);
        }
    }

    /// Breaks the line of one metric: what follows is not comparable with what came before.
    pub fn break_line(&mut self, metric: &str) {
        if let Some(series) = self.series.get_mut(metric) {
            series.break_here();
        }
    }

    /// The names of all metrics, sorted.
    pub fn metrics(&self) -> impl ExactSizeIterator<Item = &str> {
        self.series.keys().map(String::as_str)
    }

    /// Adds a value that is measured now and then; a second value for the same step is ignored.
    fn observe(&mut self, metric: &str, step: u64, value: f64) {
        self.lasting.insert(metric.to_owned());
        let series = self.series.entry(metric.to_owned()).or_default();
        if series.last().is_none_or(|last| last.to < step) {
            series.push(step, step, &Stat::of(value));
        }
    }

    /// Where steps lie on an axis that spans `range`, measured in `unit`.
    #[must_use]
    pub fn ruler(&self, unit: Unit, range: RangeInclusive<u64>) -> Ruler<'_> {
        Ruler::of(&self.clock, unit, range)
    }

    /// Number of windows, over all metrics, with a value that is not finite.
    #[must_use]
    pub fn odd(&self) -> u64 {
        let measured = self
            .series
            .iter()
            .filter(|(name, _)| !self.lasting.contains(*name));
        measured.map(|(_, series)| series.odd()).max().unwrap_or(0)
    }

    /// Whether a metric means the same whatever the objective.
    #[must_use]
    pub fn is_lasting(&self, metric: &str) -> bool {
        self.lasting.contains(metric)
    }

    /// Breaks the lines of all metrics that depend on the objective, because another one follows.
    pub fn break_here(&mut self) {
        for (name, series) in &mut self.series {
            if !self.lasting.contains(name) {
                series.break_here();
            }
        }
    }

    /// Sets aside everything after `step`, because the run was rewound.
    pub fn rewind(&mut self, step: u64) {
        self.series.values_mut().for_each(|s| s.rewind(step));
        self.last_step = self.last_step.min(step);
        self.clock.rewind(step);
    }

    /// The moments of the run's steps.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Bytes allocated.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let series = self.series.iter();
        series
            .map(|(name, series)| name.capacity() + series.bytes())
            .sum::<usize>()
            + self.clock.bytes()
    }

    /// The series of a metric, if it was ever measured.
    #[must_use]
    pub fn series(&self, metric: &str) -> Option<&Series> {
        self.series.get(metric)
    }

    /// The furthest step that the run reached, including steps that it took back, as far as they are remembered.
    fn furthest_step(&self) -> u64 {
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

    /// How far the run is, and was.
    #[must_use]
    pub fn reached(&self) -> Reached {
        Reached {
            last: self.last_step,
            furthest: self.furthest_step(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_of_metrics_take_no_more_memory_than_hundreds() {
        let of = |metrics: usize, steps: u64| {
            let mut history = History::default();
            for step in 1..=steps {
                for metric in 0..metrics {
                    let spike = if step == 77 { 9.0 } else { 0.0 };
                    history.add(&format!("m{metric}"), step, spike);
                }
            }
            history
        };
        let many = of(4_000, 200);
        assert!(many.bytes() < 50_000_000, "{}", many.bytes());
        let facts = many.series("m7").and_then(Series::facts);
        assert_eq!(facts.and_then(|facts| facts.highest), Some((77, 9.0)));
        assert_eq!(facts.map(|facts| facts.count), Some(200));
        // Each step of few.
        let few = of(200, 200).series("m7").map(|s| s.buckets().len());
        assert_eq!(few, Some(200));
    }

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

    #[test]
    fn ten_million_steps_of_twenty_metrics_stay_below_sixteen_megabytes() {
        let names: Vec<String> = (0..20).map(|i| format!("metric_{i}")).collect();
        let mut history = History::default();
        let (mut windows, width) = (0_u32, 1_000);
        for end in (width..=10_000_000).step_by(width as usize) {
            // Taken back now and then, because that is remembered too.
            windows += 1;
            if windows % 2_000 == 0 {
                history.rewind(end - 600 * width);
            }
            let stat = Stat::of(f64::from(windows % 7));
            let metrics = names.iter().map(|name| (name.clone(), stat)).collect();
            history.push(end - width + 1, end, &metrics);
            history.clock.push(Moment {
                step: end,
                images: end as f64,
                elapsed: end as f64,
            });
        }
        assert_eq!(history.last_step(), 10_000_000);
        assert!(
            history
                .series("metric_0")
                .is_some_and(|s| s.abandoned().len() > 3)
        );
        let bytes = history.bytes();
        assert!((1_000_000..16_000_000).contains(&bytes), "{bytes} bytes");
    }
}
