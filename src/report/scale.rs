//! Axes: where values lie, and the round numbers beside them.

use std::cmp::Ordering;

use crate::history;

/// The share of the height that is left free above and below.
const AIR: f64 = 0.05;
/// So many times larger at one end than at the other: then orders of magnitude are told better than differences.
const ORDERS: f64 = 200.0;

/// An axis from a low to a high value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    is_log: bool,
}

impl Scale {
    /// From one value to another, with some air; logarithmic where that says more.
    pub fn around(low: f64, high: f64) -> Self {
        if !(low.is_finite() && high.is_finite()) || low > high {
            return Self::linear(0.0, 1.0);
        }
        // Neither the quotient nor the difference of two finite numbers need be finite.
        let orders = high.ln() - low.ln();
        if low > 0.0 && orders > ORDERS.ln() {
            let air = orders * AIR;
            return Self {
                low: (low * (-air).exp()).max(f64::MIN_POSITIVE),
                high: (high * air.exp()).min(f64::MAX),
                is_log: true,
            };
        }
        let height = (high / 2.0 - low / 2.0) * 2.0;
        let height = if height.is_finite() { height } else { f64::MAX };
        let air = if height > 0.0 {
            height * AIR
        } else if low == 0.0 {
            1.0
        } else {
            (low.abs() * 0.1).max(1e-9)
        };
        Self::linear(low - air, high + air)
    }

    /// The same, with this value on it.
    pub fn with(self, value: f64) -> Self {
        let inside = (0.0..=1.0).contains(&self.place(value));
        match () {
            () if inside || !value.is_finite() || self.is_log && value <= 0.0 => self,
            () if self.is_log => {
                let air = ((self.high.ln() - self.low.ln()) * AIR).exp();
                Self {
                    low: self.low.min((value / air).max(f64::MIN_POSITIVE)),
                    high: self.high.max((value * air).min(f64::MAX)),
                    ..self
                }
            }
            () => {
                let air = (self.high / 2.0 - self.low / 2.0) * (2.0 * AIR);
                Self::linear(self.low.min(value - air), self.high.max(value + air))
            }
        }
    }

    /// From one value to another.
    pub fn linear(low: f64, high: f64) -> Self {
        Self {
            low: low.max(f64::MIN),
            high: high.min(f64::MAX),
            is_log: false,
        }
    }

    /// From one value to another by orders of magnitude.
    pub fn log(low: f64, high: f64) -> Self {
        let is_log = low > 0.0;
        Self { low, high, is_log }
    }

    pub fn is_log(&self) -> bool {
        self.is_log
    }

    pub fn ends(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// Whether a value lies above the upper end (greater) or below the lower one (less): by a row of so many at least, because the edge
    /// shows what is nearer.
    pub fn beyond(&self, value: f64, rows: f64) -> Ordering {
        history::beyond(self.place(value), 1.0 / rows.max(1.0))
    }

    /// Where a value lies: 0 at the low end, 1 at the high one.
    pub fn place(&self, value: f64) -> f64 {
        if self.is_log {
            (value.ln() - self.low.ln()) / (self.high.ln() - self.low.ln())
        } else {
            let half = self.high / 2.0 - self.low / 2.0;
            (value / 2.0 - self.low / 2.0) / half
        }
    }

    /// The round numbers on it, about so many, and how each is written.
    pub fn ticks(&self, count: usize) -> Vec<(f64, String)> {
        let values = if self.is_log {
            self.powers(count)
        } else {
            self.rounds(count)
        };
        let inside = |value: &f64| (-0.001..=1.001).contains(&self.place(*value));
        let values: Vec<f64> = values.into_iter().filter(inside).collect();
        let texts = written(&values);
        values.into_iter().zip(texts).collect()
    }

    fn rounds(&self, count: usize) -> Vec<f64> {
        let rough = (self.high / 2.0 - self.low / 2.0) / count.max(1) as f64 * 2.0;
        let size = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * size)
            .find(|step| *step >= rough);
        let Some(step) = step.filter(|step| step.is_finite() && *step > 0.0) else {
            return Vec::new();
        };
        let first = (self.low / step).ceil();
        (0..=count as u32 * 3)
            .map(|at| (first + f64::from(at)) * step)
            .take_while(|value| value.is_finite() && *value <= self.high + step * 1e-6)
            .collect()
    }

    fn powers(&self, count: usize) -> Vec<f64> {
        let (first, last) = (
            self.low.log10().ceil() as i32,
            self.high.log10().floor() as i32,
        );
        let orders = (last - first).max(0) as usize;
        let every = orders.div_ceil(count.max(1)).max(1);
        // One power or two are too few.
        let (first, factors): (i32, &[f64]) = if orders <= 1 {
            (first - 1, &[1.0, 2.0, 5.0])
        } else {
            (first, &[1.0])
        };
        (first..=last)
            .step_by(every)
            .flat_map(|order| factors.iter().map(move |f| f * 10f64.powi(order)))
            .collect()
    }
}

/// Numbers beside an axis, all with as many digits as they need to be told apart.
fn written(values: &[f64]) -> Vec<String> {
    let largest = values.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
    if largest >= 1e5 || (largest > 0.0 && largest < 1e-3) {
        let short = |value: &f64| match *value {
            0.0 => "0".to_owned(),
            value => {
                let text = format!("{value:.2e}");
                let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
                let digits = digits.trim_end_matches('0').trim_end_matches('.');
                format!("{digits}e{power}")
            }
        };
        return values.iter().map(short).collect();
    }
    let is_exact = |digits: usize| {
        values.iter().all(|value| {
            let text = format!("{value:.digits$}");
            let back: f64 = text.parse().unwrap_or(f64::NAN);
            (back - value).abs() <= largest * 1e-6
        })
    };
    let digits = (0..8).find(|digits| is_exact(*digits)).unwrap_or(8);
    // Of orders of magnitude each has its own.
    let trimmed = |value: &f64| {
        let text = format!("{value:.digits$}");
        if values.len() > 1 && values.iter().all(|v| *v > 0.0) && digits > 2 {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        }
    };
    values.iter().map(trimmed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(scale: Scale, count: usize) -> Vec<String> {
        let ticks = scale.ticks(count);
        ticks.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(texts(Scale::linear(0.0, 1.0), 4), ["0.0", "0.5", "1.0"]);
        assert_eq!(texts(Scale::linear(-3.0, 7.0), 4), ["0", "5"]);
        assert_eq!(texts(Scale::around(0.01, 100.0), 4).len(), 5);
        assert_eq!(
            texts(Scale::linear(0.0, 2e6), 4),
            ["0", "5e5", "1e6", "1.5e6", "2e6"]
        );
    }

    #[test]
    fn any_values_have_a_scale() {
        let odd = [
            (f64::NAN, 1.0),
            (f64::INFINITY, f64::NEG_INFINITY),
            (-f64::MAX, f64::MAX),
            (0.0, 0.0),
            (1e-300, 1e300),
            (5.0, 5.0),
            (f64::MIN_POSITIVE, f64::MIN_POSITIVE * 2.0),
        ];
        for (low, high) in odd {
            let scale = Scale::around(low, high);
            for value in [low, high, 0.5] {
                if value.is_finite() && (value > 0.0 || !scale.is_log()) {
                    assert!(scale.place(value).is_finite(), "{low} to {high}: {value}");
                }
            }
            assert!(scale.ticks(4).len() <= 16, "{low} to {high}");
        }
    }
}
