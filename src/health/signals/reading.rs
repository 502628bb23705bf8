//! Reads the value of a signal from the history, by the role of its metric.

use super::Situation;
use super::range::Range;
use crate::metric::{MetricInfo, Role};

/// Index of the smoothing over about 100 steps.
const OVER_100_STEPS: usize = 1;
/// Steps before which a fresh generator may generate images that are alike.
const GRACE_STEPS: u64 = 2_000;
/// Windows needed before a median is meaningful.
const ENOUGH: usize = 20;

/// The value of a signal. Adjusts its range to the situation.
pub(super) fn value(at: &Situation<'_>, metric: &MetricInfo, range: &mut Range) -> Option<f64> {
    match metric.role {
        Role::RealAccuracy => overfitting(at, metric),
        Role::FakeAccuracy => accuracy(at, metric, range.least()),
        Role::GradientNorm => {
            if let Some(usual) = median(at, &metric.name) {
                let jump = usual * at.limits.grad_jump;
                range.lower_high(jump.max(f64::MIN_POSITIVE));
            }
            smoothed(at, &metric.name)
        }
        Role::Diversity => {
            if at.step < GRACE_STEPS {
                range.lift_low();
            }
            Some(at.history.series(&metric.name)?.last()?.stat.last)
        }
        _ => smoothed(at, &metric.name),
    }
}

/// A metric's value over about the last 100 steps since the objective changed.
fn smoothed(at: &Situation<'_>, metric: &str) -> Option<f64> {
    let smooth = at.history.series(metric)?.last()?.smooth[OVER_100_STEPS];
    smooth.is_finite().then_some(smooth)
}

/// D's accuracy: the lower of its accuracies on real and on generated images. If only one is low, D is biased; if both
/// are, it is weak.
fn accuracy(at: &Situation<'_>, on_fake: &MetricInfo, least: f64) -> Option<f64> {
    let on_real = at.objective?.with_role(Role::RealAccuracy)?;
    let real = smoothed(at, &on_real.name)?;
    let fake = smoothed(at, &on_fake.name)?;
    let lower = real.min(fake);
    Some(if real.max(fake) < least {
        lower
    } else {
        lower.max(least)
    })
}

/// The mean sign of D(x). In the first epoch every image is new to D, so it cannot have memorised any.
fn overfitting(at: &Situation<'_>, on_real: &MetricInfo) -> Option<f64> {
    let accuracy = smoothed(at, &on_real.name).filter(|_| at.epoch > 1)?;
    Some(2.0 * accuracy - 1.0)
}

/// The median of a metric so far.
fn median(at: &Situation<'_>, metric: &str) -> Option<f64> {
    let buckets = at.history.series(metric)?.buckets();
    let mut values: Vec<f64> = buckets.iter().map(|b| b.centre).collect();
    values.retain(|v| v.is_finite());
    let middle = values.len() / 2;
    (values.len() >= ENOUGH).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
}
