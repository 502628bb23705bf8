//! The trials as a table; beside or below it the curves of all, and the samples of the best as they grow.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::super::samples;
use super::super::state::Workspace;
use super::super::sweep_view::SweepView;
use super::super::trial_column::TrialColumn;
use super::{curves, framed, shortened, style_of};
use crate::sweep::{Seen, TrialSeen, TrialState, changed_by_hand};
use crate::terminal::Placed;
use crate::text::{self, duration, number};
use crate::tui::appearance::Appearance;

/// From this width on table and curves stand beside each other.
const BESIDE: u16 = 150;
/// From this size on the samples of the best have a place beside the curves.
const WITH_SAMPLES: (u16, u16) = (100, 14);
/// Columns between two of the table.
const GAP: usize = 2;
/// The widest column.
const WIDEST: usize = 16;
/// Columns that a title keeps where there is little room.
const HEAD: usize = 5;
/// Columns in front: the pointer and a space.
const FRONT: u16 = 2;
/// Columns in front and behind.
const AROUND: u16 = FRONT + 1;

/// Where the parts are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    /// The table with its frame.
    pub table: Rect,
    curves: Rect,
    /// Empty, where there is no room.
    samples: Rect,
}

impl Places {
    pub fn of(area: Rect) -> Self {
        if area.width >= BESIDE {
            let width = (area.width * 11 / 20).min(120);
            let rest = Rect {
                x: area.x + width,
                width: area.width - width,
                ..area
            };
            let upper = rest.height * 11 / 20;
            return Self {
                table: Rect { width, ..area },
                curves: Rect {
                    height: upper,
                    ..rest
                },
                samples: Rect {
                    y: rest.y + upper,
                    height: rest.height - upper,
                    ..rest
                },
            };
        }
        let height = (area.height / 2).max(6).min(area.height);
        let rest = Rect {
            y: area.y + height,
            height: area.height - height,
            ..area
        };
        let is_wide = rest.width >= WITH_SAMPLES.0 && rest.height >= WITH_SAMPLES.1;
        let width = if is_wide { rest.width * 2 / 5 } else { 0 };
        Self {
            table: Rect { height, ..area },
            curves: Rect {
                width: rest.width - width,
                ..rest
            },
            samples: Rect {
                x: rest.right() - width,
                width,
                ..rest
            },
        }
    }
}

/// Rows of the table in a terminal of this size.
pub(super) fn rows(terminal: Rect) -> usize {
    let body = Rect {
        height: terminal.height.saturating_sub(2),
        ..terminal
    };
    usize::from(Places::of(body).table.height.saturating_sub(3)).max(1)
}

pub(super) fn draw(
    area: Rect,
    buffer: &mut Buffer,
    workspace: &Workspace,
    sweep: &SweepView,
    seen: &Seen,
) -> Vec<Placed> {
    let places = Places::of(area);
    table(places.table, buffer, workspace, sweep, seen);
    curves::draw(places.curves, buffer, workspace, sweep, seen);
    if places.samples.is_empty() {
        return Vec::new();
    }
    let title = "The best so far";
    let Some(best) = seen.best() else {
        let said = (title, "no trial has a value yet", workspace.look.theme.dim);
        framed(places.samples, buffer, workspace, said);
        return Vec::new();
    };
    let title = format!("{title}: trial {}", best.number);
    let run = workspace.best_run();
    samples::of_one(places.samples, buffer, workspace, &title, run)
}

fn table(area: Rect, buffer: &mut Buffer, workspace: &Workspace, sweep: &SweepView, seen: &Seen) {
    let look = &workspace.look;
    let theme = &look.theme;
    let inner = look.frame().inner(area);
    let rows = usize::from(inner.height.saturating_sub(1));
    let part = (sweep.order.len() > rows).then(|| {
        let last = (sweep.scroll + rows).min(sweep.order.len());
        format!(" {}-{last} of {} ", sweep.scroll + 1, sweep.order.len())
    });
    // The corners, and a line between the two.
    let taken = part.as_ref().map_or(0, |part| text::width(part) + 1) + 2;
    let room = usize::from(area.width).saturating_sub(taken);
    let mut frame = look.frame().title_top(title(seen, look, room));
    if let Some(text) = part {
        frame = frame.title_top(Line::styled(text, theme.dim).alignment(Alignment::Right));
    }
    if let Some((text, style)) = below(sweep, look) {
        let room = usize::from(area.width.saturating_sub(6));
        let text = text::fit(&look.glyphs.text(&text), room, look.glyphs.ellipsis);
        frame = frame.title_bottom(Line::styled(format!(" {text} "), style));
    }
    frame.render(area, buffer);
    if sweep.order.is_empty() {
        let dir = crate::text::shell_word(&sweep.dir);
        let said = format!("no trial was drawn yet: `genai-tui sweep work {dir}` starts a worker");
        let said = look.glyphs.text(&text::line(&said));
        let lines = text::wrap(&said, usize::from(inner.width.max(1)));
        let above = usize::from(inner.height).saturating_sub(lines.len()) / 2;
        for (y, said) in (inner.y + above as u16..inner.bottom()).zip(lines) {
            let row = Rect {
                y,
                height: 1,
                ..inner
            };
            Line::styled(said, theme.dim).centered().render(row, buffer);
        }
        return;
    }
    let shown: Vec<&TrialSeen> = sweep
        .order
        .iter()
        .skip(sweep.scroll)
        .take(rows)
        .filter_map(|number| seen.trial(*number))
        .collect();
    let columns = columns(
        seen,
        &shown,
        usize::from(inner.width.saturating_sub(AROUND)),
    );
    let mut x = inner.x + FRONT;
    for (column, width) in &columns {
        let title = head(*column, seen);
        let is_sorted = *column == sweep.sort.0;
        let title = look.glyphs.text(&title);
        let title = shortened(&title, *width, look);
        let title = if column.is_right(seen) {
            text::pad_left(&title, *width)
        } else {
            title
        };
        let style = if is_sorted { theme.accent } else { theme.dim };
        buffer.set_stringn(x, inner.y, title, *width, style);
        for (down, trial) in shown.iter().enumerate() {
            let y = inner.y + 1 + down as u16;
            let cell = column.text(trial, seen);
            let cell = if cell.is_empty() {
                "-".to_owned()
            } else {
                look.glyphs.text(&cell)
            };
            let cell = text::fit(&cell, *width, look.glyphs.ellipsis);
            let cell = if column.is_right(seen) {
                text::pad_left(&cell, *width)
            } else {
                cell
            };
            let style = cell_style(*column, trial, workspace, sweep);
            buffer.set_stringn(x, y, cell, *width, style);
        }
        x += (width + GAP) as u16;
    }
    for (down, trial) in shown.iter().enumerate() {
        if sweep.at == Some(trial.number) {
            let row = Rect {
                y: inner.y + 1 + down as u16,
                height: 1,
                ..inner
            };
            buffer.set_string(row.x, row.y, look.glyphs.pointer, theme.accent);
            look.highlight(row, buffer);
        }
    }
}

fn cell_style(
    column: TrialColumn,
    trial: &TrialSeen,
    workspace: &Workspace,
    sweep: &SweepView,
) -> Style {
    let theme = &workspace.look.theme;
    match column {
        TrialColumn::Rank | TrialColumn::Trial => style_of(workspace, sweep, trial)
            .0
            .add_modifier(Modifier::BOLD),
        TrialColumn::State => match trial.state {
            TrialState::Training => theme.good,
            TrialState::Failed => theme.bad,
            TrialState::Done => theme.text,
            _ => theme.dim,
        },
        TrialColumn::Value => theme.strong,
        TrialColumn::Cost | TrialColumn::Seeds | TrialColumn::Host | TrialColumn::Job => theme.dim,
        _ => theme.text,
    }
}

fn head(column: TrialColumn, seen: &Seen) -> String {
    match column {
        TrialColumn::Rank => "#".to_owned(),
        TrialColumn::Value => seen.definition.metric.clone(),
        TrialColumn::Rung => seen.definition.budget.parts().1.to_owned(),
        column => column.name(&seen.definition.params),
    }
}

/// The columns for which there is room, with their widths. Those that say nothing of any trial take none.
fn columns(seen: &Seen, shown: &[&TrialSeen], room: usize) -> Vec<(TrialColumn, usize)> {
    let width = |column: &TrialColumn| {
        let cells = shown
            .iter()
            .map(|trial| text::width(&column.text(trial, seen)));
        cells.max().unwrap_or(0)
    };
    let mut columns: Vec<(TrialColumn, usize)> = TrialColumn::all(seen.definition.params.len())
        .into_iter()
        .filter(|column| seen.definition.seeds > 1 || *column != TrialColumn::Seeds)
        .map(|column| {
            let head = text::width(&head(column, seen)).min(WIDEST);
            (column, width(&column), head)
        })
        .filter(|(column, cells, _)| {
            *cells > 0 || matches!(column, TrialColumn::Value | TrialColumn::Param(_))
        })
        .map(|(column, cells, head)| (column, cells.min(24).max(head).max(1)))
        .collect();
    let total = |columns: &[(TrialColumn, usize)]| {
        columns.iter().map(|(_, width)| width + GAP).sum::<usize>()
    };
    // First heads give room, then columns go, the last one first.
    if total(&columns) > room {
        for (column, wide) in &mut columns {
            let head = text::width(&head(*column, seen)).min(HEAD);
            *wide = width(column).clamp(head, 24).min(*wide);
        }
    }
    while total(&columns) > room + GAP && columns.len() > 4 {
        columns.pop();
    }
    // What is left over goes to heads again.
    let mut spare = (room + GAP).saturating_sub(total(&columns));
    for (column, wide) in &mut columns {
        let lacks = text::width(&head(*column, seen))
            .min(WIDEST)
            .saturating_sub(*wide);
        if lacks <= spare {
            *wide += lacks;
            spare -= lacks;
        }
    }
    columns
}

/// How many trials there are and how they stand, as far as there is room.
fn title(seen: &Seen, look: &Appearance, room: usize) -> Line<'static> {
    let theme = &look.theme;
    let count = |state| seen.trials.iter().filter(|t| t.state == state).count();
    let mut words = vec![format!("{}", seen.definition.count())];
    for state in [
        TrialState::Training,
        TrialState::Done,
        TrialState::Paused,
        TrialState::Interrupted,
        TrialState::Stopped,
        TrialState::Cancelled,
        TrialState::Failed,
    ] {
        let many = count(state);
        if many > 0 {
            words.push(format!("{many} {}", state.word()));
        }
    }
    if !seen.lost.is_empty() {
        words.push(format!("{} lost", seen.lost.len()));
    }
    if seen.to_come > 0 {
        words.push(format!("{} to come", seen.to_come));
    }
    let seconds: f64 = seen.trials.iter().map(TrialSeen::seconds).sum();
    if seconds >= 1.0 {
        words.push(format!("{} in all", duration::clock(seconds)));
    }
    let dot = format!(" {} ", look.glyphs.dot);
    let name = " Trials ";
    let said = |words: &[String]| format!("{} ", words.join(&dot));
    while words.len() > 1 && text::width(name) + text::width(&said(&words)) > room {
        words.pop();
    }
    Line::from(vec![
        Span::styled(name, theme.title),
        Span::styled(said(&words), theme.dim),
    ])
}

/// What is to be said of the highlighted trial: why it failed, that somebody changed it, or what its seeds reached.
fn below(sweep: &SweepView, look: &Appearance) -> Option<(String, Style)> {
    let theme = &look.theme;
    let trial = sweep.trial()?;
    let failure = trial.runs.iter().find_map(|run| run.failure.as_ref());
    if let Some(failure) = failure {
        let style = if trial.state == TrialState::Failed {
            theme.bad
        } else {
            theme.text
        };
        return Some((text::line(failure), style));
    }
    if trial.by_hand > 0 {
        return Some((changed_by_hand(trial.number, trial.by_hand), theme.warn));
    }
    let (low, high) = trial.spread?;
    let text = format!(
        "{} seeds from {} to {}",
        trial.seeds,
        number::value(low),
        number::value(high)
    );
    Some((text, theme.text))
}
