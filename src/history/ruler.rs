//! Where steps lie on a horizontal axis: by their number, by the images seen, or by the time of training.

use std::ops::RangeInclusive;

use super::clock::Clock;

/// What a horizontal axis is measured in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unit {
    /// Steps.
    #[default]
    Steps,
    /// Real images shown.
    Images,
    /// Seconds of training, without pauses.
    Time,
}

/// The horizontal axis of a chart: a range of steps, and the unit it is measured in.
#[derive(Debug, Clone)]
pub struct Ruler<'a> {
    range: RangeInclusive<u64>,
    unit: Unit,
    clock: Option<&'a Clock>,
    ends: (f64, f64),
}

impl<'a> Ruler<'a> {
    /// Measured in steps.
    #[must_use]
    pub fn steps(range: RangeInclusive<u64>) -> Self {
        let ends = (*range.start() as f64, *range.end() as f64);
        Self {
            range,
            unit: Unit::Steps,
            clock: None,
            ends,
        }
    }

    /// Measured in `unit`, using the moments of `clock`.
    #[must_use]
    pub fn of(clock: &'a Clock, unit: Unit, range: RangeInclusive<u64>) -> Self {
        let mut ruler = Self {
            clock: Some(clock),
            unit,
            ..Self::steps(range)
        };
        ruler.ends = (
            ruler.measure(*ruler.range.start()),
            ruler.measure(*ruler.range.end()),
        );
        ruler
    }

    /// The same steps on an axis that spans `ends`, in its unit, which it shares with others.
    #[must_use]
    pub fn spread(self, ends: (f64, f64)) -> Self {
        Self { ends, ..self }
    }

    /// The steps.
    #[must_use]
    pub fn range(&self) -> &RangeInclusive<u64> {
        &self.range
    }

    /// What it is measured in.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// Start and end of the axis, in its unit.
    #[must_use]
    pub fn ends(&self) -> (f64, f64) {
        self.ends
    }

    /// A step in the axis's unit.
    #[must_use]
    pub fn measure(&self, step: u64) -> f64 {
        match (self.unit, self.clock) {
            (Unit::Images, Some(clock)) => clock.at(step).images,
            (Unit::Time, Some(clock)) => clock.at(step).elapsed,
            _ => step as f64,
        }
    }

    /// Where a step lies, from 0 (left) to 1.
    #[must_use]
    pub fn place(&self, step: u64) -> f64 {
        let (start, end) = self.ends;
        if end > start {
            (self.measure(step) - start) / (end - start)
        } else {
            0.0
        }
    }

    /// The step at a place from 0 to 1.
    #[must_use]
    pub fn step_at(&self, place: f64) -> u64 {
        let (mut low, mut high) = (*self.range.start(), *self.range.end());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.place(middle) < place {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use super::super::clock::Moment;
    use super::*;

    #[test]
    fn steps_are_placed_by_images_seen() {
        // 64 images a step, and five times as many from step 100 on.
        let mut clock = Clock::default();
        for step in 1..=200_u64 {
            clock.push(Moment {
                step,
                images: (64 * step.min(100) + 320 * step.saturating_sub(100)) as f64,
                elapsed: step as f64 / 2.0,
            });
        }
        let ruler = Ruler::of(&clock, Unit::Images, 0..=200);
        assert!((ruler.place(100) - 1.0 / 6.0).abs() < 1e-9);
        assert!((ruler.place(150) - 3.5 / 6.0).abs() < 1e-9);
        for step in [0, 1, 99, 150, 200] {
            assert_eq!(ruler.step_at(ruler.place(step)), step);
        }
        let time = Ruler::of(&clock, Unit::Time, 0..=200);
        assert!((time.ends().1 - 100.0).abs() < 1e-9);
    }

    #[test]
    fn a_ruler_without_moments_works() {
        let clock = Clock::default();
        let ruler = Ruler::of(&clock, Unit::Time, 0..=10);
        assert!(ruler.place(5).is_finite() && ruler.step_at(0.5) <= 10);
    }
}
