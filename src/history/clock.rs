//! When each step ended and how many images had been seen by then: what an axis in images or time needs. Memory is
//! bounded: in a long run only every n-th moment is kept, and moments in between are interpolated.

use serde::{Deserialize, Serialize};

/// Maximum number of moments kept.
const CAPACITY: usize = 1024;

/// The end of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// The step.
    pub step: u64,
    /// Real images shown to D by then.
    pub images: f64,
    /// Seconds of training by then.
    pub elapsed: f64,
}

/// The moments of a run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Clock {
    /// At most one for each `width` steps.
    moments: Vec<Moment>,
    width: u64,
    newest: Moment,
}

impl Clock {
    /// Adds the end of a step. Moments at that step or later are dropped, because the run was rewound.
    pub fn push(&mut self, moment: Moment) {
        self.rewind(moment.step.saturating_sub(1));
        self.width = self.width.max(1);
        self.newest = moment;
        let stretch = moment.step / self.width;
        match self.moments.last_mut() {
            Some(last) if last.step / self.width == stretch => *last = moment,
            _ => self.moments.push(moment),
        }
        while self.moments.len() > CAPACITY {
            self.width *= 2;
            let width = self.width;
            // The last moment of each stretch stays.
            self.moments.dedup_by(|later, kept| {
                let same = later.step / width == kept.step / width;
                if same {
                    *kept = *later;
                }
                same
            });
        }
    }

    /// Forgets what lies after `step`.
    pub fn rewind(&mut self, step: u64) {
        if self.newest.step <= step {
            return;
        }
        self.newest = self.at(step);
        self.moments
            .truncate(self.moments.partition_point(|m| m.step <= step));
    }

    /// When a step ended: measured, or interpolated between its neighbours; before and after them, extrapolated at the
    /// pace of the whole run.
    #[must_use]
    pub fn at(&self, step: u64) -> Moment {
        let after = self.moments.partition_point(|m| m.step < step);
        self.between(after, step)
    }

    /// The same for steps that are asked for in rising order, of which there may be thousands.
    pub fn rising(&self) -> impl FnMut(u64) -> Moment {
        let mut after = 0;
        move |step| {
            while self.moments.get(after).is_some_and(|m| m.step < step) {
                after += 1;
            }
            self.between(after, step)
        }
    }

    /// The end of a step, of which `after` is the first moment that is not before it.
    fn between(&self, after: usize, step: u64) -> Moment {
        let before = match after.checked_sub(1) {
            Some(index) => self.moments[index],
            None => Moment::default(),
        };
        let after = match self.moments.get(after) {
            Some(moment) => *moment,
            None if step <= self.newest.step => self.newest,
            None => {
                let pace = |total: f64| total / self.newest.step.max(1) as f64;
                let more = (step - self.newest.step) as f64;
                return Moment {
                    step,
                    images: self.newest.images + more * pace(self.newest.images),
                    elapsed: self.newest.elapsed + more * pace(self.newest.elapsed),
                };
            }
        };
        if after.step <= before.step {
            return after;
        }
        let t = (step - before.step) as f64 / (after.step - before.step) as f64;
        Moment {
            step,
            images: before.images + (after.images - before.images) * t,
            elapsed: before.elapsed + (after.elapsed - before.elapsed) * t,
        }
    }

    /// The newest moment; all zero before the first.
    #[must_use]
    pub fn newest(&self) -> Moment {
        self.newest
    }

    /// Whether there is no moment.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.moments.is_empty()
    }

    /// Bytes allocated.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.moments.capacity() * size_of::<Moment>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(step: u64, elapsed: f64) -> Moment {
        Moment {
            step,
            images: step as f64 * 64.0,
            elapsed,
        }
    }

    #[test]
    fn moments_are_interpolated_for_any_number_of_steps() {
        let mut clock = Clock::default();
        // Slow first, then ten times as fast.
        for step in (10..=50_000).step_by(10) {
            let slow = step.min(10_000) as f64 / 10.0;
            clock.push(moment(
                step,
                slow + (step.max(10_000) - 10_000) as f64 / 100.0,
            ));
        }
        assert!(clock.bytes() < 64 * 1024);
        for (step, seconds) in [
            (0, 0.0),
            (5_005, 500.5),
            (10_000, 1_000.0),
            (50_000, 1_400.0),
        ] {
            let at = clock.at(step);
            assert!((at.elapsed - seconds).abs() < 10.0, "{step}: {at:?}");
            assert!((at.images - step as f64 * 64.0).abs() < 1e-6, "{at:?}");
        }
        assert!(clock.at(60_000).elapsed > 1_400.0);
    }

    #[test]
    fn a_rewind_drops_later_moments() {
        let mut clock = Clock::default();
        (1..=10).for_each(|i| clock.push(moment(i * 10, i as f64)));
        clock.rewind(45);
        assert!((clock.at(45).elapsed - 4.5).abs() < 1e-9);
        clock.push(moment(46, 99.0));
        assert!((clock.at(46).elapsed - 99.0).abs() < 1e-9);
    }
}
