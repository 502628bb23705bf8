//! How charts are looked at: axis, range, crosshair.

use std::ops::RangeInclusive;

use super::state::Workspace;
use crate::history::{LEVELS, Reached, Series};
use crate::tui::app::Span;
use crate::tui::keymap::Action;
use crate::workspace::{Across, Axis, Curves, RunId};

/// Steps below which an axis ends with the longest run.
const SHORT: u64 = 100;
/// How far a key moves the crosshair, as a share of the axis.
const STRIDE: f64 = 0.01;

impl Workspace {
    /// What changes how charts are looked at.
    pub(super) fn look_at(&mut self, action: Action) {
        let reached = self.reached();
        match action {
            Action::Smoothing => {
                self.view.next_smoothing();
                self.remember(|_| ());
                let level = self.view.smoothing.and_then(|level| LEVELS.get(level));
                self.notice = Some(level.map_or_else(
                    || "no smoothing".to_owned(),
                    |level| {
                        format!("smoothing {level} per step; less where a run is too short for it")
                    },
                ));
            }
            Action::Scale => self.view.next_height(),
            Action::Axis => {
                let over = self.remembered.over.clone();
                self.stand_on(self.remembered.axis.next(over.as_deref()));
            }
            Action::Span => self.view.next_span(),
            Action::Zoom(closer) => self.view.zoom(closer, reached),
            Action::Pan(later) => self.view.pan(later, reached),
            Action::Left => self.move_crosshair(-1),
            Action::Right => self.move_crosshair(1),
            _ => {}
        }
    }

    /// Measures the horizontal axis so.
    pub(super) fn stand_on(&mut self, axis: Axis) {
        self.clear_crosshair();
        self.remember(|r| {
            if let Axis::Metric(metric) = &axis {
                r.over = Some(metric.clone());
            }
            r.axis = axis;
        });
    }

    /// Takes the crosshair away; returns whether there was one.
    pub(super) fn clear_crosshair(&mut self) -> bool {
        self.across.take().is_some() | self.view.cursor.take().is_some()
    }

    fn move_crosshair(&mut self, by: i64) {
        if self.remembered.axis == Axis::Steps {
            return self.view.move_cursor(by, self.reached());
        }
        let at = self.across.unwrap_or(1.0) + by as f64 * STRIDE;
        self.across = Some(at.clamp(0.0, 1.0));
        // Samples are those of the highlighted run's step there.
        self.view.cursor = self.crosshair().and_then(|place| {
            let drawn = self.drawn();
            let front = self.at.filter(|at| drawn.contains(at));
            let curves = self.curves.get(&front.or(drawn.first().copied())?)?;
            let across = self.across(curves)?;
            let longest = curves.series.values().max_by_key(|s| last_of(s))?;
            across.step_at(longest, &self.range(), place)
        });
    }

    /// Where the crosshair is, in the unit of the axis.
    pub(super) fn crosshair(&self) -> Option<f64> {
        if self.remembered.axis == Axis::Steps {
            let step = self.view.cursor?;
            return self.range().contains(&step).then_some(step as f64);
        }
        let (start, end) = self.ends();
        Some(start + self.across? * (end - start))
    }

    /// Where the steps of a run lie on the axis.
    pub(super) fn across<'a>(&self, curves: &'a Curves) -> Option<Across<'a>> {
        Across::of(&self.remembered.axis, curves, self.view.smoothing)
    }

    /// The furthest step of the runs on the charts.
    pub(super) fn reached(&self) -> Reached {
        let drawn = self.drawn().into_iter();
        let last = drawn.filter_map(|id| self.last_step(id)).max();
        let last = last.unwrap_or_default();
        Reached {
            last,
            furthest: last,
        }
    }

    pub(super) fn last_step(&self, id: RunId) -> Option<u64> {
        let series = self.curves.get(&id)?.series.values();
        series.map(last_of).max()
    }

    /// The steps on the axis of all charts.
    pub(super) fn range(&self) -> RangeInclusive<u64> {
        let reached = self.reached();
        match self.view.span {
            // Logs with a point for each epoch are short.
            Span::All if reached.last < SHORT => 0..=reached.last.max(1),
            _ => self.view.steps(reached),
        }
    }

    /// The ends of the axis in its unit, over all runs on the charts and those that they were forked from.
    pub(super) fn ends(&self) -> (f64, f64) {
        let range = self.range();
        if self.remembered.axis == Axis::Steps {
            return (*range.start() as f64, *range.end() as f64);
        }
        let all = self.needed().into_iter();
        let ends = all.filter_map(|id| {
            let across = self.across(self.curves.get(&id)?)?;
            across.ends(&range, self.last_step(id)?)
        });
        ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
            .filter(|(low, high)| high > low)
            .unwrap_or((0.0, 1.0))
    }
}

fn last_of(series: &Series) -> u64 {
    series.last().map_or(0, |bucket| bucket.to)
}
