//! Parallel coordinates: each trial is a line through its values, and ends at what it reached.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::super::state::Workspace;
use super::super::sweep_view::SweepView;
use super::parameters::{order, scale, ticks};
use super::{COLOURED, of_parameters, shortened, style_of};
use crate::sweep::{Goal, Seen, TrialSeen, TrialState};
use crate::text;
use crate::tui::plot::{Canvas, Dash, Pen};

/// Columns between two axes, at least.
const NARROWEST: u16 = 14;
/// Of so many trials one is among the good ones, whose lines are bright.
const GOOD: usize = 4;

/// Where the line of a trial passes that has no value on an axis: beneath the least.
const BELOW: f64 = -0.04;

/// An axis: where it stands, its name, and its labels by their places.
struct Rail {
    x: u16,
    name: String,
    labels: Vec<(f64, String)>,
}

/// For how many parameters there is room, beside the metric.
pub(super) fn room(area: Rect) -> usize {
    usize::from(area.width.saturating_sub(2) / NARROWEST).max(2) - 1
}

pub(super) fn draw(
    area: Rect,
    buffer: &mut Buffer,
    workspace: &Workspace,
    sweep: &SweepView,
    seen: &Seen,
) {
    let look = &workspace.look;
    let theme = &look.theme;
    let inner = look.frame().inner(area);
    let title = Line::from(vec![
        Span::styled(" Parallel coordinates ", theme.title),
        Span::styled("the best quarter bright ", theme.dim),
    ]);
    look.frame().title_top(title).render(area, buffer);
    if inner.height < 6 || inner.width < 2 * NARROWEST {
        return;
    }
    let all = order(seen);
    let first = sweep.first(all.len(), room(area));
    let order: Vec<usize> = all.iter().copied().skip(first).take(room(area)).collect();
    let count = order.len() as u16 + 1;
    // Labels stand right of their axis; the last one has its room, too.
    let plot = Rect {
        x: inner.x + 2,
        y: inner.y + 2,
        width: inner.width.saturating_sub(4),
        height: inner.height.saturating_sub(2),
    };
    let last = plot.width.saturating_sub(9);
    let x = |at: u16| plot.x + last * at / (count - 1).max(1);
    let values = scale(workspace, seen, usize::from(plot.height) / 3);
    // What is better is above.
    let up = |place: f64| match seen.definition.goal {
        Goal::Min => 1.0 - place,
        Goal::Max => place,
    };
    let mut rails: Vec<Rail> = (0..)
        .zip(&order)
        .filter_map(|(number, at)| {
            let param = seen.definition.params.get(*at)?;
            Some(Rail {
                x: x(number),
                name: param.key.clone(),
                labels: param.domain.marks(),
            })
        })
        .collect();
    rails.push(Rail {
        x: x(count - 1),
        name: seen.definition.metric.clone(),
        labels: ticks(&values, seen)
            .into_iter()
            .map(|tick| (up(tick.at), tick.label))
            .collect(),
    });
    let mut canvas = Canvas::new(plot, look.glyphs.have_dots());
    let ranked = seen.trials.iter().filter(|t| t.rank.is_some()).count();
    let mut trials: Vec<&TrialSeen> = seen.trials.iter().collect();
    trials.sort_by_key(|trial| std::cmp::Reverse(trial.rank.unwrap_or(usize::MAX)));
    for trial in trials {
        let (rank, style, dash) = line_style(workspace, sweep, trial, ranked);
        let pen = Pen {
            rank,
            style,
            ascii: if rank > 3 { '#' } else { '.' },
            dash,
        };
        let mut places: Vec<Option<f64>> = order
            .iter()
            .map(|at| Some(trial.places.get(*at).copied().flatten().unwrap_or(BELOW)))
            .collect();
        let reached = trial.value.and_then(|value| values.place(value));
        // What is beyond an end of the scale lies there.
        let reached = reached.map(|place| up(place.clamp(0.0, 1.0)));
        let reached = reached.or((trial.state == TrialState::Failed).then_some(0.0));
        places.push(reached);
        line(&mut canvas, plot, &rails, &places, &pen);
    }
    canvas.render(buffer);
    let ends = rails.iter().skip(1).map(|rail| rail.x);
    let ends: Vec<u16> = ends.chain([inner.right()]).collect();
    for (rail, end) in rails.iter().zip(ends) {
        rail.draw((plot, inner.y, end), buffer, workspace, &canvas);
    }
    if order.len() < all.len() {
        let said = of_parameters(first, order.len(), all.len());
        look.note_in_corner(area, buffer, said);
    }
}

fn line_style(
    workspace: &Workspace,
    sweep: &SweepView,
    trial: &TrialSeen,
    ranked: usize,
) -> (u8, Style, Dash) {
    let theme = &workspace.look.theme;
    let (style, _) = style_of(workspace, sweep, trial);
    if sweep.at == Some(trial.number) {
        return (5, style, Dash::Solid);
    }
    match trial.rank {
        Some(rank) if rank < COLOURED.min(ranked.div_ceil(GOOD)) => (4, style, Dash::Solid),
        Some(rank) if rank < ranked.div_ceil(GOOD) => (3, theme.text, Dash::Solid),
        Some(_) => (2, theme.bar_rest, Dash::Solid),
        None if trial.state == TrialState::Failed => (2, theme.bad, Dash::On(1, 3)),
        None => (1, theme.bar_rest, Dash::On(1, 5)),
    }
}

/// A line from axis to axis; of a trial that reached nothing yet it ends before the last.
fn line(canvas: &mut Canvas, plot: Rect, rails: &[Rail], places: &[Option<f64>], pen: &Pen) {
    let (width, _) = canvas.size();
    let each = f64::from(width) / f64::from(plot.width.max(1));
    let mut last: Option<(i32, i32)> = None;
    for (rail, place) in rails.iter().zip(places) {
        let Some(place) = place else {
            continue;
        };
        let x = (f64::from(rail.x - plot.x) * each).round() as i32;
        let here = (x, canvas.row(margin(*place)));
        if let Some(from) = last {
            canvas.line(from, here, pen);
        }
        last = Some(here);
    }
}

/// A little room above and below.
fn margin(place: f64) -> f64 {
    0.04 + place * 0.92
}

impl Rail {
    /// Draws it on the plot, with its name in the row `head` and before the column `end`.
    fn draw(
        &self,
        (plot, head, end): (Rect, u16, u16),
        buffer: &mut Buffer,
        workspace: &Workspace,
        canvas: &Canvas,
    ) {
        let look = &workspace.look;
        let theme = &look.theme;
        let vertical = look.glyphs.axes[0];
        for y in plot.top()..plot.bottom() {
            buffer.set_string(self.x, y, vertical, theme.border);
        }
        let room = usize::from(end.saturating_sub(self.x + 1));
        let name = look.glyphs.text(&self.name);
        let name = shortened(&name, room, look);
        buffer.set_string(self.x, head, &name, theme.title);
        for (place, label) in &self.labels {
            let row = canvas.cell_row(margin(*place));
            let label = text::fit(&look.glyphs.text(label), 9, look.glyphs.ellipsis);
            if plot.y + row < plot.bottom() {
                buffer.set_string(self.x + 1, plot.y + row, label, theme.strong);
            }
        }
    }
}
