//! When each step ended, by the clock on the wall. Bounded as the moments of training are.

use super::clock::{Clock, Moment};

/// The times of a run's steps.
#[derive(Debug, Clone, Default)]
pub struct Times {
    /// Seconds since 1970 of the first step that has a time.
    began: f64,
    /// Seconds since then.
    clock: Clock,
}

impl Times {
    /// A step ended at this time, in seconds since 1970. What is told late of an earlier step says nothing new.
    pub fn push(&mut self, step: u64, seconds: f64) {
        if self.clock.is_empty() {
            self.began = seconds;
        } else if step <= self.clock.newest().step {
            return;
        }
        self.clock.push(Moment {
            step,
            images: 0.0,
            elapsed: (seconds - self.began).max(self.clock.newest().elapsed),
        });
    }

    /// Forgets what lies after `step`.
    pub fn rewind(&mut self, step: u64) {
        self.clock.rewind(step);
    }

    /// When a step ended, in seconds since 1970; `None` where no step has a time.
    #[must_use]
    pub fn at(&self, step: u64) -> Option<f64> {
        (!self.clock.is_empty()).then(|| self.began + self.clock.at(step).elapsed)
    }

    /// The same for steps that are asked for in rising order; NaN where no step has a time.
    pub fn rising(&self) -> impl FnMut(u64) -> f64 {
        let mut at = self.clock.rising();
        let began = if self.clock.is_empty() {
            f64::NAN
        } else {
            self.began
        };
        move |step| began + at(step).elapsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_between_two_steps_is_there_and_a_late_word_changes_nothing() {
        let mut times = Times::default();
        assert_eq!(times.at(5), None);
        times.push(10, 1_000.0);
        times.push(20, 1_010.0);
        times.push(30, 9_000.0);
        times.push(20, 9_001.0);
        assert_eq!(times.at(10), Some(1_000.0));
        assert_eq!(times.at(15), Some(1_005.0));
        assert_eq!(times.at(30), Some(9_000.0));
        times.rewind(20);
        times.push(30, 9_500.0);
        assert_eq!(times.at(30), Some(9_500.0));
    }
}
