//! Reads the value of a signal from the history, by the role of its metric.

use super::range::Range;
use super::{Situation, Verdict};
use crate::history::{Bucket, Series};
use crate::metric::{MetricInfo, Role};

/// Index of the smoothing over about 100 steps.
const OVER_100_STEPS: usize = 1;
/// Steps before which a fresh generator may generate images that are alike, and the same in words.
const GRACE_STEPS: u64 = 2_000;
const UNTIL_GRACE: &str =
    "too early to judge: a fresh generator draws images that are alike; judged from step 2,000";
/// In the first epoch every image is new to D, so it cannot have memorised any.
const FIRST_EPOCH: &str =
    "too early to judge: in the first epoch every image is new to D; judged from the second";
/// Windows needed before a median is meaningful, and what is said until there are as many.
const ENOUGH: usize = 20;
const UNTIL_ENOUGH: &str = "too early to judge: its usual size is not known yet";
/// Steps in which an optimizer does not know the size of gradients yet, so that each update is as large as its rate allows.
const FIRST_UPDATES: u64 = 200;
const UNTIL_UPDATES: &str =
    "too early to judge: an optimizer's first updates are large; judged after 200 steps";

/// What the history says about a signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reading {
    /// Nothing yet.
    Missing,
    /// A value that says nothing about the training yet, and why.
    Early(f64, &'static str),
    /// A value outside its limits that is no problem, and what it means.
    Excused(f64, &'static str),
    /// A value to be judged.
    Value(f64),
}

impl Reading {
    fn of(value: Option<f64>) -> Self {
        value.map_or(Self::Missing, Self::Value)
    }

    /// The same, but a value that `says_nothing` is early.
    fn unless(self, says_nothing: impl Fn(f64) -> bool, why: &'static str) -> Self {
        match self {
            Self::Value(value) if says_nothing(value) => Self::Early(value, why),
            other => other,
        }
    }
}

/// Reads a signal. Adjusts its range to the situation.
pub(super) fn read(at: &Situation<'_>, metric: &MetricInfo, range: &mut Range) -> Reading {
    match metric.role {
        Role::RealAccuracy => {
            let is_first = at.epoch <= 1;
            Reading::of(overfitting(at, metric)).unless(|_| is_first, FIRST_EPOCH)
        }
        Role::FakeAccuracy => accuracy(at, metric, range.least()).unwrap_or(Reading::Missing),
        Role::GradientNorm => {
            let usual = median(at, &metric.name);
            if let Some(usual) = usual {
                let jump = usual * at.limits.grad_jump;
                range.lower_high(jump.max(f64::MIN_POSITIVE));
            }
            // A value beyond the fixed limits is wrong whatever is usual.
            let is_unjudged = |value| usual.is_none() && range.judge(value) == Verdict::Healthy;
            Reading::of(smoothed(at, &metric.name)).unless(is_unjudged, UNTIL_ENOUGH)
        }
        Role::UpdateRatio => {
            let held = held(at, &metric.name);
            let steps = held.first().zip(held.last()).map(|(a, z)| z.to - a.from);
            let is_first = steps.is_some_and(|steps| steps < FIRST_UPDATES);
            let is_large = |value| range.judge(value) > Verdict::Healthy && !range.is_below(value);
            Reading::of(smoothed(at, &metric.name))
                .unless(|value| is_first && is_large(value), UNTIL_UPDATES)
        }
        Role::Diversity => {
            let newest = at.history.series(&metric.name).and_then(Series::last);
            let is_fresh = newest.is_some_and(|newest| newest.to < GRACE_STEPS);
            Reading::of(newest.map(|newest| newest.stat.last))
                .unless(|value| is_fresh && range.is_below(value), UNTIL_GRACE)
        }
        _ => Reading::of(smoothed(at, &metric.name)),
    }
}

/// A metric's value over about the last 100 steps since the objective changed.
fn smoothed(at: &Situation<'_>, metric: &str) -> Option<f64> {
    let smooth = at.history.series(metric)?.last()?.smooth[OVER_100_STEPS];
    smooth.is_finite().then_some(smooth)
}

/// D's accuracy: the lower of its accuracies on real and on generated images. If only one is low, D is biased; if both
/// are, it is weak. An objective that compares images in pairs has one accuracy, that of pairs.
fn accuracy(at: &Situation<'_>, on_fake: &MetricInfo, least: f64) -> Option<Reading> {
    let fake = smoothed(at, &on_fake.name)?;
    let Some(on_real) = at.objective?.with_role(Role::RealAccuracy) else {
        return Some(Reading::Value(fake));
    };
    let real = smoothed(at, &on_real.name)?;
    let lower = real.min(fake);
    let leans = lower < least && real.max(fake) >= least;
    Some(match (leans, real > fake) {
        (false, _) => Reading::Value(lower),
        (true, true) => Reading::Excused(lower, "D takes most images for real, and is not weak"),
        (true, false) => {
            Reading::Excused(lower, "D takes most images for generated, and is not weak")
        }
    })
}

/// The mean sign of D(x).
fn overfitting(at: &Situation<'_>, on_real: &MetricInfo) -> Option<f64> {
    let accuracy = smoothed(at, &on_real.name)?;
    Some(2.0 * accuracy - 1.0)
}

/// The median of a metric since the objective changed: what was usual under another one says nothing.
fn median(at: &Situation<'_>, metric: &str) -> Option<f64> {
    let mut values: Vec<f64> = held(at, metric).iter().map(|b| b.centre).collect();
    values.retain(|v| v.is_finite());
    let middle = values.len() / 2;
    (values.len() >= ENOUGH).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// What was measured of a metric since the objective changed.
fn held<'a>(at: &Situation<'a>, metric: &str) -> &'a [Bucket] {
    let series = at.history.series(metric);
    let buckets = series.map_or(&[][..], Series::buckets);
    let since = buckets.iter().rposition(|bucket| bucket.breaks);
    &buckets[since.unwrap_or(0)..]
}
