//! Axes: from values to places, and the round numbers along the way.

use crate::history::Unit;
use crate::text::{duration, number};

/// A labelled place on an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// From 0 (bottom, left) to 1.
    pub at: f64,
    /// Its label.
    pub label: String,
}

/// How values are spread.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Scale {
    Linear,
    /// log10, where all values are positive.
    Log,
    /// Linear around zero and logarithmic beyond ±unit, where some are not.
    SymLog {
        unit: f64,
    },
}

/// A vertical axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    scale: Scale,
    /// Its ends, after scaling.
    low: f64,
    high: f64,
    ticks: Vec<f64>,
    /// Digits after the point that tell neighbouring ticks apart; below 0, so many before it can be left out.
    decimals: i32,
}

impl Axis {
    /// An axis that holds `low` to `high` and has about `ticks` ticks. Its ends are round, so that it stands still
    /// while the values move a little.
    #[must_use]
    pub fn new(low: f64, high: f64, log: bool, ticks: usize) -> Self {
        let (low, high) = if low.is_finite() && high.is_finite() && low <= high {
            (low, high)
        } else {
            (0.0, 1.0)
        };
        let ticks = ticks.clamp(3, 12);
        if log && low > 0.0 {
            Self::log(low, high, ticks)
        } else if log {
            Self::symlog(low, high)
        } else {
            Self::linear(low, high, ticks)
        }
    }

    fn linear(low: f64, high: f64, count: usize) -> Self {
        // A flat line needs room around it too; how much, zero does not say.
        let room = match low.abs().max(high.abs()) {
            0.0 => 1.0,
            size => (size * 0.02).max(1e-9),
        };
        let (low, high) = if high - low < room {
            (low - room, high + room)
        } else {
            (low, high)
        };
        let step = round_step((high - low) / count as f64);
        // Ends on quarters of a step: round enough to stand still, near enough to waste no rows.
        let quarter = step / 4.0;
        let low = (low / quarter).floor() * quarter;
        let high = (high / quarter).ceil() * quarter;
        let (first, last) = ((low / step).ceil(), (high / step).floor());
        let ticks = (0..=(last - first) as u32)
            .map(|i| (first + f64::from(i)) * step)
            .collect();
        let decimals = -(step.log10().floor() as i32);
        // The digits of the step, 1, 2, 2.5 or 5.
        let digits = step * 10f64.powi(decimals);
        let decimals = if (digits - digits.round()).abs() > 1e-6 {
            decimals + 1
        } else {
            decimals
        };
        Self {
            scale: Scale::Linear,
            low,
            high,
            ticks,
            decimals,
        }
    }

    fn log(low: f64, high: f64, count: usize) -> Self {
        let high = high.max(low * 1.5);
        let mut ticks = Vec::new();
        for exponent in (low.log10().floor() as i32)..=(high.log10().ceil() as i32) {
            ticks.extend([1.0, 2.0, 5.0].map(|m| m * 10f64.powi(exponent)));
        }
        let first = ticks
            .iter()
            .rposition(|t| *t <= low * 1.000_001)
            .unwrap_or(0);
        let last = ticks
            .iter()
            .position(|t| *t >= high * 0.999_999)
            .unwrap_or(ticks.len() - 1);
        let mut ticks = ticks[first..=last].to_vec();
        let (bottom, top) = (ticks.first().copied(), ticks.last().copied());
        if ticks.len() > count * 2 {
            ticks.retain(|t| t.log10().fract().abs() < 1e-9);
        }
        Self {
            scale: Scale::Log,
            low: bottom.unwrap_or(low).log10(),
            high: top.unwrap_or(high).log10(),
            ticks,
            decimals: 0,
        }
    }

    fn symlog(low: f64, high: f64) -> Self {
        let reach = low.abs().max(high.abs()).max(1e-9);
        let decade = reach.log10().ceil() as i32;
        let scale = Scale::SymLog {
            unit: 10f64.powi(decade - 3),
        };
        let powers = (decade - 2..=decade).map(|e| 10f64.powi(e));
        let ticks = powers
            .clone()
            .rev()
            .map(|p| -p)
            .chain([0.0])
            .chain(powers)
            .filter(|t| (low..=high).contains(t));
        let ticks = ticks.collect();
        let (bottom, top) = (scaled(scale, low), scaled(scale, high));
        let margin = ((top - bottom) * 0.04).max(1e-6);
        Self {
            scale,
            low: bottom - margin,
            high: top + margin,
            ticks,
            decimals: 0,
        }
    }

    /// Where a value lies, from 0 (bottom) to 1 (top); outside that where it lies outside; `None` if it has no place on
    /// this axis.
    #[must_use]
    pub fn place(&self, value: f64) -> Option<f64> {
        let at = (scaled(self.scale, value) - self.low) / (self.high - self.low);
        at.is_finite().then_some(at)
    }

    /// The ticks, from the bottom.
    #[must_use]
    pub fn ticks(&self) -> Vec<Tick> {
        let ticks = self.ticks.iter();
        ticks
            .filter_map(|t| {
                Some(Tick {
                    at: self.place(*t)?,
                    label: self.label(*t),
                })
            })
            .collect()
    }

    fn label(&self, value: f64) -> String {
        let decimals = usize::try_from(self.decimals).unwrap_or(0);
        if value == 0.0 {
            return format!("{:.*}", decimals, 0.0);
        }
        // As many digits as tell neighbours apart.
        let exponent = value.abs().log10().floor() as i32;
        let digits = usize::try_from(self.decimals + exponent).unwrap_or(0);
        match self.scale {
            Scale::Linear if value.abs() < 1e5 && decimals <= 4 => format!("{value:.decimals$}"),
            Scale::Linear if value.abs() < 0.01 || value.abs() >= 1e5 => {
                format!("{value:.digits$e}")
            }
            Scale::Linear => format!("{value:.decimals$}"),
            _ if (1e-3..1e5).contains(&value.abs()) => format!("{value}"),
            _ => format!("{value:.1e}").replace(".0e", "e"),
        }
    }
}

fn scaled(scale: Scale, value: f64) -> f64 {
    match scale {
        Scale::Linear => value,
        Scale::Log => value.log10(),
        Scale::SymLog { unit } => (value / unit).asinh(),
    }
}

/// The smallest of 1, 2, 2.5, 5 × 10^k that is at least `rough`.
fn round_step(rough: f64) -> f64 {
    let power = 10f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0]
        .into_iter()
        .find(|f| f * power >= rough * 0.999_999);
    factor.unwrap_or(10.0) * power
}

/// Round numbers of seconds, for an axis of time.
const SECONDS: [f64; 16] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0,
    21_600.0, 86_400.0,
];

/// The round places between the ends of a horizontal axis of `columns`, measured in `unit`.
#[must_use]
pub fn step_ticks((start, end): (f64, f64), unit: Unit, columns: usize) -> Vec<Tick> {
    if end <= start {
        return Vec::new();
    }
    let count = (columns / 14).clamp(2, 12);
    let rough = (end - start) / count as f64;
    let step = match unit {
        Unit::Time => SECONDS
            .into_iter()
            .find(|s| *s >= rough)
            .unwrap_or_else(|| (rough / 86_400.0).ceil() * 86_400.0),
        Unit::Steps | Unit::Images => round_step(rough).max(1.0),
    };
    let (first, last) = ((start / step).ceil() as u64, (end / step).floor() as u64);
    (first..=last)
        .map(|i| i as f64 * step)
        .map(|s| Tick {
            at: (s - start) / (end - start),
            label: measured(unit, s),
        })
        .collect()
}

/// A place on a horizontal axis, as its labels say it.
fn measured(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Time => duration::clock(value),
        Unit::Steps | Unit::Images => number::compact(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<String> {
        axis.ticks().into_iter().map(|t| t.label).collect()
    }

    #[test]
    fn ticks_are_round_and_cover_the_range() {
        assert_eq!(
            labels(&Axis::new(0.31, 1.94, false, 4)),
            ["0.5", "1.0", "1.5", "2.0"]
        );
        assert_eq!(
            labels(&Axis::new(1.88e-4, 2.03e-4, false, 4)),
            ["1.90e-4", "1.95e-4", "2.00e-4"]
        );
        assert_eq!(labels(&Axis::new(-3.0, 12.0, false, 4)), ["0", "5", "10"]);
        // A rate that does not change, and large numbers that hardly differ.
        assert_eq!(
            labels(&Axis::new(1.2e-3, 1.2e-3, false, 3)),
            ["1.18e-3", "1.20e-3", "1.22e-3"]
        );
        assert_eq!(
            labels(&Axis::new(123_000.0, 130_000.0, false, 4)),
            ["1.24e5", "1.26e5", "1.28e5", "1.30e5"]
        );
        assert_eq!(
            labels(&Axis::new(0.07, 8.0, true, 4)),
            ["0.05", "0.1", "0.2", "0.5", "1", "2", "5", "10"]
        );
        assert_eq!(
            labels(&Axis::new(-40.0, 300.0, true, 4)),
            ["-10", "0", "10", "100"]
        );
    }

    #[test]
    fn every_value_of_the_range_has_a_place_on_every_scale() {
        for (low, high) in [
            (0.0, 0.0),
            (0.693, 0.693),
            (1e-9, 1e9),
            (-1e-9, 1e6),
            (-5.0, -1.0),
            (f64::NAN, 1.0),
        ] {
            for log in [false, true] {
                let axis = Axis::new(low, high, log, 5);
                if low.is_nan() {
                    continue;
                }
                for value in [low, high] {
                    let at = axis.place(value);
                    assert!(
                        at.is_some_and(|a| (-1e-9..=1.0 + 1e-9).contains(&a)),
                        "{low}..{high} {log}: {at:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_constant_zero_has_ticks_that_can_be_read() {
        let axis = Axis::new(0.0, 0.0, false, 4);
        assert_eq!((axis.low, axis.high), (-1.0, 1.0));
    }

    #[test]
    fn steps_have_few_round_ticks() {
        let ticks = step_ticks((0.0, 1_500.0), Unit::Steps, 80);
        let labels: Vec<&str> = ticks.iter().map(|t| t.label.as_str()).collect();
        assert_eq!(labels, ["0", "500", "1k", "1.5k"]);
        let ticks = step_ticks((0.0, 200.0), Unit::Time, 80);
        let labels: Vec<&str> = ticks.iter().map(|t| t.label.as_str()).collect();
        assert_eq!(labels, ["0:00", "1:00", "2:00", "3:00"]);
    }
}
