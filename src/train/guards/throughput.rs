//! How fast the training is, as conditions see it: over the last five seconds of it.
//!
//! By wall clock, and so not reproducible. There is no value before five seconds of training without a break: the first steps
//! of a run, and the first ones after a rewind or resume, would say little. The very first step is not counted. Pauses are not
//! training.

use std::collections::VecDeque;

use crate::metric::{IMAGES_PER_S, STEPS_PER_S};

/// The metrics.
pub(super) const PACES: [&str; 2] = [IMAGES_PER_S, STEPS_PER_S];

/// The seconds that a value is over.
const SPAN: f64 = 5.0;
/// The least time between two marks: a fast run need not keep thousands.
const GRAIN: f64 = 0.05;

/// Where the run was at a moment of its own clock.
#[derive(Debug, Clone, Copy)]
struct Mark {
    seconds: f64,
    step: u64,
    images: u64,
}

/// The recent pace of a run.
#[derive(Debug, Default)]
pub(super) struct Throughput {
    marks: VecDeque<Mark>,
}

impl Throughput {
    /// A step is done, after `seconds` of training. Returns images and steps per second once they are known.
    pub fn count(
        &mut self,
        seconds: f64,
        step: u64,
        images: u64,
    ) -> impl Iterator<Item = (&'static str, f64)> + use<> {
        let newest = self.marks.back().map_or(f64::NEG_INFINITY, |m| m.seconds);
        if seconds - newest >= GRAIN {
            self.marks.push_back(Mark {
                seconds,
                step,
                images,
            });
        }
        // The newest mark that is far enough back stays.
        while self
            .marks
            .get(1)
            .is_some_and(|m| seconds - m.seconds >= SPAN)
        {
            self.marks.pop_front();
        }
        let from = self.marks.front().copied();
        let from = from.filter(|from| seconds - from.seconds >= SPAN);
        from.map(|from| {
            let per_second =
                |now: u64, then: u64| now.saturating_sub(then) as f64 / (seconds - from.seconds);
            [
                (PACES[0], per_second(images, from.images)),
                (PACES[1], per_second(step, from.step)),
            ]
        })
        .into_iter()
        .flatten()
    }

    /// The run continues from another state.
    pub fn restart(&mut self) {
        self.marks.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throughput_starts_after_five_seconds_and_forgets_older_steps() {
        let mut pace = Throughput::default();
        let mut seen = Vec::new();
        // Ten steps a second of eight images, from second 8 on five.
        let mut seconds = 0.0;
        for step in 1..=200_u64 {
            seconds += if seconds < 8.0 { 0.1 } else { 0.2 };
            let values: Vec<_> = pace.count(seconds, step, step * 8).collect();
            if let [(images, i), (steps, s)] = values[..] {
                assert_eq!((images, steps), ("images_per_s", "steps_per_s"));
                assert!((i - s * 8.0).abs() < 1e-9);
                seen.push((step, s));
            } else {
                assert!(values.is_empty() && seen.is_empty());
            }
            assert!(pace.marks.len() < 110);
        }
        let (first, fastest) = seen[0];
        assert!((50..=52).contains(&first), "{first}");
        assert!((fastest - 10.0).abs() < 0.01, "{fastest}");
        let slowest = seen[seen.len() - 1].1;
        assert!((slowest - 5.0).abs() < 0.01, "{slowest}");
        pace.restart();
        assert_eq!(pace.count(seconds, 200, 1600).count(), 0);
    }
}
