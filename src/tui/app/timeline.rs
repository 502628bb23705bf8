//! Samples from across the run so far: a timeline to scrub through with the crosshair and to play.
//!
//! Bounded: when there are too many, every second one is dropped, so that what is left is spread over the whole run.

use std::sync::Arc;

use super::Picture;

/// Maximum number of pictures kept, about 50 KB each.
const CAPACITY: usize = 160;

/// Pictures, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    frames: Vec<Arc<Picture>>,
}

impl Timeline {
    /// Adds a picture, replacing those of its step and later.
    pub(super) fn push(&mut self, picture: Arc<Picture>) {
        self.rewind(picture.step.saturating_sub(1));
        self.frames.push(picture);
        if self.frames.len() > CAPACITY {
            let mut index = self.frames.len();
            self.frames.retain(|_| {
                index -= 1;
                index.is_multiple_of(2)
            });
        }
    }

    /// Inserts earlier pictures, oldest first, before the first one.
    pub(super) fn put_before(&mut self, mut earlier: Vec<Arc<Picture>>) {
        let first = self.frames.first().map_or(u64::MAX, |frame| frame.step);
        earlier.retain(|frame| frame.step < first);
        earlier.append(&mut self.frames);
        self.frames = earlier;
    }

    /// Forgets what lies behind `step`.
    pub(super) fn rewind(&mut self, step: u64) {
        self.frames.retain(|frame| frame.step <= step);
    }

    /// The newest picture at a step; the first picture for any earlier step.
    #[must_use]
    pub fn at(&self, step: u64) -> Option<&Arc<Picture>> {
        let behind = self.frames.partition_point(|frame| frame.step <= step);
        self.frames.get(behind.saturating_sub(1))
    }

    /// The newest picture.
    #[must_use]
    pub fn last(&self) -> Option<&Arc<Picture>> {
        self.frames.last()
    }

    /// The step of the picture after that of `step` (or before it).
    #[must_use]
    pub fn neighbour(&self, step: u64, later: bool) -> Option<u64> {
        let index = if later {
            self.frames.partition_point(|frame| frame.step <= step)
        } else {
            self.frames
                .partition_point(|frame| frame.step < step)
                .checked_sub(1)?
        };
        self.frames.get(index).map(|frame| frame.step)
    }

    /// The first picture's step.
    #[must_use]
    pub fn first(&self) -> Option<u64> {
        self.frames.first().map(|frame| frame.step)
    }

    /// How many pictures there are, and which of them is that of `step`, from 1.
    #[must_use]
    pub fn position(&self, step: u64) -> (usize, usize) {
        let at = self.frames.partition_point(|frame| frame.step <= step);
        (at.max(1).min(self.frames.len()), self.frames.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Samples;

    fn timeline(steps: impl Iterator<Item = u64>) -> Timeline {
        let mut timeline = Timeline::default();
        for step in steps {
            timeline.push(Arc::new(Picture {
                step,
                samples: Samples::default(),
            }));
        }
        timeline
    }

    #[test]
    fn a_long_run_is_thinned_evenly() {
        let timeline = timeline((1..=10_000).map(|i| i * 50));
        let (_, count) = timeline.position(0);
        assert!((CAPACITY / 2..=CAPACITY).contains(&count), "{count}");
        assert_eq!(timeline.at(u64::MAX).map(|p| p.step), Some(500_000));
        assert!(timeline.first().is_some_and(|step| step < 20_000));
    }

    #[test]
    fn the_picture_of_a_step_is_the_last_one_before_it() {
        let mut timeline = timeline([10, 20, 30].into_iter());
        let at = |timeline: &Timeline, step| timeline.at(step).map(|p| p.step);
        assert_eq!(
            [5, 10, 29, 30, 99].map(|s| at(&timeline, s)),
            [10, 10, 20, 30, 30].map(Some)
        );
        assert_eq!(
            (timeline.neighbour(20, true), timeline.neighbour(20, false)),
            (Some(30), Some(10))
        );
        assert_eq!(
            (timeline.neighbour(30, true), timeline.neighbour(10, false)),
            (None, None)
        );
        timeline.rewind(20);
        assert_eq!(at(&timeline, 99), Some(20));
    }
}
