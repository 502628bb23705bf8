//! Rules at work: which measurements each has seen, and when it triggers.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::condition::{Condition, When};
use crate::protocol::{Action, Checked, Reading, Triggered, Value, Verdict};

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
    /// The run must not meet this condition.
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

/// What a rule remembers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The newest measurement that was looked at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    seen: Option<Reading>,
    /// The first step of the row of measurements that pass the test.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    since: Option<u64>,
    /// The measurement that triggered it, while the episode lasts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    held: Option<Reading>,
}

impl Progress {
    /// Returns whether a measurement at `now` counts.
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

/// The rules of a run. The same measurements trigger the same, wherever and however often the state is saved in between.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Watch {
    rules: Vec<(Rule, Progress)>,
}

impl Watch {
    /// Watches for these; one that is there twice counts once.
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

    /// Takes what was measured at `step`, training or evaluation; of a metric that is there twice the later counts. Gives
    /// what that triggers, in the order of the rules. A condition that the run has failed by stays met, whatever is measured
    /// before the run can end.
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

    /// The first condition with [`Action::Fail`] that holds: the run has failed by it.
    #[must_use]
    pub fn failure(&self) -> Option<Triggered> {
        self.judging()
            .find_map(|(rule, progress)| Some(held(rule, progress.held?)))
    }

    /// The conditions with [`Action::Fail`] that were never looked at, for a run that has ended at `end`.
    #[must_use]
    pub fn not_measured(&self, end: u64) -> Vec<Triggered> {
        self.judging()
            .filter(|(_, progress)| progress.seen.is_none())
            .map(|(rule, _)| not_measured(rule, end))
            .collect()
    }

    /// How each condition with [`Action::Fail`] stands.
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

    /// A condition with [`Action::Fail`] that asks for one step, which a run that goes on from `step` has behind it unseen.
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

    /// Begins every row and every episode of these metrics anew: what they measure is not what they measured before. What the
    /// run has failed by stays met.
    pub fn begin_anew(&mut self, is_other: impl Fn(&str) -> bool) {
        for (rule, progress) in &mut self.rules {
            if is_other(&rule.when.metric) && !has_failed(rule, progress) {
                (progress.since, progress.held) = (None, None);
            }
        }
    }

    /// What all rules remember, by their written form.
    #[must_use]
    pub fn state(&self) -> BTreeMap<String, Progress> {
        let each = self.rules.iter();
        each.map(|(rule, progress)| (rule.to_string(), *progress))
            .collect()
    }

    /// Takes over what [`Watch::state`] gave, of this run or of an earlier process of it. A rule that was not there begins
    /// anew.
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

/// A value in six digits: what was measured in single precision has no more.
fn readable(value: f64) -> String {
    let short = format!("{value:.5e}").parse().unwrap_or(value);
    Value::Float(short).to_string()
}
