//! How charts are looked at: smoothing, scale, span, crosshair. Changes nothing in the run.

use std::ops::RangeInclusive;

use crate::history::LEVELS;

/// The steps the chart spans.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Span {
    /// From the first to the newest.
    #[default]
    All,
    /// The newest so many.
    Last(u64),
}

/// How the chart is looked at.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// Index into [`LEVELS`]; none is off.
    pub smoothing: Option<usize>,
    /// Whether the vertical axis is logarithmic.
    pub log: bool,
    /// The steps on the horizontal axis.
    pub span: Span,
    /// The step under the crosshair of all charts.
    pub cursor: Option<u64>,
}

impl Default for View {
    fn default() -> Self {
        Self {
            smoothing: Some(1),
            log: false,
            span: Span::All,
            cursor: None,
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

    /// The next span.
    pub fn next_span(&mut self) {
        self.span = match self.span {
            Span::All => Span::Last(10_000),
            Span::Last(10_000) => Span::Last(1_000),
            Span::Last(_) => Span::All,
        };
    }

    /// Moves the crosshair by so many hundredths of the axis, at least a step each; from the newest step, if there was none.
    pub fn move_cursor(&mut self, hundredths: i64, last: u64, furthest: u64) {
        let steps = self.steps(last, furthest);
        let (start, end) = (*steps.start(), last.min(*steps.end()));
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

    /// The steps on the horizontal axis when `last` is the newest, and `furthest` the furthest that was ever reached.
    ///
    /// The axis stands still while the lines fill it, and jumps by about a quarter when they reach its end: a chart
    /// that scrolled with every step would be drawn anew with every frame, which a slow line does not carry.
    #[must_use]
    pub fn steps(&self, last: u64, furthest: u64) -> RangeInclusive<u64> {
        match self.span {
            Span::All => 0..=round_up(furthest.max(last).max(100)),
            Span::Last(span) if last <= span => 0..=span,
            Span::Last(span) => {
                let end = last.div_ceil(span / 4) * (span / 4);
                end - span..=end
            }
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

    #[test]
    fn the_axis_stands_still_while_it_fills_and_jumps_seldom() {
        for span in [Span::All, Span::Last(1_000)] {
            let view = View {
                span,
                ..View::default()
            };
            let mut jumps = 0;
            let mut range = view.steps(0, 0);
            for last in 0..50_000 {
                let next = view.steps(last, last);
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
        view.move_cursor(-1, 950, 950);
        assert_eq!(view.cursor, Some(940));
        view.move_cursor(-200, 950, 950);
        assert_eq!(view.cursor, Some(0));
        view.move_cursor(1, 950, 950);
        assert_eq!(view.cursor, Some(10));
        view.move_cursor(500, 950, 950);
        assert_eq!(view.cursor, Some(950));
        // Where the window has gone on without it, it comes back to its edge.
        view.span = Span::Last(1_000);
        view.cursor = Some(10);
        view.move_cursor(1, 9_990, 9_990);
        assert_eq!(view.cursor, Some(9_000));
        let mut empty = View::default();
        empty.move_cursor(-1, 0, 0);
        assert_eq!(empty.cursor, Some(0));
    }

    #[test]
    fn smoothing_goes_round() {
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
