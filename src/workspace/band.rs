//! The mean of several lines, and the band around it.

use serde::{Deserialize, Serialize};

use super::statistics::Statistics;

/// What a band around a mean shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Band {
    /// From the smallest to the largest line.
    #[default]
    Range,
    /// One standard deviation to either side.
    Deviation,
    /// One standard error of the mean to either side.
    Error,
}

impl Band {
    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Range => Self::Deviation,
            Self::Deviation => Self::Error,
            Self::Error => Self::Range,
        }
    }

    /// Where it begins and ends around the mean of some numbers.
    #[must_use]
    pub fn ends(self, of: &Statistics) -> (f64, f64) {
        match self {
            Self::Range => (of.low, of.high),
            Self::Deviation => (of.mean - of.deviation, of.mean + of.deviation),
            Self::Error => (of.mean - of.error(), of.mean + of.error()),
        }
    }

    /// In a word or two.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Range => "min-max",
            Self::Deviation => "std",
            Self::Error => "std err",
        }
    }
}

/// The mean of the lines at one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandPoint {
    /// The place.
    pub x: u16,
    /// How many lines reach it.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Where the band begins.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
}

/// The mean of lines, each with its values at rising places. Between two places of a line it is taken as straight; beyond its
/// ends it does not count, so that the mean there is one of fewer. Values that are not finite are passed over.
#[must_use]
pub fn band(lines: &[Vec<(u16, f64)>], kind: Band) -> Vec<BandPoint> {
    let finite: Vec<Vec<(u16, f64)>> = lines
        .iter()
        .map(|line| {
            line.iter()
                .copied()
                .filter(|(_, value)| value.is_finite())
                .collect()
        })
        .collect();
    let ends = finite
        .iter()
        .filter_map(|line| Some((line.first()?.0, line.last()?.0)));
    let Some((first, last)) = ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else {
        return Vec::new();
    };
    let mut lines: Vec<Walk> = finite.iter().map(|line| Walk { line, after: 0 }).collect();
    let mut values = Vec::with_capacity(lines.len());
    let at = |x| {
        values.clear();
        values.extend(lines.iter_mut().filter_map(|line| line.value_at(x)));
        point(x, &values, kind)
    };
    (first..=last).filter_map(at).collect()
}

/// A line that is asked for its values at rising places.
struct Walk<'a> {
    line: &'a [(u16, f64)],
    /// The first of its places that is not before the one asked for.
    after: usize,
}

impl Walk<'_> {
    fn value_at(&mut self, x: u16) -> Option<f64> {
        while self
            .line
            .get(self.after)
            .is_some_and(|(place, _)| *place < x)
        {
            self.after += 1;
        }
        let (to, high) = *self.line.get(self.after)?;
        if to == x {
            return Some(high);
        }
        let (from, low) = *self.line.get(self.after.checked_sub(1)?)?;
        let share = f64::from(x - from) / f64::from(to - from);
        Some(low + (high - low) * share)
    }
}

fn point(x: u16, values: &[f64], kind: Band) -> Option<BandPoint> {
    let found = Statistics::of(values)?;
    let (low, high) = kind.ends(&found);
    Some(BandPoint {
        x,
        count: found.count,
        mean: found.mean,
        low,
        high,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_of_the_lines_that_reach_a_place() {
        let lines = [
            vec![(0, 1.0), (10, 3.0)],
            vec![(0, 3.0), (5, f64::NAN), (10, 5.0), (20, 7.0)],
        ];
        let found = band(&lines, Band::Range);
        let at = |x: u16| {
            found
                .iter()
                .find(|p| p.x == x)
                .map(|p| (p.count, p.mean, p.low, p.high))
        };
        assert_eq!(at(0), Some((2, 2.0, 1.0, 3.0)));
        assert_eq!(at(5), Some((2, 3.0, 2.0, 4.0)));
        assert_eq!(at(15), Some((1, 6.0, 6.0, 6.0)));
        assert_eq!(at(21), None);
    }

    #[test]
    fn deviation_and_error_are_those_of_a_sample() {
        let lines = [vec![(0, 1.0)], vec![(0, 2.0)], vec![(0, 3.0)]];
        let high = |kind| band(&lines, kind).first().map(|p| p.high);
        assert_eq!(high(Band::Deviation), Some(3.0));
        let error = high(Band::Error).unwrap_or_default() - 2.0;
        assert!((error - 1.0 / 3f64.sqrt()).abs() < 1e-12);
    }
}
