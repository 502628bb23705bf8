//! Applies rules to measurements: what each rule has seen, and when it triggers.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::condition::{Condition, When};
use crate::protocol::{Action, Checked, Metrics, Reading, Triggered, Value, Verdict};

/// A condition and what it triggers: an entry of `[[rules]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The condition.
    pub when: Condition,
    /// What it triggers.
    #[serde(rename = "do")]
    pub action: Action,
}

impl Rule {
    /// A rule that makes the run fail when the condition holds.
    #[must_use]
    pub fn failing(when: Condition) -> Self {
        Self {
            when,
            action: Action::Fail,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.when, self.action)
    }
}

/// The state of a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The newest measurement that was tested.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    seen: Option<Reading>,
    /// The first step of the current row of measurements that pass the test.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    since: Option<u64>,
    /// The measurement that triggered it, while the episode lasts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    held: Option<Reading>,
}

impl Progress {
    /// Returns whether a measurement at `now` is to be tested.
    fn looks(&self, condition: &Condition, now: u64) -> bool {
        match condition.when {
            When::Always => true,
            When::At(step) => now >= step && self.seen.is_none(),
            When::After(step) => now > step,
        }
    }

    /// Takes a measurement; returns whether the condition has just begun to hold.
    fn observe(&mut self, condition: &Condition, now: Reading) -> bool {
        if !self.looks(condition, now.step) {
            return false;
        }
        self.seen = Some(now);
        if !condition.test.passes(now.value) {
            (self.since, self.held) = (None, None);
            return false;
        }
        let since = *self.since.get_or_insert(now.step);
        let steps = now.step.saturating_sub(since) + 1;
        let triggers = steps >= condition.steps && self.held.is_none();
        if triggers {
            self.held = Some(now);
        }
        triggers
    }
}

/// The rules of a run. The same measurements trigger the same rules, wherever and however often the state is saved in
/// between.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Watch {
    rules: Vec<(Rule, Progress)>,
}

impl Watch {
    /// Watches these rules; duplicates count once.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        let mut watch = Self::default();
        for rule in rules {
            if watch.rules.iter().all(|(known, _)| *known != rule) {
                watch.rules.push((rule, Progress::default()));
            }
        }
        watch
    }

    /// Returns whether a rule would use this metric if it were measured at `step`.
    #[must_use]
    pub fn asks_for(&self, metric: &str, step: u64) -> bool {
        self.rules
            .iter()
            .any(|(rule, progress)| rule.when.metric == metric && progress.looks(&rule.when, step))
    }

    /// Returns whether there are no rules.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Takes what was measured at `step`, by training or evaluation; of a metric that occurs twice, the later value
    /// counts. Returns what that triggers, in the order of the rules. A condition that the run has failed stays met,
    /// whatever is measured before the run can end.
    pub fn observe(&mut self, step: u64, values: &[(&str, f64)]) -> Vec<Triggered> {
        let mut triggered = Vec::new();
        for (rule, progress) in &mut self.rules {
            if has_failed(rule, progress) {
                continue;
            }
            let newest = values
                .iter()
                .rev()
                .find(|(name, _)| *name == rule.when.metric);
            if let Some((_, value)) = newest {
                let now = Reading {
                    step,
                    value: *value,
                };
                if progress.observe(&rule.when, now) {
                    triggered.push(held(rule, now));
                }
            }
        }
        triggered
    }

    /// The same for windows of the steps `from..=step`. A condition is tested against both extremes of a window and against its
    /// newest value: no measurement in it that would have triggered goes unseen, and a row is broken by any that would have
    /// broken it. A condition on one step is tested against the newest value.
    pub fn observe_windows(&mut self, from: u64, step: u64, windows: &Metrics) -> Vec<Triggered> {
        let mut triggered = Vec::new();
        for (rule, progress) in &mut self.rules {
            let Some(window) = windows.get(&rule.when.metric) else {
                continue;
            };
            if has_failed(rule, progress) {
                continue;
            }
            let extremes = [window.min, window.max].map(|value| Reading { step: from, value });
            let whole = window.count > 1 && !matches!(rule.when.when, When::At(_));
            let extremes = extremes.into_iter().filter(|_| whole);
            let newest = Reading {
                step,
                value: window.last,
            };
            // Found at one of the extremes, it may be over by the newest value: it has held all the same.
            for now in extremes.chain([newest]) {
                if progress.observe(&rule.when, now) {
                    // Of a merged window it is known of the newest value alone at which step it was.
                    let is_newest = now.value.to_bits() == newest.value.to_bits();
                    let at = if is_newest { newest } else { now };
                    progress.held = progress.held.map(|_| at);
                    triggered.push(held(rule, at));
                }
                if has_failed(rule, progress) {
                    break;
                }
            }
        }
        triggered
    }

    /// The first condition with [`Action::Fail`] that holds: the reason why the run has failed.
    #[must_use]
    pub fn failure(&self) -> Option<Triggered> {
        self.judging()
            .find_map(|(rule, progress)| Some(held(rule, progress.held?)))
    }

    /// The conditions with [`Action::Fail`] that were never tested, for a run that ended at `end`.
    #[must_use]
    pub fn not_measured(&self, end: u64) -> Vec<Triggered> {
        self.judging()
            .filter(|(_, progress)| progress.seen.is_none())
            .map(|(rule, _)| not_measured(rule, end))
            .collect()
    }

    /// The state of each condition with [`Action::Fail`].
    #[must_use]
    pub fn verdicts(&self) -> Vec<Checked> {
        self.judging()
            .map(|(rule, progress)| Checked {
                condition: rule.when.to_string(),
                verdict: match (progress.held, progress.seen) {
                    (Some(_), _) => Verdict::Held,
                    (None, Some(_)) => Verdict::Passed,
                    (None, None) => Verdict::NotMeasured,
                },
                measured: progress.held.or(progress.seen),
            })
            .collect()
    }

    /// A condition with [`Action::Fail`] on a single step that a run continuing from `step` has already passed without
    /// testing it.
    #[must_use]
    pub fn missed(&self, step: u64) -> Option<&Condition> {
        self.judging()
            .find(|(rule, progress)| {
                progress.seen.is_none() && matches!(rule.when.when, When::At(at) if at <= step)
            })
            .map(|(rule, _)| &rule.when)
    }

    fn judging(&self) -> impl Iterator<Item = &(Rule, Progress)> {
        self.rules
            .iter()
            .filter(|(rule, _)| rule.action == Action::Fail)
    }

    /// Restarts all rows and episodes of these metrics, because their meaning has changed. Conditions that the run has
    /// failed stay met.
    pub fn begin_anew(&mut self, is_other: impl Fn(&str) -> bool) {
        for (rule, progress) in &mut self.rules {
            if is_other(&rule.when.metric) && !has_failed(rule, progress) {
                (progress.since, progress.held) = (None, None);
            }
        }
    }

    /// The state of all rules, by their written form.
    #[must_use]
    pub fn state(&self) -> BTreeMap<String, Progress> {
        let each = self.rules.iter();
        each.map(|(rule, progress)| (rule.to_string(), *progress))
            .collect()
    }

    /// Restores what [`Watch::state`] returned, in this process or an earlier one of the same run. A rule that is not
    /// in it begins anew.
    pub fn restore(&mut self, state: &BTreeMap<String, Progress>) {
        for (rule, progress) in &mut self.rules {
            *progress = state.get(&rule.to_string()).copied().unwrap_or_default();
        }
    }
}

fn has_failed(rule: &Rule, progress: &Progress) -> bool {
    rule.action == Action::Fail && progress.held.is_some()
}

fn held(rule: &Rule, measured: Reading) -> Triggered {
    let Condition { metric, .. } = &rule.when;
    let Reading { step, value } = measured;
    Triggered {
        text: format!(
            "`{}` held at step {step}: {metric} was {}",
            rule.when,
            readable(value)
        ),
        condition: rule.when.to_string(),
        action: rule.action,
        metric: metric.clone(),
        measured: Some(measured),
    }
}

fn not_measured(rule: &Rule, end: u64) -> Triggered {
    let Condition { metric, when, .. } = &rule.when;
    let missing = match when {
        When::Always => format!("{metric} was never measured"),
        When::At(step) => format!("{metric} was not measured from step {step} on"),
        When::After(step) => format!("{metric} was not measured after step {step}"),
    };
    Triggered {
        text: format!(
            "`{}` was never checked: {missing}, and the run ended at step {end}",
            rule.when
        ),
        condition: rule.when.to_string(),
        action: rule.action,
        metric: metric.clone(),
        measured: None,
    }
}

/// A value in six digits: single precision has no more.
fn readable(value: f64) -> String {
    let short = format!("{value:.5e}").parse().unwrap_or(value);
    Value::Float(short).to_string()
}
