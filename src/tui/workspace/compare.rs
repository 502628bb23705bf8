//! The settings in which the selected runs differ: one row a setting, one column a run.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::state::Workspace;
use crate::text;
use crate::workspace::differences;

/// Columns of a setting's name, and of a value, at most.
const KEY: usize = 36;
const VALUE: usize = 20;

/// Draws the comparison.
pub(super) fn draw(area: Rect, buffer: &mut Buffer, workspace: &Workspace) {
    let look = &workspace.look;
    let theme = &look.theme;
    let runs = workspace.drawn();
    let rows = differences(&workspace.index, &runs);
    let same = workspace.index.settings().len().saturating_sub(rows.len());
    let title = format!("Differences of {} runs", runs.len());
    let inner = look.frame().inner(area);
    look.titled(&title).render(area, buffer);
    look.note_in_corner(area, buffer, format!(" {same} settings are alike "));
    if rows.is_empty() {
        let text = if runs.len() < 2 {
            "select two runs or more with space"
        } else {
            "the selected runs have the same settings, or their logs have none"
        };
        let row = Rect {
            y: inner.y + inner.height / 2,
            height: 1,
            ..inner
        };
        Line::styled(text, theme.dim).centered().render(row, buffer);
        return;
    }
    let baseline = workspace
        .baseline()
        .and_then(|id| runs.iter().position(|run| *run == id));
    let keys = rows
        .iter()
        .map(|row| text::width(&row.key))
        .max()
        .unwrap_or(0)
        .min(KEY);
    let width_of = |run: usize| {
        let name = workspace
            .entry(runs[run])
            .map_or(0, |entry| text::width(entry.name()));
        let values = rows
            .iter()
            .map(|row| row.values[run].as_deref().map_or(1, text::width));
        values
            .max()
            .unwrap_or(0)
            .max(name.min(VALUE))
            .clamp(4, VALUE)
    };
    let mut x = inner.x + 1 + keys as u16 + 2;
    for run in 0..runs.len() {
        let width = width_of(run);
        if x + width as u16 > inner.right() {
            let left = format!(" {} runs more ", runs.len() - run);
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
        for (at, row) in rows.iter().enumerate() {
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
    for (at, row) in rows.iter().enumerate() {
        let y = inner.y + 2 + at as u16;
        if y >= inner.bottom() {
            let left = format!(" {} more ", rows.len() - at);
            buffer.set_string(area.x + 2, area.bottom() - 1, left, theme.dim);
            break;
        }
        let key = text::fit(&look.glyphs.text(&row.key), keys, look.glyphs.ellipsis);
        Line::from(Span::styled(key, theme.accent))
            .render(Rect::new(inner.x + 1, y, keys as u16, 1), buffer);
    }
}
