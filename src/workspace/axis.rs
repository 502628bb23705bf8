//! The horizontal axis of all charts, and where the steps of a run lie on it.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::curves::Curves;
use crate::history::{Bucket, Clock, Column, LEVELS, Point, Series, Times, columns_by, points_by};

/// What a horizontal axis is measured in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// Steps.
    #[default]
    Steps,
    /// Real images shown.
    Images,
    /// Seconds since the run began.
    Time,
    /// The time of day.
    Wall,
    /// The values of a metric.
    Metric(String),
}

impl Axis {
    /// The next one; after the time of day a metric, where one was chosen.
    #[must_use]
    pub fn next(&self, metric: Option<&str>) -> Self {
        match (self, metric) {
            (Self::Steps, _) => Self::Images,
            (Self::Images, _) => Self::Time,
            (Self::Time, _) => Self::Wall,
            (Self::Wall, Some(metric)) => Self::Metric(metric.to_owned()),
            (Self::Wall, None) | (Self::Metric(_), _) => Self::Steps,
        }
    }

    /// "by images": what charts say of it; nothing of steps, which are what one expects.
    #[must_use]
    pub fn word(&self) -> Option<String> {
        Some(match self {
            Self::Steps => return None,
            Self::Images => "by images".to_owned(),
            Self::Time => "by time since the start".to_owned(),
            Self::Wall => "by time of day".to_owned(),
            Self::Metric(metric) => format!("over {metric}"),
        })
    }

    /// What a run lacks that has no place on this axis: `3 without images`.
    #[must_use]
    pub fn lacking(&self) -> &str {
        match self {
            Self::Steps => "steps",
            Self::Images => "images",
            Self::Time | Self::Wall => "times",
            Self::Metric(metric) => metric,
        }
    }

    /// Whether a run and the one that it was forked from stand on it as one.
    #[must_use]
    pub fn joins_forks(&self) -> bool {
        // The time of training of a fork begins with itself.
        *self != Self::Time
    }
}

/// Where the steps of a run lie on an axis.
#[derive(Debug, Clone, Copy)]
pub enum Across<'a> {
    /// By their number.
    Steps,
    /// By the images seen.
    Images(&'a Clock),
    /// By the time of training.
    Time(&'a Clock),
    /// By the time of day.
    Wall(&'a Times),
    /// By the value of a metric, smoothed as this says.
    Metric(&'a Series, Option<usize>),
}

impl<'a> Across<'a> {
    /// For a run; `None` where the run does not know its steps so.
    #[must_use]
    pub fn of(axis: &Axis, curves: &'a Curves, smoothing: Option<usize>) -> Option<Self> {
        let newest = curves.clock.newest();
        Some(match axis {
            Axis::Steps => Self::Steps,
            Axis::Images if newest.images > 0.0 => Self::Images(&curves.clock),
            Axis::Time if newest.elapsed > 0.0 => Self::Time(&curves.clock),
            Axis::Wall if curves.times.at(0).is_some() => Self::Wall(&curves.times),
            Axis::Metric(metric) => {
                let series = curves.series.get(metric)?;
                Self::Metric(series, series.bears(smoothing))
            }
            Axis::Images | Axis::Time | Axis::Wall => return None,
        })
    }

    /// The end of a step on the axis, in its unit; NaN where it has no place.
    #[must_use]
    pub fn at(&self, step: u64) -> f64 {
        match self {
            Self::Steps => step as f64,
            Self::Images(clock) => clock.at(step).images,
            Self::Time(clock) => clock.at(step).elapsed,
            Self::Wall(times) => times.at(step).unwrap_or(f64::NAN),
            Self::Metric(series, smoothing) => {
                let after = series.buckets().partition_point(|bucket| bucket.to < step);
                newest(series.buckets(), after, step, *smoothing)
            }
        }
    }

    /// The same for steps that are asked for in rising order.
    fn places(&self) -> Box<dyn FnMut(u64) -> f64 + '_> {
        match self {
            Self::Steps => Box::new(|step| step as f64),
            Self::Images(clock) => {
                let mut at = clock.rising();
                Box::new(move |step| at(step).images)
            }
            Self::Time(clock) => {
                let mut at = clock.rising();
                Box::new(move |step| at(step).elapsed)
            }
            Self::Wall(times) => Box::new(times.rising()),
            Self::Metric(series, smoothing) => {
                let (buckets, mut after) = (series.buckets(), 0);
                Box::new(move |step| {
                    while buckets.get(after).is_some_and(|bucket| bucket.to < step) {
                        after += 1;
                    }
                    newest(buckets, after, step, *smoothing)
                })
            }
        }
    }

    /// Whether later steps lie further right.
    #[must_use]
    pub fn rises(&self) -> bool {
        !matches!(self, Self::Metric(..))
    }

    /// The ends of an axis that holds these steps of a run that reached `last`.
    #[must_use]
    pub fn ends(&self, range: &RangeInclusive<u64>, last: u64) -> Option<(f64, f64)> {
        let Self::Metric(series, smoothing) = self else {
            let end = (*range.end()).min(last.max(1));
            return Some((self.at(*range.start()), self.at(end)));
        };
        let all = within(series.buckets(), range).iter();
        let places = all.map(|bucket| value_of(bucket, *smoothing));
        let found = places
            .filter(|at| at.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| {
                (low.min(at), high.max(at))
            });
        (found.0 <= found.1).then_some(found)
    }

    /// A series in columns of an axis with these ends.
    #[must_use]
    pub fn columns(
        &self,
        series: &Series,
        range: &RangeInclusive<u64>,
        ends: (f64, f64),
        count: u16,
    ) -> Vec<Column> {
        columns_by(series.buckets(), range, self.shares(ends), count)
    }

    /// The line of a series, smoothed as `smoothing` says, in the same columns.
    #[must_use]
    pub fn points(
        &self,
        series: &Series,
        range: &RangeInclusive<u64>,
        ends: (f64, f64),
        count: u16,
        smoothing: Option<usize>,
    ) -> Vec<Point> {
        let value = |bucket: &Bucket| value_of(bucket, smoothing);
        points_by(series.buckets(), range, self.shares(ends), count, value)
    }

    /// Where steps lie, asked for in rising order, as shares of an axis with these ends.
    fn shares(&self, ends: (f64, f64)) -> impl FnMut(u64) -> f64 {
        let width = ends.1 - ends.0;
        let mut at = self.places();
        move |step| match at(step) {
            at if width > 0.0 => (at - ends.0) / width,
            at => at * 0.0,
        }
    }

    /// The value of a series at a place of the axis, in its unit: the newest that was observed by then, of those that are kept, and
    /// not smoothed; over a metric, that of the step whose value is nearest. Nothing before the series begins, and beyond `until`, the
    /// last step of its run.
    #[must_use]
    pub fn reading(
        &self,
        series: &Series,
        range: &RangeInclusive<u64>,
        place: f64,
        until: u64,
    ) -> Option<f64> {
        let bucket = if self.rises() {
            let buckets = series.buckets();
            let after = buckets.partition_point(|bucket| self.at(bucket.to) <= place);
            match after.checked_sub(1).and_then(|at| buckets.get(at)) {
                // Where the series is rare, its newest value is that of all later steps of the run.
                Some(last) if after == buckets.len() && self.at(last.to) < place => {
                    (self.at(until.max(last.to)) >= place).then_some(last)?
                }
                Some(before) => before,
                // Of several steps that are kept as one, the place is among the first.
                None => buckets
                    .first()
                    .filter(|first| self.at(first.from) <= place)?,
            }
        } else {
            let mut at = self.places();
            let all = within(series.buckets(), range).iter();
            let known = all.map(|bucket| ((at(bucket.to) - place).abs(), bucket));
            let known = known.filter(|(distance, _)| distance.is_finite());
            // Of several that are as near, the newest.
            let nearest = known.reduce(|best, next| if next.0 <= best.0 { next } else { best });
            nearest?.1
        };
        Some(bucket.stat.last)
    }

    /// The step of a series that lies nearest to a place of the axis.
    #[must_use]
    pub fn step_at(&self, series: &Series, range: &RangeInclusive<u64>, place: f64) -> Option<u64> {
        let all = within(series.buckets(), range).iter();
        let distance = |step: u64| (self.at(step) - place).abs();
        all.map(|bucket| bucket.to)
            .rev()
            .filter(|step| distance(*step).is_finite())
            .min_by(|a, b| distance(*a).total_cmp(&distance(*b)))
    }
}

fn within<'a>(buckets: &'a [Bucket], range: &RangeInclusive<u64>) -> &'a [Bucket] {
    let first = buckets.partition_point(|bucket| bucket.to < *range.start());
    let last = buckets.partition_point(|bucket| bucket.to <= *range.end());
    buckets.get(first..last).unwrap_or_default()
}

/// The newest measurement by a step: that of this step, or one before it; `after` is the first that ends there or later.
fn newest(buckets: &[Bucket], after: usize, step: u64, smoothing: Option<usize>) -> f64 {
    let here = buckets.get(after).filter(|bucket| bucket.from <= step);
    let before = || after.checked_sub(1).and_then(|at| buckets.get(at));
    here.or_else(before)
        .map_or(f64::NAN, |bucket| value_of(bucket, smoothing))
}

fn value_of(bucket: &Bucket, smoothing: Option<usize>) -> f64 {
    smoothing.map_or(bucket.centre, |level| bucket.smooth[level % LEVELS.len()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Stat;

    fn series(values: impl Fn(u64) -> f64) -> Series {
        let mut series = Series::default();
        (1..=100).for_each(|step| series.push(step, step, &Stat::of(values(step))));
        series
    }

    #[test]
    fn a_metric_over_another_one_is_read_where_that_is_nearest() {
        let curves = Curves {
            series: [
                ("x".to_owned(), series(|step| step as f64 / 10.0)),
                ("y".to_owned(), series(|step| 200.0 - step as f64)),
            ]
            .into(),
            ..Curves::default()
        };
        let axis = Axis::Metric("x".to_owned());
        let across = Across::of(&axis, &curves, None);
        let (Some(across), Some(y)) = (across, curves.series.get("y")) else {
            unreachable!("both are there");
        };
        let range = 0..=100;
        assert_eq!(across.ends(&range, 100), Some((0.1, 10.0)));
        assert_eq!(across.reading(y, &range, 5.04, 100), Some(150.0));
        assert_eq!(across.step_at(y, &range, 5.04), Some(50));
        let columns = across.columns(y, &range, (0.0, 10.0), 11);
        assert!(
            columns
                .iter()
                .any(|c| c.x == 5 && (c.low - 146.0).abs() < 1e-9)
        );
        assert!(Across::of(&Axis::Metric("z".to_owned()), &curves, None).is_none());
        assert!(Across::of(&Axis::Wall, &curves, None).is_none());
    }

    #[test]
    fn a_series_says_nothing_beyond_its_ends() {
        let y = series(|step| step as f64);
        let range = 0..=200;
        let reading = |place, until| Across::Steps.reading(&y, &range, place, until);
        assert_eq!(reading(40.0, 100), Some(40.0));
        assert_eq!(reading(0.0, 100), None);
        assert_eq!(reading(150.0, 100), None);
        // Its run went on: the newest value is that of step 100.
        assert_eq!(reading(150.0, 160), Some(100.0));
        assert_eq!(reading(170.0, 160), None);
    }

    #[test]
    fn a_reading_is_a_value_that_was_observed() {
        let value = |step: u64| (step * 7919 % 1013) as f64;
        let mut long = Series::default();
        (1..=50_000).for_each(|step| long.push(step, step, &Stat::of(value(step))));
        assert!(long.width() > 1);
        for step in [47_499_u64, 47_500, 31_007, 2, 50_000] {
            let at = Across::Steps.reading(&long, &(0..=50_000), step as f64, 50_000);
            let near = step.saturating_sub(long.width())..=step + long.width();
            assert!(near.map(value).any(|v| Some(v) == at), "{step}: {at:?}");
        }
    }

    #[test]
    fn axes_come_one_after_the_other() {
        let mut axis = Axis::Steps;
        for _ in 0..4 {
            axis = axis.next(None);
        }
        assert_eq!(axis, Axis::Steps);
        assert_eq!(Axis::Wall.next(Some("fid")), Axis::Metric("fid".to_owned()));
        let json = serde_json::to_string(&Axis::Metric("fid".to_owned())).unwrap_or_default();
        assert_eq!(
            serde_json::from_str::<Axis>(&json).ok(),
            Some(Axis::Metric("fid".to_owned()))
        );
    }
}
