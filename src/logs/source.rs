//! What a format gives, and to whom.

use super::about::About;
use super::error::LogError;
use super::picture::Picture;
use crate::history::Moment;
use crate::protocol::Stat;

/// A log of one run that is read from its beginning to its end, and further when it grows.
///
/// Whoever drives it calls [`Source::read`] until it answers [`Reached::End`], and again when the log may have grown; every
/// second is early enough. Between two calls nothing is held open that a writer would notice. A source that was dropped
/// and opened again gives the same from the beginning.
pub trait Source: Send {
    /// What is known of the run as a whole, as far as the log was read.
    fn about(&self) -> &About;

    /// Reads on, about `budget` bytes at most, and tells `sink` everything found, in the order of the log.
    ///
    /// # Errors
    /// When the log cannot be read at all (it is gone, or the system refuses). What was told before stays valid, and the next
    /// call tries again. Damaged records are no error: they are skipped and noted in [`About::notes`].
    fn read(&mut self, budget: u64, sink: &mut dyn Sink) -> Result<Reached, LogError>;
}

/// How far a log was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// The budget is used up; there is more to read.
    More,
    /// All that there is, for now.
    End,
}

/// One value of one metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The step. Where a log has none it is the number of the row, from 0; a negative one counts as 0.
    pub step: u64,
    /// When it was written, in seconds since 1970, where the log says so.
    pub time: Option<f64>,
    /// The value; may be NaN or infinite.
    pub value: f64,
}

/// A distribution of values at one step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Histogram {
    /// The edges of the bins, rising: one more than there are counts.
    pub edges: Vec<f64>,
    /// How many values fell into each bin.
    pub counts: Vec<f64>,
    /// The mean of the values themselves, where the log has it.
    pub mean: Option<f64>,
}

impl Histogram {
    /// The same in `most` bins at most: narrow neighbours are one. PyTorch's bins are a tenth wider than those nearer to zero, down to
    /// a million-millionth: there are hundreds where values have both signs, and on a screen most of them are one place.
    #[must_use]
    pub fn in_at_most(self, most: usize) -> Self {
        let all = self.counts.len();
        let (Some(first), Some(last)) = (self.edges.first(), self.edges.last()) else {
            return self;
        };
        if all <= most || self.edges.len() != all + 1 {
            return self;
        }
        // All but the last are as wide as that, so that there are no more than half of `most`, and one.
        let least = (last - first) / (most / 2).max(1) as f64;
        let together = all.div_ceil(most.max(1));
        let (mut edges, mut counts) = (vec![*first], Vec::new());
        let (mut from, mut sum, mut taken) = (*first, 0.0, 0);
        for (at, (to, count)) in self.edges.iter().skip(1).zip(&self.counts).enumerate() {
            sum += count;
            taken += 1;
            let is_whole = if least.is_finite() && least > 0.0 {
                *to - from >= least
            } else {
                taken == together
            };
            if is_whole || at + 1 == all {
                edges.push(*to);
                counts.push(sum);
                (from, sum, taken) = (*to, 0.0, 0);
            }
        }
        Self {
            edges,
            counts,
            mean: self.mean,
        }
    }
}

/// Whoever takes what a log says. Only points are a must; the rest does nothing by default.
pub trait Sink {
    /// A value of a metric. Its name is the tag as the log has it.
    ///
    /// A point at a step at which the metric already has one, or before it, takes back the metric's points from that step on:
    /// the run began again there.
    fn point(&mut self, metric: &str, point: Point);

    /// A metric over the steps from `from` up to that of `end`, as own runs record it. The value of `end` is the mean; by
    /// default that is taken as a single point.
    fn window(&mut self, metric: &str, from: u64, end: Point, stat: &Stat) {
        let _ = (from, stat);
        self.point(metric, end);
    }

    /// The run went back: everything of `step` and later steps, of all metrics, is void.
    fn rewind(&mut self, step: u64);

    /// The log was replaced, or is read anew for another reason: everything told so far is void.
    fn restart(&mut self);

    /// What follows of this metric is not comparable with what came before.
    fn break_line(&mut self, metric: &str) {
        let _ = metric;
    }

    /// The end of a step in images and in time of training, for logs that know it.
    fn moment(&mut self, moment: Moment) {
        let _ = moment;
    }

    /// A picture: where it lies.
    fn picture(&mut self, picture: Picture) {
        let _ = picture;
    }

    /// A distribution.
    fn histogram(&mut self, tag: &str, step: u64, histogram: Histogram) {
        let _ = (tag, step, histogram);
    }

    /// A text, and when it was written, in seconds since 1970, where the log says so.
    fn text(&mut self, tag: &str, step: u64, time: Option<f64>, text: &str) {
        let _ = (tag, step, time, text);
    }
}

/// A step as formats write it.
pub(super) fn step(written: i64) -> u64 {
    u64::try_from(written).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_that_are_too_many_are_fewer_and_have_the_same_values() {
        // As PyTorch lays them out, from -3.2 to 3.2.
        let mut limits = vec![];
        let mut limit = 1e-12;
        while limit < 3.2 {
            limits.push(limit);
            limit *= 1.1;
        }
        let below = limits.iter().rev().map(|limit| -limit);
        let edges: Vec<f64> = below.chain([0.0]).chain(limits.iter().copied()).collect();
        let counts: Vec<f64> = edges.windows(2).map(|ends| ends[1] - ends[0]).collect();
        assert!(counts.len() > 500, "{}", counts.len());
        let (first, last) = (edges[0], edges[edges.len() - 1]);
        let all = Histogram {
            edges,
            counts,
            mean: Some(0.25),
        };
        let few = all.clone().in_at_most(256);
        assert!((40..=256).contains(&few.counts.len()), "{few:?}");
        assert_eq!((few.edges[0], few.edges[few.counts.len()]), (first, last));
        assert_eq!(few.mean, Some(0.25));
        for (ends, count) in few.edges.windows(2).zip(&few.counts) {
            assert!((ends[1] - ends[0] - count).abs() < 1e-9, "{few:?}");
        }
        assert_eq!(few.clone().in_at_most(256), few);
        // Without a width that says anything, as many are one everywhere.
        let edges: Vec<f64> = std::iter::once(f64::NEG_INFINITY)
            .chain((0..9).map(f64::from))
            .collect();
        let odd = Histogram {
            edges,
            counts: vec![1.0; 9],
            mean: None,
        };
        assert_eq!(odd.in_at_most(4).counts, [3.0, 3.0, 3.0]);
    }
}
