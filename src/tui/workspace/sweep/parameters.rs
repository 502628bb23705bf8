//! The metric against each parameter, the one to which most is due first.

use std::cmp::Ordering;

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::super::places::cells;
use super::super::state::Workspace;
use super::super::sweep_view::SweepView;
use super::{of_parameters, shortened, style_of};
use crate::history::extent_of_points;
use crate::sweep::{Importance, Param, Seen, Share, TrialSeen, TrialState};
use crate::text::{self, number};
use crate::tui::app::Height;
use crate::tui::panels::bar_spans;
use crate::tui::plot::{Axis as Scale, Canvas, Dash, Pen, Tick, axes};

/// Cells of the smallest chart.
const SMALLEST: (u16, u16) = (36, 9);
/// From this ratio of the largest to the smallest value on the axis is logarithmic.
const WIDE: f64 = 30.0;
/// Columns of a bar.
const BAR: u16 = 24;

pub(super) fn draw(
    area: Rect,
    buffer: &mut Buffer,
    workspace: &Workspace,
    sweep: &SweepView,
    seen: &Seen,
) {
    let params = &seen.definition.params;
    let order = order(seen);
    let (above, rest) = split(area, order.len());
    importance(above, buffer, workspace, seen, &order);
    let first = sweep.first(order.len(), room(area, order.len()));
    let shown = order.get(first..).unwrap_or_default();
    let tiles = tiles(rest, shown.len());
    for (tile, at) in tiles.iter().zip(shown) {
        if let Some(param) = params.get(*at) {
            scatter(*tile, buffer, workspace, sweep, seen, (*at, param));
        }
    }
    if tiles.len() < order.len() && !tiles.is_empty() {
        let said = of_parameters(first, tiles.len(), order.len());
        workspace.look.note_in_corner(rest, buffer, said);
    }
}

/// Where the importance of so many parameters stands, and their charts below it.
fn split(area: Rect, count: usize) -> (Rect, Rect) {
    let rows = (count as u16 + 2)
        .min((area.height / 3).max(4))
        .min(area.height);
    let above = Rect {
        height: rows,
        ..area
    };
    let rest = Rect {
        y: area.y + rows,
        height: area.height - rows,
        ..area
    };
    (above, rest)
}

/// For how many charts of so many parameters there is room.
pub(super) fn room(area: Rect, count: usize) -> usize {
    tiles(split(area, count).1, count).len()
}

/// The parameters by their importance.
pub(super) fn order(seen: &Seen) -> Vec<usize> {
    let mut order: Vec<usize> = (0..seen.definition.params.len()).collect();
    if let Importance::Shares(shares) = &seen.importance.0 {
        let share = |at: usize| shares.get(at).map_or(0.0, |share| share.share);
        order.sort_by(|a, b| share(*b).total_cmp(&share(*a)));
    }
    order
}

fn share_of(seen: &Seen, at: usize) -> Option<Share> {
    match &seen.importance.0 {
        Importance::Shares(shares) => shares.get(at).copied(),
        Importance::TooFew { .. } => None,
    }
}

/// How much is due to each parameter, in bars.
fn importance(
    area: Rect,
    buffer: &mut Buffer,
    workspace: &Workspace,
    seen: &Seen,
    order: &[usize],
) {
    let look = &workspace.look;
    let theme = &look.theme;
    let (_, unit) = seen.definition.budget.parts();
    let rung = seen.definition.rungs().at(seen.importance.1);
    let of = format!(
        "of the order of trials by {} at {} {unit} ",
        seen.definition.metric,
        number::compact(rung as f64)
    );
    let title = Line::from(vec![
        Span::styled(" Importance ", theme.title),
        Span::styled(look.glyphs.text(&of), theme.dim),
    ]);
    let inner = look.frame().inner(area);
    look.frame().title_top(title).render(area, buffer);
    let params = &seen.definition.params;
    let keys = params.iter().map(|param| text::width(&param.key));
    let wide = keys.max().unwrap_or(0).min(30);
    for (down, at) in order.iter().enumerate() {
        let row = Rect {
            y: inner.y + down as u16,
            height: 1,
            ..inner
        };
        let Some(param) = params.get(*at).filter(|_| row.y < inner.bottom()) else {
            break;
        };
        let key = shortened(&look.glyphs.text(&param.key), wide, look);
        let mut spans = vec![
            Span::raw(" "),
            Span::styled(text::pad(&key, wide + 2), theme.text),
        ];
        match share_of(seen, *at) {
            Some(share) => {
                spans.extend(bar_spans(share.share, BAR, look));
                let percent = format!("{:>4.0} %", share.share * 100.0);
                let style = if share.is_clear() {
                    theme.strong
                } else {
                    theme.dim
                };
                spans.push(Span::styled(percent, style));
                if !share.is_clear() {
                    let chance = share.chance * 100.0;
                    let text = format!("  may be chance ({chance:.0} %)");
                    spans.push(Span::styled(text, theme.dim));
                }
            }
            None => spans.push(Span::styled(param.text(), theme.dim)),
        }
        Line::from(spans).render(row, buffer);
    }
    if let Importance::TooFew { found, needed } = seen.importance.0 {
        let text = format!(" too few trials to tell: {found} have a value, it takes {needed} ");
        look.note_in_corner(area, buffer, text);
    }
}

/// Equal places for as many charts as fit.
fn tiles(area: Rect, count: usize) -> Vec<Rect> {
    let most_across = (area.width / SMALLEST.0).max(1);
    let most_down = (area.height / SMALLEST.1).max(1);
    let count = count.min(usize::from(most_across * most_down)) as u16;
    if count == 0 || area.height < 6 {
        return Vec::new();
    }
    // Full rows before all, then charts that are about as high as they are wide.
    let fits = |across: &u16| count.div_ceil(*across) <= most_down;
    let unevenness = |across: &u16| {
        let down = count.div_ceil(*across);
        let ratio = f64::from(area.width / across) / f64::from(area.height / down).max(1.0);
        (
            across * down - count,
            ((ratio / 3.0).ln().abs() * 100.0) as u32,
        )
    };
    let across = (1..=most_across.min(count))
        .filter(fits)
        .min_by_key(unevenness)
        .unwrap_or(1);
    cells(area, count, across)
}

/// What stands beside the scale of the metric: nothing, where no trial has a value.
pub(super) fn ticks(scale: &Scale, seen: &Seen) -> Vec<Tick> {
    let has_value = |trial: &TrialSeen| trial.value.is_some_and(f64::is_finite);
    if seen.trials.iter().any(has_value) {
        scale.ticks()
    } else {
        Vec::new()
    }
}

/// The vertical scale of the metric over all trials; logarithmic where it is asked for, or where values differ by far. Where neither is
/// so, few values that would flatten all others are beyond its ends.
pub(super) fn scale(workspace: &Workspace, seen: &Seen, ticks: usize) -> Scale {
    let values: Vec<f64> = seen.trials.iter().filter_map(|trial| trial.value).collect();
    let extent = |clips| extent_of_points(values.iter().copied(), clips);
    let (low, high) = extent(false);
    let is_wide = low > 0.0 && high / low > WIDE;
    let log = workspace.view.height == Height::Log || is_wide;
    let (low, high) = extent(!log && workspace.view.height == Height::Calm);
    Scale::new(low, high, log, ticks)
}

fn scatter(
    area: Rect,
    buffer: &mut Buffer,
    workspace: &Workspace,
    sweep: &SweepView,
    seen: &Seen,
    (at, param): (usize, &Param),
) {
    let look = &workspace.look;
    let theme = &look.theme;
    let mut frame = look.frame();
    let room = usize::from(area.width.saturating_sub(14));
    let kind = if param.domain.is_log() { " log " } else { " " };
    let key = shortened(&look.glyphs.text(&param.key), room, look);
    frame = frame.title_top(Line::from(vec![
        Span::styled(format!(" {key}"), theme.title),
        Span::styled(kind, theme.dim),
    ]));
    if let Some(share) = share_of(seen, at).filter(Share::is_clear) {
        let text = format!(" {:.0} % ", share.share * 100.0);
        frame = frame.title_top(Line::styled(text, theme.text).alignment(Alignment::Right));
    }
    let inner = look.frame().inner(area);
    frame.render(area, buffer);
    if inner.height < 4 || inner.width < 16 {
        return;
    }
    let rows = inner.height - 2;
    let scale = scale(workspace, seen, usize::from(rows) / 3);
    let labels = ticks(&scale, seen);
    let widest = labels.iter().map(|tick| text::width(&tick.label)).max();
    let left = widest.unwrap_or(1) as u16 + 2;
    let plot = Rect {
        x: inner.x + left,
        width: inner.width.saturating_sub(left + 1).max(1),
        height: rows,
        ..inner
    };
    let mut canvas = Canvas::new(plot, look.glyphs.have_dots());
    let rung = seen.trials.iter().filter_map(|trial| trial.rung).max();
    let mut failed = Vec::new();
    let mut beyond = Vec::new();
    for trial in &seen.trials {
        let Some(place) = trial.places.get(at).copied().flatten() else {
            continue;
        };
        let (width, _) = canvas.size();
        let place = place + aside(param, trial.number);
        let x = (margin(place) * f64::from(width - 1)).round() as i32;
        match trial.value.and_then(|value| scale.place(value)) {
            Some(up) => {
                let (rank, style) = point_style(workspace, sweep, trial, rung);
                dot(&mut canvas, (x, up), rank, style);
                let x = plot.x + (margin(place) * f64::from(plot.width - 1)).round() as u16;
                beyond.push((x, canvas.beyond(up), style));
            }
            None if trial.state == TrialState::Failed => failed.push((place, trial.number)),
            None => {}
        }
    }
    canvas.render(buffer);
    let [above, below] = look.glyphs.beyond;
    for (x, side, style) in beyond {
        match side {
            Ordering::Greater => buffer.set_string(x, plot.y, above, style),
            Ordering::Less => buffer.set_string(x, plot.bottom() - 1, below, style),
            Ordering::Equal => {}
        }
    }
    for (place, number) in failed {
        let x = plot.x + (margin(place) * f64::from(plot.width - 1)).round() as u16;
        let style = if sweep.at == Some(number) {
            theme.accent
        } else {
            theme.bad
        };
        // Nothing is worse than what failed.
        let y = match seen.definition.goal {
            crate::sweep::Goal::Min => plot.y,
            crate::sweep::Goal::Max => plot.bottom() - 1,
        };
        buffer.set_string(x, y, look.glyphs.cross, style);
    }
    let up: Vec<(u16, String)> = labels
        .into_iter()
        .map(|tick| (canvas.cell_row(tick.at), tick.label))
        .collect();
    let marks = param.domain.marks().into_iter();
    let across: Vec<Tick> = marks
        .map(|(place, label)| Tick {
            at: margin(place),
            label: look.glyphs.text(&label),
        })
        .collect();
    axes((inner, plot), buffer, look, &up, &across);
}

/// How far aside a trial stands, where many have the same value: of a choice, within its stretch.
fn aside(param: &Param, number: u64) -> f64 {
    let Some(count) = param.domain.categories() else {
        return 0.0;
    };
    // Neighbours in number stand apart: multiples of the golden ratio.
    let turn = (number as f64 * 0.618_033_988_75).fract() - 0.5;
    turn * 0.6 / count as f64
}

/// A little room at both ends, so that what lies there is seen whole.
fn margin(place: f64) -> f64 {
    0.03 + place * 0.94
}

/// In front lies the highlighted trial, then the best ones, then those that got furthest.
fn point_style(
    workspace: &Workspace,
    sweep: &SweepView,
    trial: &TrialSeen,
    furthest: Option<usize>,
) -> (u8, Style) {
    let theme = &workspace.look.theme;
    let (style, _) = style_of(workspace, sweep, trial);
    if sweep.at == Some(trial.number) {
        return (4, style);
    }
    match trial.rank {
        Some(rank) if rank < super::COLOURED => (3, style),
        _ if trial.rung == furthest => (2, theme.text),
        _ => (1, theme.dim),
    }
}

fn dot(canvas: &mut Canvas, (x, up): (i32, f64), rank: u8, style: Style) {
    let pen = Pen {
        rank,
        style,
        ascii: if rank == 4 { '@' } else { 'o' },
        dash: Dash::Solid,
    };
    let y = canvas.row(up);
    // The larger, the more it matters.
    let (wide, high) = if rank >= 3 { (3, 4) } else { (2, 3) };
    for dy in 0..high {
        for dx in 0..wide {
            canvas.dot(x + dx - wide / 2, y + dy - high / 2, &pen);
        }
    }
}
