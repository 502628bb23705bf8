//! Which vertical axis holds where. Stretches of different objectives share one as long as each can be read on it; where one
//! would be a flat line beside another, they have axes of their own.

use std::ops::RangeInclusive;

use crate::metric::{MetricInfo, Role};
use crate::tui::app::App;
use crate::tui::plot::Axis;

/// The least share of the chart's height that a stretch uses on an axis it shares.
const LEAST: f64 = 0.25;
/// Columns below which a stretch has no shape to be seen: it takes the axis of another.
const READABLE: f64 = 8.0;
/// The share of its values below which a stretch's spread is that of a flat line, which no axis makes more of.
const FLAT: f64 = 0.02;

/// The steps in which one vertical axis holds.
#[derive(Debug, Clone)]
pub(super) struct Scale {
    pub(super) steps: RangeInclusive<u64>,
    pub(super) axis: Axis,
}

/// How far the values of a stretch reach.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) low: f64,
    pub(super) high: f64,
    /// Columns of the chart.
    pub(super) columns: f64,
}

impl Extent {
    fn is_empty(&self) -> bool {
        self.low > self.high
    }

    /// Whether there is something to be seen of it that a foreign axis could hide.
    fn has_a_shape(&self) -> bool {
        let size = self.low.abs().max(self.high.abs());
        self.columns >= READABLE && self.high - self.low > FLAT * size
    }

    fn with(self, other: &Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
            ..self
        }
    }
}

/// The visible steps of each objective, oldest first.
pub(super) fn stretches(app: &App, range: &RangeInclusive<u64>) -> Vec<RangeInclusive<u64>> {
    let (start, end) = (*range.start(), *range.end());
    let switches = app.annotations.segments().iter().skip(1);
    let switches = switches
        .map(|segment| segment.from)
        .filter(|from| (start..end).contains(from));
    let mut found = Vec::new();
    let mut next = start;
    for last in switches {
        // Two switches after the same step: nothing was trained in between.
        if last >= next {
            found.push(next..=last);
            next = last + 1;
        }
    }
    found.push(next..=end);
    found
}

/// Whether the values of all these metrics mean the same under every objective: to compare them is what a chart of them is
/// for, so they never part.
pub(super) fn compare(app: &App, metrics: &[&MetricInfo]) -> bool {
    metrics.iter().any(|metric| {
        metric.range.is_some()
            || matches!(metric.role, Role::LearningRate | Role::UpdateRatio)
            || app.history.is_lasting(&metric.name)
    })
}

/// Which stretches share an axis: for each the number of its axis. Stretches need not touch to share, so an objective that
/// returns finds the axis it had.
pub(super) fn shared(extents: &[Extent], log: bool) -> Vec<usize> {
    let mut axes: Vec<Vec<Extent>> = Vec::new();
    let mut numbers: Vec<usize> = Vec::new();
    for extent in extents {
        let fitting = axes.iter().position(|members| fit(members, extent, log));
        let number = match (fitting, numbers.last()) {
            (_, Some(last)) if extent.is_empty() => *last,
            (Some(number), _) => number,
            (None, _) => axes.len(),
        };
        if number == axes.len() {
            axes.push(Vec::new());
        }
        axes[number].push(*extent);
        numbers.push(number);
    }
    numbers
}

/// Whether each of these can be read on an axis that holds all of them.
fn fit(members: &[Extent], one_more: &Extent, log: bool) -> bool {
    let all = members.iter().fold(*one_more, Extent::with);
    let axis = Axis::new(all.low, all.high, log, 3);
    let place = |value: f64| axis.place(value).unwrap_or(0.0);
    let whole = place(all.high) - place(all.low);
    members
        .iter()
        .chain([one_more])
        .filter(|member| member.has_a_shape())
        .all(|member| place(member.high) - place(member.low) >= LEAST * whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extent(low: f64, high: f64) -> Extent {
        Extent {
            low,
            high,
            columns: 40.0,
        }
    }

    #[test]
    fn stretches_part_only_where_one_would_be_a_flat_line() {
        let (gan, lsgan, wgan) = (extent(0.4, 4.0), extent(0.1, 1.2), extent(-120.0, -2.0));
        assert_eq!(shared(&[gan, lsgan], false), [0, 0]);
        assert_eq!(shared(&[gan, wgan], false), [0, 1]);
        // An objective that comes back has its axis again.
        assert_eq!(shared(&[gan, wgan, gan], false), [0, 1, 0]);
        assert_eq!(shared(&[gan, lsgan, wgan, lsgan], false), [0, 0, 1, 0]);
    }

    #[test]
    fn decades_that_can_be_read_on_a_logarithmic_axis_stay_together() {
        let (small, large) = (extent(0.1, 4.0), extent(20.0, 300.0));
        assert_eq!(shared(&[small, large], false), [0, 1]);
        assert_eq!(shared(&[small, large], true), [0, 0]);
        // Around zero too.
        assert_eq!(
            shared(&[extent(-4.0, 4.0), extent(-120.0, -2.0)], true),
            [0, 0]
        );
    }

    #[test]
    fn a_stretch_without_a_shape_asks_for_nothing_and_hides_nothing() {
        let gan = extent(0.4, 4.0);
        let few = |low, high| Extent {
            columns: 2.0,
            ..extent(low, high)
        };
        assert_eq!(shared(&[gan, few(0.3, 0.31)], false), [0, 0]);
        assert_eq!(shared(&[gan, few(-120.0, -119.0)], false), [0, 1]);
        assert_eq!(
            shared(&[extent(2e-4, 2e-4), extent(5e-5, 5e-5)], false),
            [0, 0]
        );
        let nothing = extent(f64::INFINITY, f64::NEG_INFINITY);
        assert_eq!(shared(&[gan, nothing, gan], false), [0, 0, 0]);
        assert_eq!(shared(&[nothing], false), [0]);
    }
}
