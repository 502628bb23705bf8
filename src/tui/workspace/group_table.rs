//! The groups as a table above the list: what tells each from the others, its runs, and the mean of each metric with its spread. Where
//! not all have room, the group of the highlighted run is among those that are shown.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::state::Workspace;
use crate::metric::Good;
use crate::text::{self, number};
use crate::workspace::{Band, Column, Group, Of, Statistics};

/// Columns between two of the table.
const GAP: usize = 2;
/// The narrowest name.
const NAME: usize = 12;
/// Columns of a group's number, at least.
const LETTER: usize = 2;

/// A row: its cells, the name first, and the style of its number.
struct Row {
    /// Whether the highlighted run is in the group.
    is_here: bool,
    letter: String,
    style: Style,
    cells: Vec<(String, String)>,
}

/// Draws the table.
pub(super) fn draw(area: Rect, buffer: &mut Buffer, workspace: &Workspace) {
    let look = &workspace.look;
    let theme = &look.theme;
    let band = workspace.remembered.band;
    let title = Line::from(vec![
        Span::styled(" Groups ", theme.title),
        Span::styled(format!("mean, {} ", band.word()), theme.dim),
    ]);
    let inner = look.frame().inner(area);
    look.frame().title_top(title).render(area, buffer);
    let columns = columns(workspace);
    let mut heads = vec![String::new(), "runs".to_owned()];
    heads.extend(
        columns
            .iter()
            .map(|column| look.glyphs.text(&column.title())),
    );
    let rows = rows(workspace, &columns);
    let width_of = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.cells.get(at));
        let widest = cells.map(|(value, rest)| text::width(value) + text::width(rest));
        widest.max().unwrap_or(0)
    };
    let letter = rows.iter().map(|row| text::width(&row.letter)).max();
    let letter = letter.unwrap_or(0).max(LETTER);
    // The pointer and the letter stand in front, and spaces at both ends.
    let front = letter + 2;
    let room = usize::from(inner.width).saturating_sub(front + 1);
    let mut widths: Vec<usize> = (0..heads.len())
        .map(|at| width_of(at).max(text::width(&heads[at]).min(18)))
        .collect();
    // Names give room first, then columns go, the last one first; then names get what is left.
    let wanted = widths.first().copied().unwrap_or(0);
    while widths.len() > 2 && total(&widths) > room {
        let excess = total(&widths) - room;
        if widths[0] > NAME {
            widths[0] = widths[0].saturating_sub(excess).max(NAME);
        } else {
            widths.pop();
        }
    }
    let rest = room.saturating_sub(total(&widths));
    if let Some(name) = widths.first_mut() {
        *name = (*name + rest).min(wanted).min(room);
    }
    let names: Vec<(String, usize)> = rows
        .iter()
        .filter_map(|row| Some((row.cells.first()?.0.clone(), *widths.first()?)))
        .collect();
    let names = text::fit_apart(&names, look.glyphs.ellipsis);
    let height = usize::from(inner.height.saturating_sub(1));
    let here = rows.iter().position(|row| row.is_here).unwrap_or(0);
    let last = rows.len().saturating_sub(height);
    let top = here.saturating_sub(height / 2).min(last);
    let shown = || rows.iter().zip(&names).skip(top).take(height);
    for (y, (row, name)) in (inner.y + 1..).zip(shown()) {
        if row.is_here {
            buffer.set_string(inner.x, y, look.glyphs.pointer, theme.accent);
        }
        let number = text::pad_left(&row.letter, letter);
        let style = row.style.add_modifier(Modifier::BOLD);
        buffer.set_string(inner.x + 1, y, number, style);
        buffer.set_string(inner.x + front as u16, y, name, theme.text);
    }
    let mut x = inner.x + front as u16;
    for (at, (head, width)) in heads.iter().zip(&widths).enumerate() {
        // Names have no head.
        if at == 0 {
            x += (width + GAP) as u16;
            continue;
        }
        let head = text::fit(head, *width, look.glyphs.ellipsis);
        let head = text::pad_left(&head, *width);
        buffer.set_string(x, inner.y, head, theme.dim);
        for (y, (row, _)) in (inner.y + 1..).zip(shown()) {
            let Some((value, rest)) = row.cells.get(at) else {
                continue;
            };
            let used = text::width(value) + text::width(rest);
            let from = x + width.saturating_sub(used) as u16;
            buffer.set_string(from, y, value, theme.text);
            buffer.set_string(from + text::width(value) as u16, y, rest, theme.dim);
        }
        x += (width + GAP) as u16;
    }
    if rows.len() > height {
        let all = rows.len();
        // Where no run is listed, none can be highlighted.
        let keys = workspace.at.map_or("", |_| ": Up/Down");
        let note = format!(" {}-{} of {all}{keys} ", top + 1, top + height);
        look.note_in_corner(area, buffer, note);
    }
}

fn total(widths: &[usize]) -> usize {
    widths.iter().map(|width| width + GAP).sum::<usize>() - GAP
}

/// The metrics of the list's columns; where it has none, the first that is charted.
fn columns(workspace: &Workspace) -> Vec<Column> {
    let is_metric = |column: &Column| matches!(column, Column::Metric(..));
    let mut found: Vec<Column> = workspace.columns().into_iter().filter(is_metric).collect();
    if found.is_empty() {
        let first = workspace.charted().iter().take(1).cloned();
        found.extend(first.map(|metric| Column::Metric(metric, Of::Last)));
    }
    found
}

fn rows(workspace: &Workspace, columns: &[Column]) -> Vec<Row> {
    let look = &workspace.look;
    let groups = workspace.groups().iter().enumerate();
    let mut rows: Vec<(Option<f64>, Row)> = groups
        .map(|(number, group)| {
            let of = |column| group.statistics(&workspace.index, column, workspace.now);
            let first = columns.first().and_then(of).map(|found| found.mean);
            let mut cells = vec![
                (look.glyphs.text(&group.name()), String::new()),
                (group.members.len().to_string(), String::new()),
            ];
            cells.extend(columns.iter().map(|column| match of(column) {
                Some(found) => cell(&found, workspace.remembered.band, group, workspace),
                None => ("-".to_owned(), String::new()),
            }));
            let at = workspace.at;
            let row = Row {
                is_here: at.is_some_and(|at| group.members.contains(&at)),
                letter: (number + 1).to_string(),
                style: look.theme.run(number).0,
                cells,
            };
            (first, row)
        })
        .collect();
    // The best first, as in the titles of the charts.
    let known = workspace.drawn().first().copied();
    let good = known
        .and_then(|id| workspace.entry(id))
        .zip(columns.first())
        .map_or(Good::Lower, |(entry, column)| column.good(entry));
    rows.sort_by(|(a, _), (b, _)| {
        let order = match (a, b) {
            (Some(a), Some(b)) => a.total_cmp(b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        };
        match good {
            Good::Higher if a.is_some() && b.is_some() => order.reverse(),
            _ => order,
        }
    });
    rows.into_iter().map(|(_, row)| row).collect()
}

/// A mean, and its spread; of how many runs, where not all have a number.
fn cell(found: &Statistics, band: Band, group: &Group, workspace: &Workspace) -> (String, String) {
    let glyphs = &workspace.look.glyphs;
    let mut rest = match band {
        _ if found.count < 2 => String::new(),
        Band::Range => format!(
            " {} to {}",
            number::value(found.low),
            number::value(found.high)
        ),
        Band::Deviation => format!(" {}{}", glyphs.text("±"), number::value(found.deviation)),
        Band::Error => format!(" {}{}", glyphs.text("±"), number::value(found.error())),
    };
    if found.count < group.members.len() {
        rest = format!("{rest} of {}", found.count);
    }
    (number::value(found.mean), rest)
}
