//! The healthy range of a signal.

use super::Verdict;
use crate::metric::{Check, Edge, HealthLimits};

/// The limits of a signal; infinite where there is no limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    low: Limit,
    high: Limit,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Limit {
    watch: f64,
    failing: f64,
}

impl Limit {
    /// The value of an edge; `none` if there is no edge.
    fn of(edge: Option<&Edge>, limits: &HealthLimits, none: f64) -> Self {
        let watch = edge.and_then(|edge| edge.watch.value(limits));
        let failing = edge.and_then(|edge| edge.failing.as_ref()?.value(limits));
        Self {
            watch: watch.unwrap_or(none),
            failing: failing.unwrap_or(none),
        }
    }
}

impl Range {
    /// The range of a check, with the limits of a run.
    pub(super) fn of(check: &Check, limits: &HealthLimits) -> Self {
        Self {
            low: Limit::of(check.low.as_ref(), limits, f64::NEG_INFINITY),
            high: Limit::of(check.high.as_ref(), limits, f64::INFINITY),
        }
    }

    /// The lower limit.
    pub(super) fn least(&self) -> f64 {
        self.low.watch
    }

    /// Lowers the upper limit to `most`, if it is higher.
    pub(super) fn lower_high(&mut self, most: f64) {
        self.high.watch = self.high.watch.min(most);
    }

    pub(super) fn judge(&self, value: f64) -> Verdict {
        if !value.is_finite() || value < self.low.failing || value > self.high.failing {
            Verdict::Failing
        } else if value < self.low.watch || value > self.high.watch {
            Verdict::Watch
        } else {
            Verdict::Healthy
        }
    }

    /// Returns whether a value is too low.
    pub(super) fn is_below(&self, value: f64) -> bool {
        value < self.low.watch
    }

    /// The range as a short text.
    pub(super) fn in_words(&self) -> String {
        let (low, high) = (short(self.low.watch), short(self.high.watch));
        match (self.low.watch.is_finite(), self.high.watch.is_finite()) {
            (true, true) => format!("{low} to {high}"),
            (true, false) => format!("from {low}"),
            (false, true) => format!("up to {high}"),
            (false, false) => String::new(),
        }
    }
}

/// A limit as a short text.
fn short(value: f64) -> String {
    match value.abs() {
        size if size > 0.0 && size < 0.01 => format!("{value:e}"),
        size if size < 10.0 => {
            let text = format!("{value:.2}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        _ => format!("{value:.0}"),
    }
}
