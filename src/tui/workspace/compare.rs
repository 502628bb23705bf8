//! The settings in which the selected runs differ: one row a setting, one column a run.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::state::Workspace;
use crate::text;
use crate::tui::layout;
use crate::workspace::{Difference, RunId, differences};

/// Columns of a setting's name, and of a value, at most.
const KEY: usize = 36;
const VALUE: usize = 20;

/// Settings that there is room for.
fn visible(area: Rect) -> usize {
    usize::from(area.height.saturating_sub(4))
}

impl Workspace {
    /// Goes through the settings by so many rows.
    pub(super) fn compare_later(&mut self, rows: isize) {
        let count = differences(&self.index, &self.drawn()).len();
        let last = count.saturating_sub(visible(self.places().rest));
        let (row, _) = &mut self.compared;
        *row = row.saturating_add_signed(rows).min(last);
    }

    /// Goes through the runs that are compared.
    pub(super) fn compare_others(&mut self, runs: isize) {
        let last = self.drawn().len().saturating_sub(1);
        let (_, run) = &mut self.compared;
        *run = run.saturating_add_signed(runs).min(last);
    }
}

/// Draws the comparison.
pub(super) fn draw(area: Rect, buffer: &mut Buffer, workspace: &Workspace) {
    let look = &workspace.look;
    let theme = &look.theme;
    let runs = workspace.drawn();
    let rows = differences(&workspace.index, &runs);
    let same = workspace.index.settings().len().saturating_sub(rows.len());
    let title = match runs.len() {
        0 | 1 => "Differences".to_owned(),
        count => format!("Differences of {count} runs"),
    };
    let inner = look.frame().inner(area);
    look.titled(&title).render(area, buffer);
    if rows.is_empty() {
        nothing(inner, buffer, workspace, runs.len());
        return;
    }
    look.note_in_corner(area, buffer, format!(" {same} settings are alike "));
    let (first_row, first_run) = workspace.compared;
    let first_run = first_run.min(runs.len().saturating_sub(1));
    let first_row = first_row.min(rows.len().saturating_sub(visible(area)));
    let baseline = workspace
        .baseline()
        .and_then(|id| runs.iter().position(|run| *run == id));
    let keys = rows
        .iter()
        .map(|row| text::width(&row.key))
        .max()
        .unwrap_or(0)
        .min(KEY);
    let mut x = inner.x + 1 + keys as u16 + 2;
    for run in first_run..runs.len() {
        let width = width_of(workspace, &rows, runs[run], run);
        if x + width as u16 > inner.right() {
            let left = format!(
                " runs {}-{run} of {}: Left/Right ",
                first_run + 1,
                runs.len()
            );
            let wide = text::width(&left) as u16;
            buffer.set_string(
                area.right().saturating_sub(wide + 2),
                area.y,
                left,
                theme.dim,
            );
            break;
        }
        let Some(entry) = workspace.entry(runs[run]) else {
            continue;
        };
        let (line, _) = theme.run(entry.marks.colour.unwrap_or_default());
        let name = text::fit(&look.glyphs.text(entry.name()), width, look.glyphs.ellipsis);
        buffer.set_string(x, inner.y, entry.marks.letter().unwrap_or_default(), line);
        buffer.set_string(x, inner.y + 1, name, line);
        for (at, row) in rows.iter().skip(first_row).enumerate() {
            let y = inner.y + 2 + at as u16;
            if y >= inner.bottom() {
                break;
            }
            let value = row.values[run].clone().unwrap_or_else(|| "-".to_owned());
            let value = text::fit(
                &look.glyphs.text(&text::line(&value)),
                width,
                look.glyphs.ellipsis,
            );
            let as_base = baseline.is_some_and(|base| row.values[base] == row.values[run]);
            let style = if row.values[run].is_none() || (as_base && baseline != Some(run)) {
                theme.dim
            } else {
                theme.text
            };
            buffer.set_string(x, y, value, style);
        }
        x += width as u16 + 2;
    }
    if rows.len() > visible(area) {
        let last = first_row + visible(area);
        let left = format!(" {}-{last} of {}: Up/Down ", first_row + 1, rows.len());
        buffer.set_string(area.x + 2, area.bottom() - 1, left, theme.dim);
    }
    let place = Rect {
        x: inner.x + 1,
        y: inner.y + 2,
        width: keys as u16,
        height: inner.height.saturating_sub(2),
    };
    names(
        place,
        buffer,
        workspace,
        rows.get(first_row..).unwrap_or_default(),
    );
}

/// The width of the column of a run, which is at this place among those that are compared.
fn width_of(workspace: &Workspace, rows: &[Difference], id: RunId, run: usize) -> usize {
    let name = workspace.entry(id).map(|entry| text::width(entry.name()));
    let values = rows
        .iter()
        .map(|row| row.values[run].as_deref().map_or(1, text::width));
    let widest = values.max().unwrap_or(0);
    widest.max(name.unwrap_or(0).min(VALUE)).clamp(4, VALUE)
}

/// The names of settings, each in a row.
fn names(area: Rect, buffer: &mut Buffer, workspace: &Workspace, rows: &[Difference]) {
    let look = &workspace.look;
    for (y, row) in (area.y..area.bottom()).zip(rows) {
        let width = usize::from(area.width);
        let key = text::fit(&look.glyphs.text(&row.key), width, look.glyphs.ellipsis);
        // What only some logs have is behind what they have with other values.
        let style = if row.is_of_values() {
            look.theme.accent
        } else {
            look.theme.dim
        };
        let place = Rect {
            y,
            height: 1,
            ..area
        };
        Line::from(Span::styled(key, style)).render(place, buffer);
    }
}

/// Why there is nothing to compare.
fn nothing(inner: Rect, buffer: &mut Buffer, workspace: &Workspace, runs: usize) {
    let text = if runs < 2 {
        "select two runs or more with space"
    } else {
        "the selected runs have the same settings, or their logs have none"
    };
    Line::styled(text, workspace.look.theme.dim)
        .centered()
        .render(layout::middle_row(inner), buffer);
}
