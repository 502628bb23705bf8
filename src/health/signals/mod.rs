//! How well training is going, signal by signal: what is measured, its healthy range, what it means when the value is
//! outside, and what may help. Pure: the history and the description of a run in, verdicts out.
//!
//! A metric that declares a [`Check`] is a signal. Its role determines how it is read.

mod range;
mod reading;
mod verdict;

pub use verdict::Verdict;

use range::Range;
use reading::{Reading, read};

use super::advice::followable;
use crate::history::History;
use crate::metric::{Check, HealthLimits, MetricInfo, ObjectiveInfo, diversity};
use crate::protocol::{Declaration, Metrics};

/// The facts about a run that signals are computed from.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The objective in force; `None` before the run has begun.
    pub objective: Option<&'a ObjectiveInfo>,
    /// The run's configured limits.
    pub limits: HealthLimits,
    /// The history of its metrics.
    pub history: &'a History,
    /// The newest window of each metric.
    pub latest: &'a Metrics,
    /// Steps done.
    pub step: u64,
    /// The epoch, from 1.
    pub epoch: u64,
    /// Whether the run is beyond recovery because of numbers that are not finite.
    pub is_lost: bool,
    /// Whether the run has ended, so that no advice helps any more.
    pub has_ended: bool,
    /// What a program that trains has declared; `None` for this program's own trainer, which takes every command.
    pub program: Option<&'a Declaration>,
}

impl Situation<'_> {
    /// Whether a command can be given to what trains.
    fn can(&self, command: &str) -> bool {
        self.program
            .is_none_or(|declared| declared.can_follow(command))
    }
}

/// One aspect of training.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// Its title.
    pub title: String,
    /// The metric to chart with it, if any.
    pub metric: Option<String>,
    /// Its smoothed value.
    pub value: Option<f64>,
    /// Its healthy range, in words.
    pub limits: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// What the verdict means.
    pub meaning: String,
    /// What may help; empty if nothing is wrong.
    pub advice: String,
}

/// The signals of the objective, most important first.
#[must_use]
pub fn signals(situation: &Situation<'_>) -> Vec<Signal> {
    let declared = situation.objective.iter().flat_map(|o| &o.metrics);
    // What a program declares is known to be of use to it.
    let mut own = diversity();
    for edge in own.check.iter_mut().flat_map(Check::edges) {
        edge.advice = followable(&edge.advice, |command| situation.can(command));
    }
    let mut metrics: Vec<MetricInfo> = declared.cloned().chain([own]).collect();
    metrics.sort_by_key(|metric| (metric.role, metric.network));
    let mut found = vec![numbers(situation)];
    found.extend(
        metrics
            .iter()
            .filter_map(|metric| signal(situation, metric)),
    );
    if situation.has_ended {
        for signal in &mut found {
            signal.advice.clear();
        }
    }
    found
}

/// The worst verdict of these signals.
#[must_use]
pub fn worst(signals: &[Signal]) -> Verdict {
    let verdicts = signals.iter().map(|signal| signal.verdict);
    verdicts.max().unwrap_or(Verdict::Waiting)
}

/// Whether all numbers are finite.
fn numbers(situation: &Situation<'_>) -> Signal {
    let broken = situation.latest.values().any(|s| !s.last.is_finite());
    let odd = situation.history.odd();
    let (verdict, meaning) = match (broken || situation.is_lost, odd) {
        (false, 0) if situation.step == 0 => (Verdict::Waiting, "no step is done yet"),
        (true, _) => (
            Verdict::Failing,
            "a loss or a gradient is not finite: nothing more is learned",
        ),
        (false, 1..) => (
            Verdict::Watch,
            "some values were not finite; the training continued",
        ),
        (false, 0) => (Verdict::Healthy, "all losses and gradients are finite"),
    };
    let advice = match verdict {
        Verdict::Failing | Verdict::Watch if situation.program.is_none() => {
            "`rewind` to a good state, and lower the learning rates (`lr /2`) from there"
        }
        // Of weights that are no numbers, lower rates make none.
        Verdict::Watch if situation.can("lr") => "`lr /2`",
        _ => "",
    };
    Signal {
        title: "numbers".to_owned(),
        metric: None,
        value: Some(odd as f64),
        limits: "0 windows not finite".to_owned(),
        verdict,
        meaning: meaning.to_owned(),
        advice: advice.to_owned(),
    }
}

/// The signal of a metric, if it declares a check. One that only some settings ask for is a signal once it was measured.
fn signal(situation: &Situation<'_>, metric: &MetricInfo) -> Option<Signal> {
    let check = metric.check.as_ref()?;
    let mut range = Range::of(check, &situation.limits);
    let reading = read(situation, metric, &mut range);
    if metric.is_optional && reading == Reading::Missing {
        return None;
    }
    let (value, verdict) = match reading {
        Reading::Missing => (None, Verdict::Waiting),
        Reading::Early(value, _) => (Some(value), Verdict::Early),
        Reading::Excused(value, _) => (Some(value), Verdict::Healthy),
        Reading::Value(value) => (Some(value), range.judge(value)),
    };
    let edge = match value {
        Some(value) if verdict > Verdict::Healthy && range.is_below(value) => check.low.as_ref(),
        Some(_) if verdict > Verdict::Healthy => check.high.as_ref(),
        _ => None,
    };
    // What a good value means is said of no other.
    let (meaning, advice) = match (reading, edge) {
        (Reading::Missing, _) => ("not measured yet", ""),
        (Reading::Early(_, why) | Reading::Excused(_, why), _) => (why, ""),
        (_, Some(edge)) => (edge.meaning.as_str(), edge.advice.as_str()),
        (_, None) => (check.healthy.as_str(), ""),
    };
    Some(Signal {
        title: check.title.clone(),
        metric: Some(metric.name.clone()),
        value,
        limits: range.in_words(),
        verdict,
        meaning: meaning.to_owned(),
        advice: advice.to_owned(),
    })
}

#[cfg(test)]
mod tests;
