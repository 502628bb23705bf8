//! The view of the charts: smoothing, scale, span, crosshair. Changes nothing in the run.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::history::{LEVELS, Reached, Unit};

/// Steps of the smallest window.
const CLOSEST: u64 = 20;

/// The steps the chart spans.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Span {
    /// From the first to the newest.
    #[default]
    All,
    /// The newest so many.
    Last(u64),
    /// From the first of these to the second, wherever the run is.
    Fixed(u64, u64),
}

/// What a chart's vertical axis holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Height {
    /// The lines and most of their bands; where few spikes lie far beyond, they end in arrows at the edge.
    #[default]
    Calm,
    /// Everything.
    Whole,
    /// Everything, logarithmically.
    Log,
}

/// The view of the charts.
#[derive(Debug, Clone)]
pub struct View {
    /// Index into [`LEVELS`]; `None` means off.
    pub smoothing: Option<usize>,
    /// What the vertical axis holds.
    pub height: Height,
    /// The steps on the horizontal axis.
    pub span: Span,
    /// What the horizontal axis is measured in.
    pub unit: Unit,
    /// The metric that is chosen, to hide or show it.
    pub focus: Option<String>,
    /// Metrics that are not drawn.
    pub hidden: BTreeSet<String>,
    /// Only metrics with this text in their name are on the screen of charts.
    pub filter: String,
    /// The step under the crosshair of all charts.
    pub cursor: Option<u64>,
    /// The page of distributions, counted round and round.
    pub distributions: i64,
    /// The steps that an axis of all steps has at least.
    pub least: u64,
}

impl Default for View {
    fn default() -> Self {
        Self {
            smoothing: Some(1),
            height: Height::Calm,
            span: Span::All,
            unit: Unit::Steps,
            focus: None,
            hidden: BTreeSet::new(),
            filter: String::new(),
            cursor: None,
            distributions: 0,
            least: 100,
        }
    }
}

impl View {
    /// The next strength of smoothing: off, then ever stronger, then off.
    pub fn next_smoothing(&mut self) {
        self.smoothing = match self.smoothing {
            None => Some(0),
            Some(i) if i + 1 < LEVELS.len() => Some(i + 1),
            Some(_) => None,
        };
    }

    /// The next kind of vertical axis.
    pub fn next_height(&mut self) {
        self.height = match self.height {
            Height::Calm => Height::Whole,
            Height::Whole => Height::Log,
            Height::Log => Height::Calm,
        };
    }

    /// The next span.
    pub fn next_span(&mut self) {
        self.span = match self.span {
            Span::All => Span::Last(10_000),
            Span::Last(10_000) => Span::Last(1_000),
            Span::Last(_) | Span::Fixed(..) => Span::All,
        };
    }

    /// The next unit of the horizontal axis.
    pub fn next_unit(&mut self) {
        self.unit = match self.unit {
            Unit::Steps => Unit::Images,
            Unit::Images => Unit::Time,
            Unit::Time => Unit::Steps,
        };
    }

    /// Half as many steps around the crosshair, or around the newest step without one; or twice as many.
    pub fn zoom(&mut self, closer: bool, reached: Reached) {
        let steps = self.steps(reached);
        let (start, end) = (*steps.start(), *steps.end());
        let width = end - start;
        let next = if closer {
            (width / 2).max(CLOSEST)
        } else {
            width.saturating_mul(2)
        };
        let all = round_up(reached.furthest.max(self.least));
        if next >= all {
            self.span = Span::All;
            return;
        }
        let Some(centre) = self.cursor.filter(|c| steps.contains(c)) else {
            let behind = reached.last.min(end).saturating_sub(next / 2);
            self.span = match self.span {
                Span::Fixed(..) if reached.last > end => {
                    let from = (start + width / 2).saturating_sub(next / 2);
                    Span::Fixed(from, from + next)
                }
                _ if closer || behind > 0 => Span::Last(next),
                _ => Span::All,
            };
            return;
        };
        // The step under the crosshair keeps its position.
        let left = (centre - start) as f64 / width.max(1) as f64;
        let from = centre.saturating_sub((next as f64 * left) as u64);
        self.show(from, from + next, reached.last);
    }

    /// A quarter of the window later or earlier.
    pub fn pan(&mut self, later: bool, reached: Reached) {
        let steps = self.steps(reached);
        let quarter = ((steps.end() - steps.start()) / 4).max(1);
        let by = if later {
            quarter as i64
        } else {
            -(quarter as i64)
        };
        self.pan_by(by, reached);
    }

    /// So many steps later; earlier for a negative number.
    pub fn pan_by(&mut self, by: i64, reached: Reached) {
        let steps = self.steps(reached);
        let (start, width) = (*steps.start(), steps.end() - steps.start());
        let from = start.saturating_add_signed(by).min(reached.last);
        if by != 0 && from != start {
            self.show(from, from + width, reached.last);
        }
    }

    /// Shows these steps; if the newest is among them, the window follows the run.
    fn show(&mut self, from: u64, to: u64, last: u64) {
        self.span = if to >= last && from > 0 {
            Span::Last(to - from)
        } else {
            Span::Fixed(from, to)
        };
    }

    /// Moves the crosshair by so many hundredths of the axis, at least a step each; from the newest step, if there was none.
    pub fn move_cursor(&mut self, hundredths: i64, reached: Reached) {
        let steps = self.steps(reached);
        let (start, end) = (*steps.start(), reached.last.min(*steps.end()));
        let unit = ((steps.end() - start) / 100).max(1);
        let by = unit.saturating_mul(hundredths.unsigned_abs());
        let from = self.cursor.unwrap_or(end);
        let to = if hundredths < 0 {
            from.saturating_sub(by)
        } else {
            from.saturating_add(by)
        };
        self.cursor = Some(to.clamp(start.min(end), end));
    }

    /// The steps on the horizontal axis.
    ///
    /// The axis stands still while the lines fill it, and jumps by about a quarter when they reach its end: a chart
    /// that scrolled with every step would be redrawn in full with every frame, too much for a slow line.
    #[must_use]
    pub fn steps(&self, reached: Reached) -> RangeInclusive<u64> {
        let last = reached.last;
        match self.span {
            Span::All => 0..=round_up(reached.furthest.max(self.least)),
            Span::Last(span) if last <= span => 0..=span,
            Span::Last(span) => {
                let quarter = (span / 4).max(1);
                let end = last.div_ceil(quarter) * quarter;
                end.saturating_sub(span)..=end
            }
            Span::Fixed(from, to) => from..=to.max(from + 1),
        }
    }
}

/// The next of a series of round numbers, each about a quarter above the one before.
fn round_up(n: u64) -> u64 {
    let mut unit = 10;
    while unit * 10 < n {
        unit *= 10;
    }
    // Quarters and halves are round numbers from 10 on.
    [10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100]
        .into_iter()
        .map(|m| m * unit / 10)
        .find(|m| *m >= n)
        .unwrap_or(unit * 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run at this step that took nothing back.
    fn at(step: u64) -> Reached {
        Reached {
            last: step,
            furthest: step,
        }
    }

    #[test]
    fn the_axis_stays_fixed_while_it_fills_and_rarely_jumps() {
        for span in [Span::All, Span::Last(1_000)] {
            let view = View {
                span,
                ..View::default()
            };
            let mut jumps = 0;
            let mut range = view.steps(at(0));
            for last in 0..50_000 {
                let next = view.steps(at(last));
                assert!(next.contains(&last), "{last} is not in {next:?}");
                if next != range {
                    jumps += 1;
                    range = next;
                }
            }
            let most = if span == Span::All { 30 } else { 50_000 / 250 };
            assert!(jumps <= most, "{span:?}: {jumps}");
        }
    }

    #[test]
    fn the_crosshair_begins_at_the_newest_step_and_stays_on_the_axis() {
        let mut view = View::default();
        view.move_cursor(-1, at(950));
        assert_eq!(view.cursor, Some(940));
        view.move_cursor(-200, at(950));
        assert_eq!(view.cursor, Some(0));
        view.move_cursor(1, at(950));
        assert_eq!(view.cursor, Some(10));
        view.move_cursor(500, at(950));
        assert_eq!(view.cursor, Some(950));
        // Where the window has gone on without it, it comes back to its edge.
        view.span = Span::Last(1_000);
        view.cursor = Some(10);
        view.move_cursor(1, at(9_990));
        assert_eq!(view.cursor, Some(9_000));
        let mut empty = View::default();
        empty.move_cursor(-1, at(0));
        assert_eq!(empty.cursor, Some(0));
    }

    #[test]
    fn zooming_keeps_the_crosshair_in_place_and_panning_returns_to_the_newest_step() {
        let (last, reached) = (9_900, at(9_900));
        let mut view = View::default();
        view.zoom(true, reached);
        assert_eq!(view.span, Span::Last(5_000));
        assert!(view.steps(reached).contains(&last));
        view.cursor = Some(6_000);
        for _ in 0..4 {
            view.zoom(true, reached);
            assert!(view.steps(reached).contains(&6_000), "{view:?}");
        }
        let near = view.steps(reached);
        assert!(near.end() - near.start() < 700);
        view.pan(false, reached);
        assert!(*view.steps(reached).start() < *near.start());
        for _ in 0..100 {
            view.pan(true, reached);
        }
        assert!(matches!(view.span, Span::Last(_)), "{view:?}");
        for _ in 0..40 {
            view.zoom(true, reached);
        }
        view.cursor = None;
        for _ in 0..40 {
            view.zoom(false, reached);
        }
        assert_eq!(view.span, Span::All);
    }

    #[test]
    fn smoothing_cycles() {
        let mut view = View::default();
        let start = view.smoothing;
        let seen: Vec<Option<usize>> = (0..=LEVELS.len())
            .map(|_| {
                view.next_smoothing();
                view.smoothing
            })
            .collect();
        assert!(seen.contains(&None) && seen.last() == Some(&start));
    }
}
