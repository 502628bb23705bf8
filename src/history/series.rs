//! One metric over the whole run in a fixed number of buckets.
//!
//! All buckets span the same number of steps. When there are too many, that width doubles and neighbours merge. A merge
//! keeps count, extremes, mean and last value, so resolution is lost but never a spike. Pushing costs O(1) on average.

use serde::{Deserialize, Serialize};

use super::smooth::{EmaBank, LEVELS};
use crate::protocol::{Stat, joint_mean};

/// Maximum number of buckets: more than any terminal has columns of dots.
pub const CAPACITY: usize = 2048;
/// Buckets that are reserved at first.
const SOME: usize = 4;
/// A series of no more buckets than this reserves the rest at once.
const AT_ONCE: usize = 128;
/// Maximum number of abandoned stretches that are remembered.
const STRETCHES: usize = 4;
/// Maximum number of buckets of an abandoned stretch.
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
    /// Smallest finite observation; infinity if there was none.
    pub low: f64,
    /// Largest finite observation; minus infinity if there was none.
    pub high: f64,
    /// Mean of the windows whose mean was finite; NaN if there was none.
    pub centre: f64,
    /// Number of windows in `centre`.
    windows: u64,
    /// Number of windows with a value that is not finite.
    pub odd: u64,
    /// The smoothed lines after the last window, one for each of [`LEVELS`].
    pub smooth: [f64; LEVELS.len()],
    /// Whether this bucket is not comparable with the previous one: the line is broken here.
    pub breaks: bool,
    /// The step of `low`: of a window of steps, its last.
    #[serde(default)]
    pub low_at: u64,
    /// The step of `high`.
    #[serde(default)]
    pub high_at: u64,
    /// Sum of the squares by which the means of the windows differ from `centre`.
    #[serde(default)]
    spread: f64,
}

/// A series in a few numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facts {
    /// Number of observations, those that are not finite included.
    pub count: u64,
    /// The newest observation, and its step.
    pub last: (u64, f64),
    /// The smallest finite observation and its step; `None` if there was none.
    pub lowest: Option<(u64, f64)>,
    /// The largest one.
    pub highest: Option<(u64, f64)>,
    /// Mean of the windows whose mean was finite; NaN if there was none.
    pub mean: f64,
    /// Standard deviation of these means; NaN if there was none, 0 of one.
    pub deviation: f64,
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
            low_at: to,
            high_at: to,
            spread: 0.0,
        }
    }

    /// Merges the next bucket into this one.
    fn absorb(&mut self, later: &Self) {
        self.to = later.to;
        self.stat.merge(&later.stat);
        if later.low < self.low {
            (self.low, self.low_at) = (later.low, later.low_at);
        }
        if later.high > self.high {
            (self.high, self.high_at) = (later.high, later.high_at);
        }
        let windows = self.windows + later.windows;
        if self.windows == 0 {
            (self.centre, self.spread) = (later.centre, later.spread);
        } else if later.windows > 0 {
            let (by, share) = (
                later.centre - self.centre,
                later.windows as f64 / windows as f64,
            );
            self.spread += later.spread + by * by * share * self.windows as f64;
            self.centre = joint_mean(self.centre, later.centre, share);
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
    /// Steps that the run took back, the newest stretch last.
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
    /// The strongest smoothing up to this one, by its number, that a series of this length bears: one that forgets within a third of
    /// it. Of a stronger one the line would lag far behind; a very short series bears none.
    #[must_use]
    pub fn bears(&self, wanted: Option<usize>) -> Option<usize> {
        let (first, last) = (self.buckets().first()?, self.last()?);
        let steps = (last.to - first.from + 1) as f64;
        let wanted = wanted?.min(LEVELS.len() - 1);
        let memory = |beta: &f64| 1.0 / (1.0 - beta);
        let fits = |beta: &f64| 3.0 * memory(beta) <= steps * (1.0 + 1e-9);
        LEVELS.iter().take(wanted + 1).rposition(fits)
    }

    /// Adds the window of steps `from..=to`. If it ends before what was pushed last, the run was rewound.
    pub fn push(&mut self, from: u64, to: u64, stat: &Stat) {
        self.push_within(CAPACITY, (from, to), stat);
    }

    /// The same with at most so many buckets.
    pub(super) fn push_within(&mut self, capacity: usize, (from, to): (u64, u64), stat: &Stat) {
        match self.last() {
            Some(last) if to < last.to => self.rewind(from.min(to).saturating_sub(1)),
            Some(last) if from <= last.to => self.drop_from(from),
            _ => {}
        }
        // A rarely measured value stands for all steps since the last measurement; otherwise its line would lag far
        // behind.
        let since = self.last().map_or(from, |last| (last.to + 1).min(from));
        self.ema.push(stat.mean, to.saturating_sub(since) + 1);
        let next = Bucket::of(
            from.min(to),
            to,
            stat,
            self.ema.values(),
            std::mem::take(&mut self.broken),
        );
        let is_within = |last: &Bucket, width: u64| !next.breaks && last.to / width == to / width;
        if !self.last().is_some_and(|last| is_within(last, self.width)) {
            while self.buckets.len() >= capacity {
                self.halve(capacity);
            }
        }
        match self.buckets.last_mut() {
            Some(last) if is_within(last, self.width) => last.absorb(&next),
            _ => {
                self.grow(capacity);
                self.buckets.push(next);
            }
        }
    }

    /// Makes room for a bucket: for as many again, but for no more than there may be. Once there are some, for few all at once: what
    /// thousands of series leave behind as they grow is of no use to them.
    fn grow(&mut self, capacity: usize) {
        let count = self.buckets.len();
        if count == self.buckets.capacity() {
            let most = capacity.saturating_sub(count).max(1);
            let more = if capacity <= AT_ONCE && count > SOME {
                most
            } else {
                count.max(SOME)
            };
            self.buckets.reserve_exact(more.min(most));
        }
    }

    /// Drops the steps from `from` on. When a run stops inside a window, it reports part of that window, and the whole
    /// window again when it continues.
    fn drop_from(&mut self, from: u64) {
        let kept = self.buckets.partition_point(|b| b.from < from);
        self.broken |= self.buckets.drain(kept..).any(|b| b.breaks);
        if let Some(last) = self.buckets.last_mut() {
            last.to = last.to.min(from.saturating_sub(1));
        }
    }

    /// What follows is not comparable with what came before: smoothing restarts and the line is broken.
    pub fn break_here(&mut self) {
        self.broken = !self.buckets.is_empty();
        self.ema = EmaBank::default();
    }

    /// Sets aside everything after `step`, because the run was rewound. A bucket that spans `step` stays.
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

    /// The stretches that the run took back, the newest last; only the newest few are kept.
    #[must_use]
    pub fn abandoned(&self) -> &[Vec<Bucket>] {
        &self.abandoned
    }

    /// Number of windows in which a value was NaN or infinite.
    #[must_use]
    pub fn odd(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.odd).sum()
    }

    /// The series in a few numbers: its extremes with their steps, its end, its mean. `None` for an empty one.
    #[must_use]
    pub fn facts(&self) -> Option<Facts> {
        let last = self.last()?;
        let finite = |value: f64, step| value.is_finite().then_some((step, value));
        let (mut lowest, mut highest) = (None::<(u64, f64)>, None::<(u64, f64)>);
        let (mut count, mut windows, mut mean, mut spread) = (0, 0, f64::NAN, 0.0);
        for bucket in &self.buckets {
            count += bucket.stat.count;
            if bucket.windows > 0 {
                let (before, here) = (windows as f64, bucket.windows as f64);
                windows += bucket.windows;
                let by = if before > 0.0 {
                    bucket.centre - mean
                } else {
                    mean = bucket.centre;
                    0.0
                };
                let share = here / windows as f64;
                spread += bucket.spread + by * by * share * before;
                mean = joint_mean(mean, bucket.centre, share);
            }
            if lowest.is_none_or(|(_, low)| bucket.low < low) {
                lowest = finite(bucket.low, bucket.low_at).or(lowest);
            }
            if highest.is_none_or(|(_, high)| bucket.high > high) {
                highest = finite(bucket.high, bucket.high_at).or(highest);
            }
        }
        Some(Facts {
            count,
            last: (last.to, last.stat.last),
            lowest,
            highest,
            mean,
            deviation: match windows {
                0 => f64::NAN,
                1 => 0.0,
                windows => (spread / (windows - 1) as f64).sqrt(),
            },
        })
    }

    /// Steps that a bucket spans.
    #[must_use]
    pub fn width(&self) -> u64 {
        self.width
    }

    /// Bytes allocated.
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

    /// Doubles the width of buckets. A bucket that starts with a break is not merged into its neighbour, unless there
    /// are so many breaks that space runs out.
    fn halve(&mut self, capacity: usize) {
        self.width = self.width.saturating_mul(2);
        self.merge_neighbours(true);
        if self.buckets.len() > capacity / 4 * 3 {
            self.merge_neighbours(false);
        }
    }

    fn merge_neighbours(&mut self, respect_breaks: bool) {
        let width = self.width;
        self.buckets.dedup_by(|bucket, last| {
            let merges = last.to / width == bucket.to / width && !(respect_breaks && bucket.breaks);
            if merges {
                last.absorb(bucket);
            }
            merges
        });
    }
}

/// Merges neighbours until few enough are left.
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
mod tests;
