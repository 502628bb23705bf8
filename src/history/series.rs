//! One metric over the whole run in a fixed number of buckets.
//!
//! All buckets span the same number of steps. When there are too many, that width doubles and neighbours merge; the
//! merge keeps count, extremes, mean and last, so what is lost is resolution and never a spike. Pushing costs O(1)
//! on average.

use serde::{Deserialize, Serialize};

use super::smooth::{EmaBank, LEVELS};
use crate::protocol::Stat;

/// Buckets a series holds at the most: more than any terminal has columns of dots.
pub const CAPACITY: usize = 2048;
/// Abandoned stretches that are remembered.
const STRETCHES: usize = 4;
/// Buckets of an abandoned stretch at the most.
const STRETCH: usize = 512;

/// The observations of some neighbouring steps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// First step.
    pub from: u64,
    /// Last step.
    pub to: u64,
    /// Everything observed, NaN included.
    pub stat: Stat,
    /// Smallest finite observation; infinity when there was none.
    pub low: f64,
    /// Largest finite observation; minus infinity when there was none.
    pub high: f64,
    /// Mean of the windows whose mean was finite; NaN when there was none.
    pub centre: f64,
    /// Windows in `centre`.
    windows: u64,
    /// Windows with a value that was not finite.
    pub odd: u64,
    /// The smoothed lines after the last window, one for each of [`LEVELS`].
    pub smooth: [f64; LEVELS.len()],
    /// Whether this bucket is not comparable with the one before it: the line is broken here.
    pub breaks: bool,
}

impl Bucket {
    fn of(from: u64, to: u64, stat: &Stat, smooth: [f64; LEVELS.len()], breaks: bool) -> Self {
        let finite = |values: &[f64], start: f64, pick: fn(f64, f64) -> f64| {
            values
                .iter()
                .copied()
                .filter(|v| v.is_finite())
                .fold(start, pick)
        };
        Self {
            from,
            to,
            stat: *stat,
            low: finite(&[stat.min, stat.last, stat.mean], f64::INFINITY, f64::min),
            high: finite(
                &[stat.max, stat.last, stat.mean],
                f64::NEG_INFINITY,
                f64::max,
            ),
            centre: if stat.mean.is_finite() {
                stat.mean
            } else {
                f64::NAN
            },
            windows: u64::from(stat.mean.is_finite()),
            odd: u64::from(
                [stat.min, stat.mean, stat.max, stat.last]
                    .iter()
                    .any(|v| !v.is_finite()),
            ),
            smooth,
            breaks,
        }
    }

    /// Takes in the bucket that follows.
    fn absorb(&mut self, later: &Self) {
        self.to = later.to;
        self.stat.merge(&later.stat);
        self.low = self.low.min(later.low);
        self.high = self.high.max(later.high);
        let windows = self.windows + later.windows;
        if self.windows == 0 {
            self.centre = later.centre;
        } else if later.windows > 0 {
            self.centre += (later.centre - self.centre) * (later.windows as f64 / windows as f64);
        }
        self.windows = windows;
        self.odd += later.odd;
        self.smooth = later.smooth;
    }
}

/// The bounded history of one metric.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Series {
    buckets: Vec<Bucket>,
    /// Steps a bucket spans.
    width: u64,
    ema: EmaBank,
    broken: bool,
    /// What the run took back, the newest stretch last.
    abandoned: Vec<Vec<Bucket>>,
}

impl Default for Series {
    fn default() -> Self {
        Self {
            buckets: Vec::new(),
            width: 1,
            ema: EmaBank::default(),
            broken: false,
            abandoned: Vec::new(),
        }
    }
}

impl Series {
    /// Adds the window of steps `from..=to`. Where it ends before what was pushed last, the run took that back.
    pub fn push(&mut self, from: u64, to: u64, stat: &Stat) {
        match self.last() {
            Some(last) if to < last.to => self.rewind(from.min(to).saturating_sub(1)),
            Some(last) if from <= last.to => self.retell(from),
            _ => {}
        }
        // What is measured seldom stands for all steps since it was last measured: else its line would lag far behind.
        let since = self.last().map_or(from, |last| (last.to + 1).min(from));
        self.ema.push(stat.mean, to.saturating_sub(since) + 1);
        let next = Bucket::of(
            from.min(to),
            to,
            stat,
            self.ema.values(),
            std::mem::take(&mut self.broken),
        );
        match self.buckets.last_mut() {
            Some(last) if !next.breaks && last.to / self.width == to / self.width => {
                last.absorb(&next);
            }
            _ => self.buckets.push(next),
        }
        while self.buckets.len() > CAPACITY {
            self.halve();
        }
    }

    /// Forgets what was said of the steps from `from` on: of a window in which the run was stopped a part was told then, and all
    /// of it when the run went on.
    fn retell(&mut self, from: u64) {
        let kept = self.buckets.partition_point(|b| b.from < from);
        self.broken |= self.buckets.drain(kept..).any(|b| b.breaks);
        if let Some(last) = self.buckets.last_mut() {
            last.to = last.to.min(from.saturating_sub(1));
        }
    }

    /// What follows is not comparable with what was: smoothing starts anew and the line is broken.
    pub fn break_here(&mut self) {
        self.broken = !self.buckets.is_empty();
        self.ema = EmaBank::default();
    }

    /// Sets everything after `step` aside, which the run took back. A bucket that reaches across it stays.
    pub fn rewind(&mut self, step: u64) {
        let kept = self.buckets.partition_point(|b| b.from <= step);
        let cut = self.buckets.split_off(kept);
        if !cut.is_empty() {
            if self.abandoned.len() == STRETCHES {
                self.abandoned.remove(0);
            }
            self.abandoned.push(thinned(cut));
        }
        if let Some(last) = self.buckets.last_mut() {
            last.to = last.to.min(step);
        }
        self.break_here();
    }

    /// The buckets, oldest first.
    #[must_use]
    pub fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    /// The stretches that the run took back, the newest last; of many only the newest few.
    #[must_use]
    pub fn abandoned(&self) -> &[Vec<Bucket>] {
        &self.abandoned
    }

    /// Windows in which a value was NaN or infinite.
    #[must_use]
    pub fn odd(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.odd).sum()
    }

    /// Steps that a bucket spans.
    #[must_use]
    pub fn width(&self) -> u64 {
        self.width
    }

    /// Bytes that it holds on to.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let abandoned = self.abandoned.iter().map(Vec::capacity);
        size_of::<Self>()
            + (self.buckets.capacity() + abandoned.sum::<usize>()) * size_of::<Bucket>()
    }

    /// The newest bucket.
    #[must_use]
    pub fn last(&self) -> Option<&Bucket> {
        self.buckets.last()
    }

    /// Doubles the width of buckets. A break keeps its bucket apart, unless so many breaks were made that room is
    /// needed more.
    fn halve(&mut self) {
        self.width = self.width.saturating_mul(2);
        self.merge_neighbours(true);
        if self.buckets.len() > CAPACITY / 4 * 3 {
            self.merge_neighbours(false);
        }
    }

    fn merge_neighbours(&mut self, respect_breaks: bool) {
        let width = self.width;
        let mut kept: Vec<Bucket> = Vec::with_capacity(CAPACITY / 2 + 1);
        for bucket in &self.buckets {
            match kept.last_mut() {
                Some(last)
                    if last.to / width == bucket.to / width
                        && !(respect_breaks && bucket.breaks) =>
                {
                    last.absorb(bucket);
                }
                _ => kept.push(*bucket),
            }
        }
        self.buckets = kept;
    }
}

/// Neighbours merged until few enough are left.
fn thinned(mut stretch: Vec<Bucket>) -> Vec<Bucket> {
    while stretch.len() > STRETCH {
        stretch = stretch
            .chunks(2)
            .map(|pair| {
                let mut bucket = pair[0];
                pair[1..].iter().for_each(|later| bucket.absorb(later));
                bucket
            })
            .collect();
    }
    stretch
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reproducible sequence of numbers below `bound` (a 64-bit linear congruential generator).
    fn below(state: &mut u64, bound: u64) -> u64 {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) % bound
    }

    fn filled(n: u64, value: impl Fn(u64) -> f64) -> Series {
        let mut series = Series::default();
        (1..=n).for_each(|step| series.push(step, step, &Stat::of(value(step))));
        series
    }

    #[test]
    fn extremes_counts_and_order_survive_any_length() {
        for seed in 0..6 {
            let mut state = seed;
            let n = 1_000 + below(&mut state, 60_000);
            let stride = 1 + below(&mut state, 7);
            let (mut low, mut high, mut series) =
                (f64::INFINITY, f64::NEG_INFINITY, Series::default());
            for i in 0..n {
                let spike = if below(&mut state, 5_000) == 0 {
                    100.0
                } else {
                    1.0
                };
                let value = (below(&mut state, 2_001) as f64 / 1_000.0 - 1.0) * spike;
                (low, high) = (low.min(value), high.max(value));
                series.push(i * stride + 1, (i + 1) * stride, &Stat::of(value));
            }
            let buckets = series.buckets();
            assert!(buckets.len() <= CAPACITY && buckets.len() >= CAPACITY.min(n as usize) / 3);
            let found_low = buckets.iter().map(|b| b.low).fold(f64::INFINITY, f64::min);
            let found_high = buckets
                .iter()
                .map(|b| b.high)
                .fold(f64::NEG_INFINITY, f64::max);
            assert_eq!((found_low, found_high), (low, high));
            assert_eq!(buckets.iter().map(|b| b.stat.count).sum::<u64>(), n);
            assert!(buckets.windows(2).all(|w| w[0].to < w[1].from));
        }
    }

    #[test]
    fn one_spike_in_a_million_steps_is_still_there() {
        let series = filled(1_000_000, |step| if step == 123_456 { 42.0 } else { 0.5 });
        let spike = series.buckets().iter().find(|b| b.high > 40.0);
        assert!(spike.is_some_and(|b| b.from <= 123_456 && 123_456 <= b.to && b.low < 1.0));
    }

    #[test]
    fn a_nan_marks_its_bucket_and_hides_nothing() {
        let series = filled(
            100_000,
            |step| if step == 777 { f64::NAN } else { step as f64 },
        );
        assert_eq!(series.buckets().iter().map(|b| b.odd).sum::<u64>(), 1);
        assert!(
            series
                .buckets()
                .iter()
                .all(|b| b.low.is_finite() && b.centre.is_finite())
        );
    }

    #[test]
    fn what_is_measured_seldom_does_not_lag_behind() {
        let mut series = Series::default();
        series.push(2_000, 2_000, &Stat::of(200.0));
        series.push(4_000, 4_000, &Stat::of(8.0));
        let [weak, middle, strong] = series.buckets()[1].smooth;
        assert!((weak - 8.0).abs() < 1e-9 && (middle - 8.0).abs() < 1e-6);
        assert!(strong > weak && strong < 9.0, "{strong}");
    }

    #[test]
    fn a_break_keeps_the_two_sides_apart_and_starts_smoothing_anew() {
        let mut series = filled(5_001, |_| 1.0);
        series.break_here();
        (5_002..=9_000).for_each(|step| series.push(step, step, &Stat::of(50.0)));
        let at = series.buckets().iter().position(|b| b.breaks);
        assert_eq!(at.map(|i| series.buckets()[i].from), Some(5_002));
        for bucket in series.buckets() {
            assert!(
                (bucket.low - bucket.high).abs() < 1e-12,
                "a bucket mixes both sides"
            );
            assert!(
                (bucket.smooth[2] - bucket.centre).abs() < 1e-9,
                "smoothing reached across"
            );
        }
    }

    #[test]
    fn breaks_without_end_do_not_grow_the_series() {
        let mut series = Series::default();
        for step in 1..=20_000 {
            series.push(step, step, &Stat::of(1.0));
            series.break_here();
        }
        assert!(series.buckets().len() <= CAPACITY);
    }

    #[test]
    fn what_was_taken_back_is_remembered_and_bounded() {
        let mut series = Series::default();
        let mut step = 0;
        for round in 1..=6_u64 {
            for _ in 0..3_000 {
                step += 1;
                series.push(step, step, &Stat::of(round as f64));
            }
            step -= 2_000;
            series.rewind(step);
        }
        let stretches = series.abandoned();
        assert_eq!(stretches.len(), STRETCHES);
        for (stretch, round) in stretches.iter().zip(3_u64..) {
            assert!(stretch.len() <= STRETCH && stretch.len() > STRETCH / 4);
            assert!((stretch[0].centre - round as f64).abs() < 1e-12);
            assert!(stretch.windows(2).all(|w| w[0].to < w[1].from));
        }
    }

    #[test]
    fn a_window_that_was_told_in_part_is_told_again_and_breaks_nothing() {
        let mut series = Series::default();
        let told = |values: std::ops::Range<u64>| {
            let values: Vec<f64> = values.map(|step| step as f64).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            Stat {
                count: values.len() as u64,
                mean,
                min: values.iter().copied().fold(f64::INFINITY, f64::min),
                max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                last: values.last().copied().unwrap_or(f64::NAN),
            }
        };
        series.push(1, 10, &told(1..11));
        series.push(11, 12, &told(11..13));
        series.push(11, 20, &told(11..21));
        let buckets = series.buckets();
        let spans: Vec<_> = buckets
            .iter()
            .map(|b| (b.from, b.to, b.stat.count))
            .collect();
        assert_eq!(spans, [(1, 10, 10), (11, 20, 10)]);
        assert!(buckets.iter().all(|b| !b.breaks) && series.abandoned().is_empty());
    }

    #[test]
    fn rewinding_forgets_what_was_taken_back() {
        let mut series = filled(100, |step| step as f64);
        series.rewind(60);
        series.push(61, 61, &Stat::of(0.0));
        let tail: Vec<u64> = series
            .buckets()
            .iter()
            .rev()
            .take(2)
            .map(|b| b.to)
            .collect();
        assert_eq!(tail, [61, 60]);
        assert!(series.last().is_some_and(|b| b.breaks));
        // Also without being told, and where a bucket reaches across.
        let mut series = filled(100_000, |step| step as f64);
        (54_322..60_000).for_each(|step| series.push(step, step, &Stat::of(0.0)));
        assert!(series.buckets().windows(2).all(|w| w[0].to < w[1].from));
        assert_eq!(series.last().map(|b| b.to), Some(59_999));
    }
}
