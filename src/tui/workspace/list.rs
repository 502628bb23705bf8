//! The list of runs: one row each, which is also the legend of the charts.

use std::collections::HashMap;

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::state::Workspace;
use crate::logs::State;
use crate::metric::Good;
use crate::text::{self, number};
use crate::tui::appearance::Appearance;
use crate::workspace::{Cell, Column, Entry, Group, Marks, RunId};

/// Columns between two of the table.
const GAP: usize = 2;
/// The widest that a column but the name is.
const WIDEST: usize = 24;
/// The widest name, and the narrowest where there is no room.
const NAME: (usize, usize) = (44, 14);
/// Columns in front of a name, besides those of the letter: the pointer, the mark, a space.
const FRONT: usize = 3;
/// Columns of the letter, at least: a number from the 27th run on.
const LETTER: usize = 2;

/// Draws the list.
pub(super) fn draw(area: Rect, buffer: &mut Buffer, workspace: &Workspace) {
    let look = &workspace.look;
    let inner = look.frame().inner(area);
    let mut frame = look.frame().title_top(title(workspace, look));
    if let Some(about) = below(workspace, usize::from(area.width.saturating_sub(6)), look) {
        frame = frame.title_bottom(about);
    }
    let rows = workspace.places().list_rows();
    if workspace.rows.len() > rows {
        let last = (workspace.scroll + rows).min(workspace.rows.len());
        let text = format!(
            " {}-{last} of {} ",
            workspace.scroll + 1,
            workspace.rows.len()
        );
        frame = frame.title_top(Line::styled(text, look.theme.dim).alignment(Alignment::Right));
    }
    frame.render(area, buffer);
    if workspace.rows.is_empty() {
        empty(inner, buffer, workspace);
        return;
    }
    let table = Table::new(workspace, usize::from(inner.width));
    table.head(inner, buffer);
    for (at, id) in workspace.seen().iter().enumerate() {
        let row = Rect {
            y: inner.y + 1 + at as u16,
            height: 1,
            ..inner
        };
        if row.y < inner.bottom() {
            table.row(row, buffer, *id);
        }
    }
}

fn title(workspace: &Workspace, look: &Appearance) -> Line<'static> {
    let theme = &look.theme;
    let selected = workspace.selected().len();
    let mut spans = vec![Span::styled(" Runs ", theme.title)];
    if selected > 0 {
        let all = workspace.selected().into_iter();
        let entries = all.filter_map(|id| workspace.entry(id));
        let hidden = entries.filter(|entry| entry.marks.hidden).count();
        let hidden = if hidden > 0 {
            format!(", {hidden} hidden")
        } else {
            String::new()
        };
        spans.push(Span::styled(
            format!("{selected} selected{hidden} "),
            theme.dim,
        ));
    }
    Line::from(spans)
}

/// What is to be said of the highlighted run below the list: why it cannot be read, what was not understood, where it is.
fn below(workspace: &Workspace, room: usize, look: &Appearance) -> Option<Line<'static>> {
    let id = workspace.at?;
    let entry = workspace.entry(id)?;
    let theme = &look.theme;
    let known = entry.known.as_ref();
    let (text, style) = if let Some(problem) = &entry.problem {
        (problem.clone(), theme.bad)
    } else if let Some(note) = known.and_then(|known| known.about.notes.first()) {
        (note.clone(), theme.warn)
    } else if let Some(note) = &entry.marks.note {
        (note.clone(), theme.text)
    } else {
        (entry.found.path.display().to_string(), theme.dim)
    };
    let text = text::fit(
        &look.glyphs.text(&text::line(&text)),
        room,
        look.glyphs.ellipsis,
    );
    Some(Line::styled(format!(" {text} "), style))
}

fn empty(area: Rect, buffer: &mut Buffer, workspace: &Workspace) {
    let look = &workspace.look;
    let mut lines = Vec::new();
    let places: Vec<String> = workspace
        .tops
        .iter()
        .map(|top| top.display().to_string())
        .collect();
    if !workspace.has_searched {
        lines.push(format!("looking for runs in {}", places.join(", ")));
    } else if workspace.index.is_empty() {
        lines.push(format!("no runs in {}", places.join(", ")));
        lines.push(format!("looked for {}", crate::logs::Format::list()));
        lines.extend(workspace.troubles.iter().take(3).cloned());
        lines.push("runs that come are listed as soon as they are there".to_owned());
    } else {
        lines.extend(unlisted(workspace));
    }
    let width = usize::from(area.width.saturating_sub(4));
    let lines: Vec<String> = lines
        .iter()
        .flat_map(|line| text::wrap(&look.glyphs.text(line), width))
        .collect();
    let top = area.y + area.height.saturating_sub(lines.len() as u16) / 2;
    for (y, line) in (top..area.bottom()).zip(lines) {
        let row = Rect {
            y,
            height: 1,
            ..area
        };
        Line::styled(line, look.theme.dim)
            .centered()
            .render(row, buffer);
    }
}

/// Why none of the runs is listed, and what lists them.
fn unlisted(workspace: &Workspace) -> [String; 2] {
    let count = workspace.index.len();
    let mut entries = workspace.index.iter();
    let is_by_archive = !workspace.with_archived && entries.all(|(_, entry)| entry.marks.archived);
    let (why, key) = match (is_by_archive, count) {
        (true, 1) => ("the only run is archived".to_owned(), "O lists it"),
        (true, _) => (format!("all {count} runs are archived"), "O lists them"),
        (false, 1) => (
            "the only run does not match the filter".to_owned(),
            "Esc clears it",
        ),
        (false, _) => (
            format!("none of {count} runs matches the filter"),
            "Esc clears it",
        ),
    };
    [why, key.to_owned()]
}

/// Columns of the widest letter of all runs that are listed, so that names stand still while the list is scrolled; of the last group's
/// number, where runs are drawn in groups.
fn widest_letter(workspace: &Workspace) -> usize {
    let groups = workspace.groups().len();
    let rows = workspace.rows.iter();
    let marks = rows.filter_map(|id| Some(&workspace.entry(*id)?.marks));
    let last = marks
        .filter(|marks| marks.selected)
        .max_by_key(|marks| marks.colour);
    let letter = last.and_then(Marks::letter).unwrap_or_default();
    let number = if groups > 0 {
        groups.to_string()
    } else {
        String::new()
    };
    text::width(&letter).max(text::width(&number))
}

/// The columns and their widths, and what they are filled from.
struct Table<'a> {
    workspace: &'a Workspace,
    baseline: Option<RunId>,
    /// The groups in which runs are drawn, if they are.
    groups: &'a [Group],
    /// Columns of the widest letter.
    letter: usize,
    columns: Vec<(Column, usize)>,
    /// The names of the runs on the screen, as they fit their column.
    names: HashMap<RunId, String>,
}

impl<'a> Table<'a> {
    fn new(workspace: &'a Workspace, width: usize) -> Self {
        let mut table = Self {
            workspace,
            baseline: workspace.baseline(),
            groups: workspace.groups(),
            letter: widest_letter(workspace).max(LETTER),
            columns: Vec::new(),
            names: HashMap::new(),
        };
        let front = table.front();
        let entries: Vec<&Entry> = workspace
            .seen()
            .iter()
            .filter_map(|id| workspace.entry(*id))
            .collect();
        let ids = workspace.seen();
        let mut columns: Vec<(Column, usize)> = workspace
            .columns()
            .into_iter()
            .map(|column| {
                let cells = ids.iter().map(|id| table.width_of(&column, *id));
                let title = text::width(&column.title())
                    + usize::from(column == workspace.remembered.sort.column) * 2;
                let widest = cells.max().unwrap_or(0).max(title.min(WIDEST));
                let most = if column == Column::Name {
                    NAME.0
                } else {
                    WIDEST
                };
                (column, widest.min(most).max(3))
            })
            .collect();
        // A column that says nothing of any run takes no room, unless someone chose it.
        if workspace.remembered.columns.is_none() {
            columns.retain(|(column, _)| {
                matches!(column, Column::Name | Column::State)
                    || entries
                        .iter()
                        .any(|e| column.cell(e, workspace.now) != Cell::Nothing)
            });
        }
        if !columns.iter().any(|(column, _)| *column == Column::Name) {
            columns.insert(0, (Column::Name, NAME.1));
        }
        // The name first: it has the marks in front.
        columns.sort_by_key(|(column, _)| *column != Column::Name);
        let total = |columns: &[(Column, usize)]| {
            front + columns.iter().map(|(_, width)| width + GAP).sum::<usize>() - GAP
        };
        // First names give some room, then columns go, the last one first; then names give all.
        let wanted = columns.first().map_or(0, |(_, width)| *width);
        let least = NAME.1.max(wanted.min(width / 4));
        while total(&columns) > width {
            let excess = total(&columns) - width;
            let count = columns.len();
            // The name is the first.
            match columns.first_mut() {
                Some((_, width)) if *width > least => {
                    *width = width.saturating_sub(excess).max(least);
                }
                _ if count > 3 => drop(columns.pop()),
                Some((_, width)) if *width > NAME.1 => {
                    *width = width.saturating_sub(excess).max(NAME.1);
                }
                _ if count > 1 => drop(columns.pop()),
                _ => break,
            }
        }
        let rest = width.saturating_sub(total(&columns));
        if let Some((_, width)) = columns.first_mut() {
            *width = (*width + rest).min(wanted);
        }
        table.columns = columns;
        table.names = table.fitting_names();
        table
    }

    /// The names of the runs on the screen, cut so that they can be told apart.
    fn fitting_names(&self) -> HashMap<RunId, String> {
        let width = self.columns.iter().find(|(c, _)| *c == Column::Name);
        let width = width.map_or(0, |(_, width)| *width);
        let seen = self.workspace.seen().iter();
        let whole = seen.clone().map(|id| {
            let spans = self.spans(&Column::Name, *id).into_iter();
            (spans.map(|span| span.content).collect(), width)
        });
        let whole: Vec<(String, usize)> = whole.collect();
        let names = text::fit_apart(&whole, self.workspace.look.glyphs.ellipsis);
        seen.copied().zip(names).collect()
    }

    /// Columns in front of a name.
    fn front(&self) -> usize {
        FRONT + self.letter
    }

    /// Whether a column stands at the right: numbers do.
    fn is_right(&self, column: &Column) -> bool {
        let Column::Setting(_) = column else {
            return column.is_numeric();
        };
        let seen = self
            .workspace
            .seen()
            .iter()
            .filter_map(|id| self.workspace.entry(*id));
        let mut cells = seen.map(|entry| column.cell(entry, self.workspace.now));
        !cells.any(|cell| matches!(cell, Cell::Text(_)))
    }

    fn width_of(&self, column: &Column, id: RunId) -> usize {
        self.spans(column, id).iter().map(Span::width).sum()
    }

    fn head(&self, area: Rect, buffer: &mut Buffer) {
        let look = &self.workspace.look;
        let sort = &self.workspace.remembered.sort;
        let mut x = area.x + self.front() as u16;
        for (column, width) in &self.columns {
            let is_sorted = *column == sort.column;
            let [up, down] = look.glyphs.beyond;
            let arrow = if sort.falling { down } else { up };
            let title = look.glyphs.text(&column.title());
            let title = if is_sorted {
                format!("{arrow} {title}")
            } else {
                title
            };
            // The end of a long metric's name says most.
            let title = if is_sorted {
                text::fit(&title, *width, look.glyphs.ellipsis)
            } else {
                text::fit_end(&title, *width, look.glyphs.ellipsis)
            };
            let title = if self.is_right(column) {
                text::pad_left(&title, *width)
            } else {
                title
            };
            let style = if is_sorted {
                look.theme.accent
            } else {
                look.theme.dim
            };
            buffer.set_stringn(
                x,
                area.y,
                title,
                usize::from(area.right().saturating_sub(x)),
                style,
            );
            x = x.saturating_add((width + GAP) as u16);
        }
    }

    fn row(&self, area: Rect, buffer: &mut Buffer, id: RunId) {
        let workspace = self.workspace;
        let look = &workspace.look;
        let theme = &look.theme;
        let Some(entry) = workspace.entry(id) else {
            return;
        };
        let is_here = workspace.at == Some(id);
        let marks = &entry.marks;
        // In groups, a run has the number and the colour of its group, as on the charts.
        let group = self
            .groups
            .iter()
            .position(|group| group.members.contains(&id));
        let (line, _) = theme.run(group.or(marks.colour).unwrap_or_default());
        let own = marks
            .letter()
            .filter(|_| marks.selected)
            .unwrap_or_default();
        let letter = group.map_or(own, |number| (number + 1).to_string());
        let letter_style = if marks.hidden {
            theme.dim
        } else {
            line.add_modifier(Modifier::BOLD)
        };
        let mut mark = " ";
        if marks.pinned {
            mark = "^";
        }
        if self.baseline == Some(id) {
            mark = "=";
        }
        let pointer = if is_here { look.glyphs.pointer } else { " " };
        buffer.set_stringn(area.x, area.y, pointer, 1, theme.accent);
        buffer.set_stringn(
            area.x + 1,
            area.y,
            text::pad_left(&letter, self.letter),
            self.letter,
            letter_style,
        );
        let after = area.x + 1 + self.letter as u16;
        buffer.set_stringn(after, area.y, mark, 1, theme.accent);
        let mut x = area.x + self.front() as u16;
        for (column, width) in &self.columns {
            let mut spans = self.spans(column, id);
            if let (Column::Name, Some(name)) = (column, self.names.get(&id)) {
                spans.truncate(1);
                for span in &mut spans {
                    span.content = name.clone().into();
                }
            }
            let used: usize = spans.iter().map(Span::width).sum();
            let mut at = x;
            if self.is_right(column) {
                at += width.saturating_sub(used) as u16;
            }
            let mut room = width
                .min(&usize::from(area.right().saturating_sub(at)))
                .to_owned();
            for span in spans {
                let content = text::fit(&span.content, room, look.glyphs.ellipsis);
                let wide = text::width(&content);
                buffer.set_stringn(at, area.y, content, room, span.style);
                at += wide as u16;
                room -= wide.min(room);
            }
            x = x.saturating_add((width + GAP) as u16);
        }
        if is_here {
            look.highlight(area, buffer);
        }
    }

    /// What stands in a column of a run.
    fn spans(&self, column: &Column, id: RunId) -> Vec<Span<'static>> {
        let workspace = self.workspace;
        let (look, now) = (&workspace.look, workspace.now);
        let theme = &look.theme;
        let Some(entry) = workspace.entry(id) else {
            return Vec::new();
        };
        let cell = column.cell(entry, now);
        let shown = look.glyphs.text(&text::line(&cell.text("-")));
        let is_known = entry.known.is_some();
        let style = match (&cell, column) {
            (_, Column::State) if entry.problem.is_some() => {
                return vec![Span::styled("unreadable", theme.bad)];
            }
            (Cell::Nothing, Column::State) => {
                return vec![Span::styled(look.glyphs.pending, theme.dim)];
            }
            (Cell::State(State::Live), _)
                if entry.known.as_ref().is_some_and(|k| k.about.is_paused) =>
            {
                return vec![Span::styled("paused", theme.warn)];
            }
            (Cell::State(state), _) => match state {
                State::Live => theme.good,
                State::Failed | State::Crashed => theme.bad,
                State::Finished | State::Stopped | State::Interrupted => theme.text,
                State::Unknown => theme.dim,
            },
            (_, Column::Name) if entry.marks.archived => theme.dim,
            (_, Column::Name) if entry.marks.is_drawn() => theme.strong,
            (Cell::Nothing, Column::Metric(..)) if is_known && !is_whole(entry) => {
                return vec![Span::styled(look.glyphs.ellipsis, theme.dim)];
            }
            (Cell::Nothing, _) | (_, Column::Age | Column::Origin) => theme.dim,
            (Cell::Number(value, _) | Cell::At(value, _), _) if !value.is_finite() => theme.bad,
            _ => theme.text,
        };
        let mut spans = match &cell {
            // The step of a best value matters less than the value.
            Cell::At(value, step) => vec![
                Span::styled(number::value(*value), style),
                Span::styled(format!(" @{}", number::compact(*step as f64)), theme.dim),
            ],
            _ => vec![Span::styled(shown, style)],
        };
        spans.extend(self.delta(column, id, &cell));
        spans
    }

    /// The difference to the baseline, in the colour of what it means.
    fn delta(&self, column: &Column, id: RunId, cell: &Cell) -> Option<Span<'static>> {
        let baseline = self.baseline.filter(|baseline| *baseline != id)?;
        if !matches!(
            column,
            Column::Metric(..) | Column::Steps | Column::Setting(_)
        ) {
            return None;
        }
        let workspace = self.workspace;
        let base = workspace.entry(baseline)?;
        let by = cell.number()? - column.cell(base, workspace.now).number()?;
        let good = match column {
            Column::Metric(..) => column.good(workspace.entry(id)?),
            _ => Good::Neutral,
        };
        let theme = &workspace.look.theme;
        let style = match good {
            _ if !by.is_finite() || by == 0.0 => theme.dim,
            Good::Lower if by < 0.0 => theme.good,
            Good::Higher if by > 0.0 => theme.good,
            Good::Lower | Good::Higher => theme.bad,
            Good::Balance | Good::Neutral => theme.dim,
        };
        let sign = if by >= 0.0 { "+" } else { "" };
        let by = match column {
            Column::Metric(..) => number::value(by),
            Column::Steps if by < 0.0 => format!("-{}", number::thousands(-by as u64)),
            Column::Steps => number::thousands(by as u64),
            _ => number::significant(by),
        };
        Some(Span::styled(format!(" {sign}{by}"), style))
    }
}

fn is_whole(entry: &Entry) -> bool {
    entry.known.as_ref().is_some_and(|known| known.is_whole)
}
