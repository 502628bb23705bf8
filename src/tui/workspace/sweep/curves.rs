//! The curves of all trials on one chart, with the rungs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::overlay::{Curve, Mark, Overlay, Weight};
use super::super::state::Workspace;
use super::super::sweep_view::SweepView;
use super::{COLOURED, framed, style_of};
use crate::metric::Good;
use crate::sweep::{Goal, Seen};
use crate::text::number;
use crate::workspace::{Axis, Band};

pub(super) fn draw(
    area: Rect,
    buffer: &mut Buffer,
    workspace: &Workspace,
    sweep: &SweepView,
    seen: &Seen,
) {
    let metric = &seen.definition.metric;
    let mut curves: Vec<Curve> = seen
        .trials
        .iter()
        .filter_map(|trial| {
            let run = sweep.run_of(trial)?;
            let found = workspace.curves.get(&run)?;
            let is_here = sweep.at == Some(trial.number);
            let is_good = trial.rank.is_some_and(|rank| rank < COLOURED);
            Some(Curve {
                letter: trial.number.to_string(),
                styles: style_of(workspace, sweep, trial),
                series: found.series.get(metric)?,
                across: workspace.across(found),
                weight: match (is_here, is_good) {
                    (true, _) => Weight::Front,
                    (false, true) => Weight::Plain,
                    (false, false) => Weight::Faint,
                },
                until: workspace.last_step(run).unwrap_or_default(),
                group: None,
                past: Vec::new(),
            })
        })
        .collect();
    if curves.is_empty() {
        let said = if seen.trials.iter().any(|trial| trial.value.is_some()) {
            "no curve was read yet"
        } else {
            "no trial has it yet"
        };
        let style = workspace.look.theme.dim;
        return framed(area, buffer, workspace, (metric, said, style));
    }
    curves.sort_by_key(|curve| curve.weight);
    let overlay = Overlay {
        metric,
        good: match seen.definition.goal {
            Goal::Min => Good::Lower,
            Goal::Max => Good::Higher,
        },
        curves,
        groups: Vec::new(),
        band: Band::default(),
        view: &workspace.view,
        axis: &workspace.remembered.axis,
        range: workspace.range(),
        ends: workspace.ends(),
        crosshair: workspace.crosshair(),
        marks: rungs(workspace, seen),
        is_reading: false,
    };
    overlay.draw(area, buffer, &workspace.look);
}

/// The rungs, where the axis is measured in the unit of the budget.
fn rungs(workspace: &Workspace, seen: &Seen) -> Vec<Mark> {
    let (_, unit) = seen.definition.budget.parts();
    let is_it = match workspace.remembered.axis {
        Axis::Steps => unit == "steps",
        Axis::Images => unit == "images",
        Axis::Time => unit == "seconds",
        Axis::Wall | Axis::Metric(_) => false,
    };
    if !is_it {
        return Vec::new();
    }
    let rungs = seen.definition.rungs();
    let marks = rungs.iter().map(|rung| Mark {
        at: rung as f64,
        label: number::compact(rung as f64),
    });
    marks.collect()
}
