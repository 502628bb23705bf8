//! The charts of the selected runs, as many as there is room for.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use super::overlay::{Curve, GroupCurve, Overlay, Past, Weight};
use super::state::Workspace;
use crate::tui::layout;
use crate::workspace::{Curves, Entry, Group, RunId, ancestors, good};

/// A run, what is known of it, and its series.
type Drawn<'a> = (RunId, &'a Entry, &'a Curves);

/// Draws them.
pub(super) fn draw(area: Rect, buffer: &mut Buffer, workspace: &Workspace) {
    let places = workspace.places().charts();
    let metrics = workspace.charted_here();
    if places.is_empty() || metrics.is_empty() {
        return nothing(area, buffer, workspace);
    }
    let drawn: Vec<Drawn> = workspace
        .drawn()
        .into_iter()
        .filter_map(|id| {
            Some((
                id,
                workspace.entry(id)?,
                workspace.curves.get(&id)?.as_ref(),
            ))
        })
        .collect();
    let is_read = |id: &RunId| {
        let is_broken = workspace.entry(*id).is_some_and(|e| e.problem.is_some());
        is_broken || workspace.curves.contains_key(id)
    };
    let is_reading = !workspace.drawn().iter().all(is_read);
    let groups = workspace.groups();
    let range = workspace.range();
    let axis = &workspace.remembered.axis;
    let ends = workspace.ends();
    // Over a metric it takes a look at all values: once for all charts.
    let crosshair = workspace.crosshair();
    for (place, metric) in places.into_iter().zip(&metrics) {
        let chart = Overlay {
            metric,
            good: good(
                metric,
                drawn.first().and_then(|(_, entry, _)| entry.known.as_ref()),
            ),
            curves: curves(workspace, &drawn, groups, metric),
            groups: group_curves(workspace, groups),
            band: workspace.remembered.band,
            view: &workspace.view,
            axis,
            range: range.clone(),
            ends,
            crosshair,
            marks: Vec::new(),
            is_reading,
        };
        chart.draw(place, buffer, &workspace.look);
    }
    let (count, page) = (workspace.charted().len(), workspace.page);
    if count > metrics.len() {
        let text = match metrics.len() {
            1 => format!(" chart {} of {count} ", page + 1),
            shown => format!(" charts {}-{} of {count} ", page + 1, page + shown),
        };
        workspace.look.note_in_corner(area, buffer, text);
    }
}

fn curves<'a>(
    workspace: &'a Workspace,
    drawn: &[Drawn<'a>],
    groups: &[Group],
    metric: &str,
) -> Vec<Curve<'a>> {
    let theme = &workspace.look.theme;
    let one = drawn.len() == 1;
    let curve = |(id, entry, curves): &Drawn<'a>| {
        let group = groups.iter().position(|group| group.members.contains(id));
        let styles = match group {
            Some(number) => theme.run(number),
            None => theme.run(entry.marks.colour.unwrap_or_default()),
        };
        Some(Curve {
            letter: entry.marks.letter().unwrap_or_else(|| "*".to_owned()),
            styles,
            series: curves.series.get(metric)?,
            across: workspace.across(curves),
            weight: if one || workspace.at == Some(*id) {
                Weight::Front
            } else {
                Weight::Plain
            },
            until: workspace.last_step(*id).unwrap_or_default(),
            group,
            past: past(workspace, *id, metric),
        })
    };
    drawn.iter().filter_map(curve).collect()
}

/// What a run has in common with those that it was forked from, where the axis shows it.
pub(super) fn past<'a>(workspace: &'a Workspace, id: RunId, metric: &str) -> Vec<Past<'a>> {
    if !workspace.remembered.axis.joins_forks() {
        return Vec::new();
    }
    let past = |(parent, until): (RunId, u64)| {
        let curves = workspace.curves.get(&parent)?;
        Some(Past {
            series: curves.series.get(metric)?,
            across: workspace.across(curves)?,
            until,
        })
    };
    let all = ancestors(&workspace.index, id).into_iter();
    all.filter_map(past).collect()
}

fn group_curves(workspace: &Workspace, groups: &[Group]) -> Vec<GroupCurve> {
    let numbered = groups.iter().enumerate();
    numbered
        .map(|(number, group)| GroupCurve {
            letter: (number + 1).to_string(),
            name: group.name(),
            members: group.members.len(),
            styles: workspace.look.theme.run(number),
        })
        .collect()
}

fn nothing(area: Rect, buffer: &mut Buffer, workspace: &Workspace) {
    let look = &workspace.look;
    look.titled("Charts").render(area, buffer);
    let text = if workspace.rows.is_empty() {
        ""
    } else if area.height < 8 {
        "3: the charts alone"
    } else if workspace
        .drawn()
        .iter()
        .any(|id| workspace.known(*id).is_none())
    {
        "reading"
    } else {
        "the highlighted run has no numbers"
    };
    let style = look.theme.dim.remove_modifier(Modifier::BOLD);
    Line::styled(text, style)
        .centered()
        .render(layout::middle_row(area), buffer);
}
